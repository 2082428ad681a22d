// Questions to whoever sits at the terminal, or to what is piped in instead: on stderr, since stdout is for data.
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { InputError } from '../written/input-error.ts';

export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Reads answers line by line, ahead of their questions where they are piped in. To be closed, or the process waits for more. */
export class Questions {
  #reader: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  /** A line, without what is around it. @throws InputError when nobody answers any more */
  async ask(question: string): Promise<string> {
    process.stderr.write(question);
    this.#reader ??= createInterface({ input: process.stdin });
    this.#lines ??= this.#reader[Symbol.asyncIterator]();
    const { done, value } = await this.#lines.next();
    if (done) throw new InputError('PEX_USAGE', 'the answer to a question is missing: the input has ended');
    return value.trim();
  }

  close(): void {
    this.#reader?.close();
  }
}

/** A line that does not show. @throws InputError unless somebody is there to type it */
export async function askSecret(question: string): Promise<string> {
  if (!isTerminal())
    throw new InputError('PEX_USAGE', 'the password has to be in OPENPEX_PASSWORD where nobody can type it');
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await new Promise<string>((resolve) => reader.question('', resolve));
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}

// A daemon in a process of its own, as an operator starts it, to be killed, stopped or deprived of its disk.
import { Program } from '../../support/child-process.ts';
import { PASSWORD } from '../../support/daemon.ts';

export interface DaemonProcessOptions {
  /** What `node` runs; it says "… at http://…" when it answers. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class DaemonProcess {
  readonly #program: Program;

  constructor({ args, env = {} }: DaemonProcessOptions) {
    this.#program = new Program(process.execPath, args, {
      env: { OPENPEX_OPERATOR_PASSWORD: PASSWORD, ...env },
    });
  }

  get pid(): number {
    return this.#program.pid!;
  }

  /** What it wrote to standard error. */
  get log(): string {
    return this.#program.output.stderr;
  }

  /** Its JSON lines, those that are complete. */
  get logged(): Record<string, unknown>[] {
    return this.log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  /** Where it answers; rejects with what it had to say when it ends before, or takes too long. */
  async url(): Promise<string> {
    const [, url = ''] = await this.#program.says(/ at (http:\S+)\n/);
    return url;
  }

  /** For one that waits for it (daemon-on-call.ts). */
  go(): void {
    this.#program.write('go\n');
  }

  async exited(limitMs?: number): Promise<Exit> {
    const { code, signal } = await this.#program.finished(limitMs);
    return { code, signal };
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    const { code, signal: endedBy } = await this.#program.end(signal);
    return { code, signal: endedBy };
  }
}

/** Asks again and again, and fails with the last answer when `isGood` does not come true in time. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isGood: (answer: T) => boolean,
  { withinMs = 20_000, what = 'the condition' }: { withinMs?: number; what?: string } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come true within ${withinMs} ms: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

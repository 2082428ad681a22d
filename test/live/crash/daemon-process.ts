// A daemon in a process of its own, as an operator starts it, to be killed, stopped or deprived of its disk.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
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

/** What it logs is kept in memory up to this size, its end. */
const LOG_LIMIT = 200_000;

export class DaemonProcess {
  readonly exited: Promise<Exit>;
  /** Where it answers; rejects with what it had to say when it ends before. */
  readonly url: Promise<string>;
  readonly #process: ChildProcess;
  #log = '';

  constructor({ args, env = {} }: DaemonProcessOptions) {
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, OPENPEX_OPERATOR_PASSWORD: PASSWORD, ...env },
    });
    this.#process = child;
    // It may be dead when it is told to go.
    child.stdin!.on('error', () => undefined);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_LIMIT);
    });
    // Not before its last words were read.
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    this.url = new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const [, url] = / at (http:\S+)\n/.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      });
      void this.exited.then(({ code, signal }) =>
        reject(new Error(`the daemon ended (${signal ?? code}):\n${this.log}`)),
      );
    });
    // Whoever does not wait for it must not be ended by it.
    this.url.catch(() => undefined);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The end of what it wrote to standard error. */
  get log(): string {
    return this.#log;
  }

  /** Its JSON lines, those that are complete. */
  get logged(): Record<string, unknown>[] {
    return this.#log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  /** For one that waits for it (daemon-on-call.ts). */
  go(): void {
    this.#process.stdin!.write('go\n');
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.#process.kill(signal);
    return this.exited;
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

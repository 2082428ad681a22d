// The programs that tests start; nothing else in the tests starts any, which the linter sees to. None is waited for without a limit: one
// that reaches it is killed, and the error says which program it was, how long it had, and what it had said so far.
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { onTestFinished, TestRunner } from 'vitest';

export interface ProgramOptions extends Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'> {
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** 'ignore': for a program that leaves others behind, which would keep its output open. */
  readonly stdio?: 'pipe' | 'ignore';
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of a program for which no limit is given. */
const SHORTEST_LIMIT_MS = 45_000;
const LONGEST_LIMIT_MS = 150_000;
const LONGEST_OUTPUT = 1 << 28;

/** Below the limit of the test that is running: so it is the program that is named, with what it said. */
function limitOfTest(): number {
  const { timeout = 0 } = TestRunner.getCurrentTest() ?? {};
  return Math.min(Math.max(SHORTEST_LIMIT_MS, 0.75 * timeout), LONGEST_LIMIT_MS);
}

/**
 * Runs a program to its end. Meanwhile nothing else happens on this thread.
 * @throws Error when it cannot be started, and when it reaches its limit
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, limitMs = limitOfTest(), ...options }: ProgramOptions & { readonly limitMs?: number } = {},
): Finished {
  const { error, signal, status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: LONGEST_OUTPUT,
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  // Without pipes there is none, whatever its type says.
  const finished = { code: status, signal, stdout: stdout ?? '', stderr: stderr ?? '' };
  if (error === undefined) return finished;
  const isLate = 'code' in error && error.code === 'ETIMEDOUT';
  if (isLate) throw stalled([program, ...args], 'did not end', limitMs, finished);
  throw new Error(`${words([program, ...args])}: ${error.message}`, { cause: error });
}

/** Whether a program is there and ends well. */
export function succeeds(program: string, ...args: readonly string[]): boolean {
  return (
    spawnSync(program, args, { stdio: 'ignore', timeout: SHORTEST_LIMIT_MS, killSignal: 'SIGKILL' })
      .status === 0
  );
}

/** A program that goes on beside the test. It is killed when the test has finished, if it is still there. */
export class Program {
  readonly #command: readonly string[];
  readonly #process: ChildProcess;
  readonly #ended: Promise<Finished>;
  #stdout = '';
  #stderr = '';

  constructor(program: string, args: readonly string[], { env, ...options }: ProgramOptions = {}) {
    this.#command = [program, ...args];
    this.#process = spawn(program, args, { ...options, env: { ...process.env, ...env } });
    onTestFinished(() => this.kill('SIGKILL'));
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // It may be gone when something is written to it.
    this.#process.stdin?.on('error', () => undefined);
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      // Not before its last words were read.
      this.#process.once('close', (code, signal) => resolve({ code, signal, ...this.output }));
    });
    // Whoever does not wait for its end must not be ended by it.
    this.#ended.catch(() => undefined);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What it said so far. */
  get output(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#stdout, stderr: this.#stderr };
  }

  /** @param text to its standard input, which stays open */
  write(text: string): void {
    this.#process.stdin!.write(text);
  }

  /** @param text to its standard input, which ends with it */
  writeLast(text: string): void {
    this.#process.stdin!.end(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /**
   * Resolves when what it said on a stream matches.
   * @throws Error with what it said instead, when it ends before or reaches the limit
   */
  async says(
    pattern: RegExp,
    { on = 'stdout', limitMs = limitOfTest() }: { on?: 'stdout' | 'stderr'; limitMs?: number } = {},
  ): Promise<RegExpExecArray> {
    const stream = this.#process[on]!;
    let look = () => {};
    const said = new Promise<RegExpExecArray>((resolve) => {
      look = () => {
        const match = pattern.exec(this.output[on]);
        if (match !== null) resolve(match);
      };
      stream.on('data', look);
      look();
    });
    const ended = this.#ended.then(({ code, signal, stdout, stderr }) => {
      throw new Error(`${words(this.#command)} ended (${signal ?? code}):\n${stdout}${stderr}`);
    });
    try {
      return await this.#within(Promise.race([said, ended]), `did not say ${pattern}`, limitMs);
    } finally {
      stream.off('data', look);
    }
  }

  /** Waits for its end. @throws Error when it cannot be started, and when it reaches the limit */
  finished(limitMs = limitOfTest()): Promise<Finished> {
    return this.#within(this.#ended, 'did not end', limitMs);
  }

  /** Asks it to end, and waits until it has. @throws Error when it reaches the limit */
  end(signal: NodeJS.Signals, limitMs = limitOfTest()): Promise<Finished> {
    this.kill(signal);
    return this.#within(this.#ended, `did not end after ${signal}`, limitMs);
  }

  async #within<T>(promise: Promise<T>, failing: string, limitMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.kill('SIGKILL');
        reject(stalled(this.#command, failing, limitMs, this.output));
      }, limitMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function stalled(
  command: readonly string[],
  failing: string,
  limitMs: number,
  { stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>,
): Error {
  return new Error(
    `${words(command)} ${failing} within ${limitMs / 1000} s and was killed; it had said:\n${stdout}${stderr}`,
  );
}

/** A program that is handed over as an argument is not repeated in every message. */
function words(command: readonly string[]): string {
  return command.map((word) => (word.includes('\n') ? '…' : word)).join(' ');
}

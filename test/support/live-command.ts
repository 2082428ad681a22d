// Runs `openpex live` as a user would, until the test has seen enough: another process, which says where it answers.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Finished } from './command-line.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface LiveCommand {
  readonly url: string;
  /** What it said so far. */
  output(): Pick<Finished, 'stdout' | 'stderr'>;
  /** Asks it to end and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/**
 * Resolves when the service answers; it is killed when the test has finished.
 * @throws Error with what it printed, when it ends before
 */
export function startLive(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LiveCommand> {
  const child = spawn(process.execPath, [MAIN, 'live', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return answering(child);
}

function answering(child: ChildProcess): Promise<LiveCommand> {
  let stdout = '';
  let stderr = '';
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const [, url] = / at (https?:\/\/\S+)\n/.exec(stdout) ?? [];
      if (url === undefined) return;
      resolve({
        url,
        output: () => ({ stdout, stderr }),
        stop: (signal = 'SIGTERM') => {
          child.kill(signal);
          return ended;
        },
      });
    });
    ended.then(
      ({ code }) => reject(new Error(`openpex live ended with ${code}:\n${stdout}${stderr}`)),
      reject,
    );
  });
}

// Runs `openpex live` as a user would, until the test has seen enough: another process, which says where it answers.
import { fileURLToPath } from 'node:url';
import { type Finished, Program } from './child-process.ts';

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
 * @throws Error with what it printed, when it ends before or takes too long
 */
export async function startLive(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LiveCommand> {
  const program = new Program(process.execPath, [MAIN, 'live', ...args], { cwd, env });
  const [, url = ''] = await program.says(/ at (https?:\/\/\S+)\n/);
  return {
    url,
    output: () => program.output,
    stop: (signal = 'SIGTERM') => program.end(signal),
  };
}

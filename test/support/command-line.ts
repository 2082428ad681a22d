// Runs the compiled command as a user would: another process, in a folder of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { type Finished, Program, runProgram } from './child-process.ts';

/** The compiled program. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const IN_TURN = fileURLToPath(new URL('commands-in-turn.mjs', import.meta.url));

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder that is gone after all tests of the file: for what they share. */
export function folderOfTheseTests(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

export function openpex(args: readonly string[], cwd: string, env: Record<string, string> = {}): Finished {
  return runProgram(process.execPath, [MAIN, ...args], { cwd, env });
}

export interface CommandLine {
  readonly args: readonly string[];
  readonly cwd: string;
}

export interface InTurnOptions {
  readonly limitMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the compiled program. */
  readonly main?: string;
}

/** Many command lines in one process: most of what a short one takes is that the command has to be loaded. */
export function openpexInTurn(
  commandLines: readonly CommandLine[],
  { main = MAIN, ...options }: InTurnOptions = {},
): Finished[] {
  const args = [IN_TURN, main, JSON.stringify(commandLines)];
  const { code, stderr, stdout } = runProgram(process.execPath, args, options);
  if (code !== 0) throw new Error(`one of the commands ended all:\n${stderr}`);
  return JSON.parse(stdout);
}

/** Starts the command and sends `signal` as soon as its stderr matches. */
export async function openpexUntil(
  args: readonly string[],
  cwd: string,
  { marker, signal }: { marker: RegExp; signal: NodeJS.Signals },
): Promise<Finished> {
  const command = new Program(process.execPath, [MAIN, ...args], { cwd });
  await command.says(marker, { on: 'stderr' });
  return command.end(signal);
}

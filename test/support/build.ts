// Compiles once before any test, so that tests of the command line run what a user runs.
import { fileURLToPath } from 'node:url';
import { runProgram } from './child-process.ts';

const LIMIT_MS = 180_000;

export function setup(): void {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const { code, stdout, stderr } = runProgram('npm', ['run', '--silent', 'build'], {
    cwd,
    limitMs: LIMIT_MS,
  });
  if (code !== 0) throw new Error(`the project does not compile:\n${stdout}${stderr}`);
}

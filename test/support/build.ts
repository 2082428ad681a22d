// Compiles once before any test, so that tests of the command line run what a user runs; not again while nothing that is compiled changes.
import { fileURLToPath } from 'node:url';
import { runProgram } from './child-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 180_000;

export function setup(): void {
  const options = { cwd: ROOT, limitMs: LIMIT_MS };
  if (runProgram(process.execPath, ['.ci/built-from.mjs'], options).code === 0) return;
  const { code, stdout, stderr } = runProgram('npm', ['run', '--silent', 'build'], options);
  if (code !== 0) throw new Error(`the project does not compile:\n${stdout}${stderr}`);
}

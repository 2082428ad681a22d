// Compiles once before any test, so that tests of the command line run what a user runs; not again while nothing that is compiled changes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './child-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILT_FROM = join(ROOT, 'dist/.built-from');
const LIMIT_MS = 180_000;

export function setup(): void {
  const sources = digestOfSources();
  if (sources === builtFrom()) return;
  rmSync(BUILT_FROM, { force: true });
  const options = { cwd: ROOT, limitMs: LIMIT_MS };
  const { code, stdout, stderr } = runProgram('npm', ['run', '--silent', 'build'], options);
  if (code !== 0) throw new Error(`the project does not compile:\n${stdout}${stderr}`);
  writeFileSync(BUILT_FROM, sources);
}

function builtFrom(): string | undefined {
  try {
    return readFileSync(BUILT_FROM, 'utf8');
  } catch {
    return undefined;
  }
}

/** Of the names, sizes and times of everything that the build reads. */
function digestOfSources(): string {
  const settings = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    '.ci/after-build.mjs',
  ];
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8'));
  const inFolders = (include as string[]).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, String(path))),
  );
  const hash = createHash('sha256');
  for (const path of [...settings, ...inFolders].sort()) {
    const file = statSync(join(ROOT, path));
    if (file.isFile()) hash.update(`${path} ${file.size} ${file.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

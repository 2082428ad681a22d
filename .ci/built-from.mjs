// What dist/ was built from: a digest of the names, sizes and times of everything that the build reads. `begin` notes it, as the first step of a build,
// `end` keeps it, as the last; without a word the exit code says whether what is there was built, to the end, from what is there now.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NOTED = join(ROOT, 'dist/.building-from');
const BUILT = join(ROOT, 'dist/.built-from');
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  '.ci/after-build.mjs',
];

const [, , step] = process.argv;
if (step === 'begin') {
  rmSync(BUILT, { force: true });
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(NOTED, digestOfSources());
} else if (step === 'end') renameSync(NOTED, BUILT);
else process.exitCode = existsSync(BUILT) && readFileSync(BUILT, 'utf8') === digestOfSources() ? 0 : 1;

function digestOfSources() {
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8'));
  const inFolders = include.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, path)),
  );
  const hash = createHash('sha256');
  for (const path of [...SETTINGS, ...inFolders].sort()) {
    const file = statSync(join(ROOT, path));
    if (file.isFile()) hash.update(`${path} ${file.size} ${file.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

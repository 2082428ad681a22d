// The command `openpex` in a few files instead of a thousand modules: the same code, but it starts in half the time, which matters to a
// test that starts it two hundred times.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Packages with parts that are not JavaScript, or that look for other packages at run time, stay outside. */
const OUTSIDE = ['knex', 'pg', 'sqlite3'];

/**
 * @param folder an empty one
 * @returns the path of the script to run
 */
export async function bundleCommand(folder: string): Promise<string> {
  const outDir = join(folder, 'dist', 'cli');
  mkdirSync(outDir, { recursive: true });
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: OUTSIDE },
    build: { ssr: 'cli/main.ts', outDir, emptyOutDir: true, target: 'node20', minify: false },
  });
  // What the compiled command finds above itself.
  for (const neighbour of ['node_modules', 'package.json']) {
    symlinkSync(join(ROOT, neighbour), join(folder, neighbour));
  }
  return join(outDir, 'main.js');
}

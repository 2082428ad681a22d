// A program in one file instead of a thousand modules: the same code, but it starts in half the time, which matters to a test that starts
// it two hundred times.
import { symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Packages with parts that are not JavaScript, or that look for other packages at run time, stay outside. */
const OUTSIDE = ['knex', 'pg', 'sqlite3'];

/**
 * @param entry its TypeScript file
 * @param folder where the result goes
 * @returns the path of the script to run
 */
export async function bundle(entry: string, folder: string): Promise<string> {
  const outDir = join(folder, 'bundle');
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: OUTSIDE },
    build: { ssr: entry, outDir, emptyOutDir: true, target: 'node20', minify: true },
  });
  symlinkSync(join(ROOT, 'node_modules'), join(outDir, 'node_modules'));
  return join(outDir, basename(entry).replace(/\.ts$/, '.js'));
}

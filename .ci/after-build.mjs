// Runs after the compiler: makes the command executable, and has it load TypeBox, RxJS and yargs from one file each. The packages have them in over five
// hundred, over two hundred and thirty, and reading them is half of what a short command takes.
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const BUNDLED = join(DIST, 'bundled');
const FILES = {
  typebox: 'typebox.js',
  'typebox/schema': 'typebox-schema.js',
  'typebox/compile': 'typebox-compile.js',
  rxjs: 'rxjs.js',
  yargs: 'yargs.js',
  'yargs/helpers': 'yargs-helpers.js',
};
/** Where a package gives Node its older form. */
const MODULES = { rxjs: fileURLToPath(new URL('../node_modules/rxjs/dist/esm/index.js', import.meta.url)) };

await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: BUNDLED,
    emptyOutDir: true,
    minify: false,
    target: 'es2022',
    // For Node: its own modules are imported, not put aside.
    ssr: true,
    lib: {
      formats: ['es'],
      entry: Object.fromEntries(
        Object.entries(FILES).map(([name, file]) => [
          file.slice(0, -3),
          name in MODULES ? MODULES[name] : fileURLToPath(import.meta.resolve(name)),
        ]),
      ),
    },
  },
  ssr: { noExternal: true },
});

const LICENCES = {
  'typebox/license': 'LICENSE.typebox',
  'rxjs/LICENSE.txt': 'LICENSE.rxjs',
  'yargs/LICENSE': 'LICENSE.yargs',
};
for (const [from, to] of Object.entries(LICENCES))
  copyFileSync(new URL(`../node_modules/${from}`, import.meta.url), join(BUNDLED, to));

for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  const folder = entry.parentPath ?? entry.path;
  if (!entry.name.endsWith('.js') || folder.startsWith(BUNDLED)) continue;
  const path = join(folder, entry.name);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(/ from '((?:typebox|yargs)(?:\/\w+)?|rxjs)';/g, (statement, name) =>
    name in FILES ? ` from '${besides(folder, FILES[name])}';` : statement,
  );
  if (after !== before) writeFileSync(path, after);
}

chmodSync(join(DIST, 'cli/main.js'), 0o755);

/** As an import in a file of that folder names it. */
function besides(folder, file) {
  return relative(folder, join(BUNDLED, file)).replaceAll('\\', '/');
}

// A copy of one folder of the project with something more in it, for drills of catalogues that cannot be handed over: what is added is
// one file and the lines of a catalogue, and nothing else differs.
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

interface Extension {
  /** The folder that is copied. */
  readonly folder: string;
  /** Folders that it imports. */
  readonly beside: readonly string[];
  /** The new file, from the folder, and what stands in it. */
  readonly file: string;
  readonly code: string;
  readonly catalogue: {
    /** From the folder. */
    readonly file: string;
    /** What imports the new file there. */
    readonly imports: string;
    /** What begins the list, and the same with the new thing in it. */
    readonly list: readonly [begins: string, extended: string];
  };
}

export interface ExtendedCopy {
  readonly path: string;
  remove(): Promise<void>;
}

export async function extendedCopy({
  beside,
  catalogue,
  code,
  file,
  folder,
}: Extension): Promise<ExtendedCopy> {
  // Within the project: what is imported from there is compiled like everything else.
  const home = await mkdtemp(join(resolve('node_modules'), '.drill-'));
  const copy = join(home, folder);
  await cp(folder, copy, { recursive: true });
  for (const shared of beside) await symlink(resolve(shared), join(home, shared));
  const before = await textsIn(copy);

  await writeFile(join(copy, file), code);
  const lines = before.get(catalogue.file)!;
  expect(lines).toContain(catalogue.list[0]);
  await writeFile(
    join(copy, catalogue.file),
    `${catalogue.imports}\n${lines.replace(catalogue.list[0], catalogue.list[1])}`,
  );

  const after = await textsIn(copy);
  const changed = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
  expect(changed.sort()).toEqual([catalogue.file, file].sort());
  return { path: copy, remove: () => rm(home, { recursive: true }) };
}

async function textsIn(path: string): Promise<Map<string, string>> {
  const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.ts'));
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(path, file), 'utf8')] as const)),
  );
}

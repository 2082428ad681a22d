// Writes an archive: a SQLite database of its own with the rows that are to leave, which `openpex report` and `openpex replay` read like
// that of a service. It is on the disk and read back before anybody hears of it.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError, toDatabaseError } from '../database/database-error.ts';
import { inserterOf } from '../database/multi-row.ts';
import { ARCHIVE_END, createPrivately, type Database, openDatabase } from '../database/open-database.ts';
import { SETTINGS } from '../database/tables.ts';
import { PROVIDER_SETTING } from '../report/stored-provider.ts';
import { RowSum } from './row-sum.ts';
import { ARCHIVED, batchesOf, type Cut } from './rows.ts';

export interface WrittenArchive {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface ArchiveFileParts {
  readonly database: Database;
  readonly cut: Cut;
  /** The number of the last event before it. */
  readonly afterSeq: number;
  readonly directory: string;
  /** Called now and then; what it throws ends the writing, and nothing is left. */
  readonly goOn: () => void;
}

/** @throws DatabaseError when it cannot be written, or does not hold what was written; nothing is left of it then */
export async function writeArchive(parts: ArchiveFileParts): Promise<WrittenArchive> {
  const { afterSeq, cut, database, directory } = parts;
  const name = `openpex-${numbered(afterSeq + 1)}-${numbered(cut.eventSeq)}`;
  const draft = join(directory, `.${name}.draft`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await rm(draft, { force: true });
    createPrivately(draft);
    const sums = await fill(draft, parts);
    await synced(draft);
    await readBack(draft, sums, parts);
    const file = freeName(directory, name);
    await rename(draft, file);
    await synced(directory);
    const { size: bytes } = await stat(file);
    const rows = Object.fromEntries([...sums].map(([table, sum]) => [table, sum.count]));
    return { file, bytes, sha256: await sha256Of(file), rows };
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm'])
      await rm(`${draft}${suffix}`, { force: true }).catch(() => undefined);
    throw toDatabaseError(error, `${database.name} (archive in ${directory})`);
  }
}

async function fill(draft: string, { cut, database, goOn }: ArchiveFileParts): Promise<Map<string, RowSum>> {
  const archive = await openDatabase(`sqlite:${draft}`);
  try {
    const sums = new Map<string, RowSum>();
    for (const selection of ARCHIVED) {
      const { name } = selection.table;
      const sum = new RowSum();
      sums.set(name, sum);
      for await (const rows of batchesOf(database, selection, cut)) {
        goOn();
        const columns = Object.keys(rows[0] ?? {});
        const lists = rows.map((row) => columns.map((column) => row[column]));
        await archive.knex.transaction((trx) => inserterOf({ table: name, columns })(trx, lists));
        sum.add(rows);
      }
    }
    const provider = await database.reads('settings').where({ key: PROVIDER_SETTING }).first();
    if (provider !== undefined) await SETTINGS.save(archive.knex, [SETTINGS.read(provider)]);
    const { atMs, eventSeq, seq } = cut;
    await SETTINGS.save(archive.knex, [{ key: ARCHIVE_END, value: { atMs, eventSeq, seq } }]);
    // One file, for people to move and for readers without the right to write beside it.
    await archive.knex.raw('PRAGMA journal_mode = DELETE');
    return sums;
  } finally {
    await archive.close();
  }
}

/** Reads every row of the file, as whoever needs it one day will. */
async function readBack(
  draft: string,
  written: ReadonlyMap<string, RowSum>,
  { cut, goOn }: ArchiveFileParts,
): Promise<void> {
  const archive = await openDatabase(`sqlite:${draft}`, 'read');
  try {
    for (const selection of ARCHIVED) {
      const { name } = selection.table;
      const sum = new RowSum();
      for await (const rows of batchesOf(archive, { ...selection, where: () => undefined }, cut)) {
        goOn();
        sum.add(rows);
      }
      if (!sum.equals(written.get(name)!))
        throw new DatabaseError(
          `of ${name} it holds something other than what was written; nothing was dropped`,
        );
    }
  } finally {
    await archive.close();
  }
}

/** What is on the disk stays when the power goes. */
async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An archive is never written over: one of the same name may be all that is left of another history, which a backup put back. */
function freeName(directory: string, name: string): string {
  for (let i = 1; ; i++) {
    const file = join(directory, i === 1 ? `${name}.db` : `${name}-${i}.db`);
    if (!existsSync(file)) return file;
  }
}

/** So that files sort as they follow each other. */
function numbered(seq: number): string {
  return String(seq).padStart(12, '0');
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

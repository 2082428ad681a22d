// Moves history out of a database into an archive: everything up to a checkpoint is written to a file, which is read back, and only then
// dropped. A replay of what is left begins at the checkpoint. One at a time; by the service itself, or while none runs.

import { AnswerStore } from '../database/answer-store.ts';
import { ArchiveStore, type Checkpoint } from '../database/archive-store.ts';
import { DatabaseError } from '../database/database-error.ts';
import type { Row } from '../database/field.ts';
import { Journal } from '../database/journal.ts';
import type { Database } from '../database/open-database.ts';
import { countRows } from '../database/paging.ts';
import { ARCHIVES, LEDGER } from '../database/tables.ts';
import type { ArchiveRecord } from '../records.ts';
import { writeArchive } from './archive-file.ts';
import { dropArchived } from './dropping.ts';
import { ARCHIVED, type Cut, PAST } from './rows.ts';

export interface ArchiveParts {
  readonly database: Database;
  /** Where the file is to be; made if need be. */
  readonly directory: string;
  /** Where it is to end. */
  readonly checkpoint: Checkpoint;
  /** Of the real clock. */
  readonly nowMs: number;
  /** Of the service's. */
  readonly serviceNowMs: number;
  /** Called now and then; what it throws ends the work. Whatever was begun is done when it is called for again. */
  readonly goOn?: () => void;
}

/**
 * @returns what was archived; undefined when there is nothing up to the checkpoint that is not archived already
 * @throws DatabaseError when the file cannot be written or read back: nothing is dropped then
 */
export async function archive(parts: ArchiveParts): Promise<ArchiveRecord | undefined> {
  const { checkpoint, database, directory, nowMs, serviceNowMs, goOn = () => undefined } = parts;
  await finishDropping(database, goOn);
  const store = new ArchiveStore(database);
  const before = await store.last();
  if (checkpoint.eventSeq <= (before?.eventSeq ?? 0)) return undefined;
  const { atMs, eventSeq, seq, snapshot } = checkpoint;
  // What a repeated request may still be answered with stays.
  await new AnswerStore(database).forgetOld(serviceNowMs);
  const cut: Cut = { atMs, eventSeq, seq, lastEntryId: await lastEntryId(database) };
  const [first] = await new Journal(database).page({ limit: 1 });
  const written = await writeArchive({ database, cut, directory, goOn, afterSeq: before?.eventSeq ?? 0 });
  const record: ArchiveRecord = {
    ...cut,
    ...written,
    fromMs: before?.atMs ?? first?.event.atMs ?? atMs,
    madeMs: nowMs,
    lastInstanceNo: await lastInstanceNo(database, before?.lastInstanceNo ?? 0),
    isDropped: false,
  };
  await checkComplete(database, cut, written.rows);
  // From here on what is left begins at the checkpoint, whatever of the rest has been dropped.
  await ARCHIVES.insert(database.knex, [{ ...record, snapshot }]);
  await dropArchived({ database, cut, snapshot, goOn });
  return { ...record, isDropped: true };
}

/** Goes on with the dropping of an archive, where it was interrupted. */
export async function finishDropping(database: Database, goOn: () => void = () => undefined): Promise<void> {
  const last = await new ArchiveStore(database).last();
  if (last === undefined || last.isDropped || last.snapshot === null) return;
  const { snapshot, ...cut } = last;
  await dropArchived({ database, cut, snapshot, goOn });
}

/** @throws DatabaseError when the database has rows for it that came after it was written */
async function checkComplete(
  database: Database,
  cut: Cut,
  written: Readonly<Record<string, number>>,
): Promise<void> {
  for (const { table, where } of ARCHIVED) {
    if (!PAST.includes(table.name)) continue;
    const present = await countRows(
      database.reads(table.name).where((condition) => where(condition, cut, database.reads)),
    );
    if (present !== written[table.name])
      throw new DatabaseError(
        `${table.name} had ${written[table.name]} rows when they were archived and has ${present} now; nothing was dropped`,
      );
  }
}

async function lastEntryId({ reads }: Database): Promise<number> {
  const row: Row | undefined = await reads('ledger').orderBy('entry_id', 'desc').first();
  return row === undefined ? 0 : LEDGER.read(row).entryId;
}

async function lastInstanceNo({ reads }: Database, archived: number): Promise<number> {
  const [row]: { last: number | null }[] = await reads('instances').max({ last: 'instance_no' });
  return Math.max(row?.last ?? 0, archived);
}

// Archives of a service that does not run: up to a checkpoint that it took, or up to where it stopped.
import { ArchiveStore, type Checkpoint } from '../database/archive-store.ts';
import { DatabaseError } from '../database/database-error.ts';
import { type Database, isArchive } from '../database/open-database.ts';
import { acquireServiceLock } from '../database/service-lock.ts';
import { loadState } from '../recorder/recovery.ts';
import type { ArchiveRecord } from '../records.ts';
import { archive } from './archive.ts';

/**
 * @param options.beforeMs undefined: everything so far
 * @throws DatabaseError when a service runs on it, when there is nothing to archive, and as `archive` does
 */
export async function archiveStopped(options: {
  readonly database: Database;
  readonly directory: string;
  readonly beforeMs: number | undefined;
  readonly nowMs: number;
}): Promise<ArchiveRecord> {
  const { beforeMs, database, directory, nowMs } = options;
  if (await isArchive(database))
    throw new DatabaseError(`database ${database.name}: it is an archive already`);
  const lock = await acquireServiceLock(database);
  try {
    const now = await present(database);
    const checkpoint =
      beforeMs === undefined ? now : await new ArchiveStore(database).checkpointBefore(beforeMs);
    if (checkpoint === undefined || now === undefined) throw await nothingToArchive(database, beforeMs);
    const archived = await archive({ database, directory, checkpoint, nowMs, serviceNowMs: now.atMs });
    if (archived === undefined) throw await nothingToArchive(database, beforeMs);
    // Nobody waits for it now, and the file gets smaller.
    if (database.kind === 'sqlite') await database.knex.raw('VACUUM');
    return archived;
  } finally {
    await lock.release();
  }
}

/** Where the service stopped. */
async function present(database: Database): Promise<Checkpoint | undefined> {
  const { lastSeq, snapshot } = await loadState(database);
  if (snapshot === undefined) return undefined;
  return { seq: snapshot.lastCommitSeq, eventSeq: lastSeq, atMs: snapshot.atMs, snapshot };
}

async function nothingToArchive(database: Database, beforeMs: number | undefined): Promise<DatabaseError> {
  const store = new ArchiveStore(database);
  const { firstMs } = await store.checkpointSpan();
  const last = await store.last();
  const known = [
    ...(last === undefined ? [] : [`everything up to ${new Date(last.atMs).toISOString()} is archived`]),
    ...(beforeMs === undefined
      ? []
      : [
          firstMs === null
            ? 'it has no checkpoints, which a service takes with retention.keep in its configuration'
            : `its first checkpoint is of ${new Date(firstMs).toISOString()}`,
        ]),
  ];
  return new DatabaseError(
    `database ${database.name}: nothing to archive; ${known.join('; ') || 'nothing was recorded in it yet'}`,
  );
}

// One daemon per database: two would each decide on their own and book the same capacity twice. The lock belongs to a connection, so
// the operating system or the server frees it when its holder dies, however that happens; there is no stale lock to remove.
import type { Knex } from 'knex';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { type Database, openLockConnection } from './open-database.ts';

export interface ServiceLock {
  /** Lets another daemon in. */
  release(): Promise<void>;
}

/** Of PostgreSQL's advisory locks ours is this one, with the schema as the second half of its key. */
const LOCK_CLASS = 20_090_817;

/**
 * Takes the lock until it is released or the process ends. A database in memory needs none. After the loss of a PostgreSQL server
 * its lock is lost too: take it again before the state is read again.
 * @throws DatabaseError when another daemon has it
 */
export async function acquireServiceLock(database: Database): Promise<ServiceLock> {
  if (database.kind === 'sqlite' && database.file === null) return { release: async () => {} };
  const connection = openLockConnection(database);
  try {
    if (database.kind === 'sqlite') await lockFile(connection, database);
    else await lockSchema(connection, database);
  } catch (error) {
    await connection.destroy();
    throw toDatabaseError(error, database.name);
  }
  return { release: () => connection.destroy() };
}

/** A database of its own beside the file, with a transaction that stays open. It tells who holds it: readers are let in. */
async function lockFile(connection: Knex, database: Database): Promise<void> {
  try {
    await connection.raw('BEGIN IMMEDIATE');
    await connection.raw('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, since TEXT NOT NULL)');
    await connection.raw('DELETE FROM holder');
    await connection.raw('INSERT INTO holder VALUES (?, ?)', [process.pid, new Date().toISOString()]);
    await connection.raw('COMMIT');
    await connection.raw('BEGIN IMMEDIATE');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')) throw error;
    throw new DatabaseError(`${inUse(database)}${await holderOf(connection)}`, { cause: error });
  }
}

async function holderOf(connection: Knex): Promise<string> {
  try {
    const [holder]: { pid: number; since: string }[] = await connection('holder').select('pid', 'since');
    return holder === undefined ? '' : ` (process ${holder.pid}, since ${holder.since})`;
  } catch {
    return '';
  }
}

async function lockSchema(connection: Knex, database: Database): Promise<void> {
  const { rows }: { rows: { is_ours: boolean }[] } = await connection.raw(
    'SELECT pg_try_advisory_lock(?, hashtext(current_schema())) AS is_ours',
    [LOCK_CLASS],
  );
  if (rows[0]?.is_ours !== true) throw new DatabaseError(inUse(database));
}

function inUse(database: Database): string {
  return `database ${database.name}: another "openpex live" is running on it; stop that one first`;
}

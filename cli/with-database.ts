// For commands that look into the database of a service: opened for one piece of work, and told about as the command line tells errors.

import type { Database, DatabasePurpose } from '../live/database/open-database.ts';
import { InputError } from '../written/input-error.ts';

/**
 * @param url a SQLite file, sqlite:FILE, or postgres://…
 * @throws InputError PEX_DATABASE when it cannot be used; what `work` throws
 */
export async function withDatabase<R>(
  url: string,
  purpose: DatabasePurpose,
  work: (database: Database) => Promise<R>,
): Promise<R> {
  const { openDatabase } = await import('../live/database/open-database.ts');
  try {
    const database = await openDatabase(url, purpose);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    const { DatabaseError } = await import('../live/database/database-error.ts');
    if (!(error instanceof DatabaseError)) throw error;
    throw new InputError('PEX_DATABASE', error.message, {}, { cause: error });
  }
}

/**
 * The same for a database and what was archived of it, all opened for reading.
 * @throws as {@link withDatabase}
 */
export async function withHistory<R>(
  url: string,
  archives: readonly string[],
  work: (database: Database, archives: readonly Database[]) => Promise<R>,
): Promise<R> {
  const opened: Database[] = [];
  const openNext = (database: Database): Promise<R> => {
    const next = archives[opened.length];
    if (next === undefined) return work(database, opened);
    return withDatabase(next, 'read', (archive) => {
      opened.push(archive);
      return openNext(database);
    });
  };
  return withDatabase(url, 'read', openNext);
}

// A copy of the whole database, consistent as of one instant, while the service goes on.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { createPrivately, type Database } from './open-database.ts';

/**
 * SQLite: `file` is a database that can be opened. PostgreSQL: a dump by pg_dump, for pg_restore. Readable by its owner only, since it
 * holds password hashes.
 * @throws DatabaseError when the file exists, cannot be written, or pg_dump is missing or fails
 */
export async function backupDatabase(database: Database, file: string): Promise<void> {
  if (existsSync(file)) throw new DatabaseError(`backup: ${file} exists; name a file that does not`);
  // Before anything is in it: it holds password hashes from the first byte.
  createPrivately(file);
  try {
    if (database.kind === 'postgresql') await dump(database, file);
    else await database.knex.raw('VACUUM INTO ?', [file]);
  } catch (error) {
    // Nothing that looks like a backup and is none.
    rmSync(file, { force: true });
    throw toDatabaseError(error, `${database.name} (backup to ${file})`);
  }
}

async function dump(database: Database, file: string): Promise<void> {
  // By environment, not as an argument: arguments are for everybody on the machine to see.
  const { password, url } = withoutPassword(database.url);
  const env = password === '' ? process.env : { ...process.env, PGPASSWORD: password };
  const child = spawn('pg_dump', ['--format=custom', `--file=${file}`, url], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      const problem = isMissing
        ? 'pg_dump is not installed here; install the PostgreSQL client programs'
        : error.message;
      reject(new DatabaseError(`backup of ${database.name}: ${problem}`, { cause: error }));
    });
  });
  if (status !== 0) throw new DatabaseError(`backup of ${database.name}: ${complaint.trim()}`);
}

function withoutPassword(text: string): { readonly url: string; readonly password: string } {
  const url = new URL(text);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}

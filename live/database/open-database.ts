// The way to a database: opens SQLite or PostgreSQL with the settings that durability needs, and brings its schema up to date.
// Everything above speaks knex and does not know which of the two it is.
import { closeSync, existsSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import knexPackage, { type Knex } from 'knex';
import type pg from 'pg';
import type sqlite3 from 'sqlite3';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { keepStatements } from './kept-statements.ts';
import { checkSchemaVersion, migrate } from './migrate.ts';

// A CommonJS package whose names Node does not find by itself.
const { knex } = knexPackage;

export interface Database {
  /** For what changes something. SQLite: one connection, so that writers wait their turn here and not for a lock. */
  readonly knex: Knex;
  /** For reading: sees what is committed, and never waits for a writer. */
  readonly reads: Knex;
  readonly kind: 'sqlite' | 'postgresql';
  /** The path, or the URL without its password: for messages. */
  readonly name: string;
  /** Where a SQLite database lives; null in memory and on PostgreSQL. */
  readonly file: string | null;
  /** As given, with its password: for other programs. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * serve: the database is created if need be and its schema brought up to date. read: it must exist and have the present schema.
 * backup: it must exist, whatever its schema.
 */
export type DatabasePurpose = 'serve' | 'read' | 'backup';

const BUSY_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A server that became unreachable without a word would keep a commit waiting for ever. */
const QUERY_TIMEOUT_MS = 60_000;

/**
 * Opens the database behind a URL (see parseDatabaseUrl).
 * @throws DatabaseError when it cannot be used, with a message for people
 */
export async function openDatabase(url: string, purpose: DatabasePurpose = 'serve'): Promise<Database> {
  const address = parseDatabaseUrl(url);
  if (
    address.kind === 'sqlite' &&
    address.file !== null &&
    purpose !== 'serve' &&
    !existsSync(address.file)
  ) {
    throw new DatabaseError(`database ${address.name}: there is no such file`);
  }
  const database = connect(address, url);
  if (database.file !== null) createPrivately(database.file);
  try {
    if (purpose === 'serve') await bringUpToDate(database);
    else if (purpose === 'read') await bringUpToDateOrRefuse(database);
    else await database.reads.raw('SELECT 1');
  } catch (error) {
    await database.close();
    throw toDatabaseError(error, address.name);
  }
  return database;
}

async function bringUpToDate(database: Database): Promise<void> {
  if (await isArchive(database))
    throw new DatabaseError(
      `database ${database.name}: it is an archive, for "openpex report" and "openpex replay"`,
    );
  await migrate(database);
}

/** No service will ever be started on an archive: that of an older version is brought up to date by whoever reads it. */
async function bringUpToDateOrRefuse(database: Database): Promise<void> {
  if (await isArchive(database)) await migrate(database);
  await checkSchemaVersion(database);
}

/** Whether it holds what was moved out of the database of a service. */
export async function isArchive({ reads }: Pick<Database, 'reads'>): Promise<boolean> {
  if (!(await reads.schema.hasTable('settings'))) return false;
  return (await reads('settings').where({ key: ARCHIVE_END }).first()) !== undefined;
}

/** The setting that only archives have: where they end. */
export const ARCHIVE_END = 'archive';

/** A pool of one connection of its own that stays open: what a lock is held on. */
export function openLockConnection(database: Database): Knex {
  if (database.kind === 'postgresql') return postgresPool(database.url, { min: 1, max: 1 });
  return knex({
    client: 'sqlite3',
    connection: { filename: `${database.file}.lock` },
    useNullAsDefault: true,
    log: SILENT,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    pool: { min: 1, max: 1, afterCreate: pragmas(['busy_timeout = 0']) },
  });
}

/** It holds e-mail addresses and password hashes. What SQLite puts beside it gets the same permissions. */
export function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It exists, or cannot be made: then SQLite says why.
  }
}

/** Nothing is connected yet. @throws DatabaseError when the driver is not there */
function connect(address: DatabaseAddress, url: string): Database {
  try {
    return poolsOf(address, url);
  } catch (cause) {
    if (address.kind !== 'sqlite') throw cause;
    const remedy =
      'it is compiled when OpenPEX is installed: "npm rebuild sqlite3" tries again (with Python, make and a C++ compiler), or use PostgreSQL (postgres://user@host/name)';
    const problem = `database ${address.name}: the driver of SQLite cannot be loaded; ${remedy}`;
    throw new DatabaseError(problem, { cause });
  }
}

function poolsOf(address: DatabaseAddress, url: string): Database {
  const { kind, name } = address;
  if (address.kind === 'postgresql') {
    const writer = postgresPool(url, { min: 0, max: 4 });
    const reads = postgresPool(url, { min: 0, max: 8 });
    return { kind, name, url, file: null, knex: writer, reads, close: () => closeAll([writer, reads]) };
  }
  const { file } = address;
  const writer = sqlitePool(file ?? ':memory:', { min: file === null ? 1 : 0, max: 1 }, [
    'journal_mode = WAL',
    // NORMAL would lose the last commits when the power goes.
    'synchronous = FULL',
    'foreign_keys = ON',
    // 32 MiB, so that a service finds what it writes to; and so much of the log before it is copied into the file, which writes a page once that was
    // changed many times.
    'cache_size = -32768',
    'wal_autocheckpoint = 4096',
    // What a statement would undo of itself is kept there, not in a file that each of them makes anew.
    'temp_store = MEMORY',
  ]);
  const reads = file === null ? writer : sqlitePool(file, { min: 0, max: 2 }, ['query_only = ON']);
  const pools = reads === writer ? [writer] : [writer, reads];
  return { kind, name, url, file, knex: writer, reads, close: () => closeAll(pools) };
}

async function closeAll(pools: readonly Knex[]): Promise<void> {
  for (const pool of pools) await pool.destroy();
}

/** knex would print to the console what its callers get as errors anyway. */
const SILENT: Knex.Logger = { warn() {}, error() {}, deprecate() {}, debug() {} };

/** How long to wait for a connection before the database counts as lost. */
const ACQUIRE_TIMEOUT_MS = 15_000;

interface PoolSize {
  readonly min: number;
  readonly max: number;
}

function sqlitePool(filename: string, size: PoolSize, settings: readonly string[]): Knex {
  return knex({
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    log: SILENT,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    pool: { ...size, afterCreate: pragmas([`busy_timeout = ${BUSY_TIMEOUT_MS}`, ...settings]) },
  });
}

function pragmas(settings: readonly string[]) {
  const script = settings.map((setting) => `PRAGMA ${setting};`).join(' ');
  return (connection: sqlite3.Database, done: (error: Error | null) => void): void => {
    keepStatements(connection);
    connection.exec(script, done);
  };
}

const INT8_OID = 20;

/** BIGINT comes as text by default; ours are all safe integers (times in ms, money in micro-credits). For our pools only. */
function ourTypes(): Knex.PgCustomTypesConfig {
  // As knex loads it: only for who has PostgreSQL.
  const { types } = createRequire(import.meta.url)('pg') as typeof pg;
  return {
    getTypeParser: (oid: number, format: string) =>
      oid === INT8_OID ? safeInteger : types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
  };
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the database holds ${text}, beyond exact integers`);
  return value;
}

function postgresPool(connectionString: string, size: PoolSize): Knex {
  return knex({
    client: 'pg',
    log: SILENT,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    connection: {
      connectionString,
      types: ourTypes(),
      application_name: 'openpex',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      query_timeout: QUERY_TIMEOUT_MS,
    },
    pool: {
      ...size,
      // A commit that the server may forget is none, whatever its configuration says.
      afterCreate: (connection: pg.Client, done: (error: Error | null) => void): void => {
        connection.query('SET synchronous_commit = on', (error: Error | null) => done(error));
      },
    },
  });
}

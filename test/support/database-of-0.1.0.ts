// The database of a service of version 0.1.0, with everything in it that such a service could leave behind (see fixtures/0.1.0).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { up as makeSchemaOf010 } from '../../live/database/migrations/001-first-schema.ts';
import { openForTest, temporaryDirectory } from './databases.ts';

const FIXTURE = new URL('../fixtures/0.1.0/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FIXTURE), 'utf8');

/** The configuration that it ran under. */
export const SETTINGS_OF_010 = read('openpex.yaml');

/** What it showed through its API at the end. */
export const SHOWN_BY_010 = JSON.parse(read('expected.json'));

/** What refers to others comes after them. */
const TABLES = [
  'schema_migrations',
  'users',
  'sessions',
  'templates',
  'nodes',
  'reservations',
  'bookings',
  'instances',
  'offers',
  'ledger',
  'journal',
  'settings',
];

/** Puts it into an empty database, as version 0.1.0 left it: a SQLite file, or behind the URL of PostgreSQL. */
export async function layDownDatabaseOf010(url: string): Promise<void> {
  if (!url.startsWith('postgres')) {
    await runScript(url, read('database.sql'));
    return;
  }
  const file = join(temporaryDirectory(), 'as-sqlite.db');
  await runScript(file, read('database.sql'));
  const source = await openForTest(file, 'backup');
  const target = await openForTest(url, 'backup');
  await target.knex.transaction(async (trx) => {
    await trx.raw(
      'CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL)',
    );
    await makeSchemaOf010(trx);
    for (const table of TABLES) {
      for (const row of await source.reads(table)) await trx(table).insert(row);
    }
    for (const [table, key] of [
      ['users', 'userid'],
      ['ledger', 'entry_id'],
    ])
      await trx.raw(`SELECT setval(pg_get_serial_sequence('${table}', '${key}'), max(${key})) FROM ${table}`);
  });
}

/** Runs statements on a SQLite file. */
export async function runScript(file: string, script: string): Promise<void> {
  const database = new sqlite3.Database(file);
  await new Promise<void>((resolve, reject) => {
    database.exec(script, (error) => (error === null ? resolve() : reject(error)));
  });
  await new Promise((resolve) => database.close(resolve));
}

// Databases for tests, a fresh one for each: SQLite always, PostgreSQL when OPENPEX_TEST_PG has the URL of a server where schemas may
// be made. In CI there is one: to skip it there is a failure.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knex } from 'knex';
import { onTestFinished } from 'vitest';
import { type Database, type DatabasePurpose, openDatabase } from '../../live/database/open-database.ts';

export interface DatabaseUnderTest {
  /** SQLite or PostgreSQL; for `describe.each(databases())('… on $name', …)`. */
  readonly name: string;
  /** The URL of an empty database, which is gone when the test has finished. */
  url(): Promise<string>;
  /** A fresh database with the present schema, closed when the test has finished. */
  open(): Promise<Database>;
}

export function databases(): readonly DatabaseUnderTest[] {
  const server = process.env['OPENPEX_TEST_PG'];
  const sqlite = underTest('SQLite', async () => join(temporaryDirectory(), 'openpex.db'));
  if (server !== undefined) return [sqlite, underTest('PostgreSQL', () => freshSchema(server))];
  if (process.env['CI'] === 'true') {
    throw new Error(
      'OPENPEX_TEST_PG is not set: CI tests PostgreSQL too, give it postgres://user:password@host/database',
    );
  }
  console.info('PostgreSQL is not tested: OPENPEX_TEST_PG is not set');
  return [sqlite];
}

/** Gone when the test has finished. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'openpex-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Opens a database until the test has finished. */
export async function openForTest(url: string, purpose?: DatabasePurpose): Promise<Database> {
  const database = await openDatabase(url, purpose);
  onTestFinished(() => database.close());
  return database;
}

function underTest(name: string, url: () => Promise<string>): DatabaseUnderTest {
  return { name, url, open: async () => openForTest(await url()) };
}

async function freshSchema(server: string): Promise<string> {
  const schema = `openpex_test_${randomBytes(6).toString('hex')}`;
  const run = async (statement: string) => {
    const admin = knex({ client: 'pg', connection: server });
    await admin.raw(statement);
    await admin.destroy();
  };
  await run(`CREATE SCHEMA ${schema}`);
  onTestFinished(() => run(`DROP SCHEMA ${schema} CASCADE`));
  const url = new URL(server);
  url.searchParams.set('options', `-csearch_path=${schema}`);
  return url.href;
}

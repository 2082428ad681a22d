// Databases for tests, a fresh one for each: SQLite always, PostgreSQL when OPENPEX_TEST_PG has the URL of a server where schemas may
// be made. In CI there is one: to skip it there is a failure.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { type Database, type DatabasePurpose, openDatabase } from '../../live/database/open-database.ts';
import { inDatabase, onServer } from './postgresql-template.ts';
import { writeEmptyDatabase } from './sqlite-template.ts';

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
  const sqlite = underTest('SQLite', sqliteFile, async () => {
    const file = await sqliteFile();
    await writeEmptyDatabase(file);
    return file;
  });
  if (server !== undefined) {
    const schema = () => freshSchema(server);
    return [sqlite, underTest('PostgreSQL', schema, () => copyOfTemplate(server) ?? schema())];
  }
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

/** @param present the URL of one that has the present schema, or may have it, and nothing in it */
function underTest(
  name: string,
  url: () => Promise<string>,
  present: () => Promise<string>,
): DatabaseUnderTest {
  return { name, url, open: async () => openForTest(await present()) };
}

async function sqliteFile(): Promise<string> {
  return join(temporaryDirectory(), 'openpex.db');
}

/** Undefined: there is no template. */
function copyOfTemplate(server: string): Promise<string> | undefined {
  const template = inject('postgresqlTemplate');
  if (template === undefined) return undefined;
  const name = `openpex_test_${randomBytes(6).toString('hex')}`;
  // What a test has left open is closed by then, but for connections that are just going.
  onTestFinished(() => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`));
  return onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`).then(() =>
    inDatabase(server, name),
  );
}

async function freshSchema(server: string): Promise<string> {
  const schema = `openpex_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE SCHEMA ${schema}`);
  onTestFinished(() => onServer(server, `DROP SCHEMA ${schema} CASCADE`));
  const url = new URL(server);
  url.searchParams.set('options', `-csearch_path=${schema}`);
  return url.href;
}

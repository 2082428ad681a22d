// A PostgreSQL database with the present schema and nothing in it, made once for all tests, for each to have a copy of: to bring a schema up to date
// takes many times as long as to copy it. Where OPENPEX_TEST_PG may make no databases there is none.
import { knex } from 'knex';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../live/database/open-database.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Its name. */
    postgresqlTemplate: string | undefined;
  }
}

/** @returns what removes it */
export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const server = process.env['OPENPEX_TEST_PG'];
  if (server === undefined) return undefined;
  const name = `openpex_template_${process.pid}`;
  const isMade = await onServer(server, `CREATE DATABASE ${name}`).then(
    () => true,
    () => false,
  );
  if (!isMade) return undefined;
  const database = await openDatabase(inDatabase(server, name));
  await database.close();
  provide('postgresqlTemplate', name);
  return () => onServer(server, `DROP DATABASE ${name}`);
}

export async function onServer(server: string, statement: string): Promise<void> {
  const admin = knex({ client: 'pg', connection: server });
  try {
    await admin.raw(statement);
  } finally {
    await admin.destroy();
  }
}

/** The URL of another database of a server. */
export function inDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

// Statements as they stand, past what knex does to compose, parse and observe one: for those that are said in every decision.
import type { Knex } from 'knex';

/**
 * Has a connection of the pool, or that of the transaction, say a statement as it stands: what is said in every decision is not composed, parsed
 * and observed each time as `raw` does it. On SQLite the driver is asked itself, and the message of an error does not have the statement.
 * @returns the rows that it gives
 */
export async function say<R>(knex: Knex, sql: string, bindings: readonly unknown[]): Promise<R[]> {
  const client = knex.client as StatementClient;
  const statement = { sql, bindings, method: 'raw' } as const;
  const connection = await client.acquireConnection();
  try {
    if (!isPostgres(knex)) return (await client._query(connection, statement)).response as R[];
    const { response } = await client.query(connection, statement);
    return (response as { readonly rows: R[] }).rows;
  } finally {
    await client.releaseConnection(connection);
  }
}

/** What its clients of databases have that the types of knex do not tell. */
export interface StatementClient {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
  /** With `?` for its parameters, whatever the database calls them. */
  query(connection: unknown, statement: PlainStatement): Promise<{ readonly response: unknown }>;
  /** As the driver takes it. */
  _query(connection: unknown, statement: PlainStatement): Promise<{ readonly response: unknown }>;
}

interface PlainStatement {
  readonly sql: string;
  readonly bindings: readonly unknown[];
  readonly method: 'raw';
}

export function isPostgres(trx: Knex): boolean {
  return trx.client.config.client === 'pg';
}

// Statements as they stand, past what knex does to compose, parse and observe one: for those that are said in every decision.
import type { Knex } from 'knex';

/**
 * Has a connection of the pool, or that of the transaction, say a statement as it stands: what is said in every decision is not composed, parsed
 * and observed each time as `raw` does it.
 * @returns the rows that it gives
 */
export async function say<R>(knex: Knex, sql: string, bindings: readonly unknown[]): Promise<R[]> {
  const client = knex.client as StatementClient;
  const connection = await client.acquireConnection();
  try {
    const { response } = await client.query(connection, { sql, bindings, method: 'raw' });
    return (isPostgres(knex) ? (response as { readonly rows: R[] }).rows : response) as R[];
  } finally {
    await client.releaseConnection(connection);
  }
}

/** What its clients of databases have that the types of knex do not tell. */
export interface StatementClient {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
  query(
    connection: unknown,
    statement: { readonly sql: string; readonly bindings: readonly unknown[]; readonly method: 'raw' },
  ): Promise<{ readonly response: unknown }>;
}

export function isPostgres(trx: Knex): boolean {
  return trx.client.config.client === 'pg';
}

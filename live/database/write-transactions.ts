// Transactions of who writes many a second, in few statements each.
import type { Knex } from 'knex';
import { isPostgres, type StatementClient, say } from './plain-statement.ts';

/**
 * Does some work between BEGIN and COMMIT, and undoes all of it when that throws or cannot be committed.
 * @returns what the work returns, when it is committed
 */
export type Transactions = <T>(work: (trx: Knex) => Promise<T>) => Promise<T>;

/**
 * As `knex.transaction`, which makes a knex with its hundred methods for each; here one is made for all of them.
 * @param writer a pool, on SQLite of one connection, so that there is one transaction at a time; on PostgreSQL knex has its way
 */
export function transactionsOf(writer: Knex): Transactions {
  if (isPostgres(writer)) return (work) => writer.transaction(work);
  const pool = writer.client as StatementClient;
  let connection: unknown;
  const within = writer.withUserParams({});
  Object.assign(within.client, {
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
  } satisfies Partial<StatementClient>);
  return async (work) => {
    connection = await pool.acquireConnection();
    try {
      await say(within, 'BEGIN', []);
      const result = await work(within);
      await say(within, 'COMMIT', []);
      return result;
    } catch (error) {
      // Where there is nothing to be undone, as after some errors of the disk, SQLite refuses.
      await say(within, 'ROLLBACK', []).catch(() => undefined);
      throw error;
    } finally {
      await pool.releaseConnection(connection);
    }
  };
}

// Statements over many rows at once: one round trip instead of one per row, within the number of parameters that databases take.
import type { Knex } from 'knex';
import type { Column, Row } from './field.ts';

/** SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const PARAMETERS_MAX = 30_000;

export interface NewRows {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of each its values, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Inserts rows as one parameter: binding each value by itself costs more than the rest of the statement.
 * @param onConflict the rest of the statement, such as `ON CONFLICT (…) DO UPDATE SET …`
 */
export async function insertRows(
  trx: Knex,
  { columns, rows, table }: NewRows,
  onConflict = '',
): Promise<void> {
  if (rows.length === 0) return;
  const head = `INSERT INTO ${table} (${columns.join(',')})`;
  if (isPostgres(trx)) {
    const source = `json_populate_recordset(NULL::${table}, ?::json)`;
    const records = rows.map((values) => named(columns, values));
    await say(trx, `${head} SELECT ${columns.join(',')} FROM ${source} ${onConflict}`, [
      JSON.stringify(records),
    ]);
  } else {
    const values = columns.map((_, at) => `list->>${at}`).join(',');
    // What json_each says of a row it would write anew for each of its columns. Without a WHERE the parser takes ON for the beginning of a join.
    await say(
      trx,
      `${head} WITH lists(list) AS MATERIALIZED (SELECT value FROM json_each(?)) SELECT ${values} FROM lists WHERE true ${onConflict}`,
      [JSON.stringify(rows)],
    );
  }
}

/** Which columns of which rows are read by the values of one of them. */
export interface RowsBy {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly key: string;
  /** What else must be true of a row; absent: nothing. */
  readonly and?: string;
  /** Absent: they come in no order. */
  readonly orderBy?: string;
}

/**
 * Reads the rows that have one of several values, by one statement that is always the same. On SQLite a row comes as one text, as its driver makes a
 * new name for each value of each row.
 */
export function readerOf<R extends Row>({
  and,
  columns,
  key,
  orderBy,
  table,
}: RowsBy): (knex: Knex, values: readonly string[] | readonly number[]) => Promise<R[]> {
  const names = columns.map(({ name }) => name);
  const rest =
    (and === undefined ? '' : ` AND ${and}`) + (orderBy === undefined ? '' : ` ORDER BY ${orderBy}`);
  const ofPostgres = `SELECT ${names.join(',')} FROM ${table} WHERE ${key} = ANY(?)${rest}`;
  const ofSqlite =
    `SELECT json_array(${names.join(',')}) AS row FROM ${table} ` +
    `WHERE ${key} IN (SELECT value FROM json_each(?))${rest}`;
  return async (knex, values) => {
    if (isPostgres(knex)) return say<R>(knex, ofPostgres, [values]);
    const texts = await say<{ row: string }>(knex, ofSqlite, [JSON.stringify(values)]);
    return texts.map(({ row }) => named(names, JSON.parse(row)) as R);
  };
}

/**
 * Has a connection of the pool, or that of the transaction, say a statement as it stands: what is said in every decision is not composed, parsed
 * and observed each time as `raw` does it.
 * @returns the rows that it gives
 */
async function say<R>(knex: Knex, sql: string, bindings: readonly unknown[]): Promise<R[]> {
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
interface StatementClient {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
  query(
    connection: unknown,
    statement: { readonly sql: string; readonly bindings: readonly unknown[]; readonly method: 'raw' },
  ): Promise<{ readonly response: unknown }>;
}

function named(columns: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at += 1) row[columns[at]!] = values[at];
  return row;
}

function isPostgres(trx: Knex): boolean {
  return trx.client.config.client === 'pg';
}

/** Pieces of a list that are short enough for one statement. */
export function chunksOf<T>(items: readonly T[], size = PARAMETERS_MAX): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}

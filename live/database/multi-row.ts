// Statements over many rows at once: one round trip instead of one per row, within the number of parameters that databases take.
import type { Knex } from 'knex';
import type { Row } from './field.ts';

/** SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const PARAMETERS_MAX = 30_000;

/**
 * Inserts rows that all have the columns of the first, as one parameter: binding each value by itself costs more than the rest of the
 * statement.
 * @param onConflict the rest of the statement, such as `ON CONFLICT (…) DO UPDATE SET …`
 */
export async function insertRows<R extends object>(
  trx: Knex,
  table: string,
  rows: readonly R[],
  onConflict = '',
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const head = `INSERT INTO ${table} (${columns.join(',')})`;
  if (isPostgres(trx)) {
    const source = `json_populate_recordset(NULL::${table}, ?::json)`;
    await trx.raw(`${head} SELECT ${columns.join(',')} FROM ${source} ${onConflict}`, [JSON.stringify(rows)]);
  } else {
    const values = columns.map((_, at) => `value->>${at}`).join(',');
    const lists = JSON.stringify(rows.map((row) => Object.values(row)));
    // Without a WHERE the parser takes ON for the beginning of a join.
    await trx.raw(`${head} SELECT ${values} FROM json_each(?) WHERE true ${onConflict}`, [lists]);
  }
}

/**
 * Those columns of the rows that have one of these values, in order: for many of them. On SQLite a row comes as one text, since its driver makes
 * a new name of each value.
 */
export async function selectRows<R extends Row>(
  trx: Knex,
  table: string,
  { among: [key, values], columns, orderBy }: RowsAmong,
): Promise<R[]> {
  const rows = trx(table).orderBy(orderBy);
  if (isPostgres(trx)) return rows.select([...columns]).whereIn(key, [...values]);
  const texts: { row: string }[] = await rows
    .select(trx.raw(`json_array(${columns.join(',')}) AS row`))
    .whereRaw(`${key} IN (SELECT value FROM json_each(?))`, [JSON.stringify(values)]);
  return texts.map(({ row }) => named(columns, JSON.parse(row)) as R);
}

export interface RowsAmong {
  readonly columns: readonly string[];
  /** A column, and what it may have. */
  readonly among: readonly [column: string, values: readonly string[]];
  readonly orderBy: string;
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

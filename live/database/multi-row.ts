// Statements over many rows at once: one round trip instead of one per row, within the number of parameters that databases take.
import type { Knex } from 'knex';
import type { Column, Row } from './field.ts';
import { isPostgres, say } from './plain-statement.ts';

/** SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const PARAMETERS_MAX = 30_000;

/** Into which columns of which table rows are inserted. */
export interface RowsInto {
  readonly table: string;
  readonly columns: readonly string[];
  /** The rest of the statement, such as `ON CONFLICT (…) DO UPDATE SET …`; absent: nothing. */
  readonly onConflict?: string;
}

/** Of each row its values, in the order of the columns; null where there is none. */
export type RowValues = readonly (readonly unknown[])[];

/**
 * Inserts rows as one parameter: binding each value by itself costs more than the rest of the statement. On SQLite, columns that no row has had a value in so
 * far, which are half of a wide table's, are left out of it.
 */
export function inserterOf({
  columns,
  onConflict = '',
  table,
}: RowsInto): (trx: Knex, rows: RowValues) => Promise<void> {
  const head = `INSERT INTO ${table} (${columns.join(',')}) SELECT`;
  const source = `json_populate_recordset(NULL::${table}, ?::json)`;
  const ofPostgres = `${head} ${columns.join(',')} FROM ${source} ${onConflict}`;
  let empty: readonly number[] = columns.map((_, at) => at);
  let filled: readonly number[] = [];
  let ofSqlite = '';
  /** From now on with the columns that these rows have values in. */
  const widen = (rows: RowValues): void => {
    const stillEmpty = empty.filter((at) => rows.every((values) => values[at] === null));
    if (ofSqlite !== '' && stillEmpty.length === empty.length) return;
    empty = stillEmpty;
    filled = Array.from(columns.keys()).filter((at) => !empty.includes(at));
    const values = columns.map((_, at) => (empty.includes(at) ? 'NULL' : `value->>${filled.indexOf(at)}`));
    // In its binary form (since SQLite 3.51) a row is not written as text, and read again, for each of its columns. Without a WHERE the parser takes
    // ON for the beginning of a join.
    ofSqlite = `${head} ${values.join(',')} FROM jsonb_each(?) WHERE true ${onConflict}`;
  };
  return async (trx, rows) => {
    if (rows.length === 0) return;
    if (isPostgres(trx)) {
      await say(trx, ofPostgres, [JSON.stringify(rows.map((values) => named(columns, values)))]);
      return;
    }
    widen(rows);
    const told = empty.length === 0 ? rows : rows.map((values) => filled.map((at) => values[at]));
    await say(trx, ofSqlite, [JSON.stringify(told)]);
  };
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

function named(columns: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at += 1) row[columns[at]!] = values[at];
  return row;
}

/** Pieces of a list that are short enough for one statement. */
export function chunksOf<T>(items: readonly T[], size = PARAMETERS_MAX): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}

import { expect, test } from 'vitest';
import type { Database } from '../../../live/database/open-database.ts';
import { BOOKINGS, SETTINGS, TABLES, USERS } from '../../../live/database/tables.ts';
import { databases } from '../../support/databases.ts';

interface SchemaColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
}

/** Every column that the migrations made, but those of the table that they keep for themselves. */
async function columnsOf(database: Database): Promise<SchemaColumn[]> {
  const rows: { table: string; name: string; type: string; nullable: number | boolean }[] =
    database.kind === 'sqlite'
      ? await database.knex.raw(
          `SELECT tables.name AS "table", columns.name, columns.type, columns."notnull" = 0 AND columns.pk = 0 AS nullable
           FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
           WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'`,
        )
      : (
          await database.knex.raw(
            `SELECT table_name AS "table", column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
             FROM information_schema.columns WHERE table_schema = current_schema()`,
          )
        ).rows;
  return rows
    .filter(({ table }) => table !== 'schema_migrations')
    .map(({ table, name, type, nullable }) => ({
      table,
      name,
      type: /char/.test(type) ? 'text' : type.toLowerCase(),
      isNullable: Boolean(nullable),
    }));
}

test.each(databases())(
  'the schema of $name has the columns that the tables name, and no others',
  async ({ open }) => {
    const made = await columnsOf(await open());
    const named = TABLES.flatMap((table) =>
      table.columns.map(({ name, type, isNullable }) => ({ table: table.name, name, type, isNullable })),
    );
    const inOrder = (columns: readonly SchemaColumn[]) =>
      columns
        .map(
          ({ table, name, type, isNullable }) => `${table}.${name}: ${type}${isNullable ? ' or null' : ''}`,
        )
        .sort();
    expect(inOrder(named)).toEqual(inOrder(made));
  },
);

test.each([
  ['a number where a text belongs', { node_name: 7 }, 'a row has 7 as its node_name'],
  ['a column that was not selected', { node_name: undefined }, 'a row has undefined as its node_name'],
  ['part of a number', { number: 0.5 }, 'a row has 0.5 as its number'],
  ['a number that is not exact', { number: 2 ** 53 }, 'a row has 9007199254740992 as its number'],
  ['nothing', { number: null }, 'a row has null as its number'],
])('%s is not read', (_, change, complaint) => {
  const row = { request_id: 'R', number: 1, node_name: 'n1', pieces: null };
  expect(BOOKINGS.read(row)).toEqual({ reservationId: 'R', number: 1, nodeId: 'n1', pieces: null });
  expect(() => BOOKINGS.read({ ...row, ...change })).toThrow(new TypeError(complaint));
});

test('what is unique without regard to case is sought in lower case', () => {
  expect(USERS.write({ username: 'Ada' })).toEqual({ username: 'Ada', username_key: 'ada' });
});

test('JSON text that is null is not NULL', () => {
  const row = { key: 'k', value: 'null' };
  expect(SETTINGS.write(SETTINGS.read(row))).toEqual(row);
});

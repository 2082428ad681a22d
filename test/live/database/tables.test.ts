import { expect, test } from 'vitest';
import type { Database } from '../../../live/database/open-database.ts';
import { TABLES } from '../../../live/database/tables.ts';
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

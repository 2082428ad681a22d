// How instances were served: late, and out; null in rows from before.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('instances', (table) => {
    table.text('service');
  });
}

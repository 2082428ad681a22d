// How instances were served: late, and out; null in rows from before. And what was paid for an offer while it is held.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('instances', (table) => {
    table.text('service');
  });
  await trx.schema.alterTable('reservations', (table) => {
    table.bigInteger('pledged_micros');
  });
}

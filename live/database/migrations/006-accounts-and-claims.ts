// When an account was deleted: its row stays, because reservations, payments and the journal refer to it, without the person. How much
// may be held for it. And what was claimed and charged beside the price of a reservation.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('users', (table) => {
    table.bigInteger('deleted_ms');
    table.integer('quota_held_cpu_hours');
  });
  await trx.schema.alterTable('reservations', (table) => {
    table.text('claims');
  });
}

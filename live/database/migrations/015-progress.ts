// How far a lease is that gives way to others and runs in several pieces.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.text('progress');
  });
}

// Reservations that were offered as further windows of another one: which that is.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.text('part_of');
  });
}

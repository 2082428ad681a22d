// The change of a confirmed reservation that is on offer, with what is held for it.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.text('change_on_offer');
  });
}

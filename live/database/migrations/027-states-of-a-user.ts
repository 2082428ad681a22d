// Reservations of a user that are in some state are found without looking at all the user has.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.index(['userid', 'status', 'opened_seq']);
  });
}

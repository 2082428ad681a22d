// Reservations that start by themselves, and those whose start slides until they are confirmed, in their terms and in the messages about them.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  for (const name of ['reservations', 'offers']) {
    await trx.schema.alterTable(name, (table) => {
      table.boolean('starts_itself');
      table.boolean('start_slides');
    });
  }
}

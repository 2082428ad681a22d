// How long users wait for room, in the terms of reservations and of the messages about them; and since when a reservation waits.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  for (const name of ['reservations', 'offers']) {
    await trx.schema.alterTable(name, (table) => {
      table.text('waitlist');
    });
  }
  await trx.schema.alterTable('reservations', (table) => {
    table.bigInteger('waiting_since_ms');
  });
}

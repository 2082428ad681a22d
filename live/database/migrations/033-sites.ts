// The sites that users ask for, and the one that instances are to be on, in the terms of reservations and of the messages about them.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  for (const name of ['reservations', 'offers']) {
    await trx.schema.alterTable(name, (table) => {
      table.text('site');
      table.text('sites');
    });
  }
}

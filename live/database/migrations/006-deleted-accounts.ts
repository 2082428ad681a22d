// When an account was deleted: its row stays, because reservations, payments and the journal refer to it, without the person.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('users', (table) => {
    table.bigInteger('deleted_ms');
  });
}

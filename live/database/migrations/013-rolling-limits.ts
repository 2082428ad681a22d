// An account's own limits of what it may use in a period, as JSON; null: those of the configuration.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('users', (table) => {
    table.text('quota_rolling');
  });
}

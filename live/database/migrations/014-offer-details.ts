// What an offer or a rejection says beside its terms: what else there is, and what was in the way.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('offers', (table) => {
    table.text('details');
  });
}

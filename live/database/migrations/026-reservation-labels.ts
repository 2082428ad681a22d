// What users call their reservations, and what they note about them.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('reservation_labels', (table) => {
    table.string('request_id', 64).primary();
    table.text('name');
    table.text('note');
  });
}

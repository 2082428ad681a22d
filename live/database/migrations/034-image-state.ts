// Where images are and go: what each node keeps, what is sent, and for which reservations, an item a row.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('image_state', (table) => {
    table.text('item').primary();
    table.text('state').notNullable();
  });
}

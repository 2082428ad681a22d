// What is held at partners, and what they are owed.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.text('outsourced');
  });
  await trx.schema.createTable('passages', (table) => {
    // Without a reference: what is owed outlives a reservation that was archived.
    table.text('request_id').primary();
    table.bigInteger('seq').notNullable().index();
    table.text('partner').notNullable();
    table.text('partner_request_id').notNullable();
    table.bigInteger('price_micros').notNullable();
    table.bigInteger('offered_ms').notNullable();
    table.bigInteger('ends_ms').notNullable();
    table.bigInteger('confirmed_ms');
    table.bigInteger('settled_ms').index();
    table.bigInteger('refund_micros').notNullable();
    table.bigInteger('penalty_micros').notNullable();
  });
}

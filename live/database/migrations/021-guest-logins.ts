// How users get into their VMs: public keys of accounts, user-data of reservations, and in whose name one logs in to what a template makes.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('guest_keys', (table) => {
    table.integer('userid').primary();
    table.text('ssh_keys').notNullable();
  });
  await trx.schema.createTable('guest_data', (table) => {
    table.string('request_id', 64).primary();
    table.text('user_data').notNullable();
  });
  await trx.schema.alterTable('templates', (table) => {
    table.text('login');
  });
}

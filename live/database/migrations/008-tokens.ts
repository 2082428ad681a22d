// Tokens with which programs call the API in the name of an account, instead of with its password.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('tokens', (table) => {
    // So that a copy of the database lets nobody in.
    table.text('token_hash').primary();
    table.text('token_id').notNullable().unique();
    table.integer('userid').notNullable().references('users.userid').index();
    table.text('name').notNullable();
    table.text('scope').notNullable();
    // Of the real clock, not of the service's.
    table.bigInteger('created_ms').notNullable();
    // Null: until it is revoked.
    table.bigInteger('expires_ms');
    // To the minute; null as long as it was not.
    table.bigInteger('used_ms');
  });
}

// Keys with which programs sign what they ask for, as those of EC2 do.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('access_keys', (table) => {
    table.text('access_key_id').primary();
    table.integer('userid').notNullable().references('users.userid').index();
    // As it is: a signature can only be checked by whoever could have made it.
    table.text('secret').notNullable();
    // Of the real clock, not of the service's.
    table.bigInteger('created_ms').notNullable();
    // Null: until it is revoked.
    table.bigInteger('expires_ms');
    // To the minute; null as long as it was not.
    table.bigInteger('used_ms');
  });
}

// Who did what, and who was refused; and who log in somewhere else.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('audit', (table) => {
    table.increments('entry_id');
    // Of the real clock, not of the service's.
    table.bigInteger('at_ms').notNullable().index();
    // Without references: an entry outlives the account.
    table.integer('userid').index();
    table.text('username');
    table.integer('for_userid').index();
    table.text('came_by').notNullable();
    table.text('address').notNullable();
    table.text('action').notNullable();
    table.text('target').notNullable();
    table.integer('status').notNullable();
    table.text('code');
    table.integer('times').notNullable();
  });
  await trx.schema.createTable('identities', (table) => {
    table.text('issuer').notNullable();
    table.text('subject').notNullable();
    table.integer('userid').notNullable().references('users.userid').index();
    table.primary(['issuer', 'subject']);
  });
}

// What users are to be told of: notices that wait, and who wants to hear of what, by which way.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('notices', (table) => {
    table.increments('notice_id');
    table.integer('userid').notNullable().references('users.userid').index();
    table.text('kind').notNullable();
    // Without a reference: a notice outlives a reservation that was archived.
    table.text('request_id');
    // When it is to be told, of the service's clock.
    table.bigInteger('due_ms').notNullable();
    table.text('facts').notNullable();
    // Null: nobody has looked yet who wants to hear of it.
    table.text('channel');
    // Of the real clock: the next try, and the first one.
    table.bigInteger('try_ms').notNullable();
    table.bigInteger('addressed_ms');
    table.integer('attempts').notNullable();
    table.index(['channel', 'due_ms']);
    table.index(['channel', 'try_ms']);
  });
  await trx.schema.createTable('notification_choices', (table) => {
    table.integer('userid').primary().references('users.userid');
    // Kinds, as JSON.
    table.text('email').notNullable();
    table.text('webhook').notNullable();
    table.text('webhook_url');
    // In the clear: every delivery is signed with it.
    table.text('webhook_secret');
    // Why the last delivery failed; null: it did not.
    table.text('webhook_trouble');
  });
}

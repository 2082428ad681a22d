// What version 0.1.0 did not store: the inputs of the provider beside the events that they led to, the pieces of each instance, the kind of
// a lease, the resources that a provider names, and what tells the order of things that fall due together.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('inputs', (table) => {
    // The number of the commit.
    table.bigInteger('seq').primary();
    table.bigInteger('at_ms').notNullable();
    table.text('kind').notNullable();
    // The number of the first event that it led to; null when it led to none.
    table.bigInteger('first_event');
    table.text('input').notNullable();
  });
  await trx.schema.alterTable('reservations', (table) => {
    table.text('lease_kind');
    table.bigInteger('due_order').notNullable().defaultTo(0);
    // Each life asks for those that ended last.
    table.index(['ended_ms', 'opened_seq']);
  });
  await trx.schema.alterTable('offers', (table) => {
    table.text('lease_kind');
  });
  for (const withResources of ['reservations', 'offers', 'nodes']) {
    await trx.schema.alterTable(withResources, (table) => {
      // Of each the amount, as JSON; null when there are none.
      table.text('named');
    });
  }
  await trx.schema.alterTable('bookings', (table) => {
    // As JSON; null in rows of version 0.1.0: the whole window on that node.
    table.text('pieces');
  });
  await trx.schema.alterTable('instances', (table) => {
    table.integer('operations').notNullable().defaultTo(0);
  });
}

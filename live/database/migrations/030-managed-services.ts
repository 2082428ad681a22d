// Services that follow a manifest: what was submitted, what their managers remember, and the leases that these ask for.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('managed_services', (table) => {
    table.string('service_id', 36).primary();
    table.integer('service_no').notNullable().unique();
    table.integer('userid').notNullable().references('users.userid').index();
    table.text('name').notNullable();
    table.text('state').notNullable().index();
    table.text('manifest').notNullable();
    table.bigInteger('submitted_ms').notNullable();
    table.bigInteger('hold_until_ms').notNullable();
    table.bigInteger('confirmed_ms');
    table.bigInteger('ended_ms');
    table.text('end_reason');
    table.bigInteger('looked_ms').notNullable();
    table.text('memory').notNullable();
    table.text('measured').notNullable();
    table.text('figures').notNullable();
    table.text('probed').notNullable();
  });
  await trx.schema.createTable('managed_leases', (table) => {
    table.string('service_id', 36).notNullable();
    table.text('lease_id').notNullable();
    table.text('component').notNullable();
    table.bigInteger('asked_ms').notNullable();
    table.bigInteger('start_ms').notNullable();
    table.bigInteger('end_ms').notNullable();
    table.text('size').notNullable();
    table.text('state').notNullable();
    table.bigInteger('since_ms').notNullable();
    table.text('reason');
    table.string('request_id', 36);
    table.bigInteger('price_micros');
    table.primary(['service_id', 'lease_id']);
    table.index(['service_id', 'state']);
  });
}

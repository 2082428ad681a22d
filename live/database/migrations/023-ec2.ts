// What users of the EC2 interface said that no reservation keeps: which reservations belong together, key pairs and tags.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('ec2_groups', (table) => {
    table.text('group_id').primary();
    table.integer('userid').notNullable().references('users.userid');
    table.text('kind').notNullable();
    table.bigInteger('created_ms').notNullable();
    // By which a client that asks again is known; null: it cannot be.
    table.text('token');
    table.text('fingerprint').notNullable();
    // Not yet: a crash came between the offers and their confirmation.
    table.boolean('settled').notNullable();
    table.text('terms').notNullable();
    table.unique(['userid', 'token']);
  });
  await trx.schema.createTable('ec2_slots', (table) => {
    table.string('request_id', 36).primary();
    table.integer('userid').notNullable().references('users.userid').index();
    table.text('capacity_id');
    table.text('launch_id').index();
    table.integer('launch_index').notNullable();
    table.index(['capacity_id']);
  });
  await trx.schema.createTable('ec2_key_pairs', (table) => {
    table.text('pair_id').primary();
    table.integer('userid').notNullable().references('users.userid');
    table.text('name').notNullable();
    table.text('type').notNullable();
    table.text('fingerprint').notNullable();
    table.text('public_key').notNullable();
    table.bigInteger('created_ms').notNullable();
    table.unique(['userid', 'name']);
  });
  await trx.schema.createTable('ec2_tags', (table) => {
    table.integer('userid').notNullable().references('users.userid');
    table.text('resource_id').notNullable();
    table.text('key').notNullable();
    table.text('value').notNullable();
    table.primary(['userid', 'resource_id', 'key']);
  });
}

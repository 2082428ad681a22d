// Projects: accounts that nobody logs in to, with members who act for them.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('users', (table) => {
    table.text('kind').notNullable().defaultTo('person');
  });
  await trx.schema.createTable('project_members', (table) => {
    table.integer('project_id').notNullable().references('users.userid');
    table.integer('userid').notNullable().references('users.userid').index();
    table.text('role').notNullable();
    table.primary(['project_id', 'userid']);
  });
}

// What was moved into archives, and states of the provider that a replay can begin from. Entries of the ledger no longer need the
// reservation that they are about to be there: that is archived, and the sums stay.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('checkpoints', (table) => {
    // The number of the last input that is part of it, and of the last event.
    table.bigInteger('seq').primary();
    table.bigInteger('event_seq').notNullable();
    table.bigInteger('at_ms').notNullable();
    // As JSON.
    table.text('snapshot').notNullable();
  });
  await trx.schema.createTable('archives', (table) => {
    // Everything up to this event and this input is in it, or in one before.
    table.bigInteger('event_seq').primary();
    table.bigInteger('seq').notNullable();
    table.bigInteger('from_ms').notNullable();
    table.bigInteger('at_ms').notNullable();
    // Of the real clock.
    table.bigInteger('made_ms').notNullable();
    table.text('file').notNullable();
    table.bigInteger('bytes').notNullable();
    table.text('sha256').notNullable();
    // Of each table, as JSON.
    table.text('row_counts').notNullable();
    table.bigInteger('last_entry_id').notNullable();
    table.bigInteger('last_instance_no').notNullable();
    table.boolean('dropped').notNullable();
    // The provider at its end, as JSON; null once another archive has come after it.
    table.text('snapshot');
  });
  if (trx.client.config.client === 'pg') {
    await trx.schema.alterTable('ledger', (table) => {
      table.dropForeign('request_id');
    });
    return;
  }
  // SQLite drops no constraint: the table is made anew.
  await trx.raw('DROP INDEX IF EXISTS ledger_userid_entry_id_index');
  await trx.schema.renameTable('ledger', 'ledger_with_reservations');
  await trx.schema.createTable('ledger', (table) => {
    table.increments('entry_id');
    table.integer('userid').notNullable().references('users.userid');
    table.bigInteger('at_ms').notNullable();
    table.text('kind').notNullable();
    table.bigInteger('amount_micros').notNullable();
    table.string('request_id', 36);
    table.text('note').notNullable();
    table.index(['userid', 'entry_id']);
  });
  await trx.raw(
    `INSERT INTO ledger (entry_id, userid, at_ms, kind, amount_micros, request_id, note)
     SELECT entry_id, userid, at_ms, kind, amount_micros, request_id, note FROM ledger_with_reservations`,
  );
  await trx.schema.dropTable('ledger_with_reservations');
}

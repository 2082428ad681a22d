// The entities of the 2009 implementation (users, reservations, instances, nodes, templates) under its column names where they say
// what they hold, with bookings for its RES_NODES; and beside them offers, ledger, journal, sessions and settings.
// Times are milliseconds since the Unix epoch, money is micro-credits; both fit a BIGINT.
import type { Knex } from 'knex';

const GUID_LENGTH = 36;

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('users', (table) => {
    table.increments('userid');
    table.text('username').notNullable();
    // Lower case: what is unique.
    table.text('username_key').notNullable().unique();
    table.text('password').notNullable();
    table.text('fullname').notNullable();
    table.text('email').notNullable();
    table.text('email_key').notNullable().unique();
    table.text('role').notNullable();
    table.boolean('disabled').notNullable().defaultTo(false);
    table.bigInteger('balance_micros').notNullable().defaultTo(0);
    table.integer('quota_reservations');
    table.integer('quota_vcpus');
    table.bigInteger('created_ms').notNullable();
  });

  await trx.schema.createTable('sessions', (table) => {
    table.text('token_hash').primary();
    table.integer('userid').notNullable().references('users.userid').onDelete('CASCADE').index();
    table.bigInteger('seen_ms').notNullable();
    table.bigInteger('expires_ms').notNullable();
  });

  await trx.schema.createTable('templates', (table) => {
    table.text('name').primary();
    table.text('description').notNullable();
    table.integer('position').notNullable();
  });

  await trx.schema.createTable('nodes', (table) => {
    table.text('node_name').primary();
    table.text('node_group').notNullable();
    table.integer('milli_cpus').notNullable();
    table.integer('memory_mib').notNullable();
    table.integer('disk_gib').notNullable();
    table.text('power');
    table.boolean('avail').notNullable().defaultTo(true);
    table.boolean('in_service').notNullable().defaultTo(true);
  });

  await trx.schema.createTable('reservations', (table) => {
    table.string('request_id', GUID_LENGTH).primary();
    // The journal's number of the event that opened it: the order of creation.
    table.bigInteger('opened_seq').notNullable().unique();
    table.integer('userid').notNullable().references('users.userid');
    table.text('origin');
    table.text('status').notNullable();
    table.integer('round').notNullable();
    // The terms on the table; all null before the first proposal.
    proposalColumns(table);
    table.bigInteger('price_micros').notNullable();
    table.bigInteger('hold_until_ms').notNullable();
    table.boolean('window_open').notNullable();
    table.bigInteger('window_opened_ms').notNullable();
    table.integer('options_claimed').notNullable();
    table.text('end_reason');
    // What the events say and the manager need not remember.
    table.bigInteger('created_ms').notNullable();
    table.bigInteger('activated_ms');
    table.bigInteger('ended_ms');
    table.boolean('no_show');
    table.bigInteger('refund_micros');
    table.bigInteger('penalty_micros');
    table.text('idempotency_key');
    table.text('request_fingerprint');
    table.unique(['userid', 'idempotency_key']);
    table.index(['userid', 'opened_seq']);
    table.index(['status', 'opened_seq']);
  });

  await trx.schema.createTable('bookings', (table) => {
    table.string('request_id', GUID_LENGTH).notNullable().references('reservations.request_id');
    table.integer('number').notNullable();
    table.text('node_name').notNullable();
    table.primary(['request_id', 'number']);
  });

  await trx.schema.createTable('instances', (table) => {
    table.string('vm_id', GUID_LENGTH).primary();
    // Counted over all users; with the user's name it makes the name of the instance.
    table.bigInteger('instance_no').notNullable().unique();
    table.string('request_id', GUID_LENGTH).notNullable().references('reservations.request_id').index();
    table.integer('number').notNullable();
    table.integer('userid').notNullable().references('users.userid');
    table.text('status').notNullable();
    table.text('wanted').notNullable();
    table.text('node_name').notNullable();
    table.text('ip_address');
    table.integer('load_permille').notNullable();
    table.boolean('guest_done').notNullable();
    table.boolean('hung').notNullable();
    table.boolean('reboot_due').notNullable();
    table.boolean('power_off_due').notNullable();
    table.integer('attempts').notNullable();
    table.bigInteger('parked_since_ms');
    table.index(['userid', 'instance_no']);
    table.index(['status', 'request_id']);
  });

  await trx.schema.createTable('offers', (table) => {
    // The event that it came with, and the place among the messages of that event.
    table.bigInteger('seq').notNullable();
    table.integer('step').notNullable();
    table.string('request_id', GUID_LENGTH).notNullable().references('reservations.request_id');
    table.integer('round').notNullable();
    table.bigInteger('at_ms').notNullable();
    table.text('sender').notNullable();
    table.text('message').notNullable();
    proposalColumns(table);
    table.bigInteger('price_micros');
    table.bigInteger('hold_until_ms');
    table.text('reason');
    table.primary(['seq', 'step']);
    table.index(['request_id', 'seq', 'step']);
  });

  await trx.schema.createTable('ledger', (table) => {
    table.increments('entry_id');
    table.integer('userid').notNullable().references('users.userid');
    table.bigInteger('at_ms').notNullable();
    table.text('kind').notNullable();
    table.bigInteger('amount_micros').notNullable();
    table.string('request_id', GUID_LENGTH).references('reservations.request_id');
    table.text('note').notNullable();
    table.index(['userid', 'entry_id']);
  });

  await trx.schema.createTable('journal', (table) => {
    table.bigInteger('seq').primary();
    table.bigInteger('at_ms').notNullable();
    table.integer('userid');
    table.text('type').notNullable();
    // The event as JSON text, byte for byte: a digest over the journal must not depend on the database.
    table.text('event').notNullable();
    table.index(['userid', 'seq']);
    table.index(['type', 'seq']);
  });

  await trx.schema.createTable('settings', (table) => {
    table.text('key').primary();
    table.text('value').notNullable();
  });
}

function proposalColumns(table: Knex.CreateTableBuilder): void {
  table.text('type');
  table.integer('milli_cpus');
  table.integer('memory_mib');
  table.integer('disk_gib');
  table.integer('num_instances_fixed');
  table.integer('num_instances_option');
  table.bigInteger('start_ms');
  table.bigInteger('duration_ms');
  table.text('template');
  table.bigInteger('earliest_start_ms');
  table.bigInteger('max_price_micros');
}

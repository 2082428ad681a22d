// What was answered to requests with a key of their client, whatever they asked for. Until now only reservations remembered theirs.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('answers', (table) => {
    table.integer('userid').notNullable().references('users.userid');
    table.text('idempotency_key').notNullable();
    table.text('request_fingerprint').notNullable();
    table.bigInteger('at_ms').notNullable();
    // The reservation that was opened; its first answer is among its offers.
    table.string('request_id', 36);
    // As JSON, of anything else.
    table.text('reply');
    table.primary(['userid', 'idempotency_key']);
    table.index(['at_ms']);
  });
  await trx.raw(
    `INSERT INTO answers (userid, idempotency_key, request_fingerprint, at_ms, request_id)
     SELECT userid, idempotency_key, request_fingerprint, created_ms, request_id
     FROM reservations WHERE idempotency_key IS NOT NULL`,
  );
  // PostgreSQL drops the index with its column; on SQLite the statement of knex would copy the table.
  if (trx.client.config.client !== 'pg') {
    await trx.raw('DROP INDEX reservations_userid_idempotency_key_unique');
  }
  for (const column of ['idempotency_key', 'request_fingerprint']) {
    await trx.raw(`ALTER TABLE reservations DROP COLUMN ${column}`);
  }
}

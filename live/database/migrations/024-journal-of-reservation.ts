// What happened to one reservation is found without looking at every event. The column is filled from what was told, which PostgreSQL cannot read as
// JSON where somebody sent a NUL character.
import type { Knex } from 'knex';

const AT_ONCE = 1_000;

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('journal', (table) => {
    table.text('request_id');
  });
  if (trx.client.config.client === 'pg') await fillBatchByBatch(trx);
  else await trx.raw(`update journal set request_id = json_extract(event, '$.reservationId')`);
  await trx.schema.alterTable('journal', (table) => {
    table.index(['request_id', 'seq']);
  });
}

async function fillBatchByBatch(trx: Knex): Promise<void> {
  let after = 0;
  for (;;) {
    const rows: { seq: number | string; event: string }[] = await trx('journal')
      .select('seq', 'event')
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(AT_ONCE);
    const filled = rows.flatMap(({ event, seq }) => {
      const { reservationId }: { reservationId?: string } = JSON.parse(event);
      return reservationId === undefined ? [] : [{ seq: Number(seq), request_id: reservationId }];
    });
    await trx.raw(
      'update journal set request_id = filled.request_id from json_to_recordset(?::json) as filled(seq bigint, request_id text) where journal.seq = filled.seq',
      [JSON.stringify(filled)],
    );
    if (rows.length < AT_ONCE) return;
    after = Number(rows.at(-1)!.seq);
  }
}

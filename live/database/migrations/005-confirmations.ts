// When each reservation was confirmed: what became of it is called otherwise for one that never was. The journal knows.
import type { Knex } from 'knex';

const AT_ONCE = 1_000;

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.bigInteger('confirmed_ms');
  });
  let after = 0;
  for (;;) {
    const rows: { seq: number | string; event: string }[] = await trx('journal')
      .select('seq', 'event')
      .where({ type: 'reservation-confirmed' })
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(AT_ONCE);
    for (const { event } of rows) {
      const { atMs, reservationId }: { atMs: number; reservationId: string } = JSON.parse(event);
      await trx('reservations').where({ request_id: reservationId }).update({ confirmed_ms: atMs });
    }
    if (rows.length < AT_ONCE) return;
    after = Number(rows.at(-1)!.seq);
  }
}

// What happened to one reservation is found without looking at every event. Events are kept as they were told, so it is their text that is
// indexed.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  const reservation =
    trx.client.config.client === 'pg'
      ? "(event::json ->> 'reservationId')"
      : "json_extract(event, '$.reservationId')";
  await trx.raw(`create index journal_reservation on journal (${reservation})`);
}

// Reservations that were offered as further windows of another one: which that is. Their ids are longer than those of others.
import type { Knex } from 'knex';

const TABLES_OF_RESERVATIONS = [
  'reservations',
  'bookings',
  'instances',
  'offers',
  'ledger',
  'answers',
  'guest_data',
  'ec2_slots',
  'reservation_labels',
  'managed_leases',
];

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('reservations', (table) => {
    table.text('part_of');
  });
  // SQLite minds no lengths.
  if (trx.client.config.client !== 'pg') return;
  for (const table of TABLES_OF_RESERVATIONS)
    await trx.raw('alter table ?? alter column request_id type text', [table]);
}

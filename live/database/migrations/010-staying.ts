// Which VMs run on a node that they were to leave. What older versions wrote does not say so: it is taken from what went wrong last with those
// whose node is out, as they did after a restart.
import type { Knex } from 'knex';

interface UpAndInTrouble {
  readonly vm_id: string;
  readonly node_name: string;
  readonly trouble: string;
  readonly booked_on: string;
  readonly pieces: string | null;
}

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('instances', (table) => {
    table.boolean('stays').notNullable().defaultTo(false);
  });
  const outages: { node_name: string; from_ms: number | string }[] = await trx('outages').select(
    'node_name',
    'from_ms',
  );
  const inTrouble: UpAndInTrouble[] = await trx('instances')
    .join('bookings', (on) =>
      on
        .on('bookings.request_id', '=', 'instances.request_id')
        .andOn('bookings.number', '=', 'instances.number'),
    )
    .whereNotNull('instances.trouble')
    .whereIn('instances.status', ['RUNNING', 'PAUSED', 'UNDER_MIGRATION'])
    .where('instances.wanted', 'running')
    .select('instances.vm_id', 'instances.node_name', 'instances.trouble', 'bookings.pieces')
    .select({ booked_on: 'bookings.node_name' });
  const staying = inTrouble.filter(({ booked_on, node_name, pieces, trouble }) => {
    const { kind, operation } = JSON.parse(trouble);
    const couldNotLeave = (operation === 'migrate' || operation === 'suspend') && kind !== 'waits';
    const endMs: number = pieces === null ? Number.POSITIVE_INFINITY : JSON.parse(pieces)[0].endMs;
    const isOut = outages.some((outage) => outage.node_name === node_name && Number(outage.from_ms) < endMs);
    // One that is booked elsewhere is on its way.
    return couldNotLeave && booked_on === node_name && isOut;
  });
  for (const { vm_id } of staying) await trx('instances').where({ vm_id }).update({ stays: true });
}

// The state that the database holds, for a manager to go on from: after a start, and after a failure to store.
import type { ManagerSnapshot } from '../../engine/index.ts';
import type { Database } from '../database/open-database.ts';
import { type BookingRow, type InstanceRow, type ReservationRow, toSnapshot } from './snapshot-rows.ts';

export interface StoredState {
  /** Every reservation that has not ended or has VMs that are not DELETED, oldest first. */
  readonly snapshot: ManagerSnapshot;
  /** The number of the last event in the journal; 0 when it is empty. */
  readonly lastSeq: number;
}

const ALIVE = ['INITIATED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'];

/** Reads through one transaction, on the connection of the writers: nothing can change in between. */
export async function loadState(database: Database): Promise<StoredState> {
  return database.knex.transaction(async (trx) => {
    const [last]: { seq: number; at_ms: number }[] = await trx('journal')
      .select('seq', 'at_ms')
      .orderBy('seq', 'desc')
      .limit(1);
    const withVms = trx('instances').select('request_id').whereNot('status', 'DELETED');
    const present = () =>
      trx('reservations').whereIn('status', ALIVE).orWhereIn('request_id', withVms.clone());
    const reservations: ReservationRow[] = await present().orderBy('opened_seq');
    const bookings: BookingRow[] = await trx('bookings')
      .whereIn('request_id', present().select('request_id'))
      .orderBy(['request_id', 'number']);
    const vms: InstanceRow[] = await trx('instances').whereNot('status', 'DELETED').orderBy('instance_no');
    const nodes: { node_name: string; avail: boolean | number; in_service: boolean | number }[] = await trx(
      'nodes',
    )
      .select('node_name', 'avail', 'in_service')
      .orderBy('node_name');

    const bookingsOf = byReservation(bookings);
    const vmsOf = byReservation(vms);
    return {
      snapshot: {
        atMs: last?.at_ms ?? 0,
        reservations: reservations.map((row) =>
          toSnapshot(row, bookingsOf.get(row.request_id) ?? [], vmsOf.get(row.request_id) ?? []),
        ),
        knownNodeIds: nodes.map((node) => node.node_name),
        drainedNodeIds: nodes.filter((node) => !node.in_service).map((node) => node.node_name),
        lostNodeIds: nodes.filter((node) => !node.avail).map((node) => node.node_name),
      },
      lastSeq: last?.seq ?? 0,
    };
  });
}

function byReservation<R extends { readonly request_id: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.request_id);
    if (group === undefined) groups.set(row.request_id, [row]);
    else group.push(row);
  }
  return groups;
}

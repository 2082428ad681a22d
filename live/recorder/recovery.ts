// The state that the database holds, for a manager to go on from: after a start, and after a failure to store.
import type { InstanceSnapshot, ManagerSnapshot } from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import type { Database } from '../database/open-database.ts';
import { BOOKINGS, INSTANCES, NODES } from '../database/tables.ts';
import { toSnapshot } from './snapshot-rows.ts';

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
    const reservations: (Row & { request_id: string })[] = await present().orderBy('opened_seq');
    const bookings: Row[] = await trx('bookings')
      .whereIn('request_id', present().select('request_id'))
      .orderBy(['request_id', 'number']);
    const vms: Row[] = await trx('instances').whereNot('status', 'DELETED').orderBy('instance_no');
    const nodes = (await trx('nodes').orderBy('node_name')).map(NODES.read);

    const instancesOf = placed(bookings, vms);
    const idsOf = (some: typeof nodes) => some.map(({ nodeId }) => nodeId);
    return {
      snapshot: {
        atMs: last?.at_ms ?? 0,
        reservations: reservations.map((row) => toSnapshot(row, instancesOf.get(row.request_id) ?? [])),
        knownNodeIds: idsOf(nodes),
        drainedNodeIds: idsOf(nodes.filter(({ inService }) => !inService)),
        lostNodeIds: idsOf(nodes.filter(({ up }) => !up)),
      },
      lastSeq: last?.seq ?? 0,
    };
  });
}

/** The instances of each reservation, in the order of their bookings. */
function placed(bookings: readonly Row[], vms: readonly Row[]): Map<string, InstanceSnapshot[]> {
  const instances = vms.map(INSTANCES.read);
  const vmOf = new Map(instances.map(({ number, reservationId, vm }) => [`${reservationId}/${number}`, vm]));
  const placedOf = new Map<string, InstanceSnapshot[]>();
  for (const { nodeId, number, reservationId } of bookings.map(BOOKINGS.read)) {
    const others = placedOf.get(reservationId);
    const instance = { number, nodeId, vm: vmOf.get(`${reservationId}/${number}`) ?? null };
    if (others === undefined) placedOf.set(reservationId, [instance]);
    else others.push(instance);
  }
  return placedOf;
}

// The state that the database holds, for a provider to go on from: after a start, and after a failure to store.

import type { Knex } from 'knex';
import {
  type AttendanceMemory,
  type EndReason,
  type EpitaphSnapshot,
  type FinalState,
  type ForecastMemory,
  isFinal,
  type NodeRecord,
  type PolicyMemory,
  type ProviderSnapshot,
  RESERVATION_STATES,
  type RegularKind,
  type ReservationSnapshot,
} from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import { chunksOf, readerOf } from '../database/multi-row.ts';
import type { Database } from '../database/open-database.ts';
import {
  BOOKINGS,
  IMAGE_STATE,
  INSTANCES,
  NODES,
  OUTAGES,
  RESERVATIONS,
  RESUMED_RESERVATION,
  SETTINGS,
} from '../database/tables.ts';
import { imagesOf } from './image-rows.ts';
import { toSnapshot } from './snapshot-rows.ts';

export interface StoredState {
  /** Every reservation that has not ended or has VMs that are not DELETED, oldest first; undefined for a new database. */
  readonly snapshot: ProviderSnapshot | undefined;
  /** The number of the last event that was recorded; 0 when there was none. */
  readonly lastSeq: number;
}

/** The setting that holds what the policies remember. */
export const POLICY_MEMORY = 'policy-memory';
/** The setting that keeps what the provider has learned of its queue. */
export const FORECASTS = 'start-forecasts';
/** The setting that keeps who came and who did not. */
export const ATTENDANCE = 'attendance';
/** The setting that keeps how each node has kept its word. */
export const NODE_RECORDS = 'node-records';
/** The setting that keeps what was due at the instant of the last input and had not come yet. */
export const OVERDUE = 'overdue';

const ALIVE = RESERVATION_STATES.filter((state) => !isFinal(state));
const EPITAPHS = 10_000;

/** Their rows are gone again before the next are read. */
const RESERVATIONS_AT_ONCE = 500;

type Named = Row & { readonly request_id: string };

const byId = { key: 'request_id' } as const;
const readReservations = readerOf<Named>({
  ...byId,
  table: RESERVATIONS.name,
  columns: RESUMED_RESERVATION.columns,
  orderBy: 'opened_seq',
});
const readBookings = readerOf<Named>({
  ...byId,
  table: BOOKINGS.name,
  columns: BOOKINGS.columns,
  orderBy: 'number',
});
const readInstances = readerOf<Named>({
  ...byId,
  table: INSTANCES.name,
  columns: INSTANCES.columns,
  orderBy: 'instance_no',
});

/** Reads through one transaction, on the connection of the writers: nothing can change in between. */
export async function loadState(database: Database): Promise<StoredState> {
  return database.knex.transaction(async (trx) => {
    const [last]: { seq: number; at_ms: number }[] = await trx('journal')
      .select('seq', 'at_ms')
      .orderBy('seq', 'desc')
      .limit(1);
    // Where everything since is gone from the journal, the end of the last archive tells how far it came.
    const [archived]: { event_seq: number; seq: number; at_ms: number }[] = await trx('archives')
      .select('event_seq', 'seq', 'at_ms')
      .orderBy('event_seq', 'desc')
      .limit(1);
    const lastSeq = Math.max(last?.seq ?? 0, archived?.event_seq ?? 0);
    if (lastSeq === 0) return { snapshot: undefined, lastSeq };
    const [lastInput]: { seq: number; at_ms: number }[] = await trx('inputs')
      .select('seq', 'at_ms')
      .orderBy('seq', 'desc')
      .limit(1);
    const withVms = trx('instances').select('request_id').whereNot('status', 'DELETED');
    const present = () =>
      trx('reservations').whereIn('status', ALIVE).orWhereIn('request_id', withVms.clone());
    const ids: { request_id: string }[] = await present().select('request_id').orderBy('opened_seq');
    const reservations: ReservationSnapshot[] = [];
    for (const some of chunksOf(ids, RESERVATIONS_AT_ONCE))
      reservations.push(
        ...(await snapshotsOf(
          trx,
          some.map(({ request_id }) => request_id),
        )),
      );
    const ended: { request_id: string; status: FinalState; end_reason: EndReason }[] = await trx(
      'reservations',
    )
      .select('request_id', 'status', 'end_reason')
      .whereNotIn('status', ALIVE)
      .whereNotNull('end_reason')
      .orderBy([
        { column: 'ended_ms', order: 'desc' },
        { column: 'opened_seq', order: 'desc' },
      ])
      .limit(EPITAPHS);
    const nodes = (await trx('nodes').orderBy('node_name')).map(NODES.read);
    const outages = (await trx('outages').orderBy('position')).map(OUTAGES.read);
    const [memory]: Row[] = await trx('settings').where({ key: POLICY_MEMORY });
    const [forecasts]: Row[] = await trx('settings').where({ key: FORECASTS });
    const [attendance]: Row[] = await trx('settings').where({ key: ATTENDANCE });
    const images = imagesOf((await trx('image_state').orderBy('item')).map(IMAGE_STATE.read));
    const [records]: Row[] = await trx('settings').where({ key: NODE_RECORDS });
    const [late]: Row[] = await trx('settings').where({ key: OVERDUE });
    const overdue = late === undefined ? [] : (SETTINGS.read(late).value as readonly RegularKind[]);

    return {
      lastSeq,
      snapshot: {
        atMs: Math.max(last?.at_ms ?? 0, lastInput?.at_ms ?? 0, archived?.at_ms ?? 0),
        lastCommitSeq: Math.max(lastInput?.seq ?? 0, archived?.seq ?? 0),
        lastEventSeq: lastSeq,
        reservations,
        epitaphs: ended
          .map(
            ({ end_reason: reason, request_id: reservationId, status: state }): EpitaphSnapshot => ({
              reservationId,
              state,
              reason,
            }),
          )
          .reverse(),
        knownNodeIds: nodes.map(({ nodeId }) => nodeId),
        outages: outages.map(({ outage }) => outage),
        ...(records !== undefined && { nodeRecords: SETTINGS.read(records).value as readonly NodeRecord[] }),
        policyMemory: memory === undefined ? [] : (SETTINGS.read(memory).value as readonly PolicyMemory[]),
        ...(forecasts !== undefined && { forecasts: SETTINGS.read(forecasts).value as ForecastMemory }),
        ...(attendance !== undefined && { attendance: SETTINGS.read(attendance).value as AttendanceMemory }),
        ...(images !== undefined && { images }),
        ...(overdue.length > 0 && { overdue }),
      },
    };
  });
}

/** Of these reservations, oldest first. */
async function snapshotsOf(trx: Knex, ids: readonly string[]): Promise<ReservationSnapshot[]> {
  const rows = await readReservations(trx, ids);
  const bookings = await readBookings(trx, ids);
  const vms = await readInstances(trx, ids);
  const bookingsOf = byReservation(bookings);
  const vmsOf = byReservation(vms);
  return rows.map((row) =>
    toSnapshot(row, {
      bookings: bookingsOf.get(row.request_id) ?? [],
      vms: vmsOf.get(row.request_id) ?? [],
    }),
  );
}

function byReservation(rows: readonly Named[]): Map<string, Named[]> {
  const groups = new Map<string, Named[]>();
  for (const row of rows) {
    const group = groups.get(row.request_id);
    if (group === undefined) groups.set(row.request_id, [row]);
    else group.push(row);
  }
  return groups;
}

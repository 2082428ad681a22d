// Writes what a few commands changed in one transaction, in a fixed number of statements. Of bookings and VMs, of which a reservation can
// have thousands, only those are written that differ from what is stored; so it remembers what is stored of reservations that go on.
import type { Knex } from 'knex';
import type { EventOf, ReservationSnapshot, VmSnapshot } from '../../engine/index.ts';
import type { Database } from '../database/open-database.ts';
import type { JournalEvent } from '../records.ts';
import { type LedgerRow, ledgerRows, offerRows } from './event-rows.ts';
import { chunksOf, insertRows, updateOnConflict } from './multi-row.ts';
import {
  type BookingRow,
  type InstanceRow,
  toBookingRow,
  toInstanceRow,
  toReservationRow,
  toVmSnapshot,
} from './snapshot-rows.ts';

/** What a client said of its request, for when it repeats it. */
export interface Annotation {
  readonly idempotencyKey: string;
  /** Equal for equal requests. */
  readonly requestFingerprint: string;
}

export interface Batch {
  /** Of whole commands, at least one event. */
  readonly events: readonly JournalEvent[];
  /** The state after the last of them, of every reservation that they touched. */
  readonly snapshots: ReadonlyMap<string, ReservationSnapshot>;
  readonly annotations: ReadonlyMap<string, Annotation>;
}

/** What the database has of a reservation's instances. */
interface Stored {
  /** Node by number. */
  readonly bookings: Map<number, string>;
  /** By id; those that are not deleted. */
  readonly vms: Map<string, StoredVm>;
}

interface StoredVm {
  readonly instanceNo: number;
  readonly vm: VmSnapshot;
}

/** Rows to write and to take away. */
interface Changes {
  readonly booked: BookingRow[];
  readonly unbooked: [requestId: string, number: number][];
  readonly instances: (InstanceRow & { readonly instance_no: number })[];
  readonly deletedVmIds: string[];
}

export class BatchWriter {
  readonly #database: Database;
  readonly #stored = new Map<string, Stored>();
  #lastInstanceNo: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All of it or nothing. After a failure this object must not be used again: what it remembers may not be what is stored. */
  async write(batch: Batch): Promise<void> {
    const { events, snapshots } = batch;
    await this.#database.knex.transaction(async (trx) => {
      // First, since it changes something: on SQLite the transaction has the write lock from here on.
      await insertRows(trx, 'journal', events.map(toJournalRow));
      await writeReservations(trx, batch);
      await insertRows(trx, 'offers', offerRows(events, snapshots));
      await writeLedger(trx, ledgerRows(events));
      await writeNodes(trx, events);
      await this.#writeInstances(trx, batch);
    });
  }

  async #writeInstances(trx: Knex, { events, snapshots }: Batch): Promise<void> {
    for (const { event } of events) {
      if (event.type !== 'reservation-initiated') continue;
      this.#stored.set(event.reservationId, { bookings: new Map(), vms: new Map() });
    }
    await this.#recall(
      trx,
      Array.from(snapshots.keys()).filter((id) => !this.#stored.has(id)),
    );
    const changes: Changes = { booked: [], unbooked: [], instances: [], deletedVmIds: [] };
    for (const snapshot of snapshots.values()) {
      const stored = this.#stored.get(snapshot.reservationId)!;
      compareBookings(snapshot, stored, changes);
      await this.#compareVms(trx, snapshot, stored, changes);
      if (snapshot.end !== null && stored.vms.size === 0) this.#stored.delete(snapshot.reservationId);
    }
    await writeChanges(trx, changes);
  }

  /** Reads what is stored of reservations from before this object's time. */
  async #recall(trx: Knex, reservationIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(reservationIds)) {
      for (const id of ids) this.#stored.set(id, { bookings: new Map(), vms: new Map() });
      const bookings: BookingRow[] = await trx('bookings').whereIn('request_id', ids);
      for (const row of bookings) this.#stored.get(row.request_id)!.bookings.set(row.number, row.node_name);
      const instances: Changes['instances'] = await trx('instances')
        .whereIn('request_id', ids)
        .whereNot('status', 'DELETED');
      for (const row of instances) {
        const known = { instanceNo: row.instance_no, vm: toVmSnapshot(row) };
        this.#stored.get(row.request_id)!.vms.set(row.vm_id, known);
      }
    }
  }

  async #compareVms(
    trx: Knex,
    snapshot: ReservationSnapshot,
    stored: Stored,
    changes: Changes,
  ): Promise<void> {
    const gone = new Set(stored.vms.keys());
    for (const { number, vm } of snapshot.instances) {
      if (vm === null) continue;
      gone.delete(vm.vmId);
      const before = stored.vms.get(vm.vmId);
      if (before !== undefined && isSameVm(before.vm, vm)) continue;
      const instanceNo = before?.instanceNo ?? (await this.#nextInstanceNo(trx));
      changes.instances.push({ ...toInstanceRow(snapshot, number, vm), instance_no: instanceNo });
      stored.vms.set(vm.vmId, { instanceNo, vm });
    }
    for (const vmId of gone) {
      changes.deletedVmIds.push(vmId);
      stored.vms.delete(vmId);
    }
  }

  async #nextInstanceNo(trx: Knex): Promise<number> {
    if (this.#lastInstanceNo === undefined) {
      const [row]: { last: number | null }[] = await trx('instances').max({ last: 'instance_no' });
      this.#lastInstanceNo = row?.last ?? 0;
    }
    this.#lastInstanceNo += 1;
    return this.#lastInstanceNo;
  }
}

function toJournalRow({ seq, userId, event }: JournalEvent) {
  return { seq, at_ms: event.atMs, userid: userId, type: event.type, event: JSON.stringify(event) };
}

/** What the events of a batch say of one reservation. */
interface Milestones {
  readonly firstSeq: number;
  readonly firstMs: number;
  readonly activatedMs: number | null;
  readonly ended: EventOf<'reservation-ended'> | null;
}

async function writeReservations(trx: Knex, { events, snapshots, annotations }: Batch): Promise<void> {
  const milestones = milestonesOf(events, snapshots);
  const rows = Array.from(snapshots.values(), (snapshot) => {
    const { firstSeq, firstMs, activatedMs, ended } = milestones.get(snapshot.reservationId)!;
    const annotation = annotations.get(snapshot.reservationId);
    return {
      ...toReservationRow(snapshot),
      activated_ms: activatedMs,
      ended_ms: ended?.atMs ?? null,
      no_show: ended?.noShow ?? null,
      refund_micros: ended?.refundMicros ?? null,
      penalty_micros: ended?.penaltyMicros ?? null,
      // Of a reservation that is stored already the following stay as they are.
      opened_seq: firstSeq,
      created_ms: firstMs,
      idempotency_key: annotation?.idempotencyKey ?? null,
      request_fingerprint: annotation?.requestFingerprint ?? null,
    };
  });
  await insertRows(trx, 'reservations', rows, UPDATE_RESERVATION);
}

const UPDATE_RESERVATION = updateOnConflict(
  'request_id',
  [
    'status',
    'round',
    'type',
    'milli_cpus',
    'memory_mib',
    'disk_gib',
    'num_instances_fixed',
    'num_instances_option',
    'start_ms',
    'duration_ms',
    'template',
    'earliest_start_ms',
    'max_price_micros',
    'price_micros',
    'hold_until_ms',
    'window_open',
    'window_opened_ms',
    'options_claimed',
    'end_reason',
    'activated_ms',
    'ended_ms',
    'no_show',
    'refund_micros',
    'penalty_micros',
  ],
  // An event tells it once; snapshots do not repeat it.
  Object.fromEntries(
    ['activated_ms', 'ended_ms', 'no_show', 'refund_micros', 'penalty_micros'].map((column) => [
      column,
      `COALESCE(excluded.${column}, reservations.${column})`,
    ]),
  ),
);

/** The first event about a new reservation is the one that opened it. */
function milestonesOf(
  events: readonly JournalEvent[],
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): Map<string, Milestones> {
  const milestones = new Map<string, Milestones>();
  for (const { seq, event } of events) {
    if (!('reservationId' in event)) continue;
    const known = milestones.get(event.reservationId);
    milestones.set(event.reservationId, {
      firstSeq: known?.firstSeq ?? seq,
      firstMs: known?.firstMs ?? event.atMs,
      activatedMs: event.type === 'reservation-activated' ? event.atMs : (known?.activatedMs ?? null),
      ended: event.type === 'reservation-ended' ? event : (known?.ended ?? null),
    });
  }
  // Touched by an event about a node only: stored long ago.
  const [{ seq, event }] = events as readonly [JournalEvent, ...JournalEvent[]];
  for (const id of snapshots.keys()) {
    if (milestones.has(id)) continue;
    milestones.set(id, { firstSeq: seq, firstMs: event.atMs, activatedMs: null, ended: null });
  }
  return milestones;
}

async function writeLedger(trx: Knex, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return;
  await insertRows(trx, 'ledger', rows);
  const sums = new Map<number, number>();
  for (const { userid, amount_micros } of rows) sums.set(userid, (sums.get(userid) ?? 0) + amount_micros);
  // In the order of the numbers, so that two transactions that change several balances cannot wait for each other.
  const changes = Array.from(sums).sort(([a], [b]) => a - b);
  for (const chunk of chunksOf(changes, 1_000)) {
    const cases = chunk.map(() => 'WHEN CAST(? AS INTEGER) THEN CAST(? AS BIGINT)').join(' ');
    const users = chunk.map(() => '?').join(',');
    await trx.raw(
      `UPDATE users SET balance_micros = balance_micros + CASE userid ${cases} END WHERE userid IN (${users})`,
      [...chunk.flat(), ...chunk.map(([userid]) => userid)],
    );
  }
}

async function writeNodes(trx: Knex, events: readonly JournalEvent[]): Promise<void> {
  for (const { event } of events) {
    switch (event.type) {
      case 'node-joined': {
        const { nodeId, group, capacity, power } = event;
        const row = {
          node_name: nodeId,
          node_group: group,
          milli_cpus: capacity.milliCpus,
          memory_mib: capacity.memoryMib,
          disk_gib: capacity.diskGib,
          power: power && JSON.stringify(power),
        };
        // One that was known keeps its condition: that it joins again says only that a daemon started.
        await trx('nodes').insert(row).onConflict('node_name').merge();
        break;
      }
      case 'node-lost':
      case 'node-returned':
        await trx('nodes')
          .where({ node_name: event.nodeId })
          .update({ avail: event.type === 'node-returned' });
        break;
      case 'node-drained':
      case 'node-enabled':
        await trx('nodes')
          .where({ node_name: event.nodeId })
          .update({ in_service: event.type === 'node-enabled' });
        break;
      default:
    }
  }
}

function compareBookings(
  { reservationId, instances }: ReservationSnapshot,
  stored: Stored,
  changes: Changes,
) {
  const gone = new Set(stored.bookings.keys());
  for (const instance of instances) {
    const { number, nodeId } = instance;
    gone.delete(number);
    if (stored.bookings.get(number) === nodeId) continue;
    changes.booked.push(toBookingRow(reservationId, instance));
    stored.bookings.set(number, nodeId);
  }
  for (const number of gone) {
    changes.unbooked.push([reservationId, number]);
    stored.bookings.delete(number);
  }
}

function isSameVm(a: VmSnapshot, b: VmSnapshot): boolean {
  const fields = Object.keys(b) as (keyof VmSnapshot)[];
  return fields.every((field) => a[field] === b[field]);
}

async function writeChanges(
  trx: Knex,
  { booked, unbooked, instances, deletedVmIds }: Changes,
): Promise<void> {
  for (const pairs of chunksOf(unbooked, 1_000)) {
    await trx('bookings').whereIn(['request_id', 'number'], pairs).delete();
  }
  await insertRows(trx, 'bookings', booked, updateOnConflict('request_id, number', ['node_name']));
  await insertRows(trx, 'instances', instances, UPDATE_INSTANCE);
  for (const ids of chunksOf(deletedVmIds)) {
    await trx('instances')
      .whereIn('vm_id', ids)
      .update({ status: 'DELETED', wanted: 'deleted', load_permille: 0 });
  }
}

const UPDATE_INSTANCE = updateOnConflict('vm_id', [
  'status',
  'wanted',
  'node_name',
  'ip_address',
  'load_permille',
  'guest_done',
  'hung',
  'reboot_due',
  'power_off_due',
  'attempts',
  'parked_since_ms',
]);

// Writes what a few commands changed in one transaction, in a fixed number of statements. Of bookings and VMs, of which a reservation can
// have thousands, only those are written that differ from what is stored; so it remembers what is stored of those that changed last.
import type { Knex } from 'knex';
import { endOf, type ProviderState, type ReservationSnapshot } from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import { chunksOf } from '../database/multi-row.ts';
import type { Database } from '../database/open-database.ts';
import {
  ANSWERS,
  BOOKINGS,
  IMAGE_STATE,
  INPUTS,
  INSTANCES,
  JOURNAL,
  LEDGER,
  NODES,
  NOTICES,
  OFFERS,
  OUTAGES,
  PASSAGES,
  RESERVATIONS,
  SETTINGS,
  type StoredVm,
} from '../database/tables.ts';
import { type Transactions, transactionsOf } from '../database/write-transactions.ts';
import type { AnswerRecord, JournalEvent, LedgerRecord } from '../records.ts';
import { ledgerRows, offerRows } from './event-rows.ts';
import { imageRows } from './image-rows.ts';
import { withOwners } from './journal-events.ts';
import { maintenanceNotices, type NoticeLeads, noticeRows } from './notice-rows.ts';
import { ATTENDANCE, FORECASTS, NODE_RECORDS, OVERDUE, POLICY_MEMORY } from './recovery.ts';
import { toStored, toStoredVm } from './snapshot-rows.ts';

export interface Batch {
  /** Of whole commits. */
  readonly events: readonly JournalEvent[];
  /** The state after the last of them, of every reservation that they changed. */
  readonly snapshots: ReadonlyMap<string, ReservationSnapshot>;
  readonly inputs: readonly StoredInput[];
  /** To requests that their clients gave a key. */
  readonly answers: readonly AnswerRecord[];
  /** What the provider remembers now beside its reservations; undefined when that did not change. */
  readonly provider: ProviderState | undefined;
}

type StoredInput = ReturnType<typeof INPUTS.read>;
type Booking = ReturnType<typeof BOOKINGS.read>;
type Instance = ReturnType<typeof INSTANCES.read>;

/** What the database has of a reservation's instances. */
interface Stored {
  /** By number, as text to compare. */
  readonly bookings: Map<number, string>;
  /** By id. */
  readonly vms: Map<string, Instance>;
}

/** Rows to write and to take away. */
interface Changes {
  readonly booked: Booking[];
  readonly unbooked: [reservationId: string, number: number][];
  readonly instances: Instance[];
}

/** Of how many reservations it is remembered what is stored; that of others is read when they change. */
const REMEMBERED_MAX = 5_000;

export class BatchWriter {
  readonly #transaction: Transactions;
  readonly #noticeLeads: NoticeLeads | undefined;
  /** Those written last are last. */
  readonly #stored = new Map<string, Stored>();
  #lastInstanceNo: number | undefined;
  /** What is stored of the outages of nodes, as text to compare; undefined: not known yet. */
  #storedOutages: string | undefined;
  /** What is stored of images; undefined: not known yet. */
  #storedImages: ReadonlyMap<string, unknown> | undefined;
  /** What is stored of how nodes have kept their word; undefined: not known yet. */
  #storedRecords: ProviderState['nodeRecords'];
  /** Those of an earlier life, too. */
  #mayHaveOverdue = true;

  /** @param noticeLeads undefined: users are told nothing */
  constructor(database: Database, noticeLeads?: NoticeLeads) {
    this.#transaction = transactionsOf(database.knex);
    this.#noticeLeads = noticeLeads;
  }

  /**
   * All of it or nothing. After a failure this object must not be used again: what it remembers may not be what is stored.
   * @returns the events as they are stored, each with its user
   */
  async write(decided: Batch): Promise<readonly JournalEvent[]> {
    const { inputs, provider, snapshots } = decided;
    return this.#transaction(async (trx) => {
      // First, since it changes something: on SQLite the transaction has the write lock from here on.
      await INPUTS.insert(trx, inputs);
      const events = await withOwners(trx, decided.events, snapshots);
      const batch = { ...decided, events };
      await JOURNAL.insert(trx, events.map(journalled));
      if (provider !== undefined) await this.#writeProvider(trx, provider);
      await writeReservations(trx, batch);
      await ANSWERS.insert(trx, batch.answers);
      await OFFERS.insert(trx, offerRows(events, snapshots));
      await writeLedger(trx, ledgerRows(events));
      await writePassages(trx, batch);
      await writeNodes(trx, events);
      await this.#writeInstances(trx, batch);
      if (this.#noticeLeads !== undefined) await writeNotices(trx, events, this.#noticeLeads);
      return events;
    });
  }

  async #writeProvider(
    trx: Knex,
    { attendance, forecasts, images, nodeRecords, outages, overdue, policyMemory }: ProviderState,
  ): Promise<void> {
    await SETTINGS.save(trx, [{ key: POLICY_MEMORY, value: policyMemory }]);
    // Nearly always there is none.
    if (overdue !== undefined || this.#mayHaveOverdue)
      await SETTINGS.save(trx, [{ key: OVERDUE, value: overdue ?? [] }]);
    this.#mayHaveOverdue = overdue !== undefined;
    if (forecasts !== undefined) await SETTINGS.save(trx, [{ key: FORECASTS, value: forecasts }]);
    if (attendance !== undefined) await SETTINGS.save(trx, [{ key: ATTENDANCE, value: attendance }]);
    await this.#writeImages(trx, imageRows(images));
    if (nodeRecords !== undefined && nodeRecords !== this.#storedRecords) {
      await SETTINGS.save(trx, [{ key: NODE_RECORDS, value: nodeRecords }]);
      this.#storedRecords = nodeRecords;
    }
    const text = JSON.stringify(outages);
    if (text === this.#storedOutages) return;
    await trx('outages').delete();
    await OUTAGES.insert(
      trx,
      outages.map((outage, position) => ({ outage, position })),
    );
    this.#storedOutages = text;
  }

  async #writeImages(trx: Knex, rows: ReadonlyMap<string, unknown>): Promise<void> {
    if (this.#storedImages === undefined) await trx('image_state').delete();
    const stored = this.#storedImages ?? new Map<string, unknown>();
    const changed = Array.from(rows, ([item, state]) => ({ item, state })).filter(
      ({ item, state }) => stored.get(item) !== state,
    );
    const gone = [...stored.keys()].filter((item) => !rows.has(item));
    for (const items of chunksOf(gone)) await trx('image_state').whereIn('item', items).delete();
    await IMAGE_STATE.save(trx, changed);
    this.#storedImages = rows;
  }

  async #writeInstances(trx: Knex, { events, snapshots }: Batch): Promise<void> {
    for (const { event } of events) {
      if (event.type === 'reservation-transferred')
        await trx('instances')
          .where({ request_id: event.reservationId })
          .update({ userid: Number(event.userId) });
      if (event.type !== 'reservation-initiated') continue;
      this.#stored.set(event.reservationId, { bookings: new Map(), vms: new Map() });
    }
    await this.#recall(
      trx,
      Array.from(snapshots.keys()).filter((id) => !this.#stored.has(id)),
    );
    const changes: Changes = { booked: [], unbooked: [], instances: [] };
    for (const snapshot of snapshots.values()) {
      const stored = this.#stored.get(snapshot.reservationId)!;
      compareBookings(snapshot, stored, changes);
      await this.#compareVms(trx, snapshot, stored, changes);
      this.#stored.delete(snapshot.reservationId);
      const isGone = Array.from(stored.vms.values()).every(({ vm }) => vm.state === 'DELETED');
      if (snapshot.end === null || !isGone) this.#stored.set(snapshot.reservationId, stored);
    }
    await writeChanges(trx, changes);
    for (const id of this.#stored.keys()) {
      if (this.#stored.size <= REMEMBERED_MAX) break;
      this.#stored.delete(id);
    }
  }

  /** Reads what is stored of reservations from before this object's time. */
  async #recall(trx: Knex, reservationIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(reservationIds)) {
      for (const id of ids) this.#stored.set(id, { bookings: new Map(), vms: new Map() });
      const bookings: Row[] = await trx('bookings').whereIn('request_id', ids);
      for (const booking of bookings.map(BOOKINGS.read)) {
        this.#stored.get(booking.reservationId)!.bookings.set(booking.number, JSON.stringify(booking));
      }
      const instances: Row[] = await trx('instances').whereIn('request_id', ids);
      for (const instance of instances.map(INSTANCES.read)) {
        this.#stored.get(instance.reservationId)!.vms.set(instance.vm.vmId, instance);
      }
    }
  }

  async #compareVms(
    trx: Knex,
    snapshot: ReservationSnapshot,
    stored: Stored,
    changes: Changes,
  ): Promise<void> {
    const { reservationId, userId } = snapshot;
    const gone = new Map(stored.vms);
    for (const { number, vm: snapshotOfVm } of snapshot.instances) {
      if (snapshotOfVm === null) continue;
      const vm = toStoredVm(snapshotOfVm);
      gone.delete(vm.vmId);
      const before = stored.vms.get(vm.vmId);
      if (before !== undefined && isSameVm(before.vm, vm)) continue;
      const instanceNo = before?.instanceNo ?? (await this.#nextInstanceNo(trx));
      const instance = { vm, reservationId, number, userId: Number(userId), instanceNo };
      changes.instances.push(instance);
      stored.vms.set(vm.vmId, instance);
    }
    for (const [vmId, instance] of gone) {
      stored.vms.delete(vmId);
      if (instance.vm.state === 'DELETED') continue;
      const vm: StoredVm = { ...instance.vm, state: 'DELETED', wanted: 'deleted', loadPermille: 0 };
      changes.instances.push({ ...instance, vm });
    }
  }

  async #nextInstanceNo(trx: Knex): Promise<number> {
    if (this.#lastInstanceNo === undefined) {
      const [row]: { last: number | null }[] = await trx('instances').max({ last: 'instance_no' });
      const [archived]: { last: number | null }[] = await trx('archives').max({ last: 'last_instance_no' });
      this.#lastInstanceNo = Math.max(row?.last ?? 0, archived?.last ?? 0);
    }
    this.#lastInstanceNo += 1;
    return this.#lastInstanceNo;
  }
}

function journalled({ seq, userId, event }: JournalEvent) {
  const reservationId = 'reservationId' in event ? event.reservationId : null;
  return { seq, userId, event, atMs: event.atMs, type: event.type, reservationId };
}

async function writeReservations(trx: Knex, { events, snapshots }: Batch): Promise<void> {
  const histories = historiesOf(events, snapshots);
  const stored = Array.from(snapshots.values(), (snapshot) => {
    const { openedSeq, createdMs, confirmedMs, activatedMs, endedMs, noShow, refundMicros, penaltyMicros } =
      histories.get(snapshot.reservationId)!;
    // By their names, and before what is spread: of two objects V8 would put a third together in ten times the time.
    return {
      openedSeq,
      createdMs,
      confirmedMs,
      activatedMs,
      endedMs,
      noShow,
      refundMicros,
      penaltyMicros,
      ...toStored(snapshot),
    };
  });
  await RESERVATIONS.save(trx, stored);
}

/** What the events of a batch tell of one reservation. */
interface History {
  readonly openedSeq: number;
  readonly createdMs: number;
  confirmedMs: number | null;
  activatedMs: number | null;
  endedMs: number | null;
  noShow: boolean | null;
  refundMicros: number | null;
  penaltyMicros: number | null;
}

/** The first event about a new reservation is the one that opened it; of one that is stored already that is not written again. */
function historiesOf(
  events: readonly JournalEvent[],
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): Map<string, History> {
  const histories = new Map<string, History>();
  const historyOf = (reservationId: string, openedSeq: number, createdMs: number) => {
    const known = histories.get(reservationId);
    if (known !== undefined) return known;
    const history: History = {
      openedSeq,
      createdMs,
      confirmedMs: null,
      activatedMs: null,
      endedMs: null,
      noShow: null,
      refundMicros: null,
      penaltyMicros: null,
    };
    histories.set(reservationId, history);
    return history;
  };
  for (const { event, seq } of events) {
    if (!('reservationId' in event)) continue;
    const history = historyOf(event.reservationId, seq, event.atMs);
    if (event.type === 'reservation-confirmed') history.confirmedMs = event.atMs;
    if (event.type === 'reservation-activated') history.activatedMs = event.atMs;
    if (event.type !== 'reservation-ended') continue;
    const { atMs: endedMs, noShow, penaltyMicros, refundMicros } = event;
    Object.assign(history, { endedMs, noShow, penaltyMicros, refundMicros });
  }
  // Changed without an event about it: stored long ago, so that neither is written.
  for (const reservationId of snapshots.keys()) historyOf(reservationId, 0, 0);
  return histories;
}

async function writeLedger(trx: Knex, entries: readonly Omit<LedgerRecord, 'entryId'>[]): Promise<void> {
  if (entries.length === 0) return;
  await LEDGER.insert(trx, entries);
  const sums = new Map<number, number>();
  for (const { userId, amountMicros } of entries) sums.set(userId, (sums.get(userId) ?? 0) + amountMicros);
  // In the order of the numbers, so that two transactions that change several balances cannot wait for each other.
  const changes = Array.from(sums).sort(([a], [b]) => a - b);
  for (const chunk of chunksOf(changes, 1_000)) {
    const cases = chunk.map(() => 'WHEN CAST(? AS INTEGER) THEN CAST(? AS BIGINT)').join(' ');
    const users = chunk.map(() => '?').join(',');
    await trx.raw(
      `UPDATE users SET balance_micros = balance_micros + CASE userid ${cases} END WHERE userid IN (${users})`,
      [...chunk.flat(), ...chunk.map(([userId]) => userId)],
    );
  }
}

/** What was bought of partners, and what they are owed for it. */
async function writePassages(trx: Knex, { events, snapshots }: Batch): Promise<void> {
  for (const { event, seq } of events) {
    if (event.type === 'offer-accepted' && event.outsourced !== undefined) {
      const { atMs: offeredMs, outsourced, reservationId } = event;
      const { partner, priceMicros, reservationId: partnerReservationId } = outsourced;
      const { proposal } = snapshots.get(reservationId)!;
      const endsMs = proposal === null ? offeredMs : endOf(proposal);
      const bought = { seq, reservationId, partner, partnerReservationId, priceMicros, offeredMs, endsMs };
      await PASSAGES.insert(trx, [
        { ...bought, confirmedMs: null, settledMs: null, refundMicros: 0, penaltyMicros: 0 },
      ]);
    } else if (event.type === 'reservation-confirmed' && event.outsourced !== undefined)
      await changePassage(trx, event.reservationId, { confirmedMs: event.atMs });
    else if (event.type === 'transfer-settled') {
      const { atMs: settledMs, penaltyMicros, refundMicros, reservationId } = event;
      await changePassage(trx, reservationId, { settledMs, penaltyMicros, refundMicros });
    }
  }
}

async function changePassage(
  trx: Knex,
  reservationId: string,
  change: Parameters<typeof PASSAGES.write>[0],
): Promise<void> {
  await trx(PASSAGES.name).where({ request_id: reservationId }).update(PASSAGES.write(change));
}

async function writeNotices(trx: Knex, events: readonly JournalEvent[], leads: NoticeLeads): Promise<void> {
  const notices = [...noticeRows(events, leads), ...(await maintenanceNotices(trx, events))];
  await NOTICES.insert(
    trx,
    notices.map((notice) => ({ ...notice, channel: null, tryMs: 0, addressedMs: null, attempts: 0 })),
  );
}

async function writeNodes(trx: Knex, events: readonly JournalEvent[]): Promise<void> {
  const change = (nodeId: string, condition: Parameters<typeof NODES.write>[0]) =>
    trx('nodes').where({ node_name: nodeId }).update(NODES.write(condition));
  for (const { event } of events) {
    switch (event.type) {
      case 'node-joined': {
        const { capacity, group, nodeId, power } = event;
        // One that was known keeps its condition: that it joins again says only that a daemon started.
        await NODES.save(trx, [{ nodeId, group, capacity, power, up: true, inService: true }]);
        break;
      }
      case 'node-left':
        await trx('nodes').where({ node_name: event.nodeId }).delete();
        break;
      case 'node-lost':
      case 'node-returned':
        await change(event.nodeId, { up: event.type === 'node-returned' });
        break;
      case 'node-drained':
      case 'node-enabled':
        await change(event.nodeId, { inService: event.type === 'node-enabled' });
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
  for (const { number, pieces } of instances) {
    gone.delete(number);
    const nodeId = (pieces.find(({ use }) => use === 'run') ?? pieces[0])?.nodeId;
    if (nodeId === undefined) continue;
    const booking = { reservationId, number, nodeId, pieces };
    const text = JSON.stringify(booking);
    if (stored.bookings.get(number) === text) continue;
    changes.booked.push(booking);
    stored.bookings.set(number, text);
  }
  for (const number of gone) {
    changes.unbooked.push([reservationId, number]);
    stored.bookings.delete(number);
  }
}

function isSameVm(a: StoredVm, b: StoredVm): boolean {
  const fields = Object.keys(b) as (keyof StoredVm)[];
  return fields.every((field) => a[field] === b[field]);
}

async function writeChanges(trx: Knex, { booked, unbooked, instances }: Changes): Promise<void> {
  for (const pairs of chunksOf(unbooked, 1_000)) {
    await trx('bookings').whereIn(['request_id', 'number'], pairs).delete();
  }
  await BOOKINGS.save(trx, booked);
  await INSTANCES.save(trx, instances);
}

// Drops what is in an archive: in small transactions, between which a service goes on, and so that an interruption anywhere is made good
// by doing it again. What concerns something that was not over at the end of the archive stays, for those who look at it and for reports.
import type { DomainEvent, ProviderSnapshot } from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import { chunksOf } from '../database/multi-row.ts';
import type { Database } from '../database/open-database.ts';
import { ARCHIVES, JOURNALLED_EVENT, LEDGER } from '../database/tables.ts';
import { archivedEntries, type Cut } from './rows.ts';

export interface Dropping {
  readonly database: Database;
  readonly cut: Cut;
  /** The provider at the end of the archive. */
  readonly snapshot: ProviderSnapshot;
  /** Called between two transactions; what it throws ends the dropping there. */
  readonly goOn: () => void;
}

/** Rows in one transaction. */
const AT_ONCE = 500;

export async function dropArchived(dropping: Dropping): Promise<void> {
  const { cut, database } = dropping;
  await dropReservations(dropping);
  await dropEc2Groups(dropping);
  await dropEvents(dropping);
  await dropInputs(dropping);
  await carryLedgerForward(dropping);
  await database.knex.transaction(async (trx) => {
    await trx('checkpoints').where('seq', '<=', cut.seq).delete();
    await trx('archives').where('event_seq', '<', cut.eventSeq).update({ snapshot: null });
    await trx('archives')
      .where({ event_seq: cut.eventSeq })
      .update(ARCHIVES.write({ isDropped: true }));
  });
}

/** Those that had ended, but for what a repeated request may still be answered with. */
async function dropReservations({ cut, database, goOn, snapshot }: Dropping): Promise<void> {
  const present = new Set(snapshot.reservations.map(({ reservationId }) => reservationId));
  let afterSeq = -1;
  for (;;) {
    goOn();
    const rows: { request_id: string; opened_seq: number }[] = await database
      .reads('reservations')
      .select('request_id', 'opened_seq')
      .where('opened_seq', '>', afterSeq)
      .where('opened_seq', '<=', cut.eventSeq)
      .where('ended_ms', '<=', cut.atMs)
      .whereNotIn('request_id', database.reads('answers').select('request_id').whereNotNull('request_id'))
      .whereNotIn(
        'request_id',
        database.reads('instances').select('request_id').whereNot('status', 'DELETED'),
      )
      .orderBy('opened_seq')
      .limit(AT_ONCE);
    const ids = rows.map(({ request_id }) => request_id).filter((id) => !present.has(id));
    await database.knex.transaction(async (trx) => {
      for (const table of [
        'offers',
        'bookings',
        'instances',
        'guest_data',
        'reservation_labels',
        'ec2_slots',
        'reservations',
      ])
        await trx(table).whereIn('request_id', ids).delete();
    });
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return;
    afterSeq = last.opened_seq;
  }
}

/** Of which no reservation is left. */
async function dropEc2Groups({ cut, database, goOn }: Dropping): Promise<void> {
  goOn();
  const used = (column: string) => database.knex('ec2_slots').select(column).whereNotNull(column);
  await database
    .knex('ec2_groups')
    .where('created_ms', '<=', cut.atMs)
    .whereNotIn('group_id', used('launch_id'))
    .whereNotIn('group_id', used('capacity_id'))
    .delete();
}

async function dropEvents({ cut, database, goOn, snapshot }: Dropping): Promise<void> {
  const kept: { request_id: string }[] = await database
    .reads('reservations')
    .select('request_id')
    .where('opened_seq', '<=', cut.eventSeq);
  const carried = new CarriedEvents(new Set(kept.map(({ request_id }) => request_id)), snapshot);
  // Backwards: of what happened to a node the last counts.
  let beforeSeq = cut.eventSeq + 1;
  for (;;) {
    goOn();
    const rows: Row[] = await database
      .reads('journal')
      .where('seq', '<', beforeSeq)
      .orderBy('seq', 'desc')
      .limit(AT_ONCE);
    const events = rows.map(JOURNALLED_EVENT.read);
    const dropped = events.filter(({ event }) => !carried.has(event)).map(({ seq }) => seq);
    if (dropped.length > 0) await database.knex('journal').whereIn('seq', dropped).delete();
    const last = events.at(-1);
    if (last === undefined || events.length < AT_ONCE) return;
    beforeSeq = last.seq;
  }
}

/** Events that are needed after the end of an archive: about reservations that are there, and how nodes came to be as they were. */
class CarriedEvents {
  readonly #reservationIds: ReadonlySet<string>;
  readonly #nodeIds: ReadonlySet<string>;
  readonly #outages: ProviderSnapshot['outages'];
  readonly #seen = new Set<string>();

  constructor(reservationIds: ReadonlySet<string>, { knownNodeIds, outages }: ProviderSnapshot) {
    this.#reservationIds = reservationIds;
    this.#nodeIds = new Set(knownNodeIds);
    this.#outages = outages;
  }

  /** To be asked about one event after the other, the last first. */
  has(event: DomainEvent): boolean {
    if ('reservationId' in event) return this.#reservationIds.has(event.reservationId);
    switch (event.type) {
      case 'provider-joined':
        return this.#isFirst(event.type);
      case 'node-joined':
        return this.#nodeIds.has(event.nodeId) && this.#isFirst(`${event.type} ${event.nodeId}`);
      case 'node-lost':
        return this.#isOut(event.nodeId, 'lost') && this.#isFirst(`begin lost ${event.nodeId}`);
      case 'node-drained':
        return this.#isOut(event.nodeId, 'drained') && this.#isFirst(`begin drained ${event.nodeId}`);
      case 'node-return-expected':
        return (
          this.#isOut(event.nodeId, event.cause) &&
          !this.#seen.has(`begin ${event.cause} ${event.nodeId}`) &&
          this.#isFirst(`expected ${event.cause} ${event.nodeId}`)
        );
      case 'maintenance-planned':
      case 'maintenance-begun':
        return this.#outages.some(({ outageId }) => outageId === event.maintenanceId);
      case 'node-left':
      case 'node-returned':
      case 'node-power-changed':
      case 'node-enabled':
      case 'maintenance-ended':
      case 'auction-held':
      case 'image-transfer-begun':
      case 'run-finished':
        return false;
    }
  }

  #isOut(nodeId: string, cause: 'lost' | 'drained'): boolean {
    return this.#outages.some((outage) => outage.nodeId === nodeId && outage.cause === cause);
  }

  #isFirst(what: string): boolean {
    if (this.#seen.has(what)) return false;
    this.#seen.add(what);
    return true;
  }
}

async function dropInputs({ cut, database, goOn }: Dropping): Promise<void> {
  for (;;) {
    goOn();
    const rows: { seq: number }[] = await database
      .reads('inputs')
      .select('seq')
      .where('seq', '<=', cut.seq)
      .orderBy('seq')
      .limit(AT_ONCE);
    const last = rows.at(-1);
    if (last === undefined) return;
    await database.knex('inputs').where('seq', '<=', last.seq).delete();
  }
}

/** The entries of each user become one, so that what is left still adds up to the balance. */
async function carryLedgerForward({ cut, database, goOn }: Dropping): Promise<void> {
  const users: { userid: number }[] = await archivedEntries(
    database.reads('ledger').distinct('userid').orderBy('userid'),
    cut,
  );
  for (const { userid: userId } of users) {
    goOn();
    await database.knex.transaction(async (trx) => {
      const rows: Row[] = await archivedEntries(trx('ledger').where({ userid: userId }), cut).orderBy(
        'entry_id',
      );
      const entries = rows.map(LEDGER.read);
      const last = entries.at(-1);
      if (last === undefined || entries.length === 1) return;
      for (const ids of chunksOf(entries.slice(0, -1).map(({ entryId }) => entryId)))
        await trx('ledger').whereIn('entry_id', ids).delete();
      const sum = entries.reduce((total, { amountMicros }) => total + amountMicros, 0);
      await trx('ledger')
        .where({ entry_id: last.entryId })
        .update(
          LEDGER.write({
            kind: 'carried-forward',
            amountMicros: sum,
            reservationId: null,
            note: `${entries.length} entries that are archived`,
          }),
        );
    });
  }
}

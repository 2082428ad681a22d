// Reservations as users and operators look at them, with the messages that led there. Written by recorder/group-commit.ts.
import type { Knex } from 'knex';
import type { PassingReason, ProviderReply, RejectionReason, ReservationState } from '../../engine/index.ts';
import type {
  FirstReply,
  OfferRecord,
  Page,
  ReservationLabel,
  ReservationNames,
  ReservationRecord,
  ReservationTerms,
} from '../records.ts';
import type { Row } from './field.ts';
import { chunksOf, readerOf } from './multi-row.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { PointReads } from './point-reads.ts';
import { OFFER, RESERVATION_LABELS, RESERVATION_TERMS, RESERVATIONS, SHOWN_RESERVATION } from './tables.ts';

export interface ReservationQuery {
  readonly userId?: number;
  readonly states?: readonly ReservationState[];
  readonly limit: number;
  readonly cursor?: string;
}

/** A confirmed reservation that has ended. */
export interface UsedReservation {
  readonly userId: number;
  readonly endedMs: number;
  readonly terms: Omit<ReturnType<typeof RESERVATIONS.read>, 'endedMs'>;
}

/** A reservation's row with its user's name, what that calls it, and what is needed to find it again. */
type NamedRow = Row &
  ReservationLabel & { readonly request_id: string; readonly opened_seq: number; readonly username: string };

const LABELS = ['reservation_labels', 'reservation_labels.request_id', 'reservations.request_id'] as const;
const NAMED = [
  'reservations.*',
  'users.username',
  'reservation_labels.name',
  'reservation_labels.note',
] as const;

const readTerms = readerOf({
  table: RESERVATIONS.name,
  columns: RESERVATION_TERMS.columns,
  key: 'request_id',
});

export class ReservationStore {
  readonly #database: Database;
  readonly #byId: PointReads<string, ReservationRecord>;
  readonly #termsById: PointReads<string, ReservationTerms>;

  constructor(database: Database) {
    this.#database = database;
    this.#byId = new PointReads((ids) => this.#withIds(ids));
    this.#termsById = new PointReads((ids) => this.#termsOf(ids));
  }

  /** Newest first. */
  async list(query: ReservationQuery): Promise<Page<ReservationRecord>> {
    const { userId, states, limit, cursor } = query;
    const matching = (wanted: readonly ReservationState[] | undefined) => {
      const selection = this.#database.reads('reservations');
      if (userId !== undefined) selection.where('reservations.userid', userId);
      if (wanted !== undefined) selection.whereIn('reservations.status', [...wanted]);
      return selection;
    };
    const pageOfThose = (selection: Knex.QueryBuilder) => {
      if (cursor !== undefined) selection.where('opened_seq', '<', parseCursor(cursor));
      return selection.orderBy('opened_seq', 'desc').limit(limit + 1);
    };
    let page: Knex.QueryBuilder;
    if (states === undefined || states.length < 2) page = pageOfThose(matching(states));
    else {
      // Each state by itself is found in order: together they would all be read, or all others passed over.
      const found: { opened_seq: number }[][] = [];
      for (const state of new Set(states))
        found.push(await pageOfThose(matching([state]).select('opened_seq')));
      const newest = found.flatMap((rows) => rows.map(({ opened_seq }) => opened_seq)).sort((a, b) => b - a);
      page = pageOfThose(
        this.#database.reads('reservations').whereIn('opened_seq', newest.slice(0, limit + 1)),
      );
    }
    const rows: NamedRow[] = await page
      .join('users', 'users.userid', 'reservations.userid')
      .leftJoin(...LABELS)
      .select(...NAMED);
    const total = await countRows(matching(states));
    const places = await this.#placesOf(rows.map(({ request_id }) => request_id));
    return pageOf(rows, {
      limit,
      total,
      positionOf: (row) => row.opened_seq,
      toItem: (row) => toReservation(row, places),
    });
  }

  async get(reservationId: string): Promise<ReservationRecord | undefined> {
    return this.#byId.get(reservationId);
  }

  /** Less of it, for less. */
  async terms(reservationId: string): Promise<ReservationTerms | undefined> {
    return this.#termsById.get(reservationId);
  }

  /** Whose they are and what they are called, by reservation; of those that there are. */
  async names(reservationIds: readonly string[]): Promise<ReadonlyMap<string, ReservationNames>> {
    const names = new Map<string, ReservationNames>();
    for (const ids of chunksOf(reservationIds)) {
      const rows: (ReservationNames & { readonly request_id: string })[] = await this.#database
        .reads('reservations')
        .join('users', 'users.userid', 'reservations.userid')
        .leftJoin(...LABELS)
        .select('reservations.request_id', 'users.username', 'reservation_labels.name')
        .whereIn('reservations.request_id', ids);
      for (const { name, request_id, username } of rows) names.set(request_id, { name, username });
    }
    return names;
  }

  /** What is left out stays. */
  async setLabel(reservationId: string, label: Partial<ReservationLabel>): Promise<void> {
    await this.#database
      .knex(RESERVATION_LABELS.name)
      .insert(RESERVATION_LABELS.write({ reservationId, ...label }))
      .onConflict('request_id')
      .merge(Object.keys(RESERVATION_LABELS.write(label)));
  }

  /** Unless it has one: a request that is sent again does not undo what was changed since. */
  async setFirstLabel(reservationId: string, label: ReservationLabel): Promise<void> {
    await this.#database
      .knex(RESERVATION_LABELS.name)
      .insert(RESERVATION_LABELS.write({ reservationId, ...label }))
      .onConflict('request_id')
      .ignore();
  }

  /** The messages of a negotiation, in their order. */
  async offers(reservationId: string): Promise<readonly OfferRecord[]> {
    const rows: Row[] = await this.#database
      .reads('offers')
      .where({ request_id: reservationId })
      .orderBy(['seq', 'step']);
    return rows.map(OFFER.read);
  }

  /** What was asked for first, and what that was answered. Undefined when there is no such reservation. */
  async firstReply(reservationId: string): Promise<FirstReply | undefined> {
    const [request, answer] = await this.offers(reservationId);
    if (request === undefined || request.proposal === null || answer === undefined) return undefined;
    return { proposal: request.proposal, reply: toProviderReply(answer) };
  }

  /** What was used of confirmed reservations that ended, since an instant. */
  async usedSince(ms: number): Promise<UsedReservation[]> {
    const rows: Row[] = await this.#database
      .reads('reservations')
      .whereNotNull('confirmed_ms')
      .where('ended_ms', '>', ms)
      .orderBy('ended_ms');
    return rows.map((row) => {
      const { endedMs, ...terms } = RESERVATIONS.read(row);
      return { userId: terms.userId, endedMs: endedMs ?? ms, terms };
    });
  }

  async #termsOf(reservationIds: readonly string[]): Promise<Map<string, ReservationTerms>> {
    const rows = await readTerms(this.#database.reads, reservationIds);
    return new Map(rows.map(RESERVATION_TERMS.read).map((terms) => [terms.reservationId, terms]));
  }

  async #withIds(reservationIds: readonly string[]): Promise<Map<string, ReservationRecord>> {
    const rows: NamedRow[] = await this.#database
      .reads('reservations')
      .join('users', 'users.userid', 'reservations.userid')
      .leftJoin(...LABELS)
      .select(...NAMED)
      .whereIn('reservations.request_id', [...reservationIds]);
    const places = await this.#placesOf(rows.map(({ request_id }) => request_id));
    return new Map(rows.map((row) => [row.request_id, toReservation(row, places)]));
  }

  /** Where they are booked, and how many VMs they launched. */
  async #placesOf(reservationIds: readonly string[]): Promise<Places> {
    const bookings: { request_id: string; node_name: string }[] = await this.#database
      .reads('bookings')
      .select('request_id', 'node_name')
      .whereIn('request_id', [...reservationIds])
      .groupBy('request_id', 'node_name')
      .orderByRaw('request_id, min(number)');
    const nodeIds = new Map<string, string[]>();
    for (const { request_id, node_name } of bookings) {
      const nodes = nodeIds.get(request_id);
      if (nodes === undefined) nodeIds.set(request_id, [node_name]);
      else nodes.push(node_name);
    }
    const launched: { request_id: string; total: number }[] = await this.#database
      .reads('instances')
      .select('request_id')
      .count({ total: '*' })
      .whereIn('request_id', [...reservationIds])
      .groupBy('request_id');
    return { nodeIds, launched: new Map(launched.map(({ request_id, total }) => [request_id, total])) };
  }
}

interface Places {
  readonly nodeIds: ReadonlyMap<string, readonly string[]>;
  readonly launched: ReadonlyMap<string, number>;
}

function toReservation(row: NamedRow, places: Places): ReservationRecord {
  const reservation = SHOWN_RESERVATION.read(row);
  const { change, holdUntilMs, noShow, penaltyMicros, refundMicros, reservationId, state } = reservation;
  const isHeld = state === 'ACCEPTED' || state === 'COUNTERED';
  return {
    ...reservation,
    username: row.username,
    name: row.name,
    note: row.note,
    holdUntilMs: isHeld ? holdUntilMs : null,
    change: change ?? null,
    activatedInstances: places.launched.get(reservationId) ?? 0,
    nodeIds: places.nodeIds.get(reservationId) ?? [],
    noShow: noShow ?? false,
    refundMicros: refundMicros ?? 0,
    penaltyMicros: penaltyMicros ?? 0,
  };
}

function toProviderReply({
  message,
  proposal,
  priceMicros,
  holdUntilMs,
  reason,
  details,
}: OfferRecord): ProviderReply {
  const isOffer = message === 'ACCEPT' || message === 'COUNTER';
  if (isOffer && proposal !== null && priceMicros !== null && holdUntilMs !== null) {
    const why = reason === 'node-outage' ? ({ because: reason } as const) : {};
    return { reply: message, proposal, priceMicros, holdUntilMs, ...why, ...details };
  }
  if (message === 'WAITLISTED' && reason !== null && holdUntilMs !== null)
    return { reply: message, reason: reason as PassingReason, waitsUntilMs: holdUntilMs, ...details };
  if (message === 'REJECT' && reason !== null)
    return { reply: 'REJECT', reason: reason as RejectionReason, ...details };
  throw new TypeError(`the first answer of a negotiation cannot be ${message}`);
}

// When a lease of a queue is to begin, as an interval that holds as often as is asked of it. The queue is thought through on a draft
// of the calendar, under three views of how long leases run of what they asked for: hardly at all, as half of them did, to the end. How far
// the interval between the first and the last was off, of the leases that began since, is what it is widened by, or narrowed.
// Romano, Patterson and Candes, "Conformalized quantile regression", NeurIPS 2019; over the last that began only, because load changes, with
// the level of Gibbs and Candes, "Adaptive conformal inference under distribution shift", NeurIPS 2021.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import type { Outbox } from '../outbox.ts';
import type { OpenForecast, StartMemory } from '../state/forecast-memory.ts';
import { NO_BOOKING, type Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { ExpectedStart, Lease, LeaseDesk } from './lease-kind.ts';
import type { LeaseKinds } from './lease-of.ts';
import type { LeaseQueues } from './lease-queues.ts';

/** From when until when a lease is to begin, with the confidence that the provider is set to; in between, the likeliest. */
export interface StartForecast {
  readonly reservationId: string;
  readonly fromMs: number;
  readonly likelyMs: number;
  readonly toMs: number;
}

export interface StartForecastsParts {
  readonly outbox: Outbox;
  readonly book: ReservationBook;
  readonly calendar: CapacityCalendar;
  readonly kinds: LeaseKinds;
  readonly queues: LeaseQueues;
  /** A desk on a draft of the calendar. */
  readonly deskOn: (calendar: CapacityCalendar) => LeaseDesk;
  /** How often a start is to be within its interval, 0..1; undefined: nothing is forecast. */
  readonly confidence: number | undefined;
}

/** Which of the leases that ran before one is thought to be like, by how long they ran: the shortest, the middle, none, it runs as asked. */
const VIEWS = { earliest: 0.05, likely: 0.5, latest: 1 } as const;
const SHARES_KEPT = 500;
const MISSES_KEPT = 300;
/** Before so many have begun, an interval is what the simulation says. */
const MISSES_MIN = 20;
/** How fast the level follows what comes true. */
const STEP = 0.01;
/** Waits of less than this are much the same. */
const GRAIN_MS = 60_000;

export class StartForecasts {
  readonly #parts: StartForecastsParts;
  #memory: StartMemory;
  /** Of leases that may have come to wait since the last look. */
  #hasJoined = false;

  constructor(parts: StartForecastsParts) {
    this.#parts = parts;
    this.#memory = { ranShares: [], misses: [], level: parts.confidence ?? 0, open: [] };
  }

  get areMade(): boolean {
    return this.#parts.confidence !== undefined;
  }

  /** Replaced, never changed. */
  get memory(): StartMemory {
    return this.#memory;
  }

  restore(memory: StartMemory): void {
    this.#memory = memory;
  }

  /** One more waits, or may wait. */
  joined(): void {
    this.#hasJoined = true;
  }

  /** Its window opens: what was said of its start has come true, or not. */
  began({ id }: Reservation): void {
    const { confidence, outbox } = this.#parts;
    const said = this.#memory.open.find(({ reservationId }) => reservationId === id);
    if (confidence === undefined || said === undefined) return;
    const { earliestMs, fromMs, latestMs, madeMs, toMs } = said;
    const waited = logOf(outbox.nowMs - madeMs);
    const miss = Math.max(logOf(earliestMs - madeMs) - waited, waited - logOf(latestMs - madeMs));
    const isTrue = fromMs <= outbox.nowMs && outbox.nowMs <= toMs;
    const { level, misses, open } = this.#memory;
    this.#memory = {
      ...this.#memory,
      misses: [...misses.slice(-(MISSES_KEPT - 1)), miss],
      level: Math.min(0.999, Math.max(0.5, level + STEP * (isTrue ? confidence - 1 : confidence))),
      open: open.filter((each) => each !== said),
    };
  }

  /** Nothing more is to come of it. @param isDone it ran as long as it needed */
  ended(reservation: Reservation, { isDone }: { readonly isDone: boolean }): void {
    if (this.#parts.confidence === undefined) return;
    const { open, ranShares } = this.#memory;
    if (open.some(({ reservationId }) => reservationId === reservation.id))
      this.#memory = { ...this.#memory, open: open.filter(({ reservationId: id }) => id !== reservation.id) };
    if (!isDone || this.#kindOf(reservation)?.expect === undefined) return;
    const share = this.#ranMsOf(reservation) / reservation.terms.durationMs;
    this.#memory = {
      ...this.#memory,
      ranShares: [...ranShares.slice(-(SHARES_KEPT - 1)), Math.min(1, Math.max(0, share))],
    };
  }

  /** Tells of each lease that has come to wait when it is to begin. After everything else of an input. */
  tell(): void {
    if (this.#parts.confidence === undefined || !this.#hasJoined) return;
    this.#hasJoined = false;
    const { book, outbox, queues } = this.#parts;
    const told = new Set(this.#memory.open.map(({ reservationId }) => reservationId));
    const isNew = (reservation: Reservation | undefined) =>
      reservation?.isWithoutCapacity === true && reservation.openedMs === 0 && !told.has(reservation.id);
    if (!queues.inOrder().some(isNew)) return;
    const simulated = this.#simulate().filter(({ reservationId }) => isNew(book.get(reservationId)));
    for (const each of simulated) {
      const forecast = this.#widened(each);
      outbox.emit({ type: 'start-forecast', ...forecast });
    }
    const madeMs = outbox.nowMs;
    this.#memory = {
      ...this.#memory,
      open: [
        ...this.#memory.open,
        ...simulated.map((each): OpenForecast => {
          const { earliestMs, latestMs, reservationId } = each;
          const { fromMs, toMs } = this.#widened(each);
          return { reservationId, madeMs, earliestMs, latestMs, fromMs, toMs };
        }),
      ],
    };
  }

  /** As things stand, of all that wait; empty when nothing is forecast. Changes nothing. */
  now(): readonly StartForecast[] {
    if (this.#parts.confidence === undefined) return [];
    return this.#simulate().map((each) => this.#widened(each));
  }

  /** Those that wait, in their order, without those that are not to begin within the booking horizon. */
  #simulate(): readonly Simulated[] {
    const earliest = this.#expected(VIEWS.earliest);
    const likely = this.#expected(VIEWS.likely);
    const latest = this.#expected(VIEWS.latest);
    return [...latest].flatMap(([reservationId, latestMs]) => {
      const starts = [earliest.get(reservationId), likely.get(reservationId), latestMs];
      const known = starts.filter((ms) => ms !== undefined).sort((a, b) => a - b);
      if (latestMs === undefined || known.length === 0) return [];
      const [first, last] = [known[0]!, known.at(-1)!];
      return [{ reservationId, earliestMs: first, likelyMs: known[known.length >> 1]!, latestMs: last }];
    });
  }

  #expected(view: number): ReadonlyMap<string, number | undefined> {
    const { calendar, deskOn, queues } = this.#parts;
    const draft = calendar.fork();
    const { kind: outcome } = draft.apply(this.#endings(view));
    const desk = deskOn(outcome === 'applied' ? draft : calendar);
    const leftMsOf = ({ leftMs, terms: { durationMs } }: Lease) =>
      Math.min(leftMs, this.#leftMs(durationMs, durationMs - leftMs, view));
    const starts = queues
      .of()
      .flatMap(({ kind, leases }): readonly ExpectedStart[] => kind.expect?.(leases, desk, leftMsOf) ?? []);
    return new Map(starts.map(({ reservationId, startMs }) => [reservationId, startMs]));
  }

  /** What runs ends as early as that. */
  #endings(view: number): readonly Edit[] {
    const { book, outbox } = this.#parts;
    const edits: Edit[] = [];
    for (const reservation of book.values()) {
      const { terms, windowOpen } = reservation;
      if (!windowOpen || this.#kindOf(reservation)?.expect === undefined) continue;
      const leftMs = this.#leftMs(terms.durationMs, this.#ranMsOf(reservation), view);
      const untilMs = outbox.nowMs + leftMs;
      for (const { pieces } of reservation.present)
        for (const { booking, endMs, startMs } of pieces) {
          if (booking === NO_BOOKING || endMs <= untilMs) continue;
          if (startMs >= untilMs) edits.push({ edit: 'release', id: booking });
          else edits.push({ edit: 'resize', id: booking, endMs: untilMs });
        }
    }
    return edits;
  }

  /** How much longer one runs that has run for so long: as that part of those that ran at least as long, of what each asked for. */
  #leftMs(durationMs: number, ranMs: number, view: number): number {
    const wholeMs = Math.max(1, durationMs - ranMs);
    if (view >= 1) return wholeMs;
    const shares = this.#sortedShares();
    // Of none it is known how long they run: it may be over in a moment.
    if (shares.length === 0 && view === VIEWS.earliest) return 1;
    const longer = shares.filter((share) => share * durationMs > ranMs);
    if (longer.length === 0) return wholeMs;
    const share = longer[Math.floor(view * longer.length)]!;
    return Math.max(1, Math.round(share * durationMs) - ranMs);
  }

  #sorted: { readonly of: readonly number[]; readonly shares: readonly number[] } = { of: [], shares: [] };

  #sortedShares(): readonly number[] {
    const { ranShares } = this.#memory;
    if (this.#sorted.of !== ranShares)
      this.#sorted = { of: ranShares, shares: [...ranShares].sort((a, b) => a - b) };
    return this.#sorted.shares;
  }

  #ranMsOf({ doneMs, terms, windowOpen }: Reservation): number {
    return doneMs + (windowOpen ? Math.max(0, this.#parts.outbox.nowMs - terms.startMs) : 0);
  }

  #kindOf({ proposal }: Reservation) {
    return proposal && this.#parts.kinds.known(proposal);
  }

  #widened({ earliestMs, latestMs, likelyMs, reservationId }: Simulated): StartForecast {
    const { nowMs } = this.#parts.outbox;
    const { level, misses } = this.#memory;
    const sorted = [...misses].sort((a, b) => a - b);
    const rank = Math.ceil(level * (sorted.length + 1)) - 1;
    const widening = sorted.length < MISSES_MIN ? 0 : sorted[Math.min(rank, sorted.length - 1)]!;
    const low = logOf(earliestMs - nowMs) - widening;
    const high = logOf(latestMs - nowMs) + widening;
    const at = (log: number) => nowMs + Math.max(0, Math.round((Math.exp(log) - 1) * GRAIN_MS));
    // Narrowed past its middle it is one instant.
    const fromMs = at(Math.min(low, (low + high) / 2));
    const toMs = at(Math.max(high, (low + high) / 2));
    return { reservationId, fromMs, likelyMs: Math.min(toMs, Math.max(fromMs, likelyMs)), toMs };
  }
}

interface Simulated {
  readonly reservationId: string;
  readonly earliestMs: number;
  readonly likelyMs: number;
  readonly latestMs: number;
}

function logOf(waitMs: number): number {
  return Math.log(1 + Math.max(0, waitMs) / GRAIN_MS);
}

// How far what users have reserved may be sold again, on the chance that they do not come. A window is overbooked if, with every user who may yet stay
// away doing so with a given chance, by himself, it and each window that was overbooked before it go without room with at most a given chance: exact, by
// convolution, of a count that is never more than the room that there will be. Cancellations only help; nodes that fail are no part of it, nor are changes of
// what was reserved. It is asked when a window is offered, and again when it is confirmed.
// Overbooking of reservations of machines: Sulistio, Kim, Buyya, "Managing cancellations and no-shows of reservations with overbooking to increase
// resource revenue", CCGrid 2008, after that of airlines: Rothstein, Transportation Science 5(2), 1971.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { DEVICE_UNITS, timesOnDevices } from '../../domain/devices.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import { amountOf, RESOURCE_NAMES, type Resources, timesFits } from '../../domain/resources.ts';
import type { LeaseAsk } from '../leases/lease-kind.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import { overbooked } from '../leases/overbooked.ts';
import type { Attendance, AttendanceMemory } from '../state/attendance.ts';
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import { leastNoShowChance, ownNoShowChance, weightOfAll } from './no-show-chance.ts';

export interface OverbookingSettings {
  /**
   * Chance that who has reserved does not come, 0..1. learned: the least that the provider's record supports; half of the risk is that it is less
   * than that, the other half is taken at that chance. learned-by-user: the same, drawn towards what each user has done.
   */
  readonly noShowChance: number | 'learned' | 'learned-by-user';
  /** Chance at most, for each window that is overbooked, that who comes for it is bumped: 0..1. */
  readonly risk: number;
}

/** A window that is to have room when somebody stays away. */
interface Promised {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Resources;
  readonly count: number;
  readonly ordinal: number;
}

export interface OverbookingParts {
  readonly book: ReservationBook;
  readonly calendar: CapacityCalendar;
  readonly kinds: LeaseKinds;
  /** What a chance is learned from. */
  readonly attendance: Attendance;
  readonly settings: {
    readonly overbooking?: OverbookingSettings;
    readonly autoActivate: boolean;
    readonly noShowGraceMs: number;
    readonly shortestDurationMs: number;
  };
}

/** A question costs O(reservations, and windows that are overbooked squared). */
export class Overbooking {
  readonly #parts: OverbookingParts;
  #learned: ({ readonly from: AttendanceMemory } & Learned) | undefined;

  constructor(parts: OverbookingParts) {
    this.#parts = parts;
  }

  /** Is there a chance to be learned? */
  get learns(): boolean {
    const chance = this.#parts.settings.overbooking?.noShowChance;
    return chance !== undefined && typeof chance !== 'number';
  }

  /** Whoever was to come for it has. */
  came(reservation: Reservation): void {
    this.#note(reservation, true);
  }

  /** Nobody came for it. */
  stayedAway(reservation: Reservation): void {
    this.#note(reservation, false);
  }

  #note(reservation: Reservation, came: boolean): void {
    const { attendance, settings } = this.#parts;
    if (!this.learns || !this.#isAwaited(reservation)) return;
    const isByUser = settings.overbooking?.noShowChance === 'learned-by-user';
    attendance.note({ came, ...(isByUser && { userId: reservation.userId }) });
  }

  /** May it be sold although there is no room? Asked of what is offered, as long as that holds nothing, it is not in its own way. */
  admits({ proposal, reservationId }: LeaseAsk): boolean {
    const { book, settings } = this.#parts;
    const { noShowGraceMs, overbooking, shortestDurationMs } = settings;
    if (overbooking === undefined || settings.autoActivate) return false;
    if (proposal.durationMs - noShowGraceMs < Math.max(1, shortestDurationMs)) return false;
    const { chanceOf, risk } = this.#odds(overbooking);
    const others = [...book.values()].filter(({ id }) => id !== reservationId);
    const awaited = others.filter((reservation) => this.#mayStayAway(reservation));
    // Room is given in the order in which sessions began; one that has not, comes last.
    const asked = promised(proposal, book.get(reservationId)?.ordinal ?? Number.POSITIVE_INFINITY);
    const all = others
      .filter(isPromised)
      .map(({ ordinal, terms }) => promised(terms, ordinal))
      .concat(asked)
      .sort(inTurn);
    return all
      .slice(all.indexOf(asked))
      .filter((window) => overlap(window, asked))
      .every((window) => {
        const before = all.slice(0, all.indexOf(window)).filter((other) => overlap(other, window));
        // One instance before it may spoil the room of one reservation for it, and a larger one that of several.
        const spoilt = before.reduce(
          (sum, { count, demand }) => sum + count * timesCovers(demand, window.demand),
          0,
        );
        const leaving = awaited.map((reservation) => ({
          rooms: this.#roomsLeftBy(reservation, window),
          chance: chanceOf(reservation),
        }));
        return shortfallChance(leaving, spoilt + 1) <= risk;
      });
  }

  /** That of who has reserved to stay away, and that of who comes for what was overbooked to be bumped then. */
  #odds({ noShowChance, risk }: OverbookingSettings): {
    readonly chanceOf: (reservation: Reservation) => number;
    readonly risk: number;
  } {
    if (typeof noShowChance === 'number') return { chanceOf: () => noShowChance, risk };
    const { memory: from } = this.#parts.attendance;
    const doubt = risk / 2;
    if (this.#learned?.from !== from) this.#learned = { from, ...learnedOf(from, doubt) };
    const { chance, chances } = this.#learned;
    return { chanceOf: ({ userId }) => chances.get(userId) ?? chance, risk: risk - doubt };
  }

  /** It has capacity, and begins only if its user comes. */
  #mayStayAway(reservation: Reservation): boolean {
    return (
      reservation.state === 'CONFIRMED' && !reservation.isWithoutCapacity && this.#isAwaited(reservation)
    );
  }

  /** It begins only if its user comes. */
  #isAwaited({ outsourced, terms }: Reservation): boolean {
    return (
      outsourced === undefined &&
      terms.startsItself !== true &&
      this.#parts.kinds.known(terms)?.activatesItself !== true
    );
  }

  /** How many times all instances of the window go into what one reservation gives back, wherever it is, if nobody comes for it. */
  #roomsLeftBy(reservation: Reservation, { count, demand, endMs, startMs }: Promised): number {
    const { calendar, settings } = this.#parts;
    const { openedMs, present, terms, windowOpen } = reservation;
    const opensMs = windowOpen ? openedMs : terms.startMs;
    // It must be known in time that nobody comes, and all of the window must be left then.
    if (
      opensMs > startMs ||
      reservation.endMs < endMs ||
      opensMs + settings.noShowGraceMs >= reservation.endMs
    )
      return 0;
    const slots = present
      .filter(
        ({ place: { nodeIndex } }) =>
          !calendar.isOut(nodeIndex, startMs, endMs) &&
          calendar.hasModels(nodeIndex, demand) &&
          (demand.site === undefined || calendar.siteOf(nodeIndex) === demand.site),
      )
      .reduce((sum) => sum + this.#timesLeft(terms.demand, demand), 0);
    return Math.floor(slots / count);
  }

  /** How many times a demand goes into what one instance gives back: shares of its devices do not add up. */
  #timesLeft(left: Resources, demand: Resources): number {
    return this.#parts.calendar.space.devices.reduce(
      (least, { name }) =>
        Math.min(least, timesOnDevices(devicesOf(amountOf(left, name)), amountOf(demand, name))),
      timesFits(left, demand),
    );
  }
}

/** What an instance has of each of its devices. */
function devicesOf(amount: number): readonly number[] {
  return amount <= DEVICE_UNITS ? [amount] : Array<number>(amount / DEVICE_UNITS).fill(DEVICE_UNITS);
}

/** The chance of whom nothing is known, and of those of whom something is. */
interface Learned {
  readonly chance: number;
  readonly chances: ReadonlyMap<string, number>;
}

function learnedOf(attendance: AttendanceMemory, doubt: number): Learned {
  const chance = leastNoShowChance(attendance, doubt);
  const { byUser = [] } = attendance;
  const weight = weightOfAll(byUser);
  return {
    chance,
    chances: new Map(byUser.map((own) => [own.userId, ownNoShowChance(own, { chance, weight })])),
  };
}

/** What a user leaves by staying away, and the chance of that. */
export interface Leaving {
  readonly rooms: number;
  readonly chance: number;
}

/** Chance that fewer than `needed` rooms are left, each of several users leaving theirs independently. O(users x needed). */
export function shortfallChance(leaving: readonly Leaving[], needed: number): number {
  // Chances of sums that are not enough yet. From the largest on, so that the order of the users does not matter to the last bit.
  let short = new Float64Array(needed);
  short[0] = 1;
  const inOrder = leaving
    .filter(({ rooms }) => rooms > 0)
    .sort((a, b) => b.rooms - a.rooms || b.chance - a.chance);
  for (const { chance: noShowChance, rooms } of inOrder) {
    const next = short.map((chance) => chance * (1 - noShowChance));
    for (let sum = 0; sum + rooms < needed; sum += 1) next[sum + rooms]! += short[sum]! * noShowChance;
    short = next;
  }
  return short.reduce((total, chance) => total + chance, 0);
}

function isPromised(reservation: Reservation): boolean {
  const { proposal, state } = reservation;
  return (
    proposal?.kind === overbooked.name &&
    reservation.isWithoutCapacity &&
    (reservation.isConfirmed || state === 'ACCEPTED' || state === 'COUNTERED')
  );
}

function promised(terms: Proposal, ordinal: number): Promised {
  const { demand, numInstancesFixed: count, startMs } = terms;
  return { startMs, endMs: endOf(terms), demand, count, ordinal };
}

/** The order in which room is given to them. */
function inTurn(a: Promised, b: Promised): number {
  // Infinity less itself is no number.
  return a.startMs - b.startMs || (a.ordinal === b.ordinal ? 0 : a.ordinal - b.ordinal);
}

function overlap(a: Promised, b: Promised): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

/** The least number of instances of `unit` that together have at least `demand`; of what `unit` has none of, nothing counts. */
function timesCovers(demand: Resources, unit: Resources): number {
  const names = Object.keys(unit.named ?? {});
  const ratios = [
    ...RESOURCE_NAMES.map((name) => [demand[name], unit[name]] as const),
    ...names.map((name) => [demand.named?.[name] ?? 0, unit.named![name]!] as const),
  ].map(([asked, each]) => (each === 0 ? 0 : Math.ceil(asked / each)));
  return Math.max(1, ...ratios);
}

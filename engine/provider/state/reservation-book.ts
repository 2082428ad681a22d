// The reservations that are alive. Ended ones are forgotten but for their last state, so that memory does not grow with the length of a
// run.
import type { Epitaph, Reservation } from './reservation.ts';

const EPITAPHS_KEPT = 10_000;

const NO_PARTS: readonly Reservation[] = [];

export class ReservationBook {
  readonly #alive = new Map<string, Reservation>();
  /** Those that are alive and were offered as further windows of another, by its id. */
  readonly #parts = new Map<string, readonly Reservation[]>();
  /** Ended, while their VMs are still being removed. */
  readonly #departing = new Map<string, Reservation>();
  readonly #epitaphs = new Map<string, Epitaph>();
  /** The ids behind the epitaphs, in a ring: a Map is slow to tell its oldest key when many before it were deleted. */
  readonly #buried: string[] = [];
  #oldest = 0;
  #lastOrdinal = 0;
  /** Those that left it since are still in it, until it is looked at. */
  readonly #waitlisted = new Set<Reservation>();
  /** Those that ended since are still in it, until it is looked at. */
  readonly #yielding = new Set<Reservation>();

  add(reservation: Reservation): void {
    this.#lastOrdinal += 1;
    reservation.ordinal = this.#lastOrdinal;
    const { id, partOf } = reservation;
    this.#alive.set(id, reservation);
    if (partOf !== undefined) this.#parts.set(partOf, [...this.partsOf(partOf), reservation]);
  }

  /** It is confirmed, and gives way to others that have no room. */
  yields(reservation: Reservation): void {
    this.#yielding.add(reservation);
  }

  /** Those that give way, in the order in which they were initiated. */
  yielding(): readonly Reservation[] {
    for (const reservation of this.#yielding) {
      if (reservation.end !== undefined) this.#yielding.delete(reservation);
    }
    return [...this.#yielding].sort((a, b) => a.ordinal - b.ordinal);
  }

  /** It is on the waitlist. */
  waitlist(reservation: Reservation): void {
    this.#waitlisted.add(reservation);
  }

  /** What is on the waitlist, in no order that counts. */
  waitlisted(): ReadonlySet<Reservation> {
    for (const reservation of this.#waitlisted) {
      if (reservation.state !== 'WAITLISTED') this.#waitlisted.delete(reservation);
    }
    return this.#waitlisted;
  }

  get(id: string): Reservation | undefined {
    return this.#alive.get(id);
  }

  /** Those that are alive and were offered as further windows of one, in whichever round, oldest first. */
  partsOf(id: string): readonly Reservation[] {
    return this.#parts.get(id) ?? NO_PARTS;
  }

  /** Alive reservations, oldest first. */
  values(): IterableIterator<Reservation> {
    return this.#alive.values();
  }

  get size(): number {
    return this.#alive.size;
  }

  /** Takes a reservation that has ended from among the living. How it ended is remembered for the last 10,000. */
  bury(reservation: Reservation, epitaph: Epitaph): void {
    const { id, partOf } = reservation;
    this.#alive.delete(id);
    if (partOf !== undefined) this.#leaveParts(partOf, reservation);
    reservation.end = epitaph;
    this.depart(reservation);
    this.remember(id, epitaph);
  }

  #leaveParts(firstId: string, part: Reservation): void {
    const others = this.partsOf(firstId).filter((other) => other !== part);
    if (others.length === 0) this.#parts.delete(firstId);
    else this.#parts.set(firstId, others);
  }

  /** How one ended that was in the book earlier. */
  remember(id: string, epitaph: Epitaph): void {
    this.#epitaphs.set(id, epitaph);
    if (this.#buried.length < EPITAPHS_KEPT) {
      this.#buried.push(id);
      return;
    }
    this.#epitaphs.delete(this.#buried[this.#oldest]!);
    this.#buried[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % EPITAPHS_KEPT;
  }

  /** Takes in one that has ended already, for the VMs that are left of it. */
  depart(reservation: Reservation): void {
    if (!reservation.isGone) this.#departing.set(reservation.id, reservation);
  }

  /** Ended reservations of which VMs are left, in the order of their ends. */
  departing(): IterableIterator<Reservation> {
    return this.#departing.values();
  }

  /** The last VM of a reservation that has ended is gone. No effect on one that has not ended. */
  forget(id: string): void {
    this.#departing.delete(id);
  }

  /** All that are remembered, the oldest first. */
  *epitaphs(): Generator<[id: string, epitaph: Epitaph]> {
    for (let i = 0; i < this.#buried.length; i++) {
      const id = this.#buried[(this.#oldest + i) % this.#buried.length]!;
      const epitaph = this.#epitaphs.get(id);
      if (epitaph !== undefined) yield [id, epitaph];
    }
  }

  epitaph(id: string): Epitaph | undefined {
    return this.#epitaphs.get(id);
  }
}

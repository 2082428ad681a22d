// The reservations that are alive, with everything the manager knows of them. Ended ones are forgotten but for their last state, so
// that memory does not grow with the length of a run.
import type { BookingId } from '../../calendar/booking.ts';
import type { TimerHandle } from '../../clock/clock.ts';
import type { FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import { endOf } from '../../domain/proposal.ts';
import type { EndReason, Piece, SessionOrigin } from '../../events/domain-event.ts';
import type { Vm } from './vm.ts';

/** A place on the calendar. */
export interface Place {
  readonly nodeIndex: number;
  readonly booking: BookingId;
}

/** One instance of a reservation: its place on the calendar and, once it is launched, its VM. */
export interface Instance {
  /** Position within the reservation, from 1. */
  readonly number: number;
  place: Place;
  /** Where it was booked before, for as long as its VM has not arrived at its place: a migration needs both nodes. */
  former: Place[];
  vm: Vm | undefined;
}

export class Reservation {
  readonly id: string;
  readonly userId: string;
  readonly origin: SessionOrigin | null;
  state: ReservationState = 'INITIATED';
  /** Proposals received. */
  round = 0;
  /** The terms on the table: what the user asked last, or what was offered since. Undefined only while INITIATED. */
  proposal: Proposal | undefined;
  priceMicros = 0;
  holdUntilMs = 0;
  /** The holds, and after confirmation the bookings, one per instance. */
  instances: Instance[] = [];
  /** What the calendar of option claims holds for this reservation, while it does. */
  covered: Proposal | undefined;
  windowOpen = false;
  /** When the window opened. */
  openedMs = 0;
  optionsClaimed = 0;
  /** Hold expiry, then the start, then the clean shutdown and the end of the window: what is pending now. */
  timers: TimerHandle[] = [];

  constructor(id: string, userId: string, origin: SessionOrigin | null) {
    this.id = id;
    this.userId = userId;
    this.origin = origin;
  }

  /** The terms; only of a reservation that has some. */
  get terms(): Proposal {
    if (this.proposal === undefined) throw new TypeError(`reservation ${this.id} has no proposal yet`);
    return this.proposal;
  }

  get endMs(): number {
    return endOf(this.terms);
  }

  /** Since when one of its VMs stands still for want of a node in service; undefined while none does. */
  get parkedSinceMs(): number | undefined {
    let sinceMs: number | undefined;
    for (const { vm } of this.instances) {
      if (vm?.parkedSinceMs !== undefined) sinceMs = Math.min(sinceMs ?? vm.parkedSinceMs, vm.parkedSinceMs);
    }
    return sinceMs;
  }

  get isConfirmed(): boolean {
    return this.state === 'CONFIRMED' || this.state === 'ACTIVATED';
  }

  /** Where its instances are, by node, in the order of the nodes' first instances. */
  pieces(nodeIds: readonly string[], instances: readonly Instance[] = this.instances): Piece[] {
    const counts = new Map<number, number>();
    for (const { place } of instances) counts.set(place.nodeIndex, (counts.get(place.nodeIndex) ?? 0) + 1);
    return Array.from(counts, ([nodeIndex, count]) => ({ nodeId: nodeIds[nodeIndex]!, instances: count }));
  }
}

/** How a reservation ended that is no longer in the book. */
export interface Epitaph {
  readonly state: FinalState;
  readonly reason: EndReason;
}

const EPITAPHS_KEPT = 10_000;

/** A reservation that has ended while its VMs are still being removed. */
export interface Departing {
  readonly reservation: Reservation;
  readonly epitaph: Epitaph;
}

export class ReservationBook {
  readonly #alive = new Map<string, Reservation>();
  readonly #departing = new Map<string, Departing>();
  readonly #epitaphs = new Map<string, Epitaph>();
  /** The ids behind the epitaphs, in a ring: a Map is slow to tell its oldest key when many before it were deleted. */
  readonly #buried: string[] = [];
  #oldest = 0;

  add(reservation: Reservation): void {
    this.#alive.set(reservation.id, reservation);
  }

  get(id: string): Reservation | undefined {
    return this.#alive.get(id);
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
    const { id } = reservation;
    this.#alive.delete(id);
    this.#departing.set(id, { reservation, epitaph });
    this.#epitaphs.set(id, epitaph);
    if (this.#buried.length < EPITAPHS_KEPT) {
      this.#buried.push(id);
      return;
    }
    this.#epitaphs.delete(this.#buried[this.#oldest]!);
    this.#buried[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % EPITAPHS_KEPT;
  }

  departing(id: string): Departing | undefined {
    return this.#departing.get(id);
  }

  /** Ended reservations that are not yet forgotten, in the order of their ends. */
  departures(): IterableIterator<Departing> {
    return this.#departing.values();
  }

  /** Nothing is left of a reservation that has ended. No effect on one that has not. */
  forget(id: string): void {
    this.#departing.delete(id);
  }

  epitaph(id: string): Epitaph | undefined {
    return this.#epitaphs.get(id);
  }
}

// The reservations that are alive, with everything the provider knows of them. Ended ones are forgotten but for their last state, so
// that memory does not grow with the length of a run.
import type { BookingId } from '../../calendar/booking.ts';
import type { FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import { endOf } from '../../domain/proposal.ts';
import type { EndReason, NodeShare, SessionOrigin } from '../../events/domain-event.ts';
import type { Due } from '../input.ts';
import type { Vm } from './vm.ts';

/** What a stretch of capacity is for: to run, or to get from one way of being to another. */
export type PieceUse = 'run' | 'suspend' | 'resume' | 'transfer' | 'migrate';

/** A stretch of capacity on one node that an instance of a lease has: [startMs, endMs). */
export interface Piece {
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  /** migrate: the node that its VM is still to leave. */
  readonly use: PieceUse;
  /** {@link NO_BOOKING} when its time is over. */
  readonly booking: BookingId;
}

/** Stands for a booking whose window was over when it was restored. Real ones count from 1. */
export const NO_BOOKING: BookingId = 0;

/** One instance of a reservation: its pieces on the calendar and, once it is launched, its VM. */
export class Instance {
  /** Position within the reservation, from 1. */
  readonly number: number;
  /** By start; at one start, where it is to run comes before what it leaves. Never empty. */
  pieces: readonly Piece[];
  vm: Vm | undefined;

  constructor(number: number, pieces: readonly Piece[]) {
    this.number = number;
    this.pieces = pieces;
  }

  /** Where it runs, or is to run next. */
  get place(): Piece {
    return this.pieces.find(({ use }) => use === 'run') ?? this.pieces[0]!;
  }

  /** What it holds beside its place, for as long as its VM has not arrived there: a migration needs both nodes. */
  get leaving(): readonly Piece[] {
    return this.pieces.length === 1 ? NOTHING : this.pieces.filter(({ use }) => use === 'migrate');
  }
}

const NOTHING: readonly Piece[] = [];

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
  /** The holds, and after confirmation the bookings. */
  instances: Instance[] = [];
  /** What the calendar of option claims holds for this reservation, while it does. */
  covered: Proposal | undefined;
  windowOpen = false;
  /** When the window opened. */
  openedMs = 0;
  optionsClaimed = 0;
  /** Hold expiry, then the start, then the end of the window and the clean shutdown before it: what is to come next. */
  dues: readonly Due[] = [];
  /** Tells the order of what falls due at one instant: the lower, the longer it has been so. */
  dueOrder = 0;
  /** How it ended; undefined while it has not. */
  end: Epitaph | undefined;

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

  /** Nothing is left of its VMs. */
  get isGone(): boolean {
    return this.instances.every(({ vm }) => vm === undefined || vm.state === 'DELETED');
  }

  /** Where its instances are, by node, in the order of the nodes' first instances. */
  shares(nodeIds: readonly string[], instances: readonly Instance[] = this.instances): NodeShare[] {
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

export class ReservationBook {
  readonly #alive = new Map<string, Reservation>();
  /** Ended, while their VMs are still being removed. */
  readonly #departing = new Map<string, Reservation>();
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
    reservation.end = epitaph;
    this.depart(reservation);
    this.remember(id, epitaph);
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

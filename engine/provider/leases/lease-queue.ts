// Leases that wait for room, or have a start that may come sooner: in the order in which their sessions began, with what is known of them at a glance. Most
// of a long queue is passed over without being looked at.
import type { Proposal } from '../../domain/proposal.ts';
import { RESOURCE_NAMES } from '../../domain/resources.ts';
import type { Reservation } from '../state/reservation.ts';
import { KnownRefusals, type QueuedSize } from './known-refusals.ts';
import type { Lease, LeaseKind, QueueSight } from './lease-kind.ts';

/** What has become of room since a queue was looked at last. */
export interface QueueRoom {
  /** The same as long as no room can have come free; undefined: that is not known. */
  readonly version: number | undefined;
  /** What was refused at that version: is it for so long from the present on? */
  refusedSince(version: number): (size: QueuedSize, durationMs: number) => boolean;
}

export interface LeaseQueueParts {
  /** That all of the queue are of, or that stands for them. */
  readonly kind: LeaseKind;
  readonly room: QueueRoom;
  /** Whoever has no room now may have some as soon as its image can be there: nobody is passed over. */
  readonly awaitsImages: boolean;
}

export class LeaseQueue {
  readonly kind: LeaseKind;
  readonly #parts: LeaseQueueParts;
  // By position.
  readonly #leases: Lease[] = [];
  readonly #reservations: Reservation[] = [];
  readonly #sizes: QueuedSize[] = [];
  readonly #numbers: number[] = [];
  readonly #leastMs: number[] = [];
  readonly #columns = { sizes: this.#sizes, numbers: this.#numbers, leastMs: this.#leastMs };
  readonly #shared = new SharedSizes();
  #refusals = new KnownRefusals();
  #refusedIn: number | undefined;
  /** Up to there all follow from the refusals. */
  #refusedTo = 0;

  constructor(parts: LeaseQueueParts) {
    this.#parts = parts;
    this.kind = parts.kind;
  }

  /** For reading, and only until the queue changes. */
  get leases(): readonly Lease[] {
    return this.#leases;
  }

  get reservations(): readonly Reservation[] {
    return this.#reservations;
  }

  /** @param leastMs it begins in no shorter stretch of capacity; 0: nothing is known of that */
  join(reservation: Reservation, lease: Lease, leastMs: number): void {
    this.leave(reservation);
    const position = this.#positionOf(reservation.ordinal);
    this.#reservations.splice(position, 0, reservation);
    this.#leases.splice(position, 0, lease);
    const size = this.#shared.take(reservation.terms);
    this.#sizes.splice(position, 0, size);
    this.#numbers.splice(position, 0, size.number);
    this.#leastMs.splice(position, 0, leastMs);
    this.#refusedTo = Math.min(this.#refusedTo, position);
  }

  /** No effect on one that is not in it. */
  leave(reservation: Reservation): void {
    const position = this.#positionOf(reservation.ordinal);
    if (this.#reservations[position] !== reservation) return;
    this.#reservations.splice(position, 1);
    this.#leases.splice(position, 1);
    this.#leastMs.splice(position, 1);
    this.#numbers.splice(position, 1);
    if (position < this.#refusedTo) this.#refusedTo -= 1;
    const [size] = this.#sizes.splice(position, 1);
    if (this.#shared.giveBack(size!)) this.#refusals.forget(size!.number);
  }

  /** Without those of whom a change is on offer: they stay as they are until it is answered. */
  settled(): LeaseQueue {
    if (this.kind.isChangeable !== true || this.#reservations.every(({ change }) => change === undefined))
      return this;
    const settled = new LeaseQueue(this.#parts);
    for (const [i, reservation] of this.#reservations.entries())
      if (reservation.change === undefined) settled.join(reservation, this.#leases[i]!, this.#leastMs[i]!);
    return settled;
  }

  /** To look for whoever may begin, at this instant. */
  sight(): QueueSight {
    const { room } = this.#parts;
    const { version } = room;
    const before = this.#refusedIn;
    if (version === undefined || before === undefined) {
      this.#refusals = new KnownRefusals();
      this.#refusedTo = 0;
    } else if (version !== before) {
      const areAllKept = this.#refusals.keepIf(room.refusedSince(before));
      if (!areAllKept) this.#refusedTo = 0;
    }
    this.#refusedIn = version;
    return {
      refusals: this.#refusals,
      sizeOf: (position) => this.#sizes[position]!,
      next: (from, refusals) => (this.#parts.awaitsImages ? from : this.#next(from, refusals)),
    };
  }

  /** Somebody who was thought to begin did not: there may be more room than was thought. */
  forgetRefusals(): void {
    this.#refusedIn = undefined;
  }

  #next(from: number, refusals: KnownRefusals): number {
    if (refusals !== this.#refusals) return refusals.next(this.#columns, from);
    const before = this.#refusedTo;
    // The one at which it stopped last may be refused by now.
    const start = from === before + 1 ? before : Math.max(from, before);
    const found = refusals.next(this.#columns, start);
    if (start === before) this.#refusedTo = found;
    return found < from ? refusals.next(this.#columns, from) : found;
  }

  /** Where a reservation is, or would be. */
  #positionOf(ordinal: number): number {
    const reservations = this.#reservations;
    let [low, high] = [0, reservations.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reservations[middle]!.ordinal < ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function byName<T>(values: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

interface SharedSize extends QueuedSize {
  readonly key: string;
  /** How many ask for it. */
  users: number;
}

/** One object for each size that is asked for. */
class SharedSizes {
  readonly #byKey = new Map<string, SharedSize>();
  readonly #freeNumbers: number[] = [];

  take({ demand, numInstancesFixed }: Proposal): QueuedSize {
    const amounts = RESOURCE_NAMES.map((name) => demand[name]);
    const { models, named, site } = demand;
    const key = JSON.stringify([numInstancesFixed, amounts, byName(named), site ?? null, byName(models)]);
    let size = this.#byKey.get(key);
    if (size === undefined) {
      const number = this.#freeNumbers.pop() ?? this.#byKey.size;
      size = { demand, numInstancesFixed, number, key, users: 0 };
      this.#byKey.set(key, size);
    }
    size.users += 1;
    return size;
  }

  /** @returns whether nobody asks for it any more */
  giveBack(size: QueuedSize): boolean {
    const shared = size as SharedSize;
    shared.users -= 1;
    if (shared.users > 0) return false;
    this.#byKey.delete(shared.key);
    this.#freeNumbers.push(shared.number);
    return true;
  }
}

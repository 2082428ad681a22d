// The queues of a provider: confirmed leases that want to know when room has come free, until their windows open. Kinds that make the same of room wait in
// one queue.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { OptionCover } from '../negotiation/option-cover.ts';
import type { Outbox } from '../outbox.ts';
import type { Reservation } from '../state/reservation.ts';
import type { LeaseDesk, LeaseKind } from './lease-kind.ts';
import { type LeaseKinds, leaseOf, type WaitlistTurn } from './lease-of.ts';
import { LeaseQueue, type LeaseQueueParts, type QueueRoom } from './lease-queue.ts';

export interface LeaseQueuesParts extends Omit<LeaseQueueParts, 'kind'> {
  readonly kinds: LeaseKinds;
  readonly nodeIds: readonly string[];
  /** What a lease needs at least is told of these. */
  readonly desk: Pick<LeaseDesk, 'suspension' | 'canResumeElsewhere'>;
}

export class LeaseQueues {
  readonly #parts: LeaseQueuesParts;
  readonly #queues = new Map<LeaseKind['onRoom'], LeaseQueue>();

  constructor(parts: LeaseQueuesParts) {
    this.#parts = parts;
  }

  get areEmpty(): boolean {
    for (const { leases } of this.#queues.values()) if (leases.length > 0) return false;
    return true;
  }

  /** It waits for room, unless its kind makes nothing of that. @returns whether it does */
  join(reservation: Reservation): boolean {
    const { desk, kinds, nodeIds, ...shared } = this.#parts;
    const kind = kinds.known(reservation.terms);
    if (kind?.onRoom === undefined) return false;
    let queue = this.#queues.get(kind.onRoom);
    if (queue === undefined) {
      queue = new LeaseQueue({ ...shared, kind: kinds.improving().find((k) => k.onRoom === kind.onRoom)! });
      this.#queues.set(kind.onRoom, queue);
    }
    const lease = leaseOf(reservation, nodeIds, kind);
    queue.join(reservation, lease, kind.leastMs?.(lease, desk) ?? 0);
    return true;
  }

  /** Its window has opened, or it has ended. No effect on one that does not wait. */
  leave(reservation: Reservation): void {
    for (const queue of this.#queues.values()) queue.leave(reservation);
  }

  /** In the order of their kinds; of one turn, or all of them. */
  of(turn?: WaitlistTurn): readonly LeaseQueue[] {
    if (this.#queues.size === 0) return NONE;
    return this.#parts.kinds.improving(turn).flatMap(({ onRoom }) => this.#queues.get(onRoom) ?? []);
  }

  /** All of them, in the order in which their sessions began. */
  inOrder(): readonly Reservation[] {
    const [first, ...others] = [...this.#queues.values()].filter(({ leases }) => leases.length > 0);
    if (first === undefined || others.length === 0) return first?.reservations ?? NONE;
    return [first, ...others]
      .flatMap(({ reservations }) => reservations)
      .sort((a, b) => a.ordinal - b.ordinal);
  }
}

const NONE: readonly never[] = [];

/** As the calendar knows it; expectations of options, which come and go beside it, are another thing. */
export function roomOf({
  calendar,
  cover,
  outbox,
}: {
  readonly calendar: CapacityCalendar;
  readonly cover: Pick<OptionCover, 'hasOptions'>;
  readonly outbox: Pick<Outbox, 'nowMs'>;
}): QueueRoom {
  return {
    get version() {
      return cover.hasOptions ? undefined : calendar.roomVersion;
    },
    refusedSince: (version) => {
      const nodes = calendar.roomSince(version);
      if (nodes === undefined) return () => false;
      const { nowMs: startMs } = outbox;
      return ({ demand, numInstancesFixed: count }, durationMs) => {
        const window = { startMs, endMs: startMs + durationMs, demand };
        if (count > 1) return !calendar.canPlace({ ...window, count });
        for (const node of nodes) if (calendar.freeCount(node, window) > 0) return false;
        return true;
      };
    },
  };
}

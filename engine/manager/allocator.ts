// The Allocator of the paper: finds nodes for instances, and new ones when a node is lost or taken out of service. It asks the
// allocation policy where, and writes the result to the calendar, which checks it once more.
import type { BookingKind } from '../calendar/booking.ts';
import type { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import type { Clock } from '../clock/clock.ts';
import type { NodeSpec } from '../domain/node.ts';
import type { Resources } from '../domain/resources.ts';
import { formatInstant } from '../domain/time-text.ts';
import { InputError } from '../errors.ts';
import type { MoveCause } from '../events/domain-event.ts';
import type { AllocationPolicy } from '../policy/ports.ts';
import type { PlacementRequest } from '../policy/views.ts';
import type { EventQueue } from './event-queue.ts';
import type { Named } from './manager-settings.ts';
import { Candidates } from './placement-view.ts';
import type { Instance, Reservation } from './reservation.ts';

export interface AllocatorParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly calendar: CapacityCalendar;
  readonly nodes: readonly NodeSpec[];
  readonly allocation: Named<AllocationPolicy>;
}

export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #groups: readonly string[];
  #lastPlacedIndex = -1;

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#groups = parts.nodes.map(({ group }) => group);
  }

  /**
   * Books `count` instances for a window that is known to have room for them (`calendar.canPlace`), all or nothing.
   * @returns the instances, numbered from `firstNumber`
   */
  book(
    reservation: Reservation,
    request: PlacementRequest,
    { kind, firstNumber }: { kind: BookingKind; firstNumber: number },
  ): Instance[] {
    const nodeIndexes = this.#choose(request);
    return nodeIndexes.map((nodeIndex, i) => ({
      number: firstNumber + i,
      nodeIndex,
      booking: this.#enter(reservation, nodeIndex, request, kind),
      vm: undefined,
    }));
  }

  /**
   * Moves what is left of an instance's booking to another node, if one has room.
   * @param keepOldUntilMoved the old booking stays (a live migration needs both nodes) and is given back by the returned function
   * @returns undefined when there is no room elsewhere; nothing has changed then
   */
  relocate(
    reservation: Reservation,
    instance: Instance,
    cause: MoveCause,
    keepOldUntilMoved = false,
  ): (() => void) | undefined {
    const { calendar, clock, queue, nodes } = this.#parts;
    const { demand, startMs } = reservation.terms;
    const nowMs = clock.now();
    const request = { demand, count: 1, startMs: Math.max(nowMs, startMs), endMs: reservation.endMs };
    if (request.startMs >= request.endMs || !calendar.canPlace(request)) return undefined;
    const [toIndex] = this.#choose(request);
    const old = instance.booking;
    const fromIndex = instance.nodeIndex;
    const kind = reservation.isConfirmed ? 'reservation' : 'hold';
    instance.booking = this.#enter(reservation, toIndex!, request, kind);
    instance.nodeIndex = toIndex!;
    const release = () => calendar.release(old);
    if (!keepOldUntilMoved) release();
    queue.emit({
      type: 'instance-moved',
      atMs: nowMs,
      reservationId: reservation.id,
      instance: instance.number,
      fromNodeId: nodes[fromIndex]!.nodeId,
      toNodeId: nodes[toIndex!]!.nodeId,
      demand,
      windowOpen: reservation.windowOpen,
      cause,
    });
    return keepOldUntilMoved ? release : () => undefined;
  }

  /** Gives the capacity of some instances back. Each can be released once. */
  release(instances: readonly Instance[]): void {
    for (const { booking } of instances) this.#parts.calendar.release(booking);
  }

  #enter(
    reservation: Reservation,
    nodeIndex: number,
    { startMs, endMs, demand }: { startMs: number; endMs: number; demand: Resources },
    kind: BookingKind,
  ) {
    return this.#parts.calendar.book({ nodeIndex, startMs, endMs, demand, kind, owner: reservation.id });
  }

  #choose(request: PlacementRequest): number[] {
    const { allocation, calendar, clock } = this.#parts;
    const candidates = new Candidates(calendar, request, this.#groups);
    const chosen: number[] = [];
    for (let left = request.count; left > 0; left--) {
      const cluster = {
        nowMs: clock.now(),
        nodeCount: calendar.nodeCount,
        lastPlacedIndex: this.#lastPlacedIndex,
      };
      const node = allocation.policy.choose({ ...request, count: left }, candidates.withRoom(), cluster);
      const known = candidates.find(node?.index);
      if (known === undefined || known.freeCount < 1) {
        throw new InputError(
          'PEX_POLICY_BROKE_RULES',
          `allocation policy "${allocation.name}" chose ${node === undefined ? 'no node' : `node "${node.nodeId}"`} at ` +
            `${formatInstant(clock.now())}, which is not one of the candidates it was given`,
        );
      }
      known.placedHere += 1;
      this.#lastPlacedIndex = known.index;
      chosen.push(known.index);
    }
    return chosen;
  }
}

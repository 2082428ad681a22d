// The Allocator of the paper: finds nodes for instances, and new ones when a node is lost or taken out of service. It asks the
// allocation policy where, and writes the result to the calendar, which checks it once more.
import type { BookingId, BookingKind } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Clock } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Resources } from '../../domain/resources.ts';
import type { MoveCause } from '../../events/domain-event.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import type { EventQueue } from '../event-queue.ts';
import type { Instance, Place, Reservation } from '../state/reservation.ts';
import { Candidates, PlacementNode } from './candidates.ts';

export interface AllocatorParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly calendar: CapacityCalendar;
  readonly nodes: readonly NodeSpec[];
  readonly allocation: Seat<'allocation'>;
}

/** Stands for a booking whose window was over when it was restored. Real ones count from 1. */
const NO_BOOKING: BookingId = 0;

export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #groups: readonly string[];

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#groups = parts.nodes.map(({ group }) => group);
    for (const { capacity } of parts.nodes) frozen(capacity);
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
    const nodeIndexes = this.#choose(request, reservation, firstNumber);
    return nodeIndexes.map((nodeIndex, i) => ({
      number: firstNumber + i,
      place: this.#enter(reservation, nodeIndex, request, kind),
      former: [],
      vm: undefined,
    }));
  }

  /**
   * Books what is left of an instance's window on another node, if one has room.
   * @param keepOld the old booking is kept as well, until {@link leaveFormer}: a live migration needs both nodes
   * @returns false when there is no room elsewhere; nothing has changed then
   */
  relocate(
    reservation: Reservation,
    instance: Instance,
    cause: MoveCause,
    { keepOld = false }: { keepOld?: boolean } = {},
  ): boolean {
    const { calendar, clock } = this.#parts;
    const { demand, startMs } = reservation.terms;
    const request = { demand, count: 1, startMs: Math.max(clock.now(), startMs), endMs: reservation.endMs };
    if (request.startMs >= request.endMs) return false;
    // A disk on the store that all nodes share stays where it is, unless the old booking must keep it for a while.
    const takesDisk = keepOld || calendar.sharedDiskGib === undefined;
    if (!calendar.canPlace(takesDisk ? request : { ...request, demand: { ...demand, diskGib: 0 } }))
      return false;
    const old = instance.place;
    if (keepOld) instance.former.push(old);
    else calendar.release(old.booking);
    const [nodeIndex] = this.#choose(request, reservation, instance.number);
    const kind = reservation.isConfirmed ? 'reservation' : 'hold';
    instance.place = this.#enter(reservation, nodeIndex!, request, kind);
    this.#announceMove(reservation, instance, old, cause);
    return true;
  }

  /** Gives up the booking of an instance whose VM is on its way there, and returns to the one where the VM still is. */
  goBack(reservation: Reservation, instance: Instance, cause: MoveCause): boolean {
    const stay = instance.former.find(({ nodeIndex }) => nodeIndex === instance.vm?.nodeIndex);
    if (stay === undefined) return false;
    const given = instance.place;
    this.#parts.calendar.release(given.booking);
    instance.former = instance.former.filter((place) => place !== stay);
    instance.place = stay;
    this.#announceMove(reservation, instance, given, cause);
    return true;
  }

  /** Gives back what an instance has booked beside its place. */
  leaveFormer(instance: Instance): void {
    for (const { booking } of instance.former) this.#giveUp(booking);
    instance.former = [];
  }

  /** Gives the capacity of some instances back. Each can be released once. */
  release(instances: readonly Instance[]): void {
    for (const instance of instances) {
      this.leaveFormer(instance);
      this.#giveUp(instance.place.booking);
    }
  }

  /**
   * Books an instance where it was booked before, from now to the end of its window.
   * @throws InvariantError when the node has no room, which was there when it was booked first
   */
  rebook(reservation: Reservation, nodeIndex: number): Place {
    const { demand, startMs } = reservation.terms;
    const window = { demand, startMs: Math.max(this.#parts.clock.now(), startMs), endMs: reservation.endMs };
    if (window.startMs >= window.endMs) return this.nowhere(nodeIndex);
    return this.#enter(reservation, nodeIndex, window, reservation.isConfirmed ? 'reservation' : 'hold');
  }

  /** The place of an instance whose time is over: a node, but nothing booked on it. */
  nowhere(nodeIndex: number): Place {
    return { nodeIndex, booking: NO_BOOKING };
  }

  #giveUp(booking: BookingId): void {
    if (booking !== NO_BOOKING) this.#parts.calendar.release(booking);
  }

  #enter(
    reservation: Reservation,
    nodeIndex: number,
    { startMs, endMs, demand }: { startMs: number; endMs: number; demand: Resources },
    kind: BookingKind,
  ): Place {
    const { calendar } = this.#parts;
    const booking = calendar.book({ nodeIndex, startMs, endMs, demand, kind, owner: reservation.id });
    return { nodeIndex, booking };
  }

  #announceMove(reservation: Reservation, instance: Instance, from: Place, cause: MoveCause): void {
    const { clock, nodes, queue } = this.#parts;
    queue.emit({
      type: 'instance-moved',
      atMs: clock.now(),
      reservationId: reservation.id,
      instance: instance.number,
      fromNodeId: nodes[from.nodeIndex]!.nodeId,
      toNodeId: nodes[instance.place.nodeIndex]!.nodeId,
      demand: reservation.terms.demand,
      windowOpen: reservation.windowOpen,
      cause,
    });
  }

  #choose(request: PlacementRequest, { id, round }: Reservation, firstNumber: number): number[] {
    const { allocation, calendar, clock } = this.#parts;
    const candidates = new Candidates(calendar, request, this.#groups);
    const nowMs = clock.now();
    const cluster = Object.freeze({ nowMs, nodeCount: calendar.nodeCount });
    frozen(request.demand);
    const sitting = allocation.sitting();
    const chosen: number[] = [];
    for (let left = request.count; left > 0; left--) {
      const asked = Object.freeze({ ...request, count: left });
      const matter = { nowMs, subject: id, round, instance: firstNumber + chosen.length, terms: asked };
      const node = sitting.ask(matter, 'choose', asked, candidates, cluster);
      const known = candidates.find(node.index);
      if (known === undefined || known.freeCount < 1) {
        throw sitting.refuse(matter, 'choose', node, 'one of the candidates it was given');
      }
      PlacementNode.place(known);
      chosen.push(known.index);
    }
    sitting.keep();
    return chosen;
  }
}

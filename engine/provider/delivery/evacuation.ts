// What becomes of the instances on a node that is lost, drained or back in service: part of the Allocator's duties in the paper,
// kept apart from choosing nodes. What is confirmed comes before what is only on offer; then what runs, and what starts soonest.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { ReservationManager } from '../negotiation/reservation-manager.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { Instance, Reservation, ReservationBook } from '../state/reservation.ts';

export interface EvacuationParts {
  readonly book: ReservationBook;
  readonly calendar: CapacityCalendar;
  readonly allocator: Allocator;
  readonly vms: VmMonitor;
  readonly reservations: ReservationManager;
}

export class Evacuation {
  readonly #parts: EvacuationParts;

  constructor(parts: EvacuationParts) {
    this.#parts = parts;
  }

  /** VMs that run on a node. */
  vmsOn(nodeIndex: number): number {
    let count = 0;
    for (const vm of this.#parts.vms.values()) if (vm.nodeIndex === nodeIndex && vm.isUp) count += 1;
    return count;
  }

  /**
   * The node is gone with all that ran on it. Its instances start again elsewhere within their window where there is room; one that
   * was only on its way there stays where it is. A reservation with an instance that has no place left fails, unless its start lies
   * ahead: then it is tried again at its start.
   */
  nodeLost(nodeIndex: number): void {
    const { allocator, reservations, vms } = this.#parts;
    for (const vm of [...vms.values()]) {
      if (vm.nodeIndex === nodeIndex || vm.targetIndex === nodeIndex) vms.nodeLost(vm, nodeIndex);
    }
    for (const [reservation, instances] of this.#affected(nodeIndex)) {
      for (const instance of instances) {
        if (allocator.relocate(reservation, instance, 'node-lost')) {
          if (instance.vm !== undefined) vms.follow(instance.vm);
        } else if (allocator.goBack(reservation, instance, 'node-lost')) {
          this.#stay(instance);
        } else if (reservation.windowOpen || !reservation.isConfirmed) {
          reservations.placeLost(reservation, 'node-lost');
          break;
        }
      }
    }
  }

  /**
   * The node must become empty. Running VMs migrate where there is room, and are suspended where there is none. What is only on offer
   * and has no place left fails as when a node is lost: nobody is to confirm what may never be delivered. What is confirmed is tried
   * again at its start.
   */
  nodeDrained(nodeIndex: number): void {
    const { allocator, reservations, vms } = this.#parts;
    for (const [reservation, instances] of this.#affected(nodeIndex)) {
      for (const instance of instances) {
        const { vm } = instance;
        const isMoved = allocator.relocate(reservation, instance, 'drain', { keepOld: vm !== undefined });
        if (!isMoved && !reservation.isConfirmed) {
          reservations.placeLost(reservation, 'node-drained');
          break;
        }
        if (vm === undefined) continue;
        if (isMoved) vms.follow(vm);
        else vms.park(vm);
      }
    }
  }

  /** The node may be used again: VMs that were suspended for want of room go on. */
  nodeBack(nodeIndex: number): void {
    const { vms } = this.#parts;
    for (const vm of vms.values()) if (vm.targetIndex === nodeIndex) vms.unpark(vm);
  }

  /** A VM whose destination is gone while it still runs on the node that it was to leave. */
  #stay({ place, vm }: Instance): void {
    const { calendar, vms } = this.#parts;
    if (vm === undefined) return;
    if (calendar.isAvailable(place.nodeIndex)) vms.follow(vm);
    else vms.park(vm);
  }

  #affected(nodeIndex: number): [Reservation, Instance[]][] {
    const affected: [Reservation, Instance[]][] = [];
    for (const reservation of this.#parts.book.values()) {
      const here = reservation.instances.filter(
        ({ place, vm }) =>
          place.nodeIndex === nodeIndex && vm?.guestDone !== true && vm?.wanted !== 'deleted',
      );
      if (here.length > 0) affected.push([reservation, here]);
    }
    // A stable sort: reservations that start together keep the order in which they came.
    return affected.sort(
      ([a], [b]) => Number(b.isConfirmed) - Number(a.isConfirmed) || a.terms.startMs - b.terms.startMs,
    );
  }
}

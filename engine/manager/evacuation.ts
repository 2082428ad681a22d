// What becomes of the instances on a node that is lost, drained or back in service: part of the Allocator's duties in the paper,
// kept apart from choosing nodes. Running instances come first, then the reservations that start soonest.
import type { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import type { Allocator } from './allocator.ts';
import type { Instance, Reservation, ReservationBook } from './reservation.ts';
import type { ReservationManager } from './reservation-manager.ts';
import type { VmMonitor } from './vm-monitor.ts';

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
   * The node is gone with all that ran on it. Its instances start again elsewhere within their window where there is room; a
   * reservation with one that cannot be placed fails, unless its start lies ahead: then it is tried again at its start.
   */
  nodeLost(nodeIndex: number): void {
    const { allocator, reservations, vms } = this.#parts;
    for (const vm of [...vms.values()]) {
      if (vm.nodeIndex === nodeIndex || vm.targetIndex === nodeIndex) vms.nodeLost(vm, nodeIndex);
    }
    for (const [reservation, instances] of this.#affected(nodeIndex)) {
      for (const instance of instances) {
        const released = allocator.relocate(reservation, instance, 'node-lost');
        if (released !== undefined) {
          if (instance.vm !== undefined) vms.moveTo(instance.vm, instance.nodeIndex, released);
        } else if (reservation.windowOpen || !reservation.isConfirmed) {
          reservations.nodesLost(reservation);
          break;
        }
      }
    }
  }

  /** The node must become empty. Running VMs migrate where there is room, and are suspended where there is none. */
  nodeDrained(nodeIndex: number): void {
    const { allocator, vms } = this.#parts;
    for (const [reservation, instances] of this.#affected(nodeIndex)) {
      for (const instance of instances) {
        const { vm } = instance;
        const release = allocator.relocate(reservation, instance, 'drain', vm !== undefined);
        if (vm === undefined) continue;
        if (release !== undefined) {
          vms.moveTo(vm, instance.nodeIndex, release);
        } else if (vm.wanted === 'running') {
          vm.parked = true;
          vms.want(vm, 'suspended');
        }
      }
    }
  }

  /** The node may be used again: VMs that were suspended for want of room go on. */
  nodeBack(nodeIndex: number): void {
    const { vms } = this.#parts;
    for (const vm of vms.values()) {
      if (!vm.parked || vm.targetIndex !== nodeIndex) continue;
      vm.parked = false;
      if (vm.wanted === 'suspended') vms.want(vm, 'running');
    }
  }

  #affected(nodeIndex: number): [Reservation, Instance[]][] {
    const affected: [Reservation, Instance[]][] = [];
    for (const reservation of this.#parts.book.values()) {
      const here = reservation.instances.filter(
        ({ nodeIndex: at, vm }) => at === nodeIndex && vm?.guestDone !== true && vm?.wanted !== 'deleted',
      );
      if (here.length > 0) affected.push([reservation, here]);
    }
    // A stable sort: reservations that start together keep the order in which they came.
    return affected.sort(([a], [b]) => a.terms.startMs - b.terms.startMs);
  }
}

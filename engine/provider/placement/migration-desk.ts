// What a migration policy is shown of the nodes and the VMs on them, and its moves as relocations that the calendar can take. Thinks on drafts
// and changes nothing: booking is up to Bookings, moving to the VM Monitor.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Outage } from '../../domain/outage.ts';
import { frozen } from '../../policy/frozen.ts';
import type {
  HostView,
  MigrationView,
  Move,
  PlacementRequest,
  RoomView,
  RunningView,
} from '../../policy/views.ts';
import type { Reach } from '../delivery/reach.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Vm } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { Allocator } from './allocator.ts';
import { relocationEdits } from './bookings.ts';
import { needOf } from './placement-of.ts';
import type { Relocation } from './re-placement.ts';

export interface MigrationDeskParts {
  readonly allocator: Pick<Allocator, 'suiting'>;
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly book: ReservationBook;
  readonly nodes: readonly NodeSpec[];
  readonly vms: VmMonitor;
  readonly reach: Reach;
  /** The Node Monitor, which is made later. */
  readonly monitor: () => NodeKnowledge;
}

interface NodeKnowledge {
  isUsable(nodeIndex: number): boolean;
  outagesOf(nodeId: string): readonly Outage[];
}

/** What counts as free of a VM's old place: nothing before its end, or all of it from an instant on. */
const UNTIL_IT_HAS_LEFT = Number.POSITIVE_INFINITY;

export class MigrationDesk {
  readonly #parts: MigrationDeskParts;

  constructor(parts: MigrationDeskParts) {
    this.#parts = parts;
  }

  /** Everything that there is to see. O(nodes + VMs). */
  view(): MigrationView {
    return Object.freeze({
      nowMs: this.#parts.outbox.nowMs,
      nodes: this.#hosts(),
      canMove: (moves: readonly Move[]) => this.#draftAfter(moves, UNTIL_IT_HAS_LEFT) !== undefined,
    });
  }

  /** The same for a request that has no room. */
  roomView(request: PlacementRequest): RoomView {
    const { count, startMs } = request;
    return Object.freeze({
      ...this.view(),
      canMove: (moves: readonly Move[]) => this.#draftAfter(moves, startMs) !== undefined,
      roomAfter: (moves: readonly Move[]) => {
        const draft = this.#draftAfter(moves, startMs);
        if (draft === undefined) return undefined;
        let room = 0;
        for (const nodeIndex of draft.candidates(request)) {
          room += draft.freeCount(nodeIndex, request);
          if (room >= count) break;
        }
        // What all nodes share may be less.
        while (room > 0 && !draft.canPlace({ ...request, count: Math.min(room, count) })) room -= 1;
        return Math.min(room, count);
      },
    });
  }

  /**
   * The moves as relocations; undefined when one of them makes no sense, or they cannot be made together.
   * @param leavesByMs what the VMs leave is free from then on; absent: when they have left
   */
  relocations(moves: readonly Move[], leavesByMs = UNTIL_IT_HAS_LEFT): readonly Relocation[] | undefined {
    const relocations = this.#asRelocations(moves, leavesByMs);
    if (relocations === undefined) return undefined;
    return this.draftOf(relocations) === undefined ? undefined : relocations;
  }

  /** The calendar as it would be; undefined when it has no room for all of them. */
  draftOf(relocations: readonly Relocation[]): CapacityCalendar | undefined {
    const { calendar, outbox } = this.#parts;
    const draft = calendar.fork();
    return draft.apply(relocationEdits(relocations, outbox.nowMs)).kind === 'applied' ? draft : undefined;
  }

  #draftAfter(moves: readonly Move[], leavesByMs: number): CapacityCalendar | undefined {
    const relocations = this.#asRelocations(moves, leavesByMs);
    return relocations && this.draftOf(relocations);
  }

  #asRelocations(moves: readonly Move[], leavesByMs: number): Relocation[] | undefined {
    const { monitor, reach, vms } = this.#parts;
    const relocations: Relocation[] = [];
    const seen = new Set<string>();
    for (const { toNodeId, vmId } of moves) {
      const vm = vms.get(vmId);
      const nodeIndex = this.#parts.calendar.nodeIndexOf(toNodeId);
      if (vm === undefined || nodeIndex === undefined || seen.has(vmId)) return undefined;
      seen.add(vmId);
      const canGo = (reach.of(vm)?.(nodeIndex) ?? true) && this.#suits(vm, nodeIndex);
      if (!this.#isMovable(vm) || vm.nodeIndex === nodeIndex || !canGo || !monitor().isUsable(nodeIndex))
        return undefined;
      const { instance, reservation } = vm;
      relocations.push({ reservation, instance, nodeIndex, leavesByMs });
    }
    return relocations;
  }

  /** Whether the node meets the requirements of its user. */
  #suits({ instance, reservation }: Vm, nodeIndex: number): boolean {
    const { allocator, outbox } = this.#parts;
    const { endMs } = instance.place;
    if (endMs <= outbox.nowMs) return true;
    const request = { ...needOf(reservation.terms), count: 1, startMs: outbox.nowMs, endMs };
    return allocator.suiting(request, reservation.id)?.(nodeIndex) ?? true;
  }

  #isMovable(vm: Vm): boolean {
    const { instance, nodeIndex, operation, reservation, retry, stays, state, targetIndex, trouble, wanted } =
      vm;
    const { change, state: phase, windowOpen } = reservation;
    return (
      state === 'RUNNING' &&
      wanted === 'running' &&
      !vm.hung &&
      !vm.rebootDue &&
      operation === undefined &&
      retry === undefined &&
      trouble === undefined &&
      !stays &&
      nodeIndex === targetIndex &&
      phase === 'ACTIVATED' &&
      windowOpen &&
      // What is on offer was found beside the place that it has.
      change === undefined &&
      instance.pieces.length === 1 &&
      instance.place.endMs > this.#parts.outbox.nowMs &&
      !instance.isGivenUp
    );
  }

  #hosts(): readonly HostView[] {
    const { book, monitor, nodes, outbox } = this.#parts;
    const sums = nodes.map(() => ({
      busy: 0,
      milliCpus: 0,
      memoryMib: 0,
      vmCount: 0,
      vms: [] as RunningView[],
    }));
    for (const reservation of book.values()) {
      for (const { vm } of reservation.instances) {
        if (vm === undefined || !vm.isUp) continue;
        const sum = sums[vm.targetIndex]!;
        const { milliCpus, memoryMib } = vm.demand;
        sum.busy += (milliCpus * vm.loadPermille) / 1000;
        sum.milliCpus += milliCpus;
        sum.memoryMib += memoryMib;
        sum.vmCount += 1;
        if (this.#isMovable(vm)) sum.vms.push(this.#running(vm));
      }
    }
    const watched = monitor();
    return Object.freeze(
      nodes.map(({ capacity, group, nodeId, site }, index): HostView => {
        const { busy, memoryMib, milliCpus, vmCount, vms } = sums[index]!;
        const outages = watched.outagesOf(nodeId).filter(({ fromMs }) => fromMs > outbox.nowMs);
        return Object.freeze({
          index,
          nodeId,
          group,
          site: site?.name,
          capacity: frozen(capacity),
          isUsable: watched.isUsable(index),
          outFromMs: outages[0]?.fromMs ?? Number.POSITIVE_INFINITY,
          busy: share(busy, capacity.milliCpus),
          allocated: share(milliCpus, capacity.milliCpus),
          memoryAllocated: share(memoryMib, capacity.memoryMib),
          vmCount,
          vms: Object.freeze(vms),
        });
      }),
    );
  }

  #running(vm: Vm): RunningView {
    return Object.freeze({
      vmId: vm.id,
      reservationId: vm.reservation.id,
      nodeId: this.#parts.nodes[vm.nodeIndex]!.nodeId,
      demand: frozen(vm.demand),
      load: vm.loadPermille / 1000,
      endMs: vm.instance.place.endMs,
    });
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

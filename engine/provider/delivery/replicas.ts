// Replicas: a copy of each VM that runs follows it in the memory of another node, and goes on there when the node of the VM is lost (Remus:
// Cully et al., NSDI 2008). What a replica needs is booked on its node from when its VM runs to the end of the window; where there is no room it is
// tried again when some may have come free. Who asks for room comes first: replicas have what is left at the end of an input. That copying costs
// the guest time is up to the hypervisor.
import type { BookingId } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Resources } from '../../domain/resources.ts';
import type { ReplicaEnd } from '../../events/domain-event.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import { needOf } from '../placement/placement-of.ts';
import type { PlanApplier } from '../plan/applier.ts';
import type { ReplicaSettings, ReplicaSnapshot } from '../state/replica-memory.ts';
import { NO_BOOKING, type Reservation, type Vm } from '../state/reservation.ts';

export interface Replica {
  readonly nodeIndex: number;
  readonly startMs: number;
  /** The end of the VM's place. */
  readonly endMs: number;
  /** {@link NO_BOOKING}: the VM is to go on there, and what was held is its own. */
  readonly booking: BookingId;
}

export interface ReplicasParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly allocator: Pick<Allocator, 'suiting'>;
  readonly applier: PlanApplier;
  readonly nodes: readonly NodeSpec[];
  readonly settings: ReplicaSettings;
  /** The node is up and in service now. */
  readonly isUsable: (nodeIndex: number) => boolean;
  readonly onRoom: (span: { readonly fromMs: number; readonly untilMs: number }) => void;
}

export class Replicas {
  readonly #parts: ReplicasParts;
  readonly #byReservation = new Map<Reservation, Map<Vm, Replica>>();
  /** Whose VMs may not be as they were at the end of the last input. */
  readonly #changed = new Set<Reservation>();
  /** VMs that run without one. */
  readonly #lacking = new Set<Vm>();
  #roomVersion = -1;

  constructor(parts: ReplicasParts) {
    this.#parts = parts;
  }

  /** To be told of each reservation of which anything changed, before or after that. */
  changed(reservation: Reservation): void {
    this.#changed.add(reservation);
  }

  /** Undefined: it has none, or none that can be used. */
  of(vm: Vm): Replica | undefined {
    const replica = this.#byReservation.get(vm.reservation)?.get(vm);
    if (replica === undefined || replica.booking === NO_BOOKING) return undefined;
    return this.#parts.isUsable(replica.nodeIndex) ? replica : undefined;
  }

  /** The VM is booked where its replica was held, and is to go on there; the same plan has given back what was held. */
  takeOver(vm: Vm): void {
    const { nodeIndex, startMs, endMs } = this.of(vm)!;
    this.#enter(vm, { nodeIndex, startMs, endMs, booking: NO_BOOKING });
    this.#tellEnd(vm, nodeIndex, 'taken-over');
  }

  /** It begins where its replica is: from that. */
  hasTakenOver(vm: Vm): boolean {
    const replica = this.#byReservation.get(vm.reservation)?.get(vm);
    return replica?.booking === NO_BOOKING && replica.nodeIndex === vm.targetIndex;
  }

  /** Those on a node are given up: a VM that was there first and has no other place needs the room. */
  makeWay(nodeIndex: number): void {
    for (const [vm, replica] of this.#on(nodeIndex)) this.#giveUp(vm, replica, 'room-needed');
  }

  /** A node is out: replicas there are none any more. */
  nodeOut(nodeIndex: number): void {
    for (const [vm, replica] of this.#on(nodeIndex)) this.#giveUp(vm, replica, 'node-out');
  }

  /** Those that nobody needs, or that are where they should not be, are given up. Once an input, before room that has come free is offered. */
  giveUpIdle(): void {
    for (const reservation of this.#changed)
      for (const [vm, replica] of [...(this.#byReservation.get(reservation) ?? [])])
        if (!this.#isOfUse(vm, replica)) this.#giveUp(vm, replica, 'not-needed');
  }

  /** VMs that run get one, where there is room. Once an input, after everything else. */
  place(): void {
    const { calendar, outbox } = this.#parts;
    for (const reservation of this.#changed)
      for (const { vm } of reservation.instances) if (vm !== undefined) this.#note(vm);
    this.#changed.clear();
    if (this.#lacking.size === 0 || calendar.roomVersion === this.#roomVersion) return;
    const inOrder = [...this.#lacking].sort(
      (a, b) => a.reservation.ordinal - b.reservation.ordinal || a.instance.number - b.instance.number,
    );
    for (const vm of inOrder) if (this.#book(vm, outbox.nowMs)) this.#lacking.delete(vm);
    this.#roomVersion = calendar.roomVersion;
  }

  /** In the order of their sessions. */
  snapshot(): readonly ReplicaSnapshot[] {
    const { calendar, nodes } = this.#parts;
    return [...this.#byReservation.values()].flatMap((replicas) =>
      Array.from(replicas, ([vm, { booking, endMs, nodeIndex, startMs }]) => {
        const devices = calendar.get(booking)?.devices;
        return {
          vmId: vm.id,
          nodeId: nodes[nodeIndex]!.nodeId,
          startMs,
          endMs,
          ...(devices !== undefined && { devices }),
          hasTakenOver: booking === NO_BOOKING,
        };
      }),
    );
  }

  /** Takes over those that were, when everything else is booked. One of which the VM or the node is gone is none. */
  restore(stored: readonly ReplicaSnapshot[], vms: { get(vmId: string): Vm | undefined }): void {
    const { calendar, outbox } = this.#parts;
    for (const { devices, endMs, hasTakenOver, nodeId, startMs, vmId } of stored) {
      const vm = vms.get(vmId);
      const nodeIndex = calendar.nodeIndexOf(nodeId);
      if (vm === undefined || nodeIndex === undefined || endMs <= outbox.nowMs) continue;
      let booking: BookingId | undefined = NO_BOOKING;
      if (!hasTakenOver) {
        const outcome = calendar.apply([
          {
            edit: 'book',
            nodeIndex,
            startMs: Math.max(outbox.nowMs, startMs),
            endMs,
            demand: this.#needOf(vm),
            kind: 'reservation',
            owner: vm.reservation.id,
            ...(devices !== undefined && { devices }),
          },
        ]);
        booking = outcome.kind === 'applied' ? outcome.bookings[0]! : undefined;
      }
      if (booking !== undefined) this.#enter(vm, { nodeIndex, startMs, endMs, booking });
    }
  }

  /** Which VMs run without one, after a restart. */
  begin(vms: Iterable<Vm>): void {
    for (const vm of vms) this.#note(vm);
    this.#roomVersion = this.#parts.calendar.roomVersion;
  }

  #note(vm: Vm): void {
    const { outbox } = this.#parts;
    const { instance, reservation, wanted } = vm;
    const { place } = instance;
    const isToHaveOne =
      vm.isUp &&
      wanted === 'running' &&
      vm.nodeIndex === place.nodeIndex &&
      reservation.end === undefined &&
      place.booking !== NO_BOOKING &&
      place.endMs > outbox.nowMs &&
      this.#byReservation.get(reservation)?.has(vm) !== true;
    if (!isToHaveOne) this.#lacking.delete(vm);
    else if (!this.#lacking.has(vm)) {
      this.#lacking.add(vm);
      this.#roomVersion = -1;
    }
  }

  #isOfUse(vm: Vm, { booking, endMs, nodeIndex }: Replica): boolean {
    const { instance, reservation, wanted } = vm;
    const { place } = instance;
    if (wanted !== 'running' || reservation.end !== undefined || place.endMs !== endMs) return false;
    if (booking === NO_BOOKING) return nodeIndex === place.nodeIndex && !vm.isUp;
    return this.#isApart(place.nodeIndex, nodeIndex);
  }

  #book(vm: Vm, nowMs: number): boolean {
    const { applier, calendar } = this.#parts;
    const { instance, reservation } = vm;
    const { endMs } = instance.place;
    const { id: owner } = reservation;
    const demand = this.#needOf(vm);
    const window = { count: 1, startMs: nowMs, endMs };
    const nodeIndex =
      this.#idlest(vm, { ...window, demand: calendar.space.partOnNode(vm.demand) }) ??
      this.#idlest(vm, { ...window, demand });
    if (nodeIndex === undefined) return false;
    const book = {
      edit: 'book',
      nodeIndex,
      startMs: nowMs,
      endMs,
      demand,
      kind: 'reservation',
      owner,
    } as const;
    const [booking] = applier.apply(owner, [...calendar.withDevices([book])]) ?? [];
    if (booking === undefined) return false;
    this.#enter(vm, { nodeIndex, startMs: nowMs, endMs, booking });
    this.#parts.outbox.emit({
      type: 'replica-placed',
      reservationId: owner,
      vmId: vm.id,
      nodeId: this.#parts.nodes[nodeIndex]!.nodeId,
      untilMs: endMs,
      demand,
    });
    return true;
  }

  /**
   * The node with the least CPU time booked in the window, of those with room that are apart from the VM's: there is the best hope that the VM has
   * CPUs there when it needs them. O(nodes with room).
   */
  #idlest({ instance, reservation }: Vm, request: PlacementRequest): number | undefined {
    const { allocator, calendar } = this.#parts;
    const { endMs, startMs } = request;
    const suits = allocator.suiting({ ...request, ...needOf(reservation.terms) }, reservation.id);
    let idlest: { readonly nodeIndex: number; readonly load: number } | undefined;
    for (const nodeIndex of calendar.candidates(request)) {
      if (!this.#isApart(instance.place.nodeIndex, nodeIndex) || suits?.(nodeIndex) === false) continue;
      const { milliCpus } = calendar.capacityOf(nodeIndex);
      const load = calendar.reservedMilliCpuMs(nodeIndex, startMs, endMs) / Math.max(1, milliCpus);
      if (idlest === undefined || load < idlest.load) idlest = { nodeIndex, load };
    }
    return idlest?.nodeIndex;
  }

  /** What is held for it. The disk follows it on a store of all, or is copied where nobody counts. */
  #needOf({ demand }: Vm): Resources {
    const { calendar, settings } = this.#parts;
    if (settings.holds === 'all') return calendar.space.partOnNode(demand);
    const { memoryMib, site } = demand;
    return { milliCpus: 0, memoryMib, diskGib: 0, ...(site !== undefined && { site }) };
  }

  #isApart(one: number, other: number): boolean {
    if (one === other) return false;
    const { nodes, settings } = this.#parts;
    const [a, b] = [nodes[one]!, nodes[other]!];
    if (settings.apart === 'group') return a.group !== b.group;
    return settings.apart === 'node' || a.site?.name !== b.site?.name;
  }

  #on(nodeIndex: number): [Vm, Replica][] {
    return [...this.#byReservation.values()]
      .flatMap((replicas) => [...replicas])
      .filter(([, replica]) => replica.nodeIndex === nodeIndex && replica.booking !== NO_BOOKING);
  }

  #enter(vm: Vm, replica: Replica): void {
    const replicas = this.#byReservation.get(vm.reservation) ?? new Map<Vm, Replica>();
    this.#byReservation.set(vm.reservation, replicas.set(vm, replica));
  }

  #giveUp(vm: Vm, { booking, endMs, nodeIndex }: Replica, reason: ReplicaEnd): void {
    const { applier, calendar, onRoom, outbox } = this.#parts;
    const { id: reservationId } = vm.reservation;
    const replicas = this.#byReservation.get(vm.reservation)!;
    replicas.delete(vm);
    if (replicas.size === 0) this.#byReservation.delete(vm.reservation);
    this.#changed.add(vm.reservation);
    if (booking === NO_BOOKING) return;
    // What is over may be forgotten.
    if (calendar.get(booking) !== undefined) applier.apply(reservationId, [{ edit: 'release', id: booking }]);
    this.#tellEnd(vm, nodeIndex, reason);
    if (endMs > outbox.nowMs) onRoom({ fromMs: outbox.nowMs, untilMs: endMs });
  }

  #tellEnd({ id: vmId, reservation }: Vm, nodeIndex: number, reason: ReplicaEnd): void {
    const { nodes, outbox } = this.#parts;
    const { nodeId } = nodes[nodeIndex]!;
    outbox.emit({ type: 'replica-ended', reservationId: reservation.id, vmId, nodeId, reason });
  }
}

// What becomes of instances whose node is lost, drained, to be maintained or back in service: the whole subject. Those whose window begins
// before the node is expected back move to other nodes, stand still (are parked) until there is room, go on where they were, or their
// reservation fails. What is confirmed comes before what is only on offer; then what runs, and what starts soonest.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import type { MoveCause } from '../../events/domain-event.ts';
import type { Images } from '../images/images.ts';
import { RefusedSizes } from '../leases/known-refusals.ts';
import type { Improvement } from '../leases/lease-kind.ts';
import type { LeaseKinds, WaitlistTurn } from '../leases/lease-of.ts';
import type { LeaseQueues } from '../leases/lease-queues.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Changes } from '../negotiation/changes.ts';
import type { Desks } from '../negotiation/desks.ts';
import type { Ending } from '../negotiation/ending.ts';
import type { ReservationManager } from '../negotiation/reservation-manager.ts';
import type { Span, Waitlist } from '../negotiation/waitlist.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator, Placing } from '../placement/allocator.ts';
import type { Bookings } from '../placement/bookings.ts';
import { needOf } from '../placement/placement-of.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Vm } from '../state/reservation.ts';
import { type Instance, NO_BOOKING, type Piece, pieceOf, type Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { GivingWay } from './giving-way.ts';
import type { Parking } from './parking.ts';
import type { Reach } from './reach.ts';
import type { Recovery, Stranding } from './recovery.ts';
import type { Replicas } from './replicas.ts';
import { Staying } from './staying.ts';
import type { Tenants } from './tenants.ts';

export interface DisplacementParts {
  readonly orElse: OrElse;
  readonly changes: Changes;
  readonly outbox: Outbox;
  readonly book: ReservationBook;
  readonly tenants: Pick<Tenants, 'on'>;
  readonly calendar: CapacityCalendar;
  readonly allocator: Allocator;
  readonly bookings: Bookings;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly desks: Desks;
  readonly reservations: ReservationManager;
  readonly ending: Ending;
  readonly vms: VmMonitor;
  readonly parking: Parking;
  readonly waitlist: Waitlist;
  readonly reach: Reach;
  readonly recovery: Recovery;
  /** Absent: none are kept. */
  readonly replicas: Replicas | undefined;
  readonly kinds: LeaseKinds;
  readonly queues: LeaseQueues;
  readonly givingWay: Pick<GivingWay, 'requeue'>;
  readonly settings: ProviderSettings;
  readonly nodeIds: readonly string[];
  /** The node is up and in service now. */
  readonly isUsable: (nodeIndex: number) => boolean;
}

export class Displacement {
  readonly #parts: DisplacementParts;
  readonly #staying: Staying;
  #hasRoomComeFree = false;

  constructor(parts: DisplacementParts) {
    this.#parts = parts;
    this.#staying = new Staying(parts.outbox);
  }

  /**
   * The instance may start: its node is in service, or another one has room for it.
   * @returns false when there is none; nothing has changed then
   */
  settle(reservation: Reservation, instance: Instance): boolean {
    return (
      this.#parts.isUsable(instance.place.nodeIndex) ||
      this.#relocate(reservation, instance, 'node-unavailable-at-start')
    );
  }

  /**
   * The node is gone with all that ran on it, until then as far as is known. Its instances start again elsewhere within their window where
   * there is room; one that was only on its way there stays where it is. Of an instance that has no place left the reservation fails,
   * unless its start lies ahead: then it is tried again at its start. Where disks are kept its VM stands still until there is a place
   * for it, and the others go on. What starts when the node is back stays.
   */
  nodeLost(nodeIndex: number, untilMs: number): void {
    const { replicas, vms } = this.#parts;
    replicas?.nodeOut(nodeIndex);
    for (const vm of this.#vmsInOrder()) {
      // It has left now.
      if (vm.nodeIndex === nodeIndex && this.#staying.has(vm)) this.#settleDown(vm);
      if (vm.nodeIndex === nodeIndex || vm.targetIndex === nodeIndex) vms.nodeLost(vm, nodeIndex);
    }
    for (const reservation of this.#parts.book.values())
      if (reservation.isSuspended && isBeingSuspendedOn(nodeIndex, reservation))
        this.#parts.givingWay.requeue(reservation, 'not-suspended');
    this.nodeStillLost(nodeIndex, untilMs);
  }

  /** A node that was lost is not back as early as was expected: the same for what was to start meanwhile. */
  nodeStillLost(nodeIndex: number, untilMs: number): void {
    const { ending, outbox, recovery, settings } = this.#parts;
    for (const [reservation, instances] of this.#affected(nodeIndex, { fromMs: outbox.nowMs, untilMs })) {
      // What was on offer together ended together.
      if (reservation.end !== undefined) continue;
      let stranded = 0;
      for (const instance of instances) {
        if (this.#takeOver(reservation, instance) || this.#relocate(reservation, instance, 'node-lost')) {
          if (instance.vm !== undefined) this.#follow(instance.vm);
        } else if (this.#goBack(reservation, instance, 'node-lost')) {
          this.#stay(instance);
        } else if (instance.vm !== undefined && settings.keepDisksMs !== undefined) {
          // To begin again is to lose the disks, those of its other VMs as well.
          this.park(instance.vm);
        } else if (this.#parts.kinds.canBeginAgain(reservation)) {
          this.#parts.givingWay.requeue(reservation, 'node-lost');
          stranded = 0;
          break;
        } else if (
          reservation.windowOpen &&
          recovery.isToWait(reservation, { because: 'node-lost', instances: 1 })
        ) {
          if (instance.vm !== undefined) this.park(instance.vm);
        } else if (reservation.windowOpen || !reservation.isConfirmed) {
          ending.end(reservation, 'fail', 'FAILED', 'node-lost');
          stranded = 0;
          break;
        } else stranded += 1;
      }
      if (stranded > 0) this.#offerInstead(reservation, { because: 'node-lost', instances: stranded });
    }
  }

  /**
   * The node must become empty until then. Running VMs migrate where there is room, and are suspended where there is none. What is only on
   * offer and has no place left fails as when a node is lost: nobody is to confirm what may never be delivered. What is confirmed is
   * tried again at its start. What starts when the node is back stays.
   */
  nodeDrained(nodeIndex: number, span: Pick<Span, 'untilMs'>): void {
    this.#parts.replicas?.nodeOut(nodeIndex);
    this.drainedAgain(nodeIndex);
    this.nodeStillDrained(nodeIndex, span);
  }

  /** A node that was drained is not back as early as was expected: the same for all but what could not leave it. */
  nodeStillDrained(nodeIndex: number, { untilMs }: Pick<Span, 'untilMs'>): void {
    const { nowMs } = this.#parts.outbox;
    this.#empty(nodeIndex, { fromMs: nowMs, untilMs }, (vm) => this.park(vm));
  }

  /** The node will have to be empty in that time. As {@link nodeDrained}, but VMs that have no room elsewhere run on until then. */
  maintenancePlanned(nodeIndex: number, span: Span): void {
    this.#empty(nodeIndex, span, () => undefined);
  }

  #empty(nodeIndex: number, span: Span, onNoRoom: (vm: Vm) => void): void {
    for (const [reservation, instances] of this.#affected(nodeIndex, span)) {
      if (reservation.end !== undefined) continue;
      let stranded = 0;
      for (const instance of instances) {
        const { vm } = instance;
        if (vm !== undefined && this.#staying.has(vm)) continue;
        const isMoved =
          vm?.wanted !== 'paused' &&
          this.#relocate(reservation, instance, 'drain', { keepOld: vm !== undefined });
        if (!isMoved && !reservation.isConfirmed) {
          this.#parts.ending.end(reservation, 'fail', 'FAILED', 'node-drained');
          stranded = 0;
          break;
        }
        if (!isMoved && !reservation.windowOpen) stranded += 1;
        if (vm === undefined) continue;
        if (isMoved) this.#follow(vm);
        else onNoRoom(vm);
      }
      if (stranded > 0) this.#offerInstead(reservation, { because: 'node-drained', instances: stranded });
    }
  }

  /** Its window lies ahead, and it is not to be delivered as things are: the user may prefer other terms. */
  #offerInstead(reservation: Reservation, stranding: Stranding): void {
    const { changes, kinds, recovery, settings } = this.#parts;
    if (!recovery.offers || kinds.canBeginAgain(reservation)) return;
    // Whoever takes each offer would be put off for ever where nodes are lost more often than windows begin.
    if (reservation.restarts >= settings.maxRestarts) return;
    changes.offer(reservation, stranding.because, (view) => recovery.draftsFor(reservation, stranding, view));
    if (reservation.change !== undefined) reservation.restarts += 1;
  }

  /** The node may be used again: VMs that stand still for want of it go on. */
  nodeBack(nodeIndex: number): void {
    for (const vm of this.#staying.list()) {
      // Nothing has to leave it any more; and others may go there.
      if (vm.nodeIndex === nodeIndex) this.#settleDown(vm);
      else this.#leaveAgain(vm);
    }
    for (const vm of this.#parts.parking.list()) if (vm.targetIndex === nodeIndex) this.#goOn(vm);
  }

  /**
   * Its node may not be used and no other has room, or none that it can go to: it stands still until it can go on somewhere. Where it
   * cannot be suspended it stays, and so does what is paused, as long as it is.
   */
  park(vm: Vm): void {
    const { outbox, parking, reach, vms } = this.#parts;
    if (vm.wanted === 'paused') vms.refuse(vm, 'migrate', 'paused');
    if (vm.wanted !== 'running') return;
    parking.enter(vm, outbox.nowMs);
    if (vm.isUp && !reach.canSuspend(vm.nodeIndex)) vms.refuse(vm, 'suspend', 'not-supported');
    else vms.want(vm, 'suspended');
  }

  /** An operator wants the node empty, once more: what could not leave it tries again. */
  drainedAgain(nodeIndex: number): void {
    for (const vm of this.#staying.list()) if (vm.nodeIndex === nodeIndex) this.#leaveAgain(vm);
  }

  /**
   * A VM that was to leave a node stays there and runs on: it could be neither moved nor, where there was no room for it, suspended. Where the
   * node is out it tries again when something changes; where only the migration policy wanted it elsewhere, that is all.
   */
  stays(vm: Vm, told: 'anew' | 'again'): void {
    const { isUsable, nodeIds, outbox } = this.#parts;
    const { instance, nodeIndex, reservation, trouble } = vm;
    if (instance.place.nodeIndex !== nodeIndex) this.#goBack(reservation, instance, 'not-moved');
    const isToLeave = !isUsable(nodeIndex);
    if (isToLeave) this.#staying.enter(vm);
    if (told === 'again' || trouble === undefined) return;
    const { operation, reason } = trouble;
    const { id: reservationId } = reservation;
    if (!isToLeave) {
      outbox.emit({ type: 'operation-given-up', reservationId, vmId: vm.id, operation, reason });
      return;
    }
    outbox.emit({
      type: 'node-not-emptied',
      reservationId,
      nodeId: nodeIds[nodeIndex]!,
      vmId: vm.id,
      operation,
      reason,
    });
  }

  /** A VM is not as it was: what it refused it may do now. */
  changed(vm: Vm): void {
    if (this.#staying.has(vm)) this.#leaveAgain(vm);
  }

  /** Takes over a VM as it was. */
  restore(vm: Vm): void {
    this.#staying.restore(vm);
  }

  /** A VM is where its instance is booked, and nowhere else. */
  arrived({ instance, reservation }: Vm): void {
    this.#parts.bookings.leave(reservation, instance);
  }

  /**
   * To be told whenever a booking is given back, or a node; {@link offerRoom} acts on it.
   * @param span in which time came free; undefined: none did, and one more asks for it
   */
  roomCameFree(span?: Span): void {
    this.#hasRoomComeFree = true;
    if (span !== undefined) this.#parts.waitlist.roomCameFree(span);
  }

  /**
   * When room has come free: parked VMs go on there, then who is on the waitlist has their turn, then leases that wait may be bettered. After
   * everything else of an input.
   */
  offerRoom(): void {
    if (!this.#hasRoomComeFree) return;
    this.#hasRoomComeFree = false;
    const { parking, waitlist } = this.#parts;
    for (const vm of this.#staying.list()) {
      // Room is no remedy for what would be refused anywhere.
      if (vm.trouble?.operation === 'suspend' || vm.trouble?.kind === 'failed') this.#moveOn(vm);
    }
    if (!parking.isEmpty) {
      // Until somebody goes on, and perhaps leaves room behind, what had none has none.
      let known = new RefusedSizes();
      for (const vm of parking.list()) {
        if (!this.#relocate(vm.reservation, vm.instance, 'drain', { keepOld: true, known })) continue;
        this.#follow(vm);
        known = new RefusedSizes();
      }
    }
    this.#improve('before-waitlist');
    waitlist.offerTurns();
    this.#improve('after-waitlist');
  }

  /**
   * Books what is left of an instance's window on another node, if one has room.
   * @param keepOld the old booking is kept as well until the VM has arrived: a live migration needs both nodes. Only nodes that can take
   *   the VM as it is count then; of a lost node nobody can tell what is left, and the hypervisor has the last word.
   * @param known what had no room since any was given back; absent: nothing is known
   * @returns false when there is no room elsewhere; nothing has changed then
   */
  #relocate(
    reservation: Reservation,
    instance: Instance,
    cause: MoveCause,
    { keepOld = false, known }: { keepOld?: boolean; known?: RefusedSizes } = {},
  ): boolean {
    const { allocator, bookings, calendar, images, orElse, outbox, reach } = this.#parts;
    const old = instance.place;
    const need = needOf(reservation.terms);
    const window = { ...need, count: 1, startMs: Math.max(outbox.nowMs, old.startMs), endMs: old.endMs };
    if (window.startMs >= window.endMs || this.#isCut(instance)) return false;
    // What all nodes share, such as a disk on their store, stays with it, unless the old booking must keep it for a while.
    const asked = keepOld ? window : { ...window, demand: calendar.space.partOnNode(need.demand) };
    // What has no VM to take along begins there from its image.
    const among = keepOld ? reach.of(instance.vm) : images?.among(reservation, window.startMs);
    const size = { demand: asked.demand, numInstancesFixed: 1 };
    // Of what is wanted from now on, and on any node.
    const isLikeOthers = known !== undefined && among === undefined && asked.startMs === outbox.nowMs;
    if (isLikeOthers && known.cover(size, asked.endMs - asked.startMs)) return false;
    if (!allocator.hasRoom(asked, among)) {
      if (isLikeOthers) known.add(size, asked.endMs - asked.startMs);
      return false;
    }
    const kind: Placing['kind'] = reservation.isConfirmed ? 'reservation' : 'hold';
    const { id: owner, round } = reservation;
    const sitting = allocator.sitting();
    const placing = { owner, kind, round, firstNumber: instance.number, among } satisfies Placing;
    const [book] = orElse(
      () => allocator.place(asked, placing, sitting),
      () => allocator.placeFirst(asked, placing),
    );
    const release: Edit[] =
      keepOld || old.booking === NO_BOOKING ? [] : [{ edit: 'release', id: old.booking }];
    const isMoved = bookings.replace(reservation, instance, {
      plan: [...release, { ...book!, demand: need.demand }],
      pieces: ([booking]) => [
        pieceOf(book!, 'run', booking!),
        ...instance.leaving,
        ...(keepOld ? [pieceOf(old, 'migrate', old.booking)] : []),
      ],
    });
    if (!isMoved) return false;
    sitting.keep();
    if (!reservation.windowOpen) images?.supply(reservation);
    this.#announceMove(reservation, instance, old, cause);
    return true;
  }

  /**
   * Books what is left of the window of an instance whose node is lost where the replica of its VM is, which makes room for it.
   * @returns false when it has none, or there is no room beside what was held for it; nothing has changed then
   */
  #takeOver(reservation: Reservation, instance: Instance): boolean {
    const { bookings, calendar, outbox, replicas } = this.#parts;
    const { place: old, vm } = instance;
    const replica = vm && replicas?.of(vm);
    if (vm === undefined || replica === undefined || this.#isCut(instance)) return false;
    const { id: owner, terms } = reservation;
    const window = { nodeIndex: replica.nodeIndex, startMs: outbox.nowMs, endMs: old.endMs };
    const plan: Edit[] = [
      ...(old.booking === NO_BOOKING ? [] : [{ edit: 'release', id: old.booking } as const]),
      { edit: 'release', id: replica.booking },
      { edit: 'book', ...window, demand: terms.demand, kind: 'reservation', owner },
    ];
    if (calendar.fork().apply(plan).kind === 'refused') return false;
    const isMoved = bookings.replace(reservation, instance, {
      plan,
      pieces: ([booking]) => [pieceOf(window, 'run', booking!), ...instance.leaving],
    });
    if (!isMoved) return false;
    replicas!.takeOver(vm);
    this.#announceMove(reservation, instance, old, 'node-lost');
    return true;
  }

  /** What is cut into pieces has its time and its place together, as long as the others lie ahead. */
  #isCut({ pieces }: Instance): boolean {
    const { nowMs } = this.#parts.outbox;
    return pieces.some(
      ({ booking, endMs, use }) =>
        booking !== NO_BOOKING && endMs > nowMs && (use === 'suspend' || use === 'resume'),
    );
  }

  /**
   * Gives up the booking of an instance whose VM is on its way there, and returns to the one where the VM still is. Who was granted that room
   * meanwhile has not begun, and gives it up: what was there first stays.
   */
  #goBack(reservation: Reservation, instance: Instance, cause: MoveCause): boolean {
    const { bookings, calendar, outbox } = this.#parts;
    const { place } = instance;
    const stay = instance.leaving.find(({ nodeIndex }) => nodeIndex === instance.vm?.nodeIndex);
    if (stay === undefined) return false;
    const { nowMs } = outbox;
    const isOver = stay.endMs <= nowMs && stay.endMs < place.endMs;
    const back = { ...stay, startMs: isOver ? nowMs : stay.startMs, endMs: place.endMs };
    const plan: Edit[] = place.booking === NO_BOOKING ? [] : [{ edit: 'release', id: place.booking }];
    const { id: owner, terms } = reservation;
    const devices = calendar.get(stay.booking)?.devices;
    if (isOver)
      plan.push({
        ...{ edit: 'book', ...asWindow(back), demand: terms.demand, kind: 'reservation', owner },
        ...(devices !== undefined && { devices }),
      });
    else if (stay.endMs < place.endMs) plan.push({ edit: 'resize', id: stay.booking, endMs: place.endMs });
    this.#clearTheWay(reservation, stay.nodeIndex, plan);
    const isBack = bookings.replace(reservation, instance, {
      plan,
      pieces: ([booking = stay.booking]) => [
        pieceOf(back, 'run', booking),
        ...instance.leaving.filter((piece) => piece !== stay),
      ],
    });
    if (isBack) this.#announceMove(reservation, instance, place, cause);
    return isBack;
  }

  /** Those of others who came last go elsewhere, or fail, until the plan has room on the node; nobody who runs there. */
  #clearTheWay(reservation: Reservation, nodeIndex: number, plan: readonly Edit[]): void {
    const { book, calendar, ending, outbox, replicas } = this.#parts;
    const lacksRoom = () => {
      const tried = calendar.fork().apply(plan);
      return tried.kind === 'refused' && tried.reason === 'no-room';
    };
    if (!lacksRoom()) return;
    replicas?.makeWay(nodeIndex);
    if (!lacksRoom()) return;
    for (const other of [...book.values()].reverse()) {
      if (other === reservation || other.end !== undefined) continue;
      for (const instance of other.instances) {
        const { place, vm } = instance;
        if (place.nodeIndex !== nodeIndex || place.endMs <= outbox.nowMs || vm?.isUp === true) continue;
        if (!this.#relocate(other, instance, 'not-moved')) {
          ending.end(other, 'fail', 'FAILED', 'room-not-made');
          if (!lacksRoom()) return;
          break;
        }
        if (vm !== undefined) this.#follow(vm);
        if (!lacksRoom()) return;
      }
    }
  }

  #announceMove(reservation: Reservation, instance: Instance, from: Piece, cause: MoveCause): void {
    const { id: reservationId, terms, windowOpen } = reservation;
    const { demand } = terms;
    // What was held for it was held beside the place that it had.
    this.#parts.changes.withdraw(reservation, 'capacity-lost');
    const { nodeIds, outbox } = this.#parts;
    outbox.emit({
      type: 'instance-moved',
      reservationId,
      instance: instance.number,
      fromNodeId: nodeIds[from.nodeIndex]!,
      toNodeId: nodeIds[instance.place.nodeIndex]!,
      demand,
      windowOpen,
      cause,
    });
  }

  /** A VM whose destination is gone while it still runs on the node that it was to leave. */
  #stay({ place, vm }: Instance): void {
    if (vm === undefined) return;
    if (this.#parts.isUsable(place.nodeIndex)) this.#follow(vm);
    else this.park(vm);
  }

  /** Its instance was booked elsewhere: the VM goes there, by live migration when it runs, else from its next start. */
  #follow(vm: Vm): void {
    this.#goOn(vm);
    this.#parts.vms.converge(vm);
  }

  #leaveAgain(vm: Vm): void {
    if (this.#parts.isUsable(vm.nodeIndex)) this.#settleDown(vm);
    else if (!this.#moveOn(vm)) {
      this.#staying.leave(vm);
      this.park(vm);
    }
  }

  /** @returns whether there is room for it elsewhere; it is on its way there then */
  #moveOn(vm: Vm): boolean {
    if (vm.wanted === 'paused') return false;
    const isMoved = this.#relocate(vm.reservation, vm.instance, 'drain', { keepOld: true });
    if (!isMoved) return false;
    this.#staying.leave(vm);
    this.#parts.vms.converge(vm);
    return true;
  }

  #settleDown(vm: Vm): void {
    this.#staying.leave(vm);
    vm.trouble = undefined;
    this.#parts.outbox.touch(vm.reservation);
  }

  #goOn(vm: Vm): void {
    const { parking, vms } = this.#parts;
    if (parking.leave(vm)) vms.want(vm, 'running');
  }

  /** Those that are to run on the node at some instant of the span. */
  #affected(nodeIndex: number, { fromMs, untilMs }: Span): [Reservation, Instance[]][] {
    const affected: [Reservation, Instance[]][] = [];
    for (const reservation of this.#parts.tenants.on(nodeIndex)) {
      // What is suspended is nowhere, and is resumed where there is room.
      if (reservation.instances.length > 0 && reservation.isWithoutCapacity) continue;
      const isHeldHere = reservation.change?.held.some(
        (piece) => piece.nodeIndex === nodeIndex && piece.startMs < untilMs && fromMs < piece.endMs,
      );
      if (isHeldHere === true) this.#parts.changes.withdraw(reservation, 'capacity-lost');
      const here = reservation.instances.filter(
        ({ place, vm }) =>
          place.nodeIndex === nodeIndex &&
          place.startMs < untilMs &&
          fromMs < place.endMs &&
          vm?.guestDone !== true &&
          vm?.wanted !== 'deleted',
      );
      if (here.length > 0) affected.push([reservation, here]);
    }
    // A stable sort: reservations that start together keep the order in which they came.
    return affected.sort(
      ([a], [b]) => Number(b.isConfirmed) - Number(a.isConfirmed) || a.terms.startMs - b.terms.startMs,
    );
  }

  /** Of reservations in the order in which they came, then of those that have ended: an order that a restart does not change. */
  *#vmsInOrder(): Generator<Vm> {
    const { book } = this.#parts;
    const departing = [...book.departing()].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
    for (const reservation of [...book.values(), ...departing]) {
      for (const { vm } of reservation.instances) {
        if (vm !== undefined && vm.state !== 'DELETED') yield vm;
      }
    }
  }

  // Leases that wait

  #improve(turn: WaitlistTurn): void {
    const { allocator, desks, queues } = this.#parts;
    for (const queue of queues.of(turn)) {
      const settled = queue.settled();
      const { kind, leases } = settled;
      if (leases.length === 0) continue;
      const sitting = allocator.sitting();
      const desk = desks.desk(sitting, { kind: 'reservation' });
      for (const improvement of kind.onRoom!(leases, desk, settled.sight()))
        if (!this.#take(improvement)) queue.forgetRefusals();
      sitting.keep();
    }
  }

  /** @returns whether it has been applied */
  #take({ cut, edits, reservationId, terms }: Improvement): boolean {
    const { book, bookings, ending, images, nodeIds, outbox, reservations } = this.#parts;
    const reservation = book.get(reservationId);
    if (reservation === undefined) return false;
    const isBooked = bookings.begin(reservation, edits, { count: terms.numInstancesFixed, cut });
    if (!isBooked) return false;
    const endMs = terms.startMs + terms.durationMs - reservation.doneMs;
    if (cut !== undefined && cut.runUntilMs < endMs)
      reservation.wayOut = { atMs: cut.runUntilMs, by: 'suspend', hasBegun: false };
    reservation.proposal = terms;
    ending.coverAnew(reservation);
    // It may have other nodes, or an earlier start, than it had.
    images?.release(reservation);
    images?.supply(reservation);
    const pieces = reservation.shares(nodeIds);
    const stretch = cut === undefined ? undefined : reservation.stretch;
    outbox.emit({
      type: 'terms-changed',
      reservationId,
      proposal: terms,
      pieces,
      ...(stretch && { stretch }),
    });
    reservations.expectNext(reservation);
    return true;
  }
}

function asWindow({ endMs, nodeIndex, startMs }: Piece) {
  return { nodeIndex, startMs, endMs };
}

/** Its time for that is over, but a VM of it took longer. */
function isBeingSuspendedOn(nodeIndex: number, { present }: Reservation): boolean {
  return present.some(
    ({ vm }) => vm?.nodeIndex === nodeIndex && vm.wanted === 'suspended' && vm.state !== 'SUSPENDED',
  );
}

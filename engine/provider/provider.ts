// One provider: the components of the paper put together around one Event Queue and one capacity calendar. A value, not a singleton:
// several can live in one process, on one clock or on several.
import type { Observable } from 'rxjs';
import { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import { type Clock, Phase } from '../clock/clock.ts';
import type { InstanceCommand, InstanceReply } from '../domain/instance-command.ts';
import type { ClusterSpec } from '../domain/node.ts';
import type { ClaimReply, Proposal, ProviderReply, UserReply } from '../domain/proposal.ts';
import type { DomainEvent, SessionOrigin } from '../events/domain-event.ts';
import type { Dispatcher, Observation, VmObservation } from '../hypervisor/dispatcher.ts';
import { assertNever } from '../invariant.ts';
import { Seat } from '../policy/policy-seat.ts';
import { Evacuation } from './delivery/evacuation.ts';
import { InstanceCommands } from './delivery/instance-commands.ts';
import { EventQueue } from './event-queue.ts';
import { NodeMonitor } from './monitors/node-monitor.ts';
import { VmMonitor } from './monitors/vm-monitor.ts';
import type { Verdict } from './negotiation/negotiator.ts';
import { ReservationManager } from './negotiation/reservation-manager.ts';
import type { Persistence } from './persistence.ts';
import { Allocator } from './placement/allocator.ts';
import type { ManagerPolicies, ManagerSettings } from './provider-settings.ts';
import { type Reservation, ReservationBook } from './state/reservation.ts';
import type { ManagerSnapshot, ReservationSnapshot } from './state/snapshot.ts';
import { type RestorationParts, restore, snapshotOf } from './state/stored-state.ts';
import type { Vm } from './state/vm.ts';

export interface OpenPexManagerParts {
  readonly clock: Clock;
  readonly cluster: ClusterSpec;
  readonly settings: ManagerSettings;
  readonly policies: ManagerPolicies;
  readonly dispatcher: Dispatcher;
  readonly persistence: Persistence;
  /** Gives each new reservation its id, unique for ever. */
  readonly nextReservationId: () => string;
  /** Gives each VM its id, unique for ever. Absent: made from the reservation's id and the number of the instance. */
  readonly nextVmId?: (reservationId: string, instance: number) => string;
}

/** What the Node Monitor knows of a node. */
export interface NodeCondition {
  readonly nodeId: string;
  readonly isUp: boolean;
  /** Not drained by an operator. */
  readonly isInService: boolean;
}

type OnReply<R> = (reply: R) => void;

/**
 * Every command is decided at once and in order of its arrival; its reply comes when its events are committed (in a simulation:
 * before the call returns, unless another command is being decided).
 */
export class OpenPexManager {
  readonly calendar: CapacityCalendar;
  readonly #queue: EventQueue;
  readonly #book = new ReservationBook();
  readonly #vms: VmMonitor;
  readonly #reservations: ReservationManager;
  readonly #nodes: NodeMonitor;
  readonly #instances: InstanceCommands;
  readonly #restoration: RestorationParts;
  readonly #nextReservationId: () => string;
  readonly #nodeIds: readonly string[];
  readonly #clock: Clock;
  readonly #seats: {
    readonly allocation: Seat<'allocation'>;
    readonly counterOffer: Seat<'counter-offer'>;
    readonly pricing: Seat<'pricing'>;
  };

  constructor(parts: OpenPexManagerParts) {
    const { clock, cluster, dispatcher, policies, settings } = parts;
    const { nodes, sharedDiskGib } = cluster;
    const nodeIds = nodes.map(({ nodeId }) => nodeId);
    const queue = new EventQueue(clock, parts.persistence);
    const calendar = new CapacityCalendar({
      nodes,
      ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
    });
    const book = this.#book;
    this.#seats = {
      allocation: new Seat('allocation', policies.allocation, policies.seed),
      counterOffer: new Seat('counter-offer', policies.counterOffer, policies.seed),
      pricing: new Seat('pricing', policies.pricing, policies.seed),
    };
    const vms = new VmMonitor({
      clock,
      queue,
      dispatcher,
      settings,
      nodeIds,
      nextVmId: parts.nextVmId ?? ((reservationId, instance) => `${reservationId}/${instance}`),
    });
    const allocator = new Allocator({
      clock,
      queue,
      calendar,
      nodes,
      allocation: this.#seats.allocation,
    });
    const reservations = new ReservationManager({
      clock,
      queue,
      calendar,
      book,
      allocator,
      vms,
      settings,
      counterOffer: this.#seats.counterOffer,
      pricing: this.#seats.pricing,
      nodeIds,
      isNodeUp: (nodeIndex) => this.#nodes.isUp(nodeIndex),
    });
    vms.listen(reservations);
    const evacuation = new Evacuation({ book, calendar, allocator, vms, reservations });
    this.#nextReservationId = parts.nextReservationId;
    this.#nodeIds = nodeIds;
    this.calendar = calendar;
    this.#queue = queue;
    this.#vms = vms;
    this.#reservations = reservations;
    this.#nodes = new NodeMonitor({ clock, queue, calendar, evacuation, nodes });
    this.#instances = new InstanceCommands({
      clock,
      queue,
      vms,
      settle: (reservation, instance) => reservations.settle(reservation, instance),
    });
    this.#restoration = { book, calendar, allocator, vms, reservations, nodes: this.#nodes };
    this.#clock = clock;
    // As a clock action, because an error thrown inside `subscribe` would not stop the run.
    dispatcher.observations$.subscribe((seen) =>
      queue.at(clock.now(), Phase.Operation, () => this.#observe(seen)),
    );
  }

  /** Committed events, in order; for observers, whose errors do not reach the manager. */
  get events$(): Observable<DomainEvent> {
    return this.#queue.events$;
  }

  /** Reservations that have not ended, oldest first. */
  reservations(): IterableIterator<Reservation> {
    return this.#book.values();
  }

  /** VMs that are not deleted, oldest first. */
  vms(): IterableIterator<Vm> {
    return this.#vms.values();
  }

  /** Nothing is reserved, on offer, or running. */
  get isIdle(): boolean {
    return this.#book.size === 0 && this.#vms.size === 0;
  }

  /** Enters the nodes in the event stream; called once, first. */
  begin(): void {
    this.#queue.execute(() => this.#nodes.announce());
  }

  initiateReservation(userId: string, origin: SessionOrigin | null, onReply: OnReply<string>): void {
    this.#queue.execute(
      () => this.#reservations.initiate(this.#nextReservationId(), userId, origin),
      onReply,
    );
  }

  /** initiateReservation and requestReservation as one command: both are committed, or neither. */
  openReservation(
    { userId, origin, proposal }: { userId: string; origin: SessionOrigin | null; proposal: Proposal },
    onReply: OnReply<{ readonly reservationId: string; readonly reply: ProviderReply }>,
  ): void {
    this.#queue.execute(() => {
      const reservationId = this.#reservations.initiate(this.#nextReservationId(), userId, origin);
      return { reservationId, reply: this.#reservations.request(reservationId, proposal) };
    }, onReply);
  }

  requestReservation(reservationId: string, proposal: Proposal, onReply: OnReply<ProviderReply>): void {
    this.#queue.execute(() => this.#reservations.request(reservationId, proposal), onReply);
  }

  reply(reservationId: string, answer: UserReply, onReply: OnReply<ProviderReply>): void {
    this.#queue.execute(() => this.#reservations.reply(reservationId, answer), onReply);
  }

  activate(reservationId: string, onReply: OnReply<ProviderReply>): void {
    this.#queue.execute(() => this.#reservations.activate(reservationId), onReply);
  }

  cancel(reservationId: string, onReply: OnReply<ProviderReply>): void {
    this.#queue.execute(() => this.#reservations.cancel(reservationId), onReply);
  }

  claimOptions(reservationId: string, count: number, onReply: OnReply<ClaimReply>): void {
    this.#queue.execute(() => this.#reservations.claimOptions(reservationId, count), onReply);
  }

  /** A user's command to one VM. Success means that it was taken; what it leads to shows in the VM's state. */
  commandInstance(vmId: string, command: InstanceCommand, onReply: OnReply<InstanceReply>): void {
    this.#queue.execute(() => this.#instances.handle(vmId, command), onReply);
  }

  /** Operators: takes a node out of service and empties it. Throws RangeError for an unknown node. */
  drainNode(nodeId: string, onDone?: () => void): void {
    this.#queue.execute(() => this.#nodes.drain(nodeId), onDone);
  }

  enableNode(nodeId: string, onDone?: () => void): void {
    this.#queue.execute(() => this.#nodes.enable(nodeId), onDone);
  }

  /** What a request would be answered now. Nothing is held or recorded. */
  quote(proposal: Proposal): Verdict {
    return this.#reservations.quote(proposal);
  }

  /** Every node, in the order of the cluster. */
  nodeConditions(): readonly NodeCondition[] {
    return this.#nodeIds.map((nodeId, node) => ({
      nodeId,
      isUp: this.#nodes.isUp(node),
      isInService: this.#nodes.isInService(node),
    }));
  }

  /** A reservation that has not ended, or has VMs left, or ended in the command that is being committed. */
  snapshotOf(reservationId: string): ReservationSnapshot | undefined {
    const departing = this.#book.departing(reservationId);
    if (departing !== undefined) return snapshotOf(departing.reservation, departing.epitaph, this.#nodeIds);
    const reservation = this.#book.get(reservationId);
    return reservation === undefined ? undefined : snapshotOf(reservation, null, this.#nodeIds);
  }

  /** Everything that has a future. {@link restore} goes on from it. */
  snapshot(): ManagerSnapshot {
    const conditions = this.nodeConditions();
    const departing = Array.from(this.#book.departures(), ({ reservation, epitaph }) =>
      snapshotOf(reservation, epitaph, this.#nodeIds),
    );
    return {
      atMs: this.#clock.now(),
      reservations: [
        ...departing,
        ...Array.from(this.#book.values(), (reservation) => snapshotOf(reservation, null, this.#nodeIds)),
      ],
      knownNodeIds: this.#nodeIds,
      drainedNodeIds: conditions.filter(({ isInService }) => !isInService).map(({ nodeId }) => nodeId),
      lostNodeIds: conditions.filter(({ isUp }) => !isUp).map(({ nodeId }) => nodeId),
      policyMemory: Object.values(this.#seats).flatMap((seat) => seat.snapshot() ?? []),
    };
  }

  /**
   * Goes on from a snapshot; to be called once, before anything else, while the clock stands at the snapshot's instant. Its timers that
   * fell due since run when the clock goes on, each at its own time.
   * @param inventory what the hypervisor has (`Dispatcher.inventory`)
   * @throws InputError PEX_STATE_UNRESTORABLE when it does not fit the cluster
   */
  restore(snapshot: ManagerSnapshot, inventory: readonly VmObservation[]): void {
    this.#queue.execute(() => {
      for (const seat of Object.values(this.#seats)) seat.restore(snapshot.policyMemory ?? []);
      this.#nodes.announce(snapshot.knownNodeIds);
      restore(snapshot, inventory, this.#restoration);
    });
  }

  #observe(seen: Observation): void {
    switch (seen.kind) {
      case 'node-down':
        this.#nodes.nodeDown(seen.nodeId);
        break;
      case 'node-up':
        this.#nodes.nodeUp(seen.nodeId);
        break;
      case 'vm':
        this.#vms.observe(seen.vm, seen.cause);
        break;
      default:
        assertNever(seen);
    }
  }
}

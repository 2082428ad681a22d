// One provider: the components of the paper put together around one Event Queue and one capacity calendar. A value, not a singleton:
// several can live in one process, on one clock or on several.
import type { Observable } from 'rxjs';
import { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import { type Clock, Phase } from '../clock/clock.ts';
import type { ClusterSpec } from '../domain/node.ts';
import type { Proposal, ProviderReply, UserReply } from '../domain/proposal.ts';
import type { DomainEvent, SessionOrigin } from '../events/domain-event.ts';
import { assertNever } from '../invariant.ts';
import { Allocator } from './allocator.ts';
import type { Dispatcher, Observation } from './dispatcher.ts';
import { Evacuation } from './evacuation.ts';
import { EventQueue } from './event-queue.ts';
import type { ManagerPolicies, ManagerSettings } from './manager-settings.ts';
import { NodeMonitor } from './node-monitor.ts';
import type { Persistence } from './persistence.ts';
import { type Reservation, ReservationBook } from './reservation.ts';
import { ReservationManager } from './reservation-manager.ts';
import type { Vm } from './vm.ts';
import { VmMonitor } from './vm-monitor.ts';

export interface OpenPexManagerParts {
  readonly clock: Clock;
  readonly cluster: ClusterSpec;
  readonly settings: ManagerSettings;
  readonly policies: ManagerPolicies;
  readonly dispatcher: Dispatcher;
  readonly persistence: Persistence;
  /** Gives each new reservation its id, unique for ever. VM ids are made from it. */
  readonly nextReservationId: () => string;
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
    const vms = new VmMonitor({
      clock,
      queue,
      dispatcher,
      settings,
      nodeIds,
      nextVmId: (reservation, instance) => `${reservation.id}/${instance.number}`,
    });
    const allocator = new Allocator({
      clock,
      queue,
      calendar,
      nodes,
      allocation: policies.allocation,
    });
    const reservations = new ReservationManager({
      clock,
      queue,
      calendar,
      book,
      allocator,
      vms,
      settings,
      counterOffer: policies.counterOffer,
      pricing: policies.pricing,
      nodeIds,
      isNodeUp: (nodeIndex) => this.#nodes.isUp(nodeIndex),
      nextReservationId: parts.nextReservationId,
    });
    vms.listen(reservations);
    const evacuation = new Evacuation({ book, calendar, allocator, vms, reservations });
    this.calendar = calendar;
    this.#queue = queue;
    this.#vms = vms;
    this.#reservations = reservations;
    this.#nodes = new NodeMonitor({ clock, queue, calendar, evacuation, nodes });
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
    this.#queue.execute(() => this.#reservations.initiate(userId, origin), onReply);
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

  /** Replies with the number of optional instances that were granted. */
  claimOptions(reservationId: string, count: number, onReply: OnReply<number>): void {
    this.#queue.execute(() => this.#reservations.claimOptions(reservationId, count), onReply);
  }

  /** Operators: takes a node out of service and empties it. Throws RangeError for an unknown node. */
  drainNode(nodeId: string): void {
    this.#queue.execute(() => this.#nodes.drain(nodeId));
  }

  enableNode(nodeId: string): void {
    this.#queue.execute(() => this.#nodes.enable(nodeId));
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

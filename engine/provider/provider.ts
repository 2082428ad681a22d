// One provider: the components of the paper put together around one capacity calendar. A value: data goes in (an input), data comes
// out (a commit), nothing else. It knows no clock, no database and no hypervisor; event-queue.ts connects it with them.
import { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import type { ChangeAsk } from '../domain/change.ts';
import type { ClusterSpec } from '../domain/node.ts';
import type { Outage } from '../domain/outage.ts';
import type { PartnerOffer } from '../domain/partner-offer.ts';
import type {
  Alternative,
  Bottleneck,
  ChangeRejection,
  OfferPart,
  Proposal,
  RejectionReason,
} from '../domain/proposal.ts';
import type { Resources } from '../domain/resources.ts';
import { assertNever, invariant } from '../invariant.ts';
import type { Named } from '../policy/definition.ts';
import type { PolicyError } from '../policy/policy-error.ts';
import { Seat } from '../policy/policy-seat.ts';
import type { MigrationPolicy, PreemptionPolicy, RecoveryPolicy } from '../policy/ports.ts';
import { ENGINE_VERSION } from '../version.ts';
import type { Commit } from './commit.ts';
import { Displacement } from './delivery/displacement.ts';
import { GivingWay } from './delivery/giving-way.ts';
import { InstanceCommands } from './delivery/instance-commands.ts';
import { Parking } from './delivery/parking.ts';
import { Reach } from './delivery/reach.ts';
import { Rebalancing } from './delivery/rebalancing.ts';
import { Recovery } from './delivery/recovery.ts';
import { Tenants } from './delivery/tenants.ts';
import { Window } from './delivery/window.ts';
import { Images } from './images/images.ts';
import type { Command, Due, Input, Replies, Report } from './input.ts';
import { USUAL_LEASE_KINDS } from './leases/catalogue.ts';
import type { LeaseKind } from './leases/lease-kind.ts';
import { LeaseKinds } from './leases/lease-of.ts';
import { LeaseQueues, roomOf } from './leases/lease-queues.ts';
import { type StartForecast, StartForecasts } from './leases/start-forecasts.ts';
import { Suspension } from './leases/suspension.ts';
import { NodeMonitor } from './monitors/node-monitor.ts';
import { VmMonitor } from './monitors/vm-monitor.ts';
import { AdmissionCover } from './negotiation/admission-cover.ts';
import { Auctions } from './negotiation/auctions.ts';
import { ChangeHolds } from './negotiation/change-holds.ts';
import { type ChangeOffer, Changes } from './negotiation/changes.ts';
import { Compensation } from './negotiation/compensation.ts';
import { Desks } from './negotiation/desks.ts';
import { Ending } from './negotiation/ending.ts';
import { Negotiator } from './negotiation/negotiator.ts';
import { heldWith } from './negotiation/offer-parts.ts';
import { LateBinding, type OptionCover } from './negotiation/option-cover.ts';
import { Overbooking } from './negotiation/overbooking.ts';
import { Preemption } from './negotiation/preemption.ts';
import { Prices } from './negotiation/prices.ts';
import { ReservationManager } from './negotiation/reservation-manager.ts';
import { Room } from './negotiation/room.ts';
import { sellsByAuction, Waitlist } from './negotiation/waitlist.ts';
import { Outbox } from './outbox.ts';
import { Allocator } from './placement/allocator.ts';
import { Bookings } from './placement/bookings.ts';
import { MigrationDesk } from './placement/migration-desk.ts';
import { RePlacement } from './placement/re-placement.ts';
import { PlanApplier, type PlanCheck } from './plan/applier.ts';
import { insteadOf } from './policy-fallback.ts';
import type { ProviderPolicies, ProviderSettings } from './provider-settings.ts';
import { Agenda } from './state/agenda.ts';
import { Attendance } from './state/attendance.ts';
import { Rebooking } from './state/rebooking.ts';
import type { Reservation, Vm } from './state/reservation.ts';
import { ReservationBook } from './state/reservation-book.ts';
import {
  type Ground,
  type ProviderSnapshot,
  type ProviderState,
  type RegularKind,
  restoredReservation,
  snapshotOf,
} from './state/snapshot.ts';

export interface ProviderSetup {
  /** Distinguishes the providers of one world; part of every event. */
  readonly name: string;
  readonly cluster: ClusterSpec;
  readonly settings: ProviderSettings;
  readonly policies: ProviderPolicies;
  /** Sizes that can be offered by name. Absent: none. */
  readonly instanceTypes?: ReadonlyMap<string, Resources>;
  /** Absent: advance, immediate and best-effort. */
  readonly leaseKinds?: readonly LeaseKind[];
  /** The id of the VM of an instance: unique for ever, and the same whenever it is asked for. Absent: reservation id/number. */
  readonly vmIdOf?: (reservationId: string, instance: number) => string;
}

export interface ProviderOptions {
  /** Goes on from there; the next input is of that instant or later. */
  readonly snapshot?: ProviderSnapshot;
  /** Commits say which reservations changed, and how they stand. */
  readonly keepsTrack?: boolean;
  /**
   * A policy that fails while no command is being decided (a node is lost, a window ends) is done without: the first candidate is taken,
   * the whole price is given back. Told of it, to say so. Absent: it is thrown.
   */
  readonly goesOnWithout?: (error: PolicyError) => void;
  /** Tests refuse plans with it. */
  readonly planCheck?: PlanCheck;
}

/** What the Node Monitor knows of a node. */
export interface NodeCondition {
  readonly nodeId: string;
  readonly isUp: boolean;
  /** Not drained by an operator, and not in maintenance. */
  readonly isInService: boolean;
  /** Those that are and those that are planned, by their beginning. */
  readonly outages: readonly Outage[];
}

/** What a request would be answered now. */
export type Quote =
  | {
      readonly reply: 'ACCEPT' | 'COUNTER';
      readonly proposal: Proposal;
      readonly priceMicros: number;
      readonly because?: 'node-outage';
      readonly alternatives?: readonly Alternative[];
      readonly parts?: readonly OfferPart[];
      readonly bottleneck?: Bottleneck;
    }
  | { readonly reply: 'REJECT'; readonly reason: RejectionReason; readonly bottleneck?: Bottleneck };

/** A lease that waits in a queue. */
export interface QueuedLease {
  readonly reservationId: string;
  /** From 1, for the next. */
  readonly position: number;
  /** If those before it use all the time that they asked for; null: not within the booking horizon. */
  readonly expectedStartMs: number | null;
  /** When it is likely to start; absent: nothing is forecast, or it is not to start within the booking horizon. */
  readonly forecast?: Omit<StartForecast, 'reservationId'>;
}

/** A request that waits on the waitlist. */
export interface Waiting {
  readonly reservationId: string;
  /** From 1, for whoever is to have the next turn. */
  readonly position: number;
  readonly sinceMs: number;
  /** When it is given up. */
  readonly untilMs: number;
}

/** What falls due so much later than it should could not be seen to in time. */
const AWAY_MS = 5_000;
const HOUR_MS = 3_600_000;
const NOBODY_GIVES_WAY: Named<PreemptionPolicy> = { name: 'none', policy: { order: () => [] } };
const NOTHING: readonly never[] = [];

/** Of a provider that was given no migration policy. */
const NOTHING_MOVES: Named<MigrationPolicy> = { name: 'none', policy: {} };

/** Of one that was given no recovery policy. */
const NOTHING_RECOVERS: Named<RecoveryPolicy> = { name: 'none', policy: {} };

export class Provider {
  readonly name: string;
  /** For reading. */
  readonly calendar: CapacityCalendar;
  readonly #nodeIds: readonly string[];
  readonly #ground: Ground;
  readonly #shared: Pick<ClusterSpec, 'sharedDiskGib' | 'resources' | 'costs'>;
  readonly #settings: ProviderSettings;
  readonly #keepsTrack: boolean;
  readonly #outbox: Outbox;
  readonly #agenda: Agenda;
  readonly #book = new ReservationBook();
  readonly #parking = new Parking();
  readonly #cover: OptionCover;
  readonly #seats: readonly (
    | Seat<'allocation'>
    | Seat<'counter-offer'>
    | Seat<'pricing'>
    | Seat<'migration'>
    | Seat<'preemption'>
    | Seat<'waitlist'>
    | Seat<'recovery'>
  )[];
  /** What each policy remembered after the last input. */
  #memories: readonly unknown[];
  readonly #kinds: LeaseKinds;
  readonly #queues: LeaseQueues;
  readonly #desks: Desks;
  readonly #prices: Prices;
  readonly #ending: Ending;
  readonly #reservations: ReservationManager;
  readonly #forecasts: StartForecasts;
  /** As it was after the last input. */
  #forecastsBefore: unknown;
  readonly #overbooking: Overbooking;
  readonly #attendance = new Attendance();
  /** As it was after the last input. */
  #attendanceBefore = this.#attendance.memory;
  #overdueBefore = '';
  readonly #changes: Changes;
  readonly #holds: ChangeHolds;
  readonly #waitlist: Waitlist;
  readonly #auctions: Auctions;
  readonly #window: Window;
  readonly #displacement: Displacement;
  readonly #rebalancing: Rebalancing;
  readonly #images: Images | undefined;
  readonly #givingWay: GivingWay;
  readonly #nodes: NodeMonitor;
  readonly #vms: VmMonitor;
  readonly #instances: InstanceCommands;
  #lastSeq: number;
  #nowMs: number;
  #forgottenMs = Number.NEGATIVE_INFINITY;
  /** What it remembers beside reservations may have changed. */
  #isStateChanged = false;
  #isBroken = false;

  /** @throws RestoreError when the snapshot does not fit the cluster */
  constructor(
    setup: ProviderSetup,
    { goesOnWithout, keepsTrack = false, planCheck, snapshot }: ProviderOptions = {},
  ) {
    const { cluster, policies, settings } = setup;
    const { nodes } = cluster;
    const nodeIds = nodes.map(({ nodeId }) => nodeId);
    const calendar = new CapacityCalendar(cluster);
    const book = this.#book;
    const parking = this.#parking;
    const tenants = new Tenants(book);
    const outbox = new Outbox({
      provider: setup.name,
      lastEventSeq: snapshot?.lastEventSeq ?? 0,
      keepsTrack,
      onTouch: (reservation) => tenants.changed(reservation),
    });
    const { seed } = policies;
    const seats = {
      allocation: new Seat('allocation', policies.allocation, seed),
      counterOffer: new Seat('counter-offer', policies.counterOffer, seed),
      pricing: new Seat('pricing', policies.pricing, seed),
      migration: new Seat('migration', policies.migration ?? NOTHING_MOVES, seed),
      preemption: new Seat('preemption', policies.preemption ?? NOBODY_GIVES_WAY, seed),
      waitlist: new Seat('waitlist', policies.waitlist, seed),
      recovery: new Seat('recovery', policies.recovery ?? NOTHING_RECOVERS, seed),
    };
    const agenda = new Agenda(outbox);
    const { milliCpus } = calendar.totalCapacity;
    const cover =
      settings.admission === undefined
        ? new LateBinding(milliCpus, settings.claimRisk)
        : new AdmissionCover(milliCpus, settings.admission, () => outbox.nowMs);
    const kinds = new LeaseKinds(setup.leaseKinds ?? USUAL_LEASE_KINDS);
    const orElse = insteadOf(goesOnWithout);
    const recovery = new Recovery({ orElse, outbox, policy: seats.recovery });
    const vms = new VmMonitor({
      recovery,
      outbox,
      agenda,
      parking,
      settings,
      calendar,
      nodeIds,
      vmIdOf: setup.vmIdOf ?? ((reservationId, instance) => `${reservationId}/${instance}`),
    });
    const allocator = new Allocator({ outbox, calendar, nodes, allocation: seats.allocation });
    const applier = new PlanApplier(calendar, outbox, planCheck);
    const images =
      settings.images &&
      new Images({
        outbox,
        settings: settings.images,
        nodeIds,
        onArrival: () => this.#displacement.roomCameFree(),
        waiting: () => queues.inOrder(),
      });
    const bookings = new Bookings({
      images,
      applier,
      calendar,
      outbox,
      onRoom: (span) => this.#displacement.roomCameFree(span),
      onMove: (vm) => vms.converge(vm),
    });
    const reach = new Reach(nodes);
    const migrationDesk = new MigrationDesk({
      allocator,
      outbox,
      calendar,
      book,
      nodes,
      vms,
      reach,
      monitor: () => this.#nodes,
    });
    const suspension = new Suspension(settings.suspension, nodes);
    const queues = new LeaseQueues({
      kinds,
      nodeIds,
      desk: { suspension: (size) => suspension.timesFor(size), canResumeElsewhere: !reach.isLimited },
      room: roomOf({ calendar, cover, outbox }),
      awaitsImages: images !== undefined,
    });
    const preemption = new Preemption({ outbox, book, calendar, suspension });
    const overbooking = new Overbooking({ book, calendar, kinds, attendance: this.#attendance, settings });
    const prices = new Prices({ orElse, outbox, calendar, pricing: seats.pricing });
    const room = new Room({ outbox, calendar, cover, allocator, images, settings });
    const desks = new Desks({
      outbox,
      calendar,
      cover,
      allocator,
      room,
      images,
      overbooking,
      settings,
      suspension,
      canResumeElsewhere: !reach.isLimited,
    });
    const negotiator = new Negotiator({
      outbox,
      calendar,
      cover,
      allocator,
      kinds,
      settings,
      instanceTypes: setup.instanceTypes ?? new Map(),
      room,
      desks,
      prices,
      counterOffer: seats.counterOffer,
      preemption: { seat: seats.preemption, of: preemption },
      rePlacement: new RePlacement({ allocator, calendar, book, bookingsMax: settings.rePlacementMax }),
      migration: seats.migration,
      migrationDesk,
      sellsByAuction: sellsByAuction(seats.waitlist),
    });
    const forecasts = new StartForecasts({
      outbox,
      book,
      calendar,
      kinds,
      queues,
      deskOn: (draft) => desks.deskOn(draft),
      confidence: settings.startConfidence,
    });
    const holds = new ChangeHolds({ outbox, agenda, bookings, cover, images });
    const ending = new Ending({
      outbox,
      agenda,
      book,
      bookings,
      changes: holds,
      compensation: new Compensation({ orElse, outbox, pricing: seats.pricing }),
      cover,
      queues,
      forecasts,
      overbooking,
      settings,
      vms,
      nodeIds,
    });
    const reservations = new ReservationManager({
      images,
      outbox,
      calendar,
      agenda,
      book,
      bookings,
      cover,
      negotiator,
      desks,
      prices,
      ending,
      kinds,
      queues,
      forecasts,
      settings,
      sellsByAuction: sellsByAuction(seats.waitlist),
      nodeIds,
    });
    const waitlist = new Waitlist({
      outbox,
      book,
      kinds,
      prices,
      reservations,
      policy: seats.waitlist,
      settings,
      orElse,
      capacity: calendar.totalCapacity,
    });
    const changes = new Changes({
      images,
      outbox,
      calendar,
      allocator,
      bookings,
      cover,
      desks,
      negotiator,
      prices,
      reservations,
      holds,
      kinds,
      vms,
      settings,
      nodeIds,
      isUsable: (nodeIndex) => this.#nodes.isUsable(nodeIndex),
      delivery: {
        launch: (reservation, instances) => this.#window.launch(reservation, instances),
        shutDown: (reservation) => this.#window.shutDown(reservation),
      },
    });
    const givingWay = new GivingWay({
      outbox,
      queues,
      bookings,
      calendar,
      ending,
      reservations,
      parking,
      vms,
      nodeIds,
      maxRestarts: settings.maxRestarts,
    });
    const displacement = new Displacement({
      images,
      recovery,
      givingWay,
      changes,
      orElse,
      outbox,
      book,
      tenants,
      calendar,
      allocator,
      bookings,
      desks,
      reservations,
      ending,
      vms,
      parking,
      waitlist,
      reach,
      kinds,
      queues,
      settings,
      nodeIds,
      isUsable: (nodeIndex) => this.#nodes.isUsable(nodeIndex),
    });
    const monitor = new NodeMonitor({ outbox, agenda, calendar, displacement, vms, settings, nodes });
    vms.listen({
      instancesFailed: (reservation) => {
        if (reservation.state === 'ACTIVATED') ending.end(reservation, 'fail', 'FAILED', 'instance-failed');
      },
      guestsDone: (reservation) => {
        if (settings.earlyRelease && reservation.state === 'ACTIVATED')
          ending.end(reservation, 'completed', 'EXPIRED', 'completed');
      },
      arrived: (vm) => displacement.arrived(vm),
      notSuspended: (reservation) => givingWay.requeue(reservation, 'not-suspended'),
      stays: (vm, told) => displacement.stays(vm, told),
      changed: (vm) => displacement.changed(vm),
      departed: ({ reservation }) => {
        if (reservation.isGone) book.forget(reservation.id);
      },
    });
    this.name = setup.name;
    this.calendar = calendar;
    this.#nodeIds = nodeIds;
    this.#ground = { nodeIds, calendar };
    this.#shared = cluster;
    this.#settings = settings;
    this.#keepsTrack = keepsTrack;
    this.#outbox = outbox;
    this.#agenda = agenda;
    this.#cover = cover;
    this.#seats = Object.values(seats);
    this.#memories = this.#seats.map(({ memory }) => memory);
    this.#kinds = kinds;
    this.#queues = queues;
    this.#desks = desks;
    this.#prices = prices;
    this.#ending = ending;
    this.#reservations = reservations;
    this.#forecasts = forecasts;
    this.#forecastsBefore = forecasts.memory;
    this.#overbooking = overbooking;
    this.#changes = changes;
    this.#holds = holds;
    this.#waitlist = waitlist;
    this.#auctions = new Auctions({
      outbox,
      book,
      kinds,
      desks,
      reservations,
      waitlist,
      policy: seats.waitlist,
      settings,
      orElse,
    });
    this.#images = images;
    this.#displacement = displacement;
    this.#rebalancing = new Rebalancing({
      orElse,
      outbox,
      bookings,
      vms,
      desk: migrationDesk,
      migration: seats.migration,
      settings,
    });
    this.#nodes = monitor;
    this.#vms = vms;
    this.#givingWay = givingWay;
    this.#window = new Window({
      images,
      recovery,
      givingWay,
      changes,
      outbox,
      allocator,
      bookings,
      cover,
      reservations,
      kinds,
      queues,
      forecasts,
      ending,
      prices,
      overbooking,
      displacement,
      nodes: monitor,
      vms,
      settings,
      nodeIds,
    });
    this.#instances = new InstanceCommands({
      outbox,
      vms,
      settle: (reservation, instance) => displacement.settle(reservation, instance),
    });
    this.#lastSeq = snapshot?.lastCommitSeq ?? 0;
    this.#nowMs = snapshot?.atMs ?? Number.NEGATIVE_INFINITY;
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  /**
   * Decides one input, and changes the state accordingly.
   * @param nowMs never before that of an earlier input
   * @throws PolicyError when a policy fails. Where that was before anything had been decided, nothing has changed and the provider can
   *   be used on; else it is unfit ({@link isBroken}), and a new one must be made from what is stored.
   * @throws RangeError for a command about an unknown node, with nothing changed
   */
  handle(input: Input, nowMs: number): Commit {
    invariant(!this.#isBroken, 'a provider that failed halfway is not used on', { provider: this.name });
    invariant(nowMs >= this.#nowMs, 'the time of a provider never goes back', { nowMs, lastMs: this.#nowMs });
    const outbox = this.#outbox;
    outbox.open(nowMs);
    this.#nowMs = nowMs;
    this.calendar.passTo(nowMs);
    let reply: unknown = null;
    try {
      switch (input.kind) {
        case 'command':
          reply = this.#command(input.command);
          break;
        case 'report':
          this.#report(input.report);
          break;
        case 'due':
          this.#due(input.due);
          break;
        default:
          assertNever(input);
      }
      // What waits is not to begin on a node of which nobody knows when it is back.
      if (!this.#queues.areEmpty && this.#nodes.prolongOverdue()) this.#isStateChanged = true;
      this.#displacement.offerRoom();
      this.#images?.advance();
      this.#forecasts.tell();
      this.#rebalancing.expectNext();
      this.#auctions.expectNext();
    } catch (error) {
      this.#isBroken = !outbox.isPristine;
      outbox.discard();
      throw error;
    }
    const { armed, changed, disarmed, effects, events } = outbox.close();
    this.#lastSeq += 1;
    const provider = this.#keepsTrack && this.#isAnythingElseChanged() ? this.#state() : undefined;
    this.#isStateChanged = false;
    return {
      seq: this.#lastSeq,
      atMs: nowMs,
      input,
      events,
      changed:
        changed.length === 0 ? NOTHING : changed.map((reservation) => snapshotOf(reservation, this.#ground)),
      provider,
      effects,
      armed,
      disarmed,
      reply,
    };
  }

  /** An error left it in the middle of something: it must not be used any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** What is on offer together with that reservation, as further windows or as the one that was asked for. */
  heldWith(reservationId: string): readonly Readonly<Reservation>[] {
    const reservation = this.#book.get(reservationId);
    return reservation === undefined || reservation.isConfirmed ? [] : heldWith(this.#book, reservation);
  }

  /** What a request would be answered at that instant. Nothing is held or recorded, and nothing comes out differently because of it. */
  quote(proposal: Proposal, nowMs: number): Quote {
    return this.consider('quote', proposal, nowMs);
  }

  /**
   * The same of a proposal in the session of that id, new or with an offer that would be given back for it.
   * @param elsewhere it is held at a partner
   */
  consider(reservationId: string, proposal: Proposal, nowMs: number, elsewhere?: PartnerOffer): Quote {
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      const { bottleneck, verdict } = this.#reservations.consider(reservationId, proposal, elsewhere);
      const why = bottleneck === undefined ? {} : { bottleneck };
      if (typeof verdict === 'string') return { reply: 'REJECT', reason: verdict, ...why };
      const { alternatives, because, parts, priceMicros, proposal: terms, reply } = verdict;
      return {
        reply,
        proposal: terms,
        priceMicros,
        ...(because === undefined ? {} : { because }),
        ...(alternatives === undefined ? {} : { alternatives }),
        ...(parts === undefined ? {} : { parts: parts.map(({ plan: _, ...part }) => part) }),
        ...why,
      };
    } finally {
      this.#waitlist.forgetRoom();
      this.#outbox.discard();
    }
  }

  /**
   * What it would ask for terms for which it has no room, and which it would sell all the same if a partner had it; undefined: it would not. Leaves
   * everything as it is.
   */
  resalePrice(reservationId: string, proposal: Proposal, nowMs: number): number | undefined {
    if (this.#settings.resale === undefined) return undefined;
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      return this.#reservations.resalePrice(reservationId, proposal);
    } finally {
      this.#waitlist.forgetRoom();
      this.#outbox.discard();
    }
  }

  /** Whether a user may delete it at that instant. */
  canCancel(reservationId: string, nowMs: number): boolean {
    const reservation = this.#book.get(reservationId);
    return reservation !== undefined && this.#reservations.whyNotCancelled(reservation, nowMs) === undefined;
  }

  /** What a change would be answered; undefined when the reservation is not one to be changed. Leaves everything as it is. */
  considerChange(
    reservationId: string,
    asked: ChangeAsk,
    nowMs: number,
  ): ChangeOffer | RejectionReason | ChangeRejection | undefined {
    const reservation = this.#book.get(reservationId);
    if (reservation === undefined) return undefined;
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      return this.#changes.consider(reservation, asked);
    } finally {
      this.#waitlist.forgetRoom();
      this.#outbox.discard();
    }
  }

  /** What so many optional instances would cost if they were claimed and charged at that instant; 0 when none can be claimed. */
  claimPrice(reservationId: string, count: number, nowMs: number): number {
    const reservation = this.#book.get(reservationId);
    if (reservation === undefined || !reservation.windowOpen) return 0;
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      return this.#prices.ofClaim(reservation, count).priceMicros;
    } finally {
      this.#outbox.discard();
    }
  }

  /** Everything that has a future. A provider that is made from it goes on as this one would. */
  snapshot(): ProviderSnapshot {
    const reservations = [...this.#book.departing(), ...this.#book.values()];
    return {
      ...this.#state(),
      atMs: this.#nowMs,
      lastCommitSeq: this.#lastSeq,
      lastEventSeq: this.#outbox.lastEventSeq,
      reservations: reservations.map((reservation) => snapshotOf(reservation, this.#ground)),
      epitaphs: Array.from(this.#book.epitaphs(), ([reservationId, epitaph]) => ({
        reservationId,
        ...epitaph,
      })),
    };
  }

  /** What is to come, in the order in which it was expected; {@link Commit} tells what is added and dropped. */
  dues(): readonly Due[] {
    const looks = [this.#rebalancing.next, this.#auctions.next, this.#images?.next].filter(
      (due) => due !== undefined,
    );
    const dues = Agenda.list([...this.#book.values(), ...this.#book.departing()], this.#nodes.outages());
    return [...looks, ...dues];
  }

  /** Reservations that have not ended, oldest first. */
  reservations(): IterableIterator<Reservation> {
    return this.#book.values();
  }

  /** Undefined when there is none of that id, or it has ended. */
  reservation(reservationId: string): Readonly<Reservation> | undefined {
    return this.#book.get(reservationId);
  }

  /** VMs that are not deleted. */
  vms(): IterableIterator<Vm> {
    return this.#vms.values();
  }

  /** Leases that wait for their turn, with when each is to start as things stand at that instant; those of a kind in their order. */
  queue(nowMs: number): readonly QueuedLease[] {
    if (this.#queues.areEmpty) return [];
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      const desk = this.#desks.desk();
      const forecasts = new Map(
        this.#forecasts.now().map(({ reservationId, ...forecast }) => [reservationId, forecast]),
      );
      return this.#queues.of().flatMap(({ kind, leases }) => {
        const expected = kind.expect?.(leases, desk) ?? [];
        return expected.map(({ reservationId, startMs }, i) => {
          const forecast = forecasts.get(reservationId);
          return {
            reservationId,
            position: i + 1,
            expectedStartMs: startMs ?? null,
            ...(forecast !== undefined && { forecast }),
          };
        });
      });
    } finally {
      this.#outbox.discard();
    }
  }

  /** What waits on the waitlist at that instant, in the order in which it is to have its turn. */
  waitlist(nowMs: number): readonly Waiting[] {
    if (this.#book.waitlisted().size === 0) return [];
    this.#outbox.open(Math.max(nowMs, this.#nowMs));
    try {
      return this.#waitlist.inOrder().map(({ holdUntilMs, id, waitingSinceMs }, i) => ({
        reservationId: id,
        position: i + 1,
        sinceMs: waitingSinceMs!,
        untilMs: holdUntilMs,
      }));
    } finally {
      this.#outbox.discard();
    }
  }

  /** Does it offer leases of that kind? */
  offers(kind: string): boolean {
    return this.#kinds.of({ kind }) !== undefined;
  }

  /** Nothing is reserved or on offer; VMs of what has ended may be left, to be removed. */
  get hasNoReservations(): boolean {
    return this.#book.size === 0;
  }

  /** Nothing is reserved, on offer, or running. */
  get isIdle(): boolean {
    return this.hasNoReservations && this.#vms.size === 0;
  }

  /** Every node, in the order of the cluster. */
  nodeConditions(): readonly NodeCondition[] {
    return this.#nodeIds.map((nodeId, node) => ({
      nodeId,
      isUp: this.#nodes.isUp(node),
      isInService: this.#nodes.isInService(node),
      outages: this.#nodes.outagesOf(nodeId),
    }));
  }

  #command(command: Command): Replies[Command['name']] {
    switch (command.name) {
      case 'begin':
        this.#begin();
        return null;
      case 'initiate':
        return this.#reservations.initiate(command);
      case 'request':
        this.#forgetPast();
        return this.#reservations.request(command.reservationId, command.proposal, command.elsewhere);
      case 'open':
        this.#forgetPast();
        return this.#reservations.open(command, command.proposal, command);
      case 'reply':
        return this.#reservations.reply(command.reservationId, command.answer, command);
      case 'change':
        this.#forgetPast();
        return this.#changes.ask(command.reservationId, command.asked, command.holdMs);
      case 'answer-change':
        return this.#changes.answer(command.reservationId, command.answer);
      case 'partner-ended':
        this.#reservations.partnerEnded(command);
        return null;
      case 'activate':
        return this.#window.activate(command.reservationId);
      case 'cancel':
        return this.#reservations.cancel(command.reservationId, command);
      case 'transfer':
        return this.#reservations.transfer(command.reservationId, command.userId, command.sale);
      case 'list':
        return this.#reservations.list(command.reservationId, command.askMicros);
      case 'claim':
        return this.#window.claim(command.reservationId, command.count, {
          isCharged: command.charged === true,
        });
      case 'instance':
        return this.#instances.handle(command.vmId, command.command);
      case 'drain':
        this.#isStateChanged = true;
        this.#nodes.drain(command.nodeId, command.untilMs);
        return null;
      case 'enable':
        this.#isStateChanged = true;
        this.#nodes.enable(command.nodeId);
        return null;
      case 'plan-maintenance': {
        const { fromMs, maintenanceId: outageId, nodeId, untilMs } = command;
        this.#isStateChanged = true;
        return this.#nodes.plan({ outageId, nodeId, cause: 'maintenance', fromMs, untilMs }) ?? null;
      }
      case 'end-maintenance':
        this.#isStateChanged = true;
        this.#nodes.cancel(command.maintenanceId);
        return null;
      default:
        return assertNever(command);
    }
  }

  #report(report: Report): void {
    switch (report.kind) {
      case 'done':
        this.#vms.operationDone(report);
        break;
      case 'failed':
        this.#vms.operationFailed(report);
        break;
      case 'vm':
        this.#vms.observe(report.vm, report.cause);
        break;
      case 'node-down':
        this.#isStateChanged = true;
        this.#nodes.nodeDown(report.nodeId, report.silentSinceMs);
        break;
      case 'node-up':
        this.#isStateChanged = true;
        this.#nodes.nodeUp(report.nodeId);
        break;
      case 'node-power':
        this.#nodes.nodePower(report);
        break;
      case 'inventory':
        this.#vms.takeInventory(report.vms);
        break;
      default:
        assertNever(report);
    }
  }

  /** No notice is taken of what is not expected (any more). */
  #due(due: Due): void {
    if (due.kind === 'migration-check') {
      this.#rebalancing.check(due);
      return;
    }
    if (due.kind === 'auction') {
      this.#auctions.hold(due);
      return;
    }
    if (due.kind === 'image-transfer') {
      if (this.#images?.comes(due) === true) this.#images.advance();
      return;
    }
    if (due.kind === 'retry' || due.kind === 'removal') {
      const vm = this.#vms.get(due.vmId);
      if (!this.#agenda.take(due, vm)) return;
      this.#outbox.touch(vm!.reservation);
      if (due.kind === 'retry') this.#vms.converge(vm!);
      else this.#vms.want(vm!, 'deleted');
      return;
    }
    if ('outageId' in due) {
      if (this.#nodes.fallDue(due)) this.#isStateChanged = true;
      return;
    }
    const reservation = this.#book.get(due.reservationId);
    if (reservation === undefined || !this.#agenda.take(due, reservation)) return;
    this.#outbox.touch(reservation);
    switch (due.kind) {
      case 'hold-expiry':
        this.#ending.end(reservation, 'hold-expired', 'EXPIRED', 'hold-expired', {
          // Nobody could answer while the provider was away.
          givesBack: this.#outbox.nowMs - due.atMs > AWAY_MS ? true : undefined,
        });
        break;
      case 'wait-over':
        this.#ending.end(reservation, 'wait-over', 'REJECTED', 'waited-in-vain');
        break;
      case 'change-expiry':
        this.#changes.withdraw(reservation, 'hold-expired');
        break;
      case 'start':
        if (this.#nodes.prolongOverdue()) this.#isStateChanged = true;
        if (!reservation.isWithoutCapacity) this.#window.open(reservation);
        else this.#displacement.roomCameFree();
        break;
      case 'no-show':
        this.#window.giveUp(reservation);
        break;
      case 'bump':
        this.#window.bump(reservation);
        break;
      case 'shutdown':
        this.#window.shutDown(reservation);
        break;
      case 'end':
        this.#window.close(reservation);
        break;
      case 'give-way':
        this.#givingWay.giveWay(reservation);
        break;
      case 'suspended':
        this.#givingWay.suspended(reservation);
        break;
      default:
        assertNever(due);
    }
  }

  #begin(): void {
    const { costs, resources, sharedDiskGib } = this.#shared;
    this.#isStateChanged = true;
    this.#outbox.emit({
      type: 'provider-joined',
      engine: ENGINE_VERSION,
      pool: { diskGib: sharedDiskGib ?? null },
      ...(resources !== undefined && resources.length > 0 && { resources }),
      ...(costs !== undefined && { costs }),
    });
    this.#nodes.announce();
  }

  /** Beside its reservations. */
  #isAnythingElseChanged(): boolean {
    const { memory: forecasts } = this.#forecasts;
    const isForecastChanged = forecasts !== this.#forecastsBefore;
    this.#forecastsBefore = forecasts;
    const { memory: attendance } = this.#attendance;
    const isAttendanceChanged = attendance !== this.#attendanceBefore;
    this.#attendanceBefore = attendance;
    const overdue = this.#overdue().join();
    const isOverdueChanged = overdue !== this.#overdueBefore;
    this.#overdueBefore = overdue;
    if (this.#seats.every(({ memory }, i) => memory === this.#memories[i]))
      return (
        this.#isStateChanged ||
        isForecastChanged ||
        isAttendanceChanged ||
        isOverdueChanged ||
        this.#images !== undefined
      );
    this.#memories = this.#seats.map(({ memory }) => memory);
    return true;
  }

  /** Nothing, but between two inputs of one instant. */
  #overdue(): readonly RegularKind[] {
    const kinds: RegularKind[] = [];
    if (this.#rebalancing.isOverdue) kinds.push('migration-check');
    if (this.#auctions.isOverdue) kinds.push('auction');
    return kinds;
  }

  #state(): ProviderState {
    const overdue = this.#overdue();
    return {
      ...this.#nodes.knowledge(),
      policyMemory: this.#seats.flatMap((seat) => seat.snapshot() ?? []),
      ...(this.#forecasts.areMade && { forecasts: this.#forecasts.memory }),
      ...(this.#overbooking.learns && { attendance: this.#attendance.memory }),
      ...(this.#images !== undefined && { images: this.#images.snapshot() }),
      ...(overdue.length > 0 && { overdue }),
    };
  }

  #restore(snapshot: ProviderSnapshot): void {
    const { atMs: nowMs, epitaphs, reservations } = snapshot;
    this.#outbox.open(nowMs);
    for (const seat of this.#seats) seat.restore(snapshot.policyMemory);
    this.#memories = this.#seats.map(({ memory }) => memory);
    if (snapshot.forecasts !== undefined) this.#forecasts.restore(snapshot.forecasts);
    this.#forecastsBefore = this.#forecasts.memory;
    if (snapshot.attendance !== undefined) this.#attendance.restore(snapshot.attendance);
    this.#attendanceBefore = this.#attendance.memory;
    for (const { reservationId, ...epitaph } of epitaphs) this.#book.remember(reservationId, epitaph);
    const rebooking = new Rebooking(this.calendar, nowMs);
    const restored = reservations.map((stored) => restoredReservation(stored, rebooking));
    rebooking.book();
    for (const reservation of restored) {
      for (const { vm } of reservation.instances) if (vm !== undefined) this.#restoreVm(vm);
      if (reservation.end !== undefined) {
        this.#book.depart(reservation);
        continue;
      }
      this.#book.add(reservation);
      this.#restoreCover(reservation);
      this.#reservations.restore(reservation);
    }
    this.#nodes.restore(snapshot);
    if (snapshot.images !== undefined) this.#images?.restore(snapshot.images);
    for (const vm of this.#vms.values()) this.#displacement.restore(vm);
    const { overdue = [] } = snapshot;
    this.#rebalancing.restore(nowMs, { isOverdue: overdue.includes('migration-check') });
    this.#auctions.restore(nowMs, { isOverdue: overdue.includes('auction') });
    this.#overdueBefore = this.#overdue().join();
    this.#outbox.close();
  }

  #restoreVm(vm: Vm): void {
    if (vm.state === 'DELETED') return;
    this.#vms.restore(vm);
    if (vm.parkedSinceMs === undefined || vm.wanted !== 'suspended') return;
    // What goes on nowhere any more was given up before.
    if (isGivingWay(vm) || isShutDown(vm, this.#nowMs, this.#settings.shutdownLeadMs)) return;
    this.#parking.enter(vm, vm.parkedSinceMs);
  }

  #restoreCover(reservation: Reservation): void {
    // What another provider delivers uses nothing here.
    if (reservation.proposal === undefined || reservation.outsourced !== undefined) return;
    if (reservation.isWithoutCapacity) return;
    this.#ending.coverAnew(reservation);
    const { change } = reservation;
    if (change !== undefined)
      reservation.change = { ...change, covers: this.#holds.coversOf(reservation, change.terms) };
  }

  /** Once in a while, lets the calendars drop what lies in the past. */
  #forgetPast(): void {
    const nowMs = this.#nowMs;
    if (nowMs < this.#forgottenMs + HOUR_MS) return;
    this.#forgottenMs = nowMs;
    this.calendar.forgetBefore(nowMs);
    this.#cover.forgetBefore(nowMs);
  }
}

/** Its guest was to shut down, because its time would soon be over; or that is over, and its disk is kept. */
function isShutDown({ removal, reservation }: Vm, nowMs: number, leadMs: number): boolean {
  if (removal !== undefined || reservation.end !== undefined) return true;
  // What gives way is suspended instead.
  if (reservation.wayOut !== undefined) return false;
  const shutdownMs = reservation.endMs - leadMs;
  return reservation.openedMs < shutdownMs && shutdownMs < nowMs;
}

/** It stands still because its lease is suspended, or is being so. */
function isGivingWay({ reservation: { isSuspended, wayOut } }: Vm): boolean {
  return isSuspended || wayOut?.hasBegun === true;
}

// The components of a provider, put together around one capacity calendar.
import { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import type { Named } from '../policy/definition.ts';
import { Seat } from '../policy/policy-seat.ts';
import type { MigrationPolicy, PreemptionPolicy, RecoveryPolicy } from '../policy/ports.ts';
import { Displacement } from './delivery/displacement.ts';
import { GivingWay } from './delivery/giving-way.ts';
import { InstanceCommands } from './delivery/instance-commands.ts';
import { Parking } from './delivery/parking.ts';
import { Reach } from './delivery/reach.ts';
import { Rebalancing } from './delivery/rebalancing.ts';
import { Recovery } from './delivery/recovery.ts';
import { Replicas } from './delivery/replicas.ts';
import { Tenants } from './delivery/tenants.ts';
import { Window } from './delivery/window.ts';
import { Images } from './images/images.ts';
import { USUAL_LEASE_KINDS } from './leases/catalogue.ts';
import { LeaseKinds } from './leases/lease-of.ts';
import { LeaseQueues, roomOf } from './leases/lease-queues.ts';
import { StartForecasts } from './leases/start-forecasts.ts';
import { Suspension } from './leases/suspension.ts';
import { NodeMonitor } from './monitors/node-monitor.ts';
import { VmMonitor } from './monitors/vm-monitor.ts';
import { AdmissionCover } from './negotiation/admission-cover.ts';
import { Auctions } from './negotiation/auctions.ts';
import { ChangeHolds } from './negotiation/change-holds.ts';
import { Changes } from './negotiation/changes.ts';
import { Compensation } from './negotiation/compensation.ts';
import { Desks } from './negotiation/desks.ts';
import { Ending } from './negotiation/ending.ts';
import { Negotiator } from './negotiation/negotiator.ts';
import { LateBinding } from './negotiation/option-cover.ts';
import { Overbooking } from './negotiation/overbooking.ts';
import { Preemption } from './negotiation/preemption.ts';
import { Prices } from './negotiation/prices.ts';
import { ReservationManager } from './negotiation/reservation-manager.ts';
import { Room } from './negotiation/room.ts';
import { TurnForecasts } from './negotiation/turn-forecasts.ts';
import { sellsByAuction, Waitlist } from './negotiation/waitlist.ts';
import { Outbox } from './outbox.ts';
import { Allocator } from './placement/allocator.ts';
import { Bookings } from './placement/bookings.ts';
import { MigrationDesk } from './placement/migration-desk.ts';
import { RePlacement } from './placement/re-placement.ts';
import { PlanApplier } from './plan/applier.ts';
import { insteadOf } from './policy-fallback.ts';
import type { ProviderOptions, ProviderSetup } from './provider-setup.ts';
import { Agenda } from './state/agenda.ts';
import { Attendance } from './state/attendance.ts';
import { NodeRecords } from './state/node-records.ts';
import { ReservationBook } from './state/reservation-book.ts';

const NOBODY_GIVES_WAY: Named<PreemptionPolicy> = { name: 'none', policy: { order: () => [] } };

/** Of a provider that was given no migration policy. */
const NOTHING_MOVES: Named<MigrationPolicy> = { name: 'none', policy: {} };

/** Of one that was given no recovery policy. */
const NOTHING_RECOVERS: Named<RecoveryPolicy> = { name: 'none', policy: {} };

/** All of them, as they are before the first input. */
export function assemble(
  setup: ProviderSetup,
  {
    goesOnWithout,
    keepsTrack = false,
    lastEventSeq,
    planCheck,
  }: Omit<ProviderOptions, 'snapshot'> & { readonly lastEventSeq: number },
) {
  const { cluster, policies, settings } = setup;
  const { nodes } = cluster;
  const nodeIds = nodes.map(({ nodeId }) => nodeId);
  const calendar = new CapacityCalendar(cluster);
  const book = new ReservationBook();
  const parking = new Parking();
  const attendance = new Attendance();
  const tenants = new Tenants(book);
  const outbox = new Outbox({
    provider: setup.name,
    lastEventSeq,
    keepsTrack,
    onTouch: (reservation) => {
      tenants.changed(reservation);
      replicas?.changed(reservation);
    },
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
  const records = new NodeRecords();
  const allocator = new Allocator({ outbox, calendar, nodes, records, allocation: seats.allocation });
  const applier = new PlanApplier(calendar, outbox, planCheck);
  const replicas =
    settings.replicas &&
    new Replicas({
      outbox,
      calendar,
      allocator,
      applier,
      nodes,
      settings: settings.replicas,
      isUsable: (nodeIndex) => monitor.isUsable(nodeIndex),
      onRoom: (span) => displacement.roomCameFree(span),
    });
  const recovery = new Recovery({ orElse, outbox, policy: seats.recovery, replicas });
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
  const images =
    settings.images &&
    new Images({
      outbox,
      settings: settings.images,
      nodeIds,
      onArrival: () => displacement.roomCameFree(),
      waiting: () => queues.inOrder(),
    });
  const bookings = new Bookings({
    images,
    applier,
    calendar,
    outbox,
    onRoom: (span) => displacement.roomCameFree(span),
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
    monitor: () => monitor,
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
  const overbooking = new Overbooking({ book, calendar, kinds, attendance, settings });
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
  const turnForecasts = new TurnForecasts({ outbox, confidence: settings.startConfidence });
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
    turnForecasts,
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
    turnForecasts,
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
    isUsable: (nodeIndex) => monitor.isUsable(nodeIndex),
    delivery: {
      launch: (reservation, instances) => window.launch(reservation, instances),
      shutDown: (reservation) => window.shutDown(reservation),
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
    replicas,
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
    isUsable: (nodeIndex) => monitor.isUsable(nodeIndex),
  });
  const monitor = new NodeMonitor({ outbox, agenda, calendar, displacement, vms, records, settings, nodes });
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
  const auctions = new Auctions({
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
  const rebalancing = new Rebalancing({
    orElse,
    outbox,
    bookings,
    vms,
    desk: migrationDesk,
    migration: seats.migration,
    settings,
  });
  const window = new Window({
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
  const instances = new InstanceCommands({
    outbox,
    vms,
    settle: (reservation, instance) => displacement.settle(reservation, instance),
  });
  return {
    cluster,
    settings,
    nodeIds,
    outbox,
    calendar,
    agenda,
    book,
    parking,
    cover,
    seats: Object.values(seats),
    kinds,
    queues,
    desks,
    prices,
    ending,
    reservations,
    forecasts,
    turnForecasts,
    overbooking,
    attendance,
    changes,
    holds,
    waitlist,
    auctions,
    window,
    displacement,
    rebalancing,
    images,
    replicas,
    givingWay,
    nodes: monitor,
    vms,
    instances,
  };
}

export type ProviderParts = Readonly<ReturnType<typeof assemble>>;

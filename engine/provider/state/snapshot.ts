// The state of a provider as plain JSON values: what a database keeps between two lives of a daemon. What falls due is not in it, it
// follows from the rest. Every field is spelled once here, and once more in each direction below: taking the state, and going on from it.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Devices } from '../../domain/devices.ts';
import type { Outage } from '../../domain/outage.ts';
import type { PartnerOffer } from '../../domain/partner-offer.ts';
import type { ChargedClaim, FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import type { VmOperation, VmState, VmTrouble, WantedState } from '../../domain/vm.ts';
import type { EndReason, SessionOrigin, VmCause } from '../../events/domain-event.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import type { PolicyMemory } from '../../policy/memory.ts';
import type { Due } from '../input.ts';
import type { AttendanceMemory } from './attendance.ts';
import type { ForecastMemory } from './forecast-memory.ts';
import type { ImagesSnapshot } from './image-memory.ts';
import type { NodeRecord } from './node-records.ts';
import type { Rebooking } from './rebooking.ts';
import type { ReplicaSnapshot } from './replica-memory.ts';
import {
  type Change,
  Instance,
  type Piece,
  type PieceUse,
  Reservation,
  Vm,
  type WayOut,
} from './reservation.ts';
import { NOT_SERVED_YET, type ServiceRecord } from './service-record.ts';

/** A virtual machine that was launched; also a deleted one, whose reservation may still be judged by it. */
export interface VmSnapshot {
  readonly vmId: string;
  readonly wanted: WantedState;
  readonly state: VmState;
  /** Where it was last seen, or is to be started. */
  readonly nodeId: string;
  readonly loadPermille: number;
  /** As the hypervisor told; null while it is not known. */
  readonly ipAddress: string | null;
  readonly guestDone: boolean;
  readonly hung: boolean;
  /** The user asked for a reboot that is still to come. */
  readonly rebootDue: boolean;
  readonly powerOffDue: boolean;
  /** Failed tries in a row. */
  readonly attempts: number;
  readonly hasRun: boolean;
  /** What was given up of it, or waits; null when nothing is. */
  readonly trouble: VmTrouble | null;
  /** Its time is over, and its disk stays until then; null when it does not. */
  readonly keptUntilMs: number | null;
  /** Since when it stands still for want of a node in service; null while it does not. */
  readonly parkedSinceMs: number | null;
  /** It runs on a node that it was to leave: it could be neither moved nor suspended. */
  readonly stays: boolean;
  /** Null of one that was stored before this was kept. */
  readonly service: ServiceRecord | null;
  /** Operations begun so far: the number of the last. */
  readonly operations: number;
  /** The one in progress. A report of all VMs (`inventory`) makes an end of it, so a database need not keep it. */
  readonly operation: { readonly name: VmOperation; readonly startedMs: number } | null;
  readonly heard: { readonly seen: VmObservation; readonly cause: VmCause } | null;
  readonly retry: { readonly atMs: number; readonly order: number } | null;
}

export interface PieceSnapshot {
  readonly nodeId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly use: PieceUse;
  /** By their numbers on the node. Absent: none. */
  readonly devices?: Devices;
}

/** One instance of a reservation: its pieces on the calendar, and its VM once there is one. */
export interface InstanceSnapshot {
  /** Position within the reservation, from 1. */
  readonly number: number;
  readonly pieces: readonly PieceSnapshot[];
  readonly vm: VmSnapshot | null;
}

/** A change that is on offer. What its optional instances are expected to use follows from the terms. */
export interface ChangeSnapshot {
  readonly round: number;
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly terms: Proposal;
  readonly priceMicros: number;
  readonly holdUntilMs: number;
  /** Where each instance is to be. */
  readonly nodeIds: readonly string[];
  readonly held: readonly PieceSnapshot[];
  /** The place of its expiry in the order of what falls due. */
  readonly dueOrder: number;
}

/** One that was stored before it was kept whether it has begun does not say so. */
export type WayOutSnapshot = Omit<WayOut, 'hasBegun'> & Partial<Pick<WayOut, 'hasBegun'>>;

/** How far a lease is that runs in several pieces, or has begun again. */
export interface ProgressSnapshot {
  readonly doneMs: number;
  readonly isSuspended: boolean;
  readonly wayOut: WayOutSnapshot | null;
  /** How often it has begun again for want of a node or of time; absent: it has not. */
  readonly restarts?: number;
}

/** A reservation as it stands. */
export interface ReservationSnapshot {
  readonly reservationId: string;
  readonly userId: string;
  readonly origin: SessionOrigin | null;
  readonly state: ReservationState;
  /** Proposals received. */
  readonly round: number;
  /** The terms on the table; null while INITIATED. */
  readonly proposal: Proposal | null;
  readonly priceMicros: number;
  readonly holdUntilMs: number;
  /** For which it was offered, as a further window. Absent: it was asked for itself. */
  readonly partOf?: string;
  /** Paid for the present offer; absent: nothing. */
  readonly pledgedMicros?: number;
  /** Since when it is, or was, on the waitlist; absent: it never was. */
  readonly waitingSinceMs?: number;
  /** What another provider holds for it, or delivers; absent: nothing. */
  readonly outsourced?: PartnerOffer;
  readonly windowOpen: boolean;
  /** When the window opened; 0 before. */
  readonly openedMs: number;
  readonly optionsClaimed: number;
  /** Absent: none was charged. */
  readonly claims?: readonly ChargedClaim[];
  /** Absent: no change is on offer. */
  readonly change?: ChangeSnapshot;
  /** Of a lease that gives way, or was suspended; absent: it runs in one piece. */
  readonly progress?: ProgressSnapshot;
  readonly dueOrder: number;
  /** How it ended; null while it has not. */
  readonly end: { readonly state: FinalState; readonly reason: EndReason } | null;
  /** Empty without a hold or booking. */
  readonly instances: readonly InstanceSnapshot[];
}

/** An outage of a node as it stands. */
export interface OutageSnapshot extends Outage {
  /** False of a maintenance that is still to come. */
  readonly begun: boolean;
  readonly dueOrder: number;
}

/** What a provider remembers beside its reservations. */
export interface ProviderState {
  /** Nodes that were announced; those that the cluster has beside them are new. */
  readonly knownNodeIds: readonly string[];
  /** All that are or are to come, in the order in which they were entered. */
  readonly outages: readonly OutageSnapshot[];
  /** How each node has kept its word; absent of a provider that was stored before this was kept. */
  readonly nodeRecords?: readonly NodeRecord[];
  /** What the policies remember. */
  readonly policyMemory: readonly PolicyMemory[];
  /** What it has learned of its queue and its waitlist; absent: nothing is forecast. */
  readonly forecasts?: ForecastMemory;
  /** Who came and who did not; absent: nothing is learned of that. */
  readonly attendance?: AttendanceMemory;
  /** Where images are and go; absent: they are on the nodes already. */
  readonly images?: ImagesSnapshot;
  /** Copies of VMs on other nodes; absent: none are kept. */
  readonly replicas?: readonly ReplicaSnapshot[];
  /** Kinds of what comes again and again, was due by the last input and has not come yet; absent: none. What is ahead follows from the instant. */
  readonly overdue?: readonly RegularKind[];
}

/** What is due at whole multiples of an interval. */
export type RegularKind = 'auction' | 'migration-check';

/** Everything that has a future. A provider that is made from it goes on as if nothing had been. */
export interface ProviderSnapshot extends ProviderState {
  /** The instant of the last input that is part of it. */
  readonly atMs: number;
  readonly lastCommitSeq: number;
  readonly lastEventSeq: number;
  /** Reservations that have not ended, or have VMs left; those alive in the order in which they were initiated. */
  readonly reservations: readonly ReservationSnapshot[];
  /** How the last ones ended, the oldest first: so that a late message is told. */
  readonly epitaphs: readonly EpitaphSnapshot[];
}

export interface EpitaphSnapshot {
  readonly reservationId: string;
  readonly state: FinalState;
  readonly reason: EndReason;
}

/** Nodes that were lost and had not returned. */
export function lostNodesOf({ outages }: Pick<ProviderState, 'outages'>): string[] {
  return outages.filter(({ cause }) => cause === 'lost').map(({ nodeId }) => nodeId);
}

/** Where the pieces of a reservation lie. */
export interface Ground {
  readonly nodeIds: readonly string[];
  readonly calendar: CapacityCalendar;
}

/** A reservation as it stands now. */
export function snapshotOf(reservation: Reservation, ground: Ground): ReservationSnapshot {
  const {
    change,
    claims,
    dueOrder,
    holdUntilMs,
    openedMs,
    optionsClaimed,
    origin,
    outsourced,
    partOf,
    pledgedMicros,
    priceMicros,
    round,
    state,
    userId,
    waitingSinceMs,
  } = reservation;
  return {
    reservationId: reservation.id,
    userId,
    origin,
    state,
    round,
    proposal: reservation.proposal ?? null,
    priceMicros,
    holdUntilMs,
    ...(partOf === undefined ? {} : { partOf }),
    ...(pledgedMicros === 0 ? {} : { pledgedMicros }),
    ...(waitingSinceMs === undefined ? {} : { waitingSinceMs }),
    ...(outsourced === undefined ? {} : { outsourced }),
    windowOpen: reservation.windowOpen,
    openedMs,
    optionsClaimed,
    ...(claims.length === 0 ? {} : { claims }),
    ...(change === undefined ? {} : { change: changeSnapshotOf(change, ground) }),
    ...progressSnapshotOf(reservation),
    dueOrder,
    end: reservation.end ?? null,
    instances: reservation.instances.map(({ number, pieces, vm }) => ({
      number,
      pieces: pieces.map((piece) => pieceSnapshotOf(piece, ground)),
      vm: vm === undefined ? null : vmSnapshotOf(vm, ground.nodeIds),
    })),
  };
}

function progressSnapshotOf({ doneMs, isSuspended, restarts, wayOut }: Reservation): {
  readonly progress?: ProgressSnapshot;
} {
  if (doneMs === 0 && !isSuspended && restarts === 0 && wayOut === undefined) return {};
  return { progress: { doneMs, isSuspended, wayOut: wayOut ?? null, ...(restarts > 0 && { restarts }) } };
}

function pieceSnapshotOf(
  { booking, endMs, nodeIndex, startMs, use }: Piece,
  { calendar, nodeIds }: Ground,
): PieceSnapshot {
  const place = { nodeId: nodeIds[nodeIndex]!, startMs, endMs, use };
  const devices = calendar.space.devices.length === 0 ? undefined : calendar.get(booking)?.devices;
  return devices === undefined ? place : { ...place, devices };
}

function changeSnapshotOf(
  { covers: _, expiry, held, nodes, ...offer }: Change,
  ground: Ground,
): ChangeSnapshot {
  return {
    ...offer,
    nodeIds: nodes.map((node) => ground.nodeIds[node]!),
    held: held.map((piece) => pieceSnapshotOf(piece, ground)),
    dueOrder: expiry?.order ?? 0,
  };
}

function vmSnapshotOf(vm: Vm, nodeIds: readonly string[]): VmSnapshot {
  const { heard, operation, retry } = vm;
  return {
    vmId: vm.id,
    wanted: vm.wanted,
    state: vm.state,
    nodeId: nodeIds[vm.nodeIndex]!,
    loadPermille: vm.loadPermille,
    ipAddress: vm.ipAddress ?? null,
    guestDone: vm.guestDone,
    hung: vm.hung,
    rebootDue: vm.rebootDue,
    powerOffDue: vm.powerOffDue,
    attempts: vm.attempts,
    hasRun: vm.hasRun,
    trouble: vm.trouble ?? null,
    keptUntilMs: vm.removal?.atMs ?? null,
    parkedSinceMs: vm.parkedSinceMs ?? null,
    stays: vm.stays,
    service: vm.service,
    operations: vm.operations,
    operation: operation ?? null,
    heard: heard ?? null,
    retry: retry === undefined ? null : { atMs: retry.due.atMs, order: retry.order },
  };
}

/**
 * The reservation with its instances and VMs, its pieces to be booked anew.
 * @throws RestoreError when the cluster lacks a node that something stored is booked on
 */
export function restoredReservation(stored: ReservationSnapshot, rebooking: Rebooking): Reservation {
  const reservation = new Reservation(stored.reservationId, stored.userId, stored.origin, stored.partOf);
  reservation.state = stored.state;
  reservation.round = stored.round;
  reservation.proposal = stored.proposal ?? undefined;
  reservation.priceMicros = stored.priceMicros;
  reservation.holdUntilMs = stored.holdUntilMs;
  reservation.pledgedMicros = stored.pledgedMicros ?? 0;
  reservation.waitingSinceMs = stored.waitingSinceMs;
  reservation.outsourced = stored.outsourced;
  reservation.windowOpen = stored.windowOpen;
  reservation.openedMs = stored.openedMs;
  reservation.optionsClaimed = stored.optionsClaimed;
  reservation.claims = stored.claims ?? [];
  reservation.doneMs = stored.progress?.doneMs ?? 0;
  reservation.restarts = stored.progress?.restarts ?? 0;
  reservation.isSuspended = stored.progress?.isSuspended ?? false;
  reservation.wayOut = restoredWayOut(stored.progress?.wayOut ?? undefined, rebooking.nowMs);
  reservation.dueOrder = stored.dueOrder;
  reservation.end = stored.end ?? undefined;
  reservation.instances = stored.instances.map(({ number, pieces, vm }) => {
    const instance = new Instance(
      number,
      pieces.every(({ use }) => use === 'resume')
        ? pieces.map((piece) => rebooking.unbooked(piece, reservation))
        : pieces.map((piece) => rebooking.rebooked(piece, reservation)),
    );
    // One that was stored before this was kept as such tells it by its end.
    const { endMs } = instance.place;
    if (endMs <= rebooking.nowMs && endMs < reservation.endMs) instance.giveUp(endMs);
    if (vm !== null) instance.vm = restoredVm(vm, reservation, instance, rebooking);
    return instance;
  });
  if (stored.change !== undefined && stored.end === null) {
    const { dueOrder: order, held, nodeIds, ...offer } = stored.change;
    const due: Due = { kind: 'change-expiry', reservationId: reservation.id, atMs: offer.holdUntilMs };
    reservation.change = {
      ...offer,
      nodes: nodeIds.map((nodeId) => rebooking.nodeIndexOf(nodeId, reservation)),
      held: held.map((piece) => rebooking.rebooked(piece, reservation, 'hold')),
      covers: [],
      expiry: { due, order },
    };
  }
  return reservation;
}

function restoredWayOut(stored: WayOutSnapshot | undefined, nowMs: number): WayOut | undefined {
  if (stored === undefined) return undefined;
  const { atMs, by, hasBegun = by === 'suspend' && atMs <= nowMs } = stored;
  return { atMs, by, hasBegun };
}

function restoredVm(
  stored: VmSnapshot,
  reservation: Reservation,
  instance: Instance,
  rebooking: Rebooking,
): Vm {
  const vm = new Vm(stored.vmId, reservation, instance);
  vm.wanted = stored.wanted;
  vm.state = stored.state;
  vm.nodeIndex = rebooking.knownNodeIndex(stored.nodeId) ?? vm.targetIndex;
  vm.loadPermille = stored.loadPermille;
  vm.ipAddress = stored.ipAddress ?? undefined;
  vm.guestDone = stored.guestDone;
  vm.hung = stored.hung;
  vm.rebootDue = stored.rebootDue;
  vm.powerOffDue = stored.powerOffDue;
  vm.attempts = stored.attempts;
  vm.hasRun = stored.hasRun;
  vm.trouble = stored.trouble ?? undefined;
  if (stored.keptUntilMs !== null) vm.removal = { kind: 'removal', vmId: vm.id, atMs: stored.keptUntilMs };
  vm.parkedSinceMs = stored.parkedSinceMs ?? undefined;
  vm.stays = stored.stays;
  vm.service = stored.service ?? { ...NOT_SERVED_YET, hasBeenUp: stored.hasRun };
  vm.operations = stored.operations;
  vm.operation = stored.operation ?? undefined;
  vm.heard = stored.heard ?? undefined;
  if (stored.retry !== null) {
    const { atMs, order } = stored.retry;
    vm.retry = { due: { kind: 'retry', vmId: vm.id, atMs }, order };
  }
  return vm;
}

// Between the manager and its snapshot (snapshot.ts): taking one, and going on from one. What is stored was consistent when the last
// command was committed, so everything fits again at that instant; only what the hypervisor did since is news.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import { InvariantError } from '../../invariant.ts';
import type { NodeMonitor } from '../monitors/node-monitor.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { ReservationManager } from '../negotiation/reservation-manager.ts';
import type { Allocator } from '../placement/allocator.ts';
import { type Epitaph, type Instance, Reservation, type ReservationBook } from './reservation.ts';
import { RestoreError } from './restore-error.ts';
import type { InstanceSnapshot, ManagerSnapshot, ReservationSnapshot, VmSnapshot } from './snapshot.ts';
import type { Vm } from './vm.ts';

/** A reservation as it stands now. `end` when it has ended. */
export function snapshotOf(
  reservation: Reservation,
  end: Epitaph | null,
  nodeIds: readonly string[],
): ReservationSnapshot {
  const { holdUntilMs, openedMs, optionsClaimed, origin, priceMicros, round, state, userId, windowOpen } =
    reservation;
  return {
    reservationId: reservation.id,
    userId,
    origin,
    state,
    round,
    proposal: reservation.proposal ?? null,
    priceMicros,
    holdUntilMs,
    windowOpen,
    openedMs,
    optionsClaimed,
    end,
    instances: reservation.instances.map(({ number, place, vm }) => ({
      number,
      nodeId: nodeIds[place.nodeIndex]!,
      vm: vm === undefined || vm.state === 'DELETED' ? null : vmSnapshotOf(vm, nodeIds),
    })),
  };
}

function vmSnapshotOf(vm: Vm, nodeIds: readonly string[]): VmSnapshot {
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
    parkedSinceMs: vm.parkedSinceMs ?? null,
  };
}

export interface RestorationParts {
  readonly book: ReservationBook;
  readonly calendar: CapacityCalendar;
  readonly allocator: Allocator;
  readonly vms: VmMonitor;
  readonly reservations: ReservationManager;
  readonly nodes: NodeMonitor;
}

/**
 * Fills a new manager, on a clock that stands at the instant of the snapshot, then compares its VMs with `inventory` and drives them on.
 * Timers that fell due since then run as soon as the clock goes on, each at its own time.
 * @throws RestoreError when the cluster lacks a node, or room on a node, that something stored is booked on
 */
export function restore(
  { drainedNodeIds, lostNodeIds, reservations: stored }: ManagerSnapshot,
  inventory: readonly VmObservation[],
  parts: RestorationParts,
): void {
  const { book, nodes, reservations, vms } = parts;
  const alive: Reservation[] = [];
  for (const entry of stored) {
    const reservation = restoredReservation(entry);
    for (const instance of entry.instances) restoreInstance(reservation, instance, entry.end === null, parts);
    if (entry.end === null) {
      book.add(reservation);
      alive.push(reservation);
    } else {
      book.bury(reservation, entry.end);
    }
  }
  nodes.restore({ drainedNodeIds, lostNodeIds });
  for (const reservation of alive) reservations.adopt(reservation);
  vms.adopt(inventory);
}

function restoredReservation(stored: ReservationSnapshot): Reservation {
  const reservation = new Reservation(stored.reservationId, stored.userId, stored.origin);
  reservation.state = stored.state;
  reservation.round = stored.round;
  reservation.proposal = stored.proposal ?? undefined;
  reservation.priceMicros = stored.priceMicros;
  reservation.holdUntilMs = stored.holdUntilMs;
  reservation.windowOpen = stored.windowOpen;
  reservation.openedMs = stored.openedMs;
  reservation.optionsClaimed = stored.optionsClaimed;
  return reservation;
}

function restoreInstance(
  reservation: Reservation,
  { nodeId, number, vm }: InstanceSnapshot,
  isAlive: boolean,
  { allocator, vms, calendar }: RestorationParts,
): void {
  const nodeIndex = indexOf(nodeId, reservation, calendar);
  const book = (onIndex: number) =>
    isAlive ? rebook(allocator, reservation, onIndex, calendar) : allocator.nowhere(onIndex);
  const instance: Instance = { number, place: book(nodeIndex), former: [], vm: undefined };
  reservation.instances.push(instance);
  if (vm === null) return;
  const { isUp } = vms.restore(reservation, instance, vm);
  // On its way: it still needs the node that it leaves.
  if (isAlive && isUp && vm.nodeId !== nodeId)
    instance.former.push(book(indexOf(vm.nodeId, reservation, calendar)));
}

function indexOf(nodeId: string, reservation: Reservation, calendar: CapacityCalendar): number {
  const nodeIndex = calendar.nodeIndexOf(nodeId);
  if (nodeIndex !== undefined) return nodeIndex;
  throw new RestoreError(
    `reservation ${reservation.id} is booked on node "${nodeId}", which the cluster does not have any more; ` +
      'put it back, drain it, and take it out when nothing is booked there',
  );
}

function rebook(
  allocator: Allocator,
  reservation: Reservation,
  nodeIndex: number,
  calendar: CapacityCalendar,
): Instance['place'] {
  try {
    return allocator.rebook(reservation, nodeIndex);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    throw new RestoreError(
      `node "${calendar.nodeId(nodeIndex)}" has no room any more for reservation ${reservation.id}, which is booked ` +
        'there; give it back the capacity that it had, and drain it before you take any away',
      { cause: error },
    );
  }
}

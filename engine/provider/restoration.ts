// A provider goes on as another was left: what is stored of that is put back into its parts, without telling anybody.
import type { ProviderParts } from './provider-parts.ts';
import { Rebooking } from './state/rebooking.ts';
import type { Reservation, Vm } from './state/reservation.ts';
import { type ProviderSnapshot, restoredReservation } from './state/snapshot.ts';

type RestoredParts = Omit<ProviderParts, 'cluster' | 'nodeIds'>;

/**
 * @param parts as they were put together, before any input
 * @throws RestoreError when the snapshot does not fit the cluster
 */
export function restore(parts: RestoredParts, snapshot: ProviderSnapshot): void {
  const {
    attendance,
    auctions,
    book,
    calendar,
    displacement,
    forecasts,
    images,
    nodes,
    outbox,
    rebalancing,
    replicas,
    reservations: manager,
    seats,
    turnForecasts,
    vms,
  } = parts;
  const { atMs: nowMs, epitaphs, reservations: stored } = snapshot;
  outbox.open(nowMs);
  for (const seat of seats) seat.restore(snapshot.policyMemory);
  if (snapshot.forecasts !== undefined) {
    const { waits = [], ...starts } = snapshot.forecasts;
    forecasts.restore(starts);
    turnForecasts.restore(waits);
  }
  if (snapshot.attendance !== undefined) attendance.restore(snapshot.attendance);
  for (const { reservationId, ...epitaph } of epitaphs) book.remember(reservationId, epitaph);
  const rebooking = new Rebooking(calendar, nowMs);
  const restored = stored.map((each) => restoredReservation(each, rebooking));
  rebooking.book();
  for (const reservation of restored) {
    for (const { vm } of reservation.instances) if (vm !== undefined) restoreVm(parts, vm, nowMs);
    if (reservation.end !== undefined) {
      book.depart(reservation);
      continue;
    }
    book.add(reservation);
    restoreCover(parts, reservation);
    manager.restore(reservation);
  }
  // Before any node is out, which takes nothing any more.
  if (snapshot.replicas !== undefined) replicas?.restore(snapshot.replicas, vms);
  nodes.restore(snapshot);
  if (snapshot.images !== undefined) images?.restore(snapshot.images);
  for (const vm of vms.values()) displacement.restore(vm);
  const { overdue = [] } = snapshot;
  rebalancing.restore(nowMs, { isOverdue: overdue.includes('migration-check') });
  auctions.restore(nowMs, { isOverdue: overdue.includes('auction') });
  replicas?.begin(vms.values());
  outbox.close();
}

function restoreVm({ parking, settings, vms }: RestoredParts, vm: Vm, nowMs: number): void {
  if (vm.state === 'DELETED') return;
  vms.restore(vm);
  if (vm.parkedSinceMs === undefined || vm.wanted !== 'suspended') return;
  // What goes on nowhere any more was given up before.
  if (isGivingWay(vm) || isShutDown(vm, nowMs, settings.shutdownLeadMs)) return;
  parking.enter(vm, vm.parkedSinceMs);
}

function restoreCover({ ending, holds }: RestoredParts, reservation: Reservation): void {
  // What another provider delivers uses nothing here.
  if (reservation.proposal === undefined || reservation.outsourced !== undefined) return;
  if (reservation.isWithoutCapacity) return;
  ending.coverAnew(reservation);
  const { change } = reservation;
  if (change !== undefined)
    reservation.change = { ...change, covers: holds.coversOf(reservation, change.terms) };
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

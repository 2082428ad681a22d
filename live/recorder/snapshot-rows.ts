// Snapshots of the manager as rows of the database, and back. Both directions are here, so that a field cannot be stored and
// forgotten; a property test goes round.
import {
  type EndReason,
  type InstanceSnapshot,
  isFinal,
  type ReservationSnapshot,
  type ReservationState,
  type VmSnapshot,
} from '../../engine/index.ts';
import {
  fromProposalColumns,
  type ProposalColumns,
  toProposalColumns,
} from '../database/proposal-columns.ts';

/** The columns of `reservations` that a snapshot fills; the others come from events. */
export interface ReservationRow extends ProposalColumns {
  readonly request_id: string;
  readonly userid: number;
  readonly origin: string | null;
  readonly status: ReservationState;
  readonly round: number;
  readonly price_micros: number;
  readonly hold_until_ms: number;
  readonly window_open: boolean | number;
  readonly window_opened_ms: number;
  readonly options_claimed: number;
  readonly end_reason: EndReason | null;
}

export interface BookingRow {
  readonly request_id: string;
  readonly number: number;
  readonly node_name: string;
}

/** The columns of `instances` that a snapshot fills: all but the number that is part of its name. */
export interface InstanceRow {
  readonly vm_id: string;
  readonly request_id: string;
  readonly number: number;
  readonly userid: number;
  readonly status: VmSnapshot['state'];
  readonly wanted: VmSnapshot['wanted'];
  readonly node_name: string;
  readonly ip_address: string | null;
  readonly load_permille: number;
  readonly guest_done: boolean | number;
  readonly hung: boolean | number;
  readonly reboot_due: boolean | number;
  readonly power_off_due: boolean | number;
  readonly attempts: number;
  readonly parked_since_ms: number | null;
}

export function toReservationRow(snapshot: ReservationSnapshot): ReservationRow {
  return {
    request_id: snapshot.reservationId,
    userid: Number(snapshot.userId),
    origin: snapshot.origin && JSON.stringify(snapshot.origin),
    status: snapshot.end?.state ?? snapshot.state,
    round: snapshot.round,
    ...toProposalColumns(snapshot.proposal),
    price_micros: snapshot.priceMicros,
    hold_until_ms: snapshot.holdUntilMs,
    window_open: snapshot.windowOpen,
    window_opened_ms: snapshot.openedMs,
    options_claimed: snapshot.optionsClaimed,
    end_reason: snapshot.end?.reason ?? null,
  };
}

export function toBookingRow(reservationId: string, { number, nodeId }: InstanceSnapshot): BookingRow {
  return { request_id: reservationId, number, node_name: nodeId };
}

export function toInstanceRow(reservation: ReservationSnapshot, number: number, vm: VmSnapshot): InstanceRow {
  return {
    vm_id: vm.vmId,
    request_id: reservation.reservationId,
    number,
    userid: Number(reservation.userId),
    status: vm.state,
    wanted: vm.wanted,
    node_name: vm.nodeId,
    ip_address: vm.ipAddress,
    load_permille: vm.loadPermille,
    guest_done: vm.guestDone,
    hung: vm.hung,
    reboot_due: vm.rebootDue,
    power_off_due: vm.powerOffDue,
    attempts: vm.attempts,
    parked_since_ms: vm.parkedSinceMs,
  };
}

/** @param bookings of this reservation, in the order of their numbers  @param vms of this reservation, those not deleted */
export function toSnapshot(
  row: ReservationRow,
  bookings: readonly BookingRow[],
  vms: readonly InstanceRow[],
): ReservationSnapshot {
  const byNumber = new Map(vms.map((vm) => [vm.number, toVmSnapshot(vm)]));
  const { status, end_reason: reason } = row;
  return {
    reservationId: row.request_id,
    userId: String(row.userid),
    origin: row.origin === null ? null : JSON.parse(row.origin),
    state: status,
    round: row.round,
    proposal: fromProposalColumns(row),
    priceMicros: row.price_micros,
    holdUntilMs: row.hold_until_ms,
    windowOpen: Boolean(row.window_open),
    openedMs: row.window_opened_ms,
    optionsClaimed: row.options_claimed,
    end: isFinal(status) && reason !== null ? { state: status, reason } : null,
    instances: bookings.map(({ number, node_name }) => ({
      number,
      nodeId: node_name,
      vm: byNumber.get(number) ?? null,
    })),
  };
}

export function toVmSnapshot(row: InstanceRow): VmSnapshot {
  return {
    vmId: row.vm_id,
    wanted: row.wanted,
    state: row.status,
    nodeId: row.node_name,
    loadPermille: row.load_permille,
    ipAddress: row.ip_address,
    guestDone: Boolean(row.guest_done),
    hung: Boolean(row.hung),
    rebootDue: Boolean(row.reboot_due),
    powerOffDue: Boolean(row.power_off_due),
    attempts: row.attempts,
    parkedSinceMs: row.parked_since_ms,
  };
}

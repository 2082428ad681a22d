// Snapshots of the provider as what is stored of them, and back. The fields that both have are the tables' business.
import {
  endOf,
  type InstanceSnapshot,
  isFinal,
  type PieceSnapshot,
  type ReservationSnapshot,
  type VmSnapshot,
} from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import { BOOKINGS, INSTANCES, RESUMED_RESERVATION, type StoredVm } from '../database/tables.ts';

type StoredReservation = ReturnType<typeof RESUMED_RESERVATION.read>;

export function toStored({ end, state, userId, ...same }: ReservationSnapshot): StoredReservation {
  // In this order: V8 makes a new kind of object for each one that gets a name after others were spread into it.
  return {
    userId: Number(userId),
    state: end?.state ?? state,
    endReason: end?.reason ?? null,
    ...same,
  };
}

export function toStoredVm({ heard: _, operation: __, retry: ___, ...vm }: VmSnapshot): StoredVm {
  return vm;
}

/**
 * @param row of `reservations`
 * @param bookings of it, and `vms`: rows of `bookings` and of `instances`
 */
export function toSnapshot(
  row: Row,
  { bookings, vms }: { readonly bookings: readonly Row[]; readonly vms: readonly Row[] },
): ReservationSnapshot {
  const { endReason: reason, userId, ...same } = RESUMED_RESERVATION.read(row);
  const { proposal, state } = same;
  const vmOf = vms.length === 0 ? NO_VMS : vmsByNumber(vms);
  const instances = bookings.map(BOOKINGS.read).map(({ nodeId, number, pieces }): InstanceSnapshot => {
    const vm = vmOf.get(number) ?? null;
    return { number, vm, pieces: pieces ?? piecesOf010(nodeId, proposal, vm) };
  });
  // Added to what is nobody else's yet: there may be very many.
  return Object.assign(same, {
    userId: String(userId),
    end: isFinal(state) && reason !== null ? { state, reason } : null,
    instances,
  });
}

const NO_VMS: ReadonlyMap<number, VmSnapshot> = new Map();

function vmsByNumber(rows: readonly Row[]): ReadonlyMap<number, VmSnapshot> {
  return new Map(
    rows
      .map(INSTANCES.read)
      .map(({ number, vm }): [number, VmSnapshot] => [
        number,
        { ...vm, operation: null, heard: null, retry: null },
      ]),
  );
}

/** Version 0.1.0 knew one window, and that a VM on its way still needs the node that it leaves. */
function piecesOf010(
  nodeId: string,
  proposal: ReservationSnapshot['proposal'],
  vm: VmSnapshot | null,
): PieceSnapshot[] {
  if (proposal === null) return [];
  const window = { startMs: proposal.startMs, endMs: endOf(proposal) };
  const place: PieceSnapshot = { nodeId, ...window, use: 'run' };
  const isUp = vm?.state === 'RUNNING' || vm?.state === 'PAUSED' || vm?.state === 'UNDER_MIGRATION';
  if (vm === null || !isUp || vm.nodeId === nodeId) return [place];
  return [place, { nodeId: vm.nodeId, ...window, use: 'migrate' }];
}

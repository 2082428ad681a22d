// Snapshots of the manager as what is stored of them, and back. The fields that both have are the tables' business.
import { type InstanceSnapshot, isFinal, type ReservationSnapshot } from '../../engine/index.ts';
import type { Row } from '../database/field.ts';
import { RESUMED_RESERVATION } from '../database/tables.ts';

type StoredReservation = ReturnType<typeof RESUMED_RESERVATION.read>;

export function toStored({ end, state, userId, ...same }: ReservationSnapshot): StoredReservation {
  return {
    ...same,
    userId: Number(userId),
    state: end?.state ?? state,
    endReason: end?.reason ?? null,
  };
}

/** @param row of `reservations` */
export function toSnapshot(row: Row, instances: readonly InstanceSnapshot[]): ReservationSnapshot {
  const { endReason: reason, state, userId, ...same } = RESUMED_RESERVATION.read(row);
  return {
    ...same,
    userId: String(userId),
    state,
    end: isFinal(state) && reason !== null ? { state, reason } : null,
    instances,
  };
}

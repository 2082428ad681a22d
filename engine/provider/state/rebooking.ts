// Restoring a provider books anew what its reservations have: all of it at once, when all of them are known.
import type { BookingKind } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import type { Devices } from '../../domain/devices.ts';
import { NO_BOOKING, type Piece, pieceOf, type Reservation } from './reservation.ts';
import { RestoreError } from './restore-error.ts';

/** A piece as it is stored. */
interface StoredPiece extends Pick<Piece, 'startMs' | 'endMs' | 'use'> {
  readonly nodeId: string;
  readonly devices?: Devices;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Gives pieces their bookings. They are entered node by node, in the order of time, whoever they are of: the calendar comes out the same, and what
 * would be entered between others would have to move all that come later.
 */
export class Rebooking {
  readonly #calendar: CapacityCalendar;
  /** The instant of the restart. */
  readonly nowMs: number;
  readonly #wanted: { readonly piece: Writable<Piece>; readonly edit: Extract<Edit, { edit: 'book' }> }[] =
    [];

  constructor(calendar: CapacityCalendar, nowMs: number) {
    this.#calendar = calendar;
    this.nowMs = nowMs;
  }

  /** Of what is set aside: where it was. */
  unbooked({ endMs, nodeId, startMs, use }: StoredPiece, reservation: Reservation): Piece {
    return pieceOf({ nodeIndex: this.nodeIndexOf(nodeId, reservation), startMs, endMs }, use, NO_BOOKING);
  }

  /** It has its booking from {@link book} on, unless its time is over. */
  rebooked(
    { devices, endMs, nodeId, startMs, use }: StoredPiece,
    reservation: Reservation,
    kind: BookingKind = reservation.isConfirmed ? 'reservation' : 'hold',
  ): Piece {
    const nodeIndex = this.nodeIndexOf(nodeId, reservation);
    const piece = pieceOf({ nodeIndex, startMs, endMs }, use, NO_BOOKING);
    const { end, id: owner } = reservation;
    if (end !== undefined || endMs <= this.nowMs) return piece;
    const { demand } = reservation.terms;
    const edit = {
      edit: 'book',
      nodeIndex,
      startMs: Math.max(this.nowMs, startMs),
      endMs,
      demand,
      kind,
      owner,
      ...(devices !== undefined && { devices }),
    } as const;
    this.#wanted.push({ piece, edit });
    return piece;
  }

  /** @throws RestoreError when a node lacks the room for what is booked there, or stands elsewhere */
  book(): void {
    const inOrder = this.#wanted.sort(
      (a, b) => a.edit.nodeIndex - b.edit.nodeIndex || a.edit.startMs - b.edit.startMs,
    );
    const outcome = this.#calendar.apply(inOrder.map(({ edit }) => edit));
    if (outcome.kind === 'applied') {
      for (const [i, { piece }] of inOrder.entries()) piece.booking = outcome.bookings[i]!;
      return;
    }
    const { demand, nodeIndex, owner } = inOrder[outcome.index]!.edit;
    const node = `node "${this.#calendar.nodeId(nodeIndex)}"`;
    const { site } = demand;
    if (site !== undefined && site !== this.#calendar.siteOf(nodeIndex))
      throw new RestoreError(
        `${node} does not stand on site "${site}" any more, which reservation ${owner} is booked on; give it back its site until that is over`,
      );
    throw new RestoreError(
      `${node} has no room any more for reservation ${owner}, which is booked there; give it back the capacity that it had, and drain it ` +
        'until never before you take any away',
    );
  }

  /** Undefined: the cluster has it no more. */
  knownNodeIndex(nodeId: string): number | undefined {
    return this.#calendar.nodeIndexOf(nodeId);
  }

  /** @throws RestoreError when the cluster has it no more */
  nodeIndexOf(nodeId: string, { id }: Reservation): number {
    const nodeIndex = this.#calendar.nodeIndexOf(nodeId);
    if (nodeIndex !== undefined) return nodeIndex;
    throw new RestoreError(
      `reservation ${id} is booked on node "${nodeId}", which the cluster does not have any more; ` +
        'put it back, drain it until never, and take it out when nothing is booked there',
    );
  }
}

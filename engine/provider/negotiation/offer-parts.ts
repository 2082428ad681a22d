// An offer in parts: what has no room as a whole is had in several windows. Each is a reservation, with its own terms, price and capacity.
// The one that was asked for speaks for all as long as they are on offer: they are held, confirmed and let go of together. From the
// confirmation on they know nothing of each other.
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';

/** The id of a further window of what is offered in a round. Follows from what is known before, so that a repetition comes to the same. */
export function partIdOf(reservationId: string, round: number, number: number): string {
  return `${reservationId}.${round}.${number}`;
}

/** The other windows of the offer on the table of which a reservation is one; empty when it is not on offer, or by itself. */
export function heldWith(
  book: Pick<ReservationBook, 'get' | 'partsOf'>,
  reservation: Reservation,
): readonly Reservation[] {
  const { id, partOf } = reservation;
  const further = book.partsOf(partOf ?? id);
  if (further.length === 0) return further;
  const first = partOf === undefined ? reservation : book.get(partOf);
  if (first === undefined) return [];
  // The first may have gone ahead to another round already, in which it has no parts.
  const round = partOf === undefined ? first.round : roundOf(reservation);
  const all = [first, ...further.filter((part) => roundOf(part) === round)];
  return all.filter((other) => other !== reservation && !other.isConfirmed);
}

function roundOf({ id }: Reservation): number {
  return Number(id.split('.').at(-2));
}

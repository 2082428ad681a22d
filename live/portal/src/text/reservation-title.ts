// What a reservation is called where it stands among others. Pure.
import type { Reservation } from '../../../wire/reservation.ts';
import { formatInstances, shortId } from './amounts.ts';

type Terms = Pick<Reservation, 'id' | 'type' | 'numInstancesFixed' | 'numInstancesOption'>;

/** By the name that its user gave it, or else by its terms. */
export function reservationTitle(reservation: Terms & Pick<Reservation, 'name'>): string {
  return reservation.name ?? termsTitle(reservation);
}

/** Of one of which no more is known: by its name, or else by its number. */
export function namedReservation(name: string | null, id: string): string {
  return name ?? `Reservation ${shortId(id)}`;
}

/** "2 × SMALL"; of one that has no terms yet its number. */
export function termsTitle({ id, numInstancesFixed, numInstancesOption, type }: Terms): string {
  if (type === null || numInstancesFixed === null) return `Reservation ${shortId(id)}`;
  return formatInstances(numInstancesFixed, numInstancesOption ?? 0, type);
}

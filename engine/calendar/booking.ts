// A booking: capacity of one node taken for one window of time. Immutable; the capacity calendar replaces it when it
// changes. A reservation that spans nodes, or moves between them, owns several.

import type { Devices } from '../domain/devices.ts';
import type { Resources } from '../domain/resources.ts';

/** Why the capacity is taken. A hold becomes a reservation when its offer is confirmed. */
export type BookingKind = 'hold' | 'reservation';

/** Names a booking for the whole life of its calendar: counted from 1 in the order of booking, never reused. */
export type BookingId = number;

export interface NewBooking {
  readonly nodeIndex: number;
  /** The window is half-open, [startMs, endMs), and not empty. */
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Resources;
  readonly kind: BookingKind;
  /** Whoever answers for the booking. Opaque to the calendar. */
  readonly owner: string;
  /** Which devices of the node it has. Absent of a new one: they are chosen by the rules of their resources; else: it needs none. */
  readonly devices?: Devices;
}

export interface Booking extends NewBooking {
  readonly id: BookingId;
}

// What can be done to the calendar, as data. A plan is decided by one (a policy, a kind of lease), thought through on a draft of the
// calendar, and applied by another: see CapacityCalendar.fork and CapacityCalendar.apply.

import type { Resources } from '../domain/resources.ts';
import { InvariantError } from '../invariant.ts';
import type { BookingId, BookingKind, NewBooking } from './booking.ts';

export type Edit =
  /** Takes capacity of a node for a window in which it is free throughout, and the node not out. */
  | ({ readonly edit: 'book' } & NewBooking)
  /** Gives back what the booking took. Its id is unknown from then on, so this happens once. */
  | { readonly edit: 'release'; readonly id: BookingId }
  /**
   * Puts what is left of the booking from `fromMs` on (absent: all that is left of it) on another node, where devices are chosen for it. What
   * lies before is given back: a piece that is to stay where it was is a booking of its own.
   */
  | { readonly edit: 'move'; readonly id: BookingId; readonly nodeIndex: number; readonly fromMs?: number }
  /** Changes the window or the demand; what is absent stays, and under the same demand the devices do. To take less is possible on a node that is out, too. */
  | {
      readonly edit: 'resize';
      readonly id: BookingId;
      readonly startMs?: number;
      readonly endMs?: number;
      readonly demand?: Resources;
    }
  /** Changes what the booking is for, not what it takes: a hold becomes a reservation. */
  | { readonly edit: 'rekind'; readonly id: BookingId; readonly kind: BookingKind };

/** Edits in their order: what an earlier one gives back, a later one may take. All of them are applied, or none. */
export type Plan = readonly Edit[];

/** Why an edit cannot be applied. */
export type RefusalOfEdit =
  /** The node has less than that free at some instant of the window. */
  | 'no-room'
  /** What all nodes share has less than that free at some instant of the window. */
  | 'no-room-in-pool'
  /** The node is out at some instant of the window. */
  | 'node-unavailable'
  /** No node has that index. */
  | 'unknown-node'
  /** The booking was released or forgotten, or never was. */
  | 'unknown-booking'
  /** Not whole milliseconds, or empty, or in the past that is forgotten. */
  | 'bad-window'
  /** Not a whole number of each, or of something that the provider does not have; or not the devices that it takes. */
  | 'bad-demand';

export interface Refused {
  readonly kind: 'refused';
  /** The first edit that cannot be applied after those before it, and its place in the plan. Nothing has changed. */
  readonly edit: Edit;
  readonly index: number;
  readonly reason: RefusalOfEdit;
  /** What was found, for whoever has to explain it. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Applied {
  readonly kind: 'applied';
  /** The ids of the new bookings, in the order of the plan. */
  readonly bookings: readonly BookingId[];
}

/**
 * The new bookings of a plan that cannot be refused.
 * @throws InvariantError when it was
 */
export function applied(outcome: Applied | Refused): readonly BookingId[] {
  if (outcome.kind === 'applied') return outcome.bookings;
  throw new InvariantError(`a plan that was known to fit is refused: ${outcome.reason}`, { ...outcome });
}

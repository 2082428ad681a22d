// Edits of a capacity calendar as data. A decision is a plan: edits that are applied together or not at all.
import type { Resources } from '../domain/resources.ts';
import type { BookingId, BookingKind, NewBooking } from './booking.ts';

export type Edit =
  | ({ readonly edit: 'book' } & NewBooking)
  | { readonly edit: 'release'; readonly id: BookingId }
  /** What the booking takes from `fromMs` on (default: all of it) is taken on another node. */
  | { readonly edit: 'move'; readonly id: BookingId; readonly nodeIndex: number; readonly fromMs?: number }
  | {
      readonly edit: 'resize';
      readonly id: BookingId;
      readonly startMs?: number;
      readonly endMs?: number;
      readonly demand?: Resources;
    }
  | { readonly edit: 'rekind'; readonly id: BookingId; readonly kind: BookingKind };

export type Plan = readonly Edit[];

/** Why an edit cannot be applied. */
export type RefusalOfEdit =
  | 'no-room'
  | 'no-room-in-pool'
  | 'node-unavailable'
  | 'unknown-booking'
  | 'bad-window'
  | 'bad-demand';

export interface Refused {
  readonly kind: 'refused';
  /** The first edit that cannot be applied after those before it, and its place in the plan. */
  readonly edit: Edit;
  readonly index: number;
  readonly reason: RefusalOfEdit;
}

export interface Applied {
  readonly kind: 'applied';
  /** The ids of the new bookings, in the order of the plan. */
  readonly bookings: readonly BookingId[];
}

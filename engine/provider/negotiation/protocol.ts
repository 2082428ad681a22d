// The alternate-offers protocol as one table: in which state which message is legal, and where it can lead (tech report 3.1, figure
// "Alternate Offers Negotiation"). The Reservation Manager consults it before it does anything, so that no path can forget a check.
import type { ReservationState } from '../../domain/proposal.ts';

/** What a user, a timer or the provider itself can put to a reservation. */
export const MESSAGES = [
  /** requestReservation: the first proposal of a session, or, as COUNTER, the next one. */
  'request',
  'COUNTER',
  /** Room came free for what waits. */
  'turn',
  'ACCEPT',
  'CONFIRM',
  'REJECT',
  'activate',
  /** Delete before activation, or before the window opens. */
  'cancel',
  /** The user asks for optional instances. */
  'claim',
  /** The user asks for other terms of what is confirmed, or answers the offer of some. */
  'change',
  /** Another user has it from now on. */
  'transfer',
  /** Nobody answered before the hold, or the wait for a first proposal, ran out. */
  'hold-expired',
  /** What waits is not waited for any longer. */
  'wait-over',
  /** The end of the reserved window. */
  'window-over',
  /** Every guest has shut down by itself. */
  'completed',
  /** The provider cannot keep its promise. */
  'fail',
] as const;
export type Message = (typeof MESSAGES)[number];

const PROTOCOL: Record<ReservationState, Partial<Record<Message, readonly ReservationState[]>>> = {
  INITIATED: {
    request: ['ACCEPTED', 'COUNTERED', 'WAITLISTED', 'REJECTED'],
    cancel: ['CANCELLED'],
    'hold-expired': ['EXPIRED'],
  },
  WAITLISTED: {
    turn: ['ACCEPTED', 'COUNTERED'],
    cancel: ['CANCELLED'],
    'wait-over': ['REJECTED'],
  },
  ACCEPTED: {
    // COUNTERED: what was overbooked is not sold any more; the user may ask for something else.
    CONFIRM: ['CONFIRMED', 'COUNTERED'],
    REJECT: ['REJECTED'],
    cancel: ['CANCELLED'],
    'hold-expired': ['EXPIRED'],
    fail: ['FAILED'],
  },
  COUNTERED: {
    // A new requestReservation on a countered session is a COUNTER by another name.
    request: ['ACCEPTED', 'COUNTERED', 'WAITLISTED', 'REJECTED'],
    COUNTER: ['ACCEPTED', 'COUNTERED', 'WAITLISTED', 'REJECTED'],
    ACCEPT: ['ACCEPTED'],
    REJECT: ['REJECTED'],
    cancel: ['CANCELLED'],
    'hold-expired': ['EXPIRED'],
    fail: ['FAILED'],
  },
  CONFIRMED: {
    change: ['CONFIRMED'],
    transfer: ['CONFIRMED'],
    activate: ['ACTIVATED'],
    cancel: ['CANCELLED'],
    'window-over': ['EXPIRED'],
    fail: ['FAILED'],
  },
  ACTIVATED: {
    claim: ['ACTIVATED'],
    change: ['ACTIVATED'],
    transfer: ['ACTIVATED'],
    // Only before the window opens; the Reservation Manager sees to that.
    cancel: ['CANCELLED'],
    'window-over': ['EXPIRED'],
    completed: ['EXPIRED'],
    fail: ['FAILED'],
  },
  EXPIRED: {},
  REJECTED: {},
  CANCELLED: {},
  FAILED: {},
};

/** The states that `message` can lead to from `state`; empty when it is not legal there. */
export function nextStates(state: ReservationState, message: Message): readonly ReservationState[] {
  return PROTOCOL[state][message] ?? [];
}

export function isLegal(state: ReservationState, message: Message): boolean {
  return nextStates(state, message).length > 0;
}

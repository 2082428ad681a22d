// What became of a session that is over, in words for a reader, whatever the state of the protocol is called: EXPIRED may be a reservation that
// was fulfilled, one that nobody came for, or an offer that nobody confirmed. Tables, reports, the REST API and the portal have the words from here.
import type { FinalState } from '../domain/proposal.ts';
import { assertNever } from '../invariant.ts';
import type { EndReason } from './domain-event.ts';

/** How a confirmed reservation can end. */
export const RESERVATION_OUTCOMES = [
  /** Activated, and served until its window was over or its guests had shut down by themselves. */
  'fulfilled',
  /** Never activated. */
  'no-show',
  /** The user deleted it. */
  'cancelled',
  /** The provider could not keep its promise. */
  'failed',
] as const;
export type ReservationOutcome = (typeof RESERVATION_OUTCOMES)[number];

/** How a negotiation can end that led to no reservation. */
export const OUTCOMES_WITHOUT_DEAL = [
  /** The provider said REJECT. */
  'rejected',
  /** The user said REJECT to an offer. */
  'declined',
  /** Nobody confirmed before the hold ran out. */
  'expired',
  /** The user deleted the session before confirming. */
  'withdrawn',
  /** The capacity behind the offer was lost with a node. */
  'capacity-lost',
] as const;
export type OutcomeWithoutDeal = (typeof OUTCOMES_WITHOUT_DEAL)[number];

/** How a session can end. */
export const SESSION_OUTCOMES = [...RESERVATION_OUTCOMES, ...OUTCOMES_WITHOUT_DEAL] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];

export interface SessionEnd {
  /** Whether it had become a reservation. */
  readonly confirmed: boolean;
  readonly state: FinalState;
  readonly reason: EndReason;
  /** Of the event reservation-ended. */
  readonly noShow: boolean;
}

export function sessionOutcome(end: SessionEnd): SessionOutcome {
  return end.confirmed ? reservationOutcome(end) : outcomeWithoutDeal(end.reason);
}

export function reservationOutcome({ noShow, state }: Omit<SessionEnd, 'confirmed'>): ReservationOutcome {
  if (noShow) return 'no-show';
  switch (state) {
    case 'EXPIRED':
      return 'fulfilled';
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
    case 'REJECTED':
      return 'failed';
    default:
      return assertNever(state);
  }
}

export function outcomeWithoutDeal(reason: EndReason): OutcomeWithoutDeal {
  switch (reason) {
    case 'declined':
      return 'declined';
    case 'hold-expired':
    case 'window-over':
      return 'expired';
    case 'cancelled-by-user':
    case 'completed':
      return 'withdrawn';
    case 'node-lost':
    case 'node-drained':
    case 'room-not-made':
    case 'instance-failed':
    case 'too-many-restarts':
    case 'partner-failed':
      return 'capacity-lost';
    default:
      return 'rejected';
  }
}

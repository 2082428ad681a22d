// What is known about a session when its negotiation, and later its reservation, came to an end: the rows of negotiations.csv and
// reservations.csv, and the input of every metric that counts sessions.
import {
  type EndReason,
  type FinalState,
  OUTCOMES_WITHOUT_DEAL,
  type Outsourced,
  type Proposal,
  RESERVATION_OUTCOMES,
  type RejectionReason,
  type RequestKind,
} from '../../engine/index.ts';

/** How a negotiation can end. Every session that made a proposal has exactly one. */
export const OUTCOMES = [
  /** Confirmed on the terms first asked for. */
  'accepted-first-offer',
  /** Confirmed after at least one counter-offer of the provider. */
  'accepted-after-counter',
  ...OUTCOMES_WITHOUT_DEAL,
  /** Still going on when the run stopped. */
  'open',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function isAccepted(outcome: Outcome): boolean {
  return outcome === 'accepted-first-offer' || outcome === 'accepted-after-counter';
}

/** Reasons of REJECT, in the order in which they are listed. */
export const REJECTION_REASONS = [
  'no-capacity',
  'never-fits',
  'node-outage',
  'no-node',
  'start-in-past',
  'too-short',
  'too-long',
  'too-soon',
  'too-far-ahead',
  'beyond-booking-horizon',
  'claim-risk',
  'price-too-high',
  'sold-at-auction',
  'too-many-rounds',
  'unknown-kind',
  'not-immediate',
  'misses-deadline',
  'waited-in-vain',
] as const satisfies readonly (RejectionReason | 'waited-in-vain')[];
export type ToldRejection = (typeof REJECTION_REASONS)[number];

/** What is offered in one breath. */
export interface OfferedTerms {
  readonly proposal: Proposal;
  /** Of all of it. */
  readonly priceMicros: number;
  /** Further windows of an offer in parts; absent: there are none. */
  readonly further?: readonly Proposal[];
}

export function windowsOf({ further = [], proposal }: OfferedTerms): readonly Proposal[] {
  return [proposal, ...further];
}

/** A negotiation that ended: by a confirmation, without one, or with the run. */
export interface NegotiationRecord {
  readonly reservationId: string;
  readonly userId: string;
  readonly provider: string;
  /** The next four are null when the manager was not told where the session came from. */
  readonly requestId: string | null;
  readonly kind: RequestKind | null;
  readonly buyer: string | null;
  /** null also means that any start will do. */
  readonly latestStartMs: number | null;
  /** How long the guests were to run; null when that is not known, or until they are stopped. */
  readonly runTimeMs: number | null;
  /** The first proposal came. */
  readonly submittedMs: number;
  /** The first proposal came at or after the end of the warm-up. */
  readonly measured: boolean;
  readonly endedMs: number;
  /** The first proposal. */
  readonly asked: Proposal;
  /** Proposals of the user, the first included. */
  readonly rounds: number;
  /** Messages of both sides, from the first proposal to the end of the negotiation. */
  readonly messages: number;
  /** Counter-offers of the provider. */
  readonly counterOffers: number;
  readonly outcome: Outcome;
  /** Why it was not accepted: the reason of the REJECT, or what the user said; null when there is none. */
  readonly reason: string | null;
  /** The last offer of the provider; null without one. When accepted: what was agreed. */
  readonly offered: OfferedTerms | null;
  /** Why the last counter-offer was made, where that is known: there would have been room as asked if no node had been out. */
  readonly counteredBecause: 'node-outage' | null;
  /** Null: it never was on the waitlist. Until its turn, if it had one, or else until it was given up; and what it was told when it joined. */
  readonly waited: {
    readonly waitedMs: number;
    /** Null: it had none. */
    readonly turnMs: number | null;
    readonly told: ToldTurn | null;
  } | null;
  /** How long offers held capacity, in all. */
  readonly holdMs: number;
  /** CPUs held by offers that were not taken, in thousandths of a CPU x milliseconds. */
  readonly vainHoldMilliCpuMs: number;
  /** The last offer was, or what was agreed is, capacity of another provider; null: of its own. */
  readonly outsourced: Outsourced | null;
  /** Its user is another provider, which sells it on. Never where both are seen: it is one negotiation then, that of the user. */
  readonly isResold: boolean;
  /** What the request is worth to its user as it was first asked for; null: nobody said. */
  readonly valueMicros: number | null;
  /** What the user said they pay at most; null: they never said. */
  readonly bids: PriceRange | null;
  /** Of the offers of the provider; null: there was none. */
  readonly prices: PriceRange | null;
}

/** Of several prices of a session, one after the other. */
export interface PriceRange {
  readonly firstMicros: number;
  readonly lastMicros: number;
}

/** What became of a confirmed reservation. unfinished: it was not over when the run stopped. */
export const FATES = [...RESERVATION_OUTCOMES, 'unfinished'] as const;
export type Fate = (typeof FATES)[number];

/** How likely a turn was to come, and the interval that it was to be in if it did. */
export interface ToldTurn {
  /** 0..1. */
  readonly chance: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An interval that a start was to be in, the likeliest in between, and the start that came of it; null: none has. */
export interface ToldStart {
  readonly fromMs: number;
  readonly likelyMs: number;
  readonly toMs: number;
  readonly begunMs: number | null;
}

/** A confirmed reservation that ended, or that was alive when the run stopped. */
export interface ReservationRecord {
  readonly reservationId: string;
  readonly requestId: string | null;
  readonly userId: string;
  readonly provider: string;
  readonly measured: boolean;
  readonly confirmedMs: number;
  /** As agreed. */
  readonly proposal: Proposal;
  readonly priceMicros: number;
  /** The first proposal asked for this start. */
  readonly askedStartMs: number;
  readonly countered: boolean;
  /** Guaranteed ones and optional ones that were granted. */
  readonly instances: number;
  /** The latter, and the instance-time that was agreed to with them: from each claim to the agreed end. */
  readonly claimedInstances: number;
  readonly claimedMs: number;
  /** Every node that was to host an instance at some time, in order of first use. */
  readonly nodeIds: readonly string[];
  readonly activatedMs: number | null;
  /** null: the window never opened. */
  readonly openedMs: number | null;
  /** When a lease of a queue was to begin, as it was told when it came to wait; null: it was told nothing. */
  readonly startForecast: ToldStart | null;
  readonly endedMs: number | null;
  /** The record covers what happened until then: its end, or that of the run. */
  readonly untilMs: number;
  /** The last state of a reservation that is not over is CONFIRMED or ACTIVATED. */
  readonly state: FinalState | 'CONFIRMED' | 'ACTIVATED';
  readonly reason: EndReason | null;
  readonly fate: Fate;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
  /** What another provider has of the price for delivering it, less what it gave back and paid by the end; null: it is delivered here. */
  readonly transferMicros: number | null;
  /** Bookings that changed their node, and live migrations. */
  readonly moves: number;
  readonly migrations: number;
  /** Instances that came up again after they had gone down. */
  readonly restarts: number;
  /** How long its window was open, without what was lost when it began again. */
  readonly ranMs: number;
  /** How often it was suspended to give way to others, and how often it had to begin again. */
  readonly suspensions: number;
  readonly requeues: number;
  /** CPU-time that instances had run when it had to begin again. */
  readonly wastedCpuMs: number;
  /** Instance-time: up, and down through no wish of the user. A standstill that the hypervisor does not tell counts as up. */
  readonly deliveredMs: number;
  readonly downtimeMs: number;
  /** Instance-time set aside by the provider, and not up yet though its window was open and it was activated. */
  readonly suspendedMs: number;
  readonly startUpMs: number;
  /** CPU-time kept busy by guests. */
  readonly usedCpuMs: number;
}

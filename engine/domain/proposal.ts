// What the two sides of a negotiation exchange: proposals and replies. Values only; who may say what when is in
// negotiation/protocol.ts.
import { onSite, type Resources } from './resources.ts';

/** The terms of a reservation, as asked by a user or as offered by the provider. */
export interface Proposal {
  /** Name of the kind of lease that is meant; absent: a window ahead of time (advance). */
  readonly kind?: string;
  /** Name of the instance type, e.g. "SMALL"; "custom" when the amounts were given directly. */
  readonly type: string;
  /** What one instance needs. */
  readonly demand: Resources;
  /** Instances that are guaranteed; at least 1. */
  readonly numInstancesFixed: number;
  /** Instances that may be claimed later, admitted at a claim risk and never guaranteed; at least 0. */
  readonly numInstancesOption: number;
  readonly startMs: number;
  /** More than 0. */
  readonly durationMs: number;
  /** Name of the VM template that the instances are made from. */
  readonly template: string;
  /** The user accepts starts as early as this; absent: no earlier than `startMs`. */
  readonly earliestStartMs?: number;
  /** From a user: the most they say they pay for the whole reservation. Absent: takes the price as it is. */
  readonly maxPriceMicros?: number;
  /** What the user leaves to the provider; of kinds that make use of it. Absent: nothing. */
  readonly leeway?: Leeway;
  /** Its VMs start when its window opens, activated or not. Absent or false: as the provider is set up. */
  readonly startsItself?: boolean;
  /**
   * The user wants the first start there is: confirmed after its start, all of it is had from the confirmation on, for the price that was
   * agreed, if there is room on the same nodes. Absent or false: what has passed by then is lost.
   */
  readonly startSlides?: boolean;
  /** The user waits for the room when there is none. Absent: they do not. */
  readonly waitlist?: Patience;
  /**
   * What the user takes as well where the terms as they are cannot be had, the most wanted first: another window, fewer instances, another
   * type. Absent: nothing that is said.
   */
  readonly otherwise?: readonly SecondChoice[];
  /** Which nodes the user would have, of allocation policies that read it. Absent: any. */
  readonly preference?: NodePreference;
  /**
   * The sites of which one is to have all instances, the most wanted first; the provider says by the `demand` which it is. Absent: any nodes.
   */
  readonly sites?: readonly string[];
}

/** Which nodes a user would have, in the expressions of OpenNebula's VM templates. */
export interface NodePreference {
  /** What nodes are to meet; absent: nothing. */
  readonly requirements?: string;
  /** What they are ranked by, the highest first; absent: as the policy ranks them. */
  readonly rank?: string;
}

/** Terms that a user takes as well, as what they change of the first choice. A type comes with its demand. */
export interface SecondChoice {
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly numInstancesFixed?: number;
  readonly type?: string;
  readonly demand?: Resources;
  /** The most that is paid for it. Absent: as much as for the first choice. */
  readonly maxPriceMicros?: number;
}

/** How long, and for what, a user waits on the waitlist for what they asked for. */
export interface Patience {
  /** At most until then; what cannot start any more is not waited for either. */
  readonly untilMs: number;
  /** Rather than hear a counter-offer. Absent: when there is none. */
  readonly instead?: true;
}

/** How far terms may be from what is asked for and still be what the user wants. What is asked for is the most, and the first start. */
export interface Leeway {
  /** Absent: any start will do that keeps the deadline. */
  readonly latestStartMs?: number;
  /** The end is not later. Absent: it may be at any time. */
  readonly deadlineMs?: number;
  /** From 1 to the duration that is asked for. Absent: that one. */
  readonly minDurationMs?: number;
  /** From 1 to the guaranteed instances that are asked for. Absent: all of them. */
  readonly minInstances?: number;
}

/** What is free of each device of a node throughout a window, in thousandths. */
export interface Fragments {
  readonly nodeId: string;
  readonly free: readonly number[];
}

/** What stands in the way of a proposal as it was made. */
export type Bottleneck =
  /** Some of the guaranteed instances have no room. */
  | {
      readonly by: 'capacity';
      /** Of which too little is free: `milliCpus`, `memoryMib`, `diskGib`, or one that the provider names. */
      readonly resource: string;
      /** Counted for each node, or for all together. */
      readonly scope: 'node' | 'pool';
      /** Guaranteed instances without room. */
      readonly shortfall: number;
      /** Nodes that would host more if there were more of it: their number, and the first of them; none of what all share. */
      readonly nodes: number;
      readonly nodeIds: readonly string[];
      /** The stretch of the window in which it is short there. */
      readonly fromMs: number;
      readonly untilMs: number;
      /** Of a resource in devices: of these nodes, those that have enough of it in all, but not on devices as an instance needs them. */
      readonly fragments?: readonly Fragments[];
    }
  /** Optional instances would be sold beyond the claim risk. */
  | { readonly by: 'claim-risk'; readonly fromMs: number; readonly untilMs: number }
  | { readonly by: 'price'; readonly priceMicros: number; readonly maxPriceMicros: number };

/** Other terms that would be granted at this instant, at this price. Nothing is held for them: asking for them with a COUNTER does. */
export interface Alternative {
  readonly proposal: Proposal;
  readonly priceMicros: number;
}

/** Another window of an offer in parts: a reservation of its own, held as long as the one that was asked for, and answered with it. */
export interface OfferPart extends Alternative {
  readonly reservationId: string;
}

/** A proposal that the provider stands by until `holdUntilMs`: its capacity is held meanwhile. */
export interface Offer {
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly proposal: Proposal;
  /** The price of the whole reservation. */
  readonly priceMicros: number;
  /** The first instant at which the hold no longer exists. */
  readonly holdUntilMs: number;
  /** Of the price, what was taken for it: it counts, comes back or is lost as the provider has set. Absent: nothing. */
  readonly pledgeMicros?: number;
  /** Of a counter-offer: as asked there would be room, if no node were out. Absent: that is not why. */
  readonly because?: 'node-outage';
  /** Of a counter-offer: what is in the way of the terms as asked. Absent: the provider does not explain itself. */
  readonly bottleneck?: Bottleneck;
  /** Of a counter-offer: what else there is, the best first. Absent: nothing. */
  readonly alternatives?: readonly Alternative[];
  /**
   * Of a counter-offer in parts: what is had beside the proposal, each at its own price. One answer is for all of them. Absent: nothing.
   */
  readonly parts?: readonly OfferPart[];
  /** Of a change: what would be charged, or given back when it is negative. */
  readonly differenceMicros?: number;
}

/** What a user sends after an offer. A COUNTER opens a new round with other terms. */
export type UserReply =
  | { readonly reply: 'ACCEPT' }
  | { readonly reply: 'CONFIRM' }
  | { readonly reply: 'REJECT'; readonly reason?: string }
  | { readonly reply: 'COUNTER'; readonly proposal: Proposal };

/** Why a proposal got REJECT instead of a counter-offer. */
export type RejectionReason =
  /** More than all nodes together could ever host. */
  | 'never-fits'
  /** Not now, and the counter-offer policy has no alternative. */
  | 'no-capacity'
  /** The same, but there would be room if no node were lost, drained or in maintenance in that time. */
  | 'node-outage'
  /** Every node is lost, drained or in maintenance in that time. */
  | 'no-node'
  /** Starts before now. */
  | 'start-in-past'
  /** Shorter than the provider takes: its VMs would hardly be up. */
  | 'too-short'
  /** Longer than the provider takes. */
  | 'too-long'
  /** A window ahead of time that would start sooner than the provider takes it. */
  | 'too-soon'
  /** One that would start later than the provider takes it yet. */
  | 'too-far-ahead'
  /** Ends later than bookings are taken. */
  | 'beyond-booking-horizon'
  /** Optional instances would be oversold beyond the claim risk. */
  | 'claim-risk'
  /** It fits, but costs more than the user said they pay, and the counter-offer policy has nothing else to offer. */
  | 'price-too-high'
  /** It is a bid, and what is wanted is sold at auctions, for which its user does not wait, or too many do. */
  | 'sold-at-auction'
  /** The bounded number of rounds is used up. */
  | 'too-many-rounds'
  /** The provider does not offer leases of that kind. */
  | 'unknown-kind'
  /** Of an immediate lease: it would not start now. */
  | 'not-immediate'
  /** It would end after its deadline, however early it starts. */
  | 'misses-deadline';

/** Why a change of a confirmed reservation is none, beside what is wrong with its terms. */
export type ChangeRejection =
  /** The terms are as asked already. */
  | 'nothing-to-change'
  /** Leases of that kind are not changed. */
  | 'unchangeable-kind'
  /** Another provider delivers it. */
  | 'delivered-elsewhere'
  /** The window has opened, so that it starts when it did. */
  | 'window-open'
  /** It would be over by now. */
  | 'end-in-past'
  /** The guests are being shut down. */
  | 'ending'
  /** It would give up some of what is binding. */
  | 'committed'
  /** Optional instances are claimed until the end as it is. */
  | 'options-claimed';

/** Why a message of a user could not be carried out. The session is unchanged unless it says that it ended. */
export type RefusalReason =
  /** The message is not legal in the session's state. */
  | 'illegal-in-state'
  /** No such reservation, or one that ended too long ago to be remembered. */
  | 'unknown-reservation'
  /** The hold had expired before the message came. */
  | 'hold-expired'
  /** The reservation has ended: rejected, cancelled, expired or failed. */
  | 'ended'
  /** The capacity behind the hold was lost with a node. */
  | 'capacity-lost'
  /** It was overbooked, and fewer may stay away than when it was offered. It is on offer as before, to be countered or tried again. */
  | 'overbooking-risk'
  /** It is held as a part of an offer for another reservation, and answered with that. */
  | 'part-of-offer'
  /** No change is on offer: none was asked for, or its hold is over. */
  | 'no-change-on-offer'
  /** It is binding: its user cannot call it off now. */
  | 'committed';

/** Why a proposal may be waited for: other times may be better. */
const PASSING_REASONS = [
  'no-capacity',
  'node-outage',
  'no-node',
  'claim-risk',
  'price-too-high',
  'sold-at-auction',
] as const;
export type PassingReason = (typeof PASSING_REASONS)[number];

export function isPassing(reason: RejectionReason): reason is PassingReason {
  return (PASSING_REASONS as readonly RejectionReason[]).includes(reason);
}

/** What the provider answers. */
export type ProviderReply =
  | Offer
  /** It waits on the waitlist: an offer comes when there is room, and is held for its turn. */
  | {
      readonly reply: 'WAITLISTED';
      readonly reason: PassingReason;
      /** When it is given up. */
      readonly waitsUntilMs: number;
      readonly bottleneck?: Bottleneck;
    }
  | {
      readonly reply: 'REJECT';
      readonly reason: RejectionReason | ChangeRejection;
      /** What is in the way. Absent: none of room, claim risk and price, or the provider does not explain itself. */
      readonly bottleneck?: Bottleneck;
    }
  /** After ACCEPT of a counter-offer: the user must still CONFIRM. */
  | {
      readonly reply: 'CONFIRM_REQUEST';
      readonly proposal: Proposal;
      readonly priceMicros: number;
      readonly holdUntilMs: number;
    }
  | { readonly reply: 'REQUEST_SUCCESS' }
  | { readonly reply: 'REQUEST_FAILED'; readonly reason: RefusalReason; readonly state?: ReservationState };

/** Optional instances that were granted for a price: from the claim to the end of the window. */
export interface ChargedClaim {
  readonly count: number;
  readonly fromMs: number;
  readonly priceMicros: number;
}

/** What the provider answers to a claim of optional instances: what fits is granted, which may be none. */
export type ClaimReply =
  | { readonly reply: 'REQUEST_SUCCESS'; readonly granted: number }
  | Extract<ProviderReply, { readonly reply: 'REQUEST_FAILED' }>;

/** Life of a reservation. The last four are final. */
export const RESERVATION_STATES = [
  'INITIATED',
  'WAITLISTED',
  'ACCEPTED',
  'COUNTERED',
  'CONFIRMED',
  'ACTIVATED',
  'EXPIRED',
  'REJECTED',
  'CANCELLED',
  'FAILED',
] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export type FinalState = 'EXPIRED' | 'REJECTED' | 'CANCELLED' | 'FAILED';

export function isFinal(state: ReservationState): state is FinalState {
  return state === 'EXPIRED' || state === 'REJECTED' || state === 'CANCELLED' || state === 'FAILED';
}

export function endOf(proposal: Proposal): number {
  return proposal.startMs + proposal.durationMs;
}

/** The terms of a second choice: the first with what it changes, and none left beside it. */
export function chosenTerms(asked: Proposal, choice: SecondChoice): Proposal {
  const { earliestStartMs, otherwise: _, ...same } = asked;
  const isMoved = choice.startMs !== undefined && choice.startMs !== asked.startMs;
  return {
    ...same,
    ...(earliestStartMs !== undefined && !isMoved && { earliestStartMs }),
    ...choice,
    ...(choice.demand !== undefined && { demand: onSite(choice.demand, asked.demand.site) }),
  };
}

/** The last start of a window of that length that a leeway allows; Infinity when any will do. */
export function latestStartWithin(leeway: Leeway, durationMs: number): number {
  const { deadlineMs = Number.POSITIVE_INFINITY, latestStartMs = Number.POSITIVE_INFINITY } = leeway;
  return Math.min(latestStartMs, deadlineMs - durationMs);
}

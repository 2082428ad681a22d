// The decisions that can be replaced. A policy is handed a view and returns a decision; it changes nothing. The manager checks
// every decision again when it applies it, so a wrong policy stops the run with its name and the instant, never with a corrupt
// calendar.
import type { Offer, Proposal } from '../domain/proposal.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type { ClusterView, NegotiationView, NodeView, PlacementRequest, PricingView } from './views.ts';

/** Which node takes the next instance? Called by the Allocator once for each instance to place. */
export interface AllocationPolicy {
  /**
   * @param candidates nodes on which at least one instance fits for the whole window, by index, found lazily: a policy that stops
   *   early keeps the rest from being looked at. Never empty, and each view can be read until `choose` returns.
   * @returns one of the candidates
   */
  choose(request: PlacementRequest, candidates: Iterable<NodeView>, cluster: ClusterView): NodeView;
}

/** The proposal did not fit: what else can be offered? Called by the Reservation Manager in each round. */
export interface CounterOfferPolicy {
  /** @returns other terms, which must fit the calendar; undefined leads to REJECT */
  alternative(proposal: Proposal, view: NegotiationView): Proposal | undefined;
}

/** What does it cost? Called by the Reservation Manager for each offer and at a broken promise. Money is integer micro-credits. */
export interface PricingPolicy {
  /** Price of the whole reservation, at least 0. */
  price(proposal: Proposal, view: PricingView): number;
  /** What the provider owes when a confirmed reservation fails after `deliveredMs` of its duration, beside `refundMicros`. */
  compensation(agreement: {
    readonly proposal: Proposal;
    readonly priceMicros: number;
    readonly deliveredMs: number;
  }): { readonly refundMicros: number; readonly penaltyMicros: number };
}

/** What a user does about an offer. Called by the buyer agent of the simulation. */
export interface BuyerPolicy {
  /**
   * ACCEPT takes the offer (of an ACCEPT too: the agent then confirms), REJECT leaves, COUNTER opens another round.
   * @param round 1 for the answer to the first request
   */
  respond(offer: Offer, request: UserRequest, round: number): BuyerDecision;
}

export type BuyerDecision =
  | { readonly reply: 'ACCEPT' }
  | { readonly reply: 'REJECT'; readonly reason: string }
  | { readonly reply: 'COUNTER'; readonly proposal: Proposal };

/** The kinds of policy and their ports. */
export interface PolicyPorts {
  allocation: AllocationPolicy;
  'counter-offer': CounterOfferPolicy;
  pricing: PricingPolicy;
  buyer: BuyerPolicy;
}
export type PolicyKind = keyof PolicyPorts;
export const POLICY_KINDS = [
  'allocation',
  'counter-offer',
  'pricing',
  'buyer',
] as const satisfies readonly PolicyKind[];

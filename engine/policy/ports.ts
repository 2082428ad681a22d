// The decisions that can be replaced. A policy is handed views and returns a decision; it changes nothing but its own memory. It may be
// asked in vain, any number of times (quotes, thinking ahead), and must answer at once. The manager checks every decision again when it
// applies it, so a wrong policy is named in an error (policy-error.ts), and never leaves a corrupt calendar behind.
import type { Offer, Proposal } from '../domain/proposal.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type { Decision } from './decision.ts';
import type {
  AuctionView,
  Award,
  Bid,
  ClusterView,
  DeviceChoice,
  DraftChange,
  DraftOffer,
  GoingView,
  MarketView,
  MigrationView,
  Move,
  NegotiationAsk,
  NegotiationView,
  NodeView,
  PlacementRequest,
  PricingView,
  ProvisioningView,
  RecoveryView,
  RoomView,
  StrandedView,
  SwitchedNodeView,
  VictimView,
  WaitingView,
} from './views.ts';

/** Which node takes the next instance? Called by the Allocator once for each instance to place. */
export interface AllocationPolicy<M = object> {
  /**
   * @param candidates nodes on which at least one instance fits for the whole window, by index, found lazily: a policy that stops
   *   early keeps the rest from being looked at. Never empty, and each view can be read until `choose` returns.
   * @returns one of the candidates
   */
  choose(
    request: PlacementRequest,
    candidates: Iterable<NodeView>,
    cluster: ClusterView,
    decision: Decision<M>,
  ): NodeView;
  /**
   * Which devices of the node that was chosen? Asked after `choose`, of an instance that needs devices. Absent: by the rules of their
   * resources.
   * @returns for each resource that it needs in devices one with room for its share, or so many that are wholly free
   */
  devices?(
    request: PlacementRequest,
    node: NodeView,
    cluster: ClusterView,
    decision: Decision<M>,
  ): DeviceChoice;
  /**
   * Whether the node meets the requirements of the request. Asked of nodes with and without room before something that is placed is moved to
   * one: it is left out if not. Absent: the policy reads no requirements, and no rank.
   */
  suits?(request: PlacementRequest, node: NodeView, decision: Decision<M>): boolean;
}

/** The proposal is not accepted as it is: what else can be offered? Called by the Reservation Manager in each round, for any reason. */
export interface CounterOfferPolicy<M = object> {
  /**
   * @returns offers, the best first, each of which must fit the calendar. The first that changes anything is made and held; the others are
   *   told as alternatives, which the user may ask for. None leads to REJECT.
   */
  respond(ask: NegotiationAsk, view: NegotiationView, decision: Decision<M>): readonly DraftOffer[];
}

/** What does it cost? Called by the Reservation Manager for each offer and at a broken promise. Money is integer micro-credits. */
export interface PricingPolicy<M = object> {
  /** Price of the whole reservation, at least 0. May be asked for terms that are never offered. */
  price(proposal: Proposal, view: PricingView, decision: Decision<M>): number;
  /** What the provider owes when a confirmed reservation fails after `deliveredMs` of its duration, beside `refundMicros`. */
  compensation(agreement: Agreement, decision: Decision<M>): Compensation;
  /**
   * What a user gets back who deletes a confirmed reservation before its window opens: at most its price. Absent: all of it.
   */
  cancellation?(cancelled: Cancelled, decision: Decision<M>): number;
  /**
   * What the provider owes for a confirmed reservation that it kept to its end, but not in full: instances came up late, or were out for a while. Not
   * asked when they lacked nothing. In micro-credits. Absent: nothing.
   */
  shortfall?(kept: Kept, decision: Decision<M>): number;
  /** The class of service of a reservation, as it is confirmed: reports tell classes apart. Absent: there are none. */
  slaClass?(proposal: Proposal, decision: Decision<M>): string;
}

/** A reservation that its user gave up. */
export interface Cancelled {
  readonly proposal: Proposal;
  /** What was paid for it. */
  readonly priceMicros: number;
  /** From now to the start of its window. */
  readonly leadMs: number;
}

/** Whose turn comes first when room comes free? Called by the provider for each request that waits. */
export interface WaitlistPolicy<M = object> {
  /**
   * The lower, the sooner; at one rank whoever has waited longer. Room goes to the first that it is enough for, then to the next. May be
   * asked in vain, any number of times: what is written to the memory is not kept. The random numbers of a request are the same each time.
   */
  rank(waiting: WaitingView, decision: Decision<M>): number;
  /**
   * Sells what is waited for by auction. Who names a highest price and says that they wait is not judged then, but bids, and at whole
   * multiples of `negotiation.auctionInterval` all bids are decided on together. Absent: turns are offered as room comes free.
   * @param bids in the order of `rank`; never empty
   * @returns the bids that win, in the order in which they get their nodes; what has no room after all goes on waiting
   */
  clear?(bids: readonly Bid[], view: AuctionView, decision: Decision<M>): readonly Award[];
}

/** A promise that was broken. */
export interface Agreement {
  readonly proposal: Proposal;
  readonly priceMicros: number;
  readonly deliveredMs: number;
}

/** A promise that was kept, more or less. */
export interface Kept {
  readonly proposal: Proposal;
  /** Of the guaranteed instances. */
  readonly priceMicros: number;
  /** How long the window was open: so long each of the instances was to be up, unless its user or its guest wanted otherwise. */
  readonly openMs: number;
  /** Of each guaranteed instance, in their order. */
  readonly instances: readonly InstanceService[];
}

export interface InstanceService {
  /** From when it was to be up until it was so for the first time. */
  readonly lateMs: number;
  /**
   * What it was not up after that: node losses, drains, moves, failed operations. Not what its user or its guest brought down, nor what its lease gave way
   * to others.
   */
  readonly outMs: number;
}

export interface Compensation {
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/**
 * Which running VMs change their nodes, by live migration? Moves are made all together or not at all. A policy has one of the two functions,
 * or both, or, if nothing is to move, neither.
 */
export interface MigrationPolicy<M = object> {
  /**
   * Called by the Reservation Manager before a request that has no room is refused or countered.
   * @returns moves after which all instances have room in the window; none: it is not worth it. Each VM must have left its node when the
   *   window begins: what starts there waits for it.
   */
  makeRoom?(request: PlacementRequest, view: RoomView, decision: Decision<M>): readonly Move[];
  /** Called once in each interval (`manager.migrationInterval`) as long as there are VMs. @returns moves that can be made together */
  rebalance?(view: MigrationView, decision: Decision<M>): readonly Move[];
}

/**
 * What becomes of VMs whose node is lost or to be left, and of reservations that have no other? Called by the provider; each function may be
 * absent, and what is then done is named with it.
 */
export interface RecoveryPolicy<M = object> {
  /**
   * How does a running VM go to another node, whatever the reason? migrate: by live migration, with all that it has done; restart: it loses its
   * power and begins again there. May be asked several times about one move. Absent: migrate.
   */
  move?(vm: GoingView, decision: Decision<M>): 'migrate' | 'restart';
  /**
   * From what does a VM begin again that has run: anew, or from its last checkpoint, where the hypervisor has one? Not asked when its user starts
   * it. Absent: anew.
   */
  begin?(vm: GoingView, decision: Decision<M>): 'anew' | 'checkpoint';
  /**
   * Instances of a reservation whose window is open, or opens now, have no node. wait: they stand still until there is room, and the others go on;
   * fail: the reservation fails as a whole. Absent: fail.
   */
  stranded?(stranded: StrandedView, decision: Decision<M>): 'wait' | 'fail';
  /**
   * The same of a confirmed reservation whose window lies ahead, as soon as that is known.
   * @returns other terms, the best first: the first that can be had is offered to the user and held, at most to the start of the window. Until the
   *   user takes it the reservation stands as it did. Absent, or none: it is tried again at its start.
   */
  offer?(stranded: StrandedView, view: RecoveryView, decision: Decision<M>): readonly DraftChange[];
}

/**
 * Which nodes stay on although no VM is on them? Asked where nodes are switched off (`hypervisor.standby`), by the simulated hypervisor: what it
 * remembers lasts as long as a run, or as one life of a service. Absent: none does.
 */
export interface ProvisioningPolicy<M = object> {
  /**
   * Called once in each interval (`hypervisor.standby.every`). Nothing is at stake but time and energy: a VM that is to run on a node that is
   * off switches it on and waits for it.
   * @returns the nodes that are to be on, each once; one that is off boots. Each of the others is switched off when it has been empty for
   *   `hypervisor.standby.after`
   */
  keepOn?(view: ProvisioningView, decision: Decision<M>): readonly SwitchedNodeView[];
}

/** Who gives way to a request that has no room? Called by the Reservation Manager before anything else is offered. */
export interface PreemptionPolicy<M = object> {
  /**
   * @param victims leases that may give way and run in the window of the proposal; never empty
   * @returns those that give way, in the order in which they do; as many of them do as it takes, or none when all are not enough
   */
  order(proposal: Proposal, victims: readonly VictimView[], decision: Decision<M>): readonly VictimView[];
}

/** What a user does about an offer. Called by the buyer agent of the simulation. */
export interface BuyerPolicy<M = object> {
  /**
   * What is asked for first. The request is what the user wants and keeps to themselves: a bid below the most that they pay is made here.
   * Absent: the proposal of the request as it is.
   */
  open?(request: UserRequest, decision: Decision<M>): Proposal;
  /**
   * ACCEPT takes the offer (of an ACCEPT too: the agent then confirms), REJECT leaves, COUNTER opens another round.
   * @param round 1 for the answer to the first request
   */
  respond(offer: Offer, request: UserRequest, round: number, decision: Decision<M>): BuyerDecision;
}

export type BuyerDecision =
  | { readonly reply: 'ACCEPT' }
  | { readonly reply: 'REJECT'; readonly reason: string }
  | { readonly reply: 'COUNTER'; readonly proposal: Proposal };

/** Which providers is a user led to, and in which order? Called by the broker of the simulation once for each request. */
export interface BrokerPolicy<M = object> {
  /**
   * @param markets all providers, in the order of the world
   * @returns those that are asked, the first one first; each of the others only when there was no agreement with any before it
   */
  order(request: UserRequest, markets: readonly MarketView[], decision: Decision<M>): readonly MarketView[];
}

/** The kinds of policy and their ports. What else is known of a kind stands in kinds.ts. */
export interface PolicyPorts<M = object> {
  allocation: AllocationPolicy<M>;
  'counter-offer': CounterOfferPolicy<M>;
  pricing: PricingPolicy<M>;
  migration: MigrationPolicy<M>;
  preemption: PreemptionPolicy<M>;
  waitlist: WaitlistPolicy<M>;
  buyer: BuyerPolicy<M>;
  broker: BrokerPolicy<M>;
  recovery: RecoveryPolicy<M>;
  provisioning: ProvisioningPolicy<M>;
}
export type PolicyKind = keyof PolicyPorts;

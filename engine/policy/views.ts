// What policies see: views that throw when they are written to. A view is valid only during the call it is given to.
import type { Alternative, NodePreference, Proposal } from '../domain/proposal.ts';
import type { ResourceDefinition, Resources } from '../domain/resources.ts';

/** A set of identical instances that need capacity for a window [startMs, endMs). */
export interface PlacementRequest {
  readonly demand: Resources;
  /** Instances still to be placed, this one included. */
  readonly count: number;
  readonly startMs: number;
  readonly endMs: number;
  /** What the user says of the nodes; absent: nothing. */
  readonly preference?: NodePreference;
}

/** How a node has kept its word: what is known of how reliable it is. */
export interface NodeHistory {
  /** How often it was lost since it is watched. */
  readonly losses: number;
  /** How long it was up since then, in service or not. */
  readonly servedMs: number;
}

/** A node that can host at least one more of the requested instances for the whole window. Figures are computed when read. */
export interface NodeView extends NodeHistory {
  /** Position in the cluster; ties between nodes go to the lowest. */
  readonly index: number;
  readonly nodeId: string;
  readonly group: string;
  /** Where it stands. Undefined: nobody said. */
  readonly site?: string | undefined;
  readonly capacity: Resources;
  /** How many of the requested instances still fit; at least 1. O(log n + bookings in the window). */
  readonly freeCount: number;
  /** The least that is free at any instant of the window. O(log n + bookings in the window). */
  readonly minFree: Resources;
  /** Share of the node's CPU time in the window that is booked, 0..1 (tech report 3.2: the "load" of a node). */
  readonly load: number;
  /** CPU time that is booked on the node from now on, in thousandths of a CPU x milliseconds, this request's included. */
  readonly milliCpuMsAhead: number;
  /** Instances that are booked on the node at some instant of the window, this request's included. O(bookings in the window). */
  readonly instancesBooked: number;
  /** The first instant after the start of the window at which a booking begins or ends; Infinity: none does within it. */
  readonly nextChangeMs: number;
  /** Instances of this very request that were placed here already. */
  readonly placedHere: number;
  /**
   * Of each resource that comes in devices, what each device has free at every instant of the window, in thousandths, by the name of the
   * resource. Empty where none does. O(log n + bookings in the window).
   */
  readonly freeDevices: Readonly<Record<string, readonly number[]>>;
}

/** Devices of a node by the name of their resource, each by its place among them, from 0: {gpu: [2]}. */
export type DeviceChoice = Readonly<Record<string, readonly number[]>>;

/** The cluster around a placement. */
export interface ClusterView {
  readonly nowMs: number;
  readonly nodeCount: number;
}

/** What a search for another slot asks. */
export interface SlotQuery {
  readonly demand: Resources;
  /** Instances that must start together. */
  readonly count: number;
  readonly durationMs: number;
  readonly notBeforeMs: number;
  /** Latest acceptable start; absent: as late as bookings are taken. */
  readonly latestStartMs?: number;
}

/**
 * Why a proposal is not accepted as it is. no-room: the nodes have none for all guaranteed instances; claim-risk: the optional instances
 * would be oversold; price: it fits, and costs more than the user said they pay.
 */
export type AskReason = 'no-room' | 'claim-risk' | 'price';

/** What a counter-offer policy is asked: a proposal that cannot be accepted as it is. */
export interface NegotiationAsk {
  readonly proposal: Proposal;
  /** 1 for the first request of the session. */
  readonly round: number;
  readonly reason: AskReason;
  /** What the proposal costs; known when it fits, which is when the reason is the price. */
  readonly priceMicros?: number;
  /** How many of the guaranteed instances have no room in the window; 0 when room is not the reason. Computed when read. */
  readonly shortfall: number;
}

/** An offer, as what it changes of the proposal; what it does not name stays as it was asked. */
export interface DraftOffer {
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly numInstancesFixed?: number;
  readonly numInstancesOption?: number;
  /** Name of another instance type, with its demand. */
  readonly type?: string;
  readonly demand?: Resources;
  /** For another price than that of the pricing policy. */
  readonly priceMicros?: number;
  /**
   * Further windows of such instances, which are offered with it, all or nothing: 1 to 3. Only of a window ahead of time without optional
   * instances, and only of the offer that is held: it is passed over otherwise. They must have room beside each other (`canPlaceAll`).
   */
  readonly rest?: readonly DraftPart[];
}

/** One of the further windows of an offer in parts. */
export type DraftPart = Pick<Proposal, 'startMs' | 'durationMs' | 'numInstancesFixed'>;

/** A size that the provider sells under a name. */
export interface InstanceType {
  readonly name: string;
  readonly demand: Resources;
}

/** The provider's calendar and prices, as a counter-offer policy may ask them. */
export interface NegotiationView {
  readonly nowMs: number;
  /** No booking may end later. */
  readonly bookingHorizonMs: number;
  /** What the provider sells by name; empty where nobody said. */
  readonly instanceTypes: readonly InstanceType[];
  /** The first instant at which all instances fit for the whole duration, within the booking horizon. */
  earliestStart(query: SlotQuery): number | undefined;
  /** The last such instant at or before `latestStartMs`. */
  latestStart(query: SlotQuery & { readonly latestStartMs: number }): number | undefined;
  /** The longest time that is sold, for such a proposal, and not more than `mostMs`; undefined: none is so short. What is not sold is not offered. */
  longestSold(mostMs: number): number | undefined;
  /** The shortest that is not less; undefined: none is so long. */
  shortestSold(leastMs: number): number | undefined;
  /** Could all guaranteed instances of the proposal be placed for its window? */
  canPlace(proposal: Proposal): boolean;
  /** The same of several windows of one offer, which are not to be in each other's way, and are each of a time that is sold. */
  canPlaceAll(parts: readonly Proposal[]): boolean;
  priceOf(proposal: Proposal): number;
  /** Share of the cluster's CPU time in [startMs, endMs) that is booked, 0..1. O(nodes). */
  bookedShare(startMs: number, endMs: number): number;
}

/** A VM that may be moved: it runs, nothing else is being done with it, and it has not refused to be moved. */
export interface RunningView {
  readonly vmId: string;
  readonly reservationId: string;
  readonly nodeId: string;
  readonly demand: Resources;
  /** How busy its virtual CPUs are, 0..1, as the hypervisor told last. */
  readonly load: number;
  /** When its window ends. */
  readonly endMs: number;
}

/** A node and what is on it now. VMs on their way count where they go. */
export interface HostView {
  /** Position in the cluster; ties between nodes go to the lowest. */
  readonly index: number;
  readonly nodeId: string;
  readonly group: string;
  /** Where it stands. Undefined: nobody said. */
  readonly site?: string | undefined;
  readonly capacity: Resources;
  /** Up, and in service. */
  readonly isUsable: boolean;
  /** From when it is to be out of service, as planned; Infinity: nothing is planned. */
  readonly outFromMs: number;
  /** Share of its CPUs that guests keep busy, 0..1. */
  readonly busy: number;
  /** Share of its CPUs, and of its memory, that VMs on it have, busy or not, 0..1. */
  readonly allocated: number;
  readonly memoryAllocated: number;
  /** VMs on it that are up; those that may be moved are `vms`, in the order of their sessions. */
  readonly vmCount: number;
  readonly vms: readonly RunningView[];
}

/** A VM goes to another node by live migration, and stays there. */
export interface Move {
  readonly vmId: string;
  readonly toNodeId: string;
}

/** The nodes and the VMs on them, as a migration policy may ask them. */
export interface MigrationView {
  readonly nowMs: number;
  /** All of them, in the order of the cluster. */
  readonly nodes: readonly HostView[];
  /**
   * Could these be made together? Each VM needs room on its new node from now to the end of its window, and keeps what it has until it has
   * left. O(moves x log n) after a draft of the calendar.
   */
  canMove(moves: readonly Move[]): boolean;
}

/** The same when room is to be made for a request. */
export interface RoomView extends MigrationView {
  /**
   * How many of the instances would have room if these were made, up to all of them; undefined when they cannot be made together. What the VMs
   * leave is free from the beginning of the window.
   */
  roomAfter(moves: readonly Move[]): number | undefined;
}

/** A node that is switched off and on, and what is on it. VMs that migrate count where they come from. */
export interface SwitchedNodeView {
  /** Position in the cluster; ties between nodes go to the lowest. */
  readonly index: number;
  readonly nodeId: string;
  readonly group: string;
  /** Where it stands. Undefined: nobody said. */
  readonly site?: string | undefined;
  readonly capacity: Resources;
  /** False of one that is lost: it comes back switched on. */
  readonly isUp: boolean;
  readonly power: 'off' | 'booting' | 'on';
  /** It was to be on at the last look; before the first one all are. */
  readonly isKept: boolean;
  readonly vmCount: number;
  /** Share of its CPUs that VMs on it have, busy or not, 0..1. */
  readonly allocated: number;
  /** Share of its CPUs that guests keep busy, 0..1. */
  readonly busy: number;
}

/** The nodes, as a provisioning policy may ask them. */
export interface ProvisioningView {
  readonly nowMs: number;
  /** To the next look. */
  readonly everyMs: number;
  /** All of them, in the order of the cluster. */
  readonly nodes: readonly SwitchedNodeView[];
}

/** A VM that goes to another node, or begins again. */
export interface GoingView {
  readonly vmId: string;
  readonly reservationId: string;
  readonly demand: Resources;
  /** How busy its virtual CPUs are, 0..1, as the hypervisor told last; 0 of one that does not run. */
  readonly load: number;
  /** Since its window opened: it has run for no longer. */
  readonly openMs: number;
  /** To the end of its window. */
  readonly leftMs: number;
}

/** A confirmed reservation of which instances have no node that could carry them. */
export interface StrandedView {
  readonly nowMs: number;
  readonly reservationId: string;
  /** As agreed. */
  readonly proposal: Proposal;
  readonly because: 'node-lost' | 'node-drained';
  /** Instances without a node: at least so many. */
  readonly instances: number;
}

/** What a recovery policy may ask before it offers other terms. What the reservation has counts as free. */
export interface RecoveryView {
  readonly nowMs: number;
  /** The first instant at which all instances fit for the whole duration, within the booking horizon. */
  earliestStart(query: SlotQuery): number | undefined;
  /** How many of its instances fit in its window as agreed. */
  readonly instancesThatFit: number;
}

/** Other terms for a reservation; what is absent stays as it is. */
export interface DraftChange {
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly numInstancesFixed?: number;
}

/** A lease that may give way to a request, by being cut where the window of the request begins. */
export interface VictimView {
  /** Position among those that are given: in the order in which their sessions began, the oldest first. */
  readonly index: number;
  readonly reservationId: string;
  /** Of what it runs now, or is to run next. */
  readonly startMs: number;
  readonly endMs: number;
  readonly instances: number;
  /** Of one instance. */
  readonly demand: Resources;
  /** What each instance will have run in vain by then, because there is no time or no way to suspend it. */
  readonly lostMs: number;
  /** What it takes to suspend it and to resume it later; 0 when it will begin again. */
  readonly suspensionMs: number;
  /** All of the time that was asked for. */
  readonly durationMs: number;
  /** The most that its user said they pay for all of it; what it costs, of who did not say. */
  readonly bidMicros: number;
  /** If it alone gave way, there would be room. Computed when read, after a draft of the calendar. */
  readonly isEnoughAlone: boolean;
}

/** A request that waits on the waitlist. */
export interface WaitingView {
  readonly nowMs: number;
  /** What is waited for; its start is not before now. */
  readonly proposal: Proposal;
  /** Since when. */
  readonly sinceMs: number;
  /** What it would cost if it were granted now. Computed when read. */
  readonly priceMicros: number;
  /**
   * What its user holds or has booked in the window that is waited for, as the largest share of what all nodes have of a resource in that time,
   * 0..1. Computed when read. O(reservations).
   */
  readonly dominantShare: number;
}

/** A bid at an auction: a request that waits, and the most that its user says they pay for it. */
export interface Bid {
  /** Position among those that are given: in the order of the waitlist. */
  readonly index: number;
  /** What is bid for; its start is not before now. */
  readonly proposal: Proposal;
  /** Since when it waits. */
  readonly sinceMs: number;
  readonly bidMicros: number;
}

/** A bid that wins, at what it pays. */
export interface Award {
  readonly index: number;
  /** Of the whole reservation, at most what was bid. */
  readonly priceMicros: number;
}

/** What is free, as an auction may share it out to see who fits beside whom. Nothing is booked. */
export interface AuctionRoom {
  /** Takes what the bid asks for if there is room for all of it beside what was taken before. @returns whether there was */
  take(bid: Bid): boolean;
}

/** What an auction may look at besides the bids. */
export interface AuctionView {
  readonly nowMs: number;
  /** All that is free now. Each call begins anew. */
  room(): AuctionRoom;
}

/** A provider, as a broker sees it before it is asked. */
export interface MarketView {
  /** Position among the providers of the world. */
  readonly index: number;
  readonly provider: string;
  /**
   * What it would answer now to who takes its price as it is: the most that the user pays is not said. Nothing is held for it. Computed when
   * read, as long as a request takes to be judged.
   */
  readonly quote: MarketQuote;
}

export type MarketQuote =
  | ({ readonly reply: 'ACCEPT' | 'COUNTER' } & Alternative)
  | { readonly reply: 'REJECT' };

/** What a pricing policy may look at besides the proposal. */
export interface PricingView {
  readonly nowMs: number;
  readonly clusterCapacity: Resources;
  /** What the provider has beside CPU, memory and disk. */
  readonly resources: readonly ResourceDefinition[];
  /** Share of the cluster's CPU time in [startMs, endMs) that is booked, 0..1. O(nodes). */
  bookedShare(startMs: number, endMs: number): number;
}

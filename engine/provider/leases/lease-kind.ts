// The port of a kind of lease: what a user means by a request, and what the provider does about it. One file each; the catalogue
// (catalogue.ts) names the shipped ones, a provider can be given others.
import type { Edit, Plan } from '../../calendar/edit.ts';
import type { Proposal, RejectionReason, ReservationState } from '../../domain/proposal.ts';
import type { PlacementRequest, SlotQuery } from '../../policy/views.ts';
import type { Due } from '../input.ts';
import type { PieceUse, WayOut } from '../state/reservation.ts';
import type { KnownRefusals, QueuedSize } from './known-refusals.ts';

/** What a user asks for, or is to be offered instead. */
export interface LeaseAsk {
  readonly reservationId: string;
  readonly proposal: Proposal;
}

/** How a lease would be delivered: the terms, and the edits that give it its capacity, one `book` for each instance. */
export interface LeasePlan {
  readonly kind: 'planned';
  /** The proposal itself; or what the kind makes of it, which is then a counter-offer. */
  readonly terms: Proposal;
  readonly edits: Plan;
}

/** It has no capacity yet and waits for its turn; {@link LeaseKind.onRoom} gives it some, and a start. Nothing is held for it. */
export interface Queued {
  readonly kind: 'queued';
  readonly terms: Proposal;
}

/** There is no room as asked. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: 'no-room';
}

/** The provider as a kind of lease may ask it. Nothing that is asked changes anything. */
export interface LeaseDesk {
  readonly nowMs: number;
  /** Clean shutdown begins so long before the end of a window. */
  readonly shutdownLeadMs: number;
  /** So long after its opening nobody is waited for any more; Infinity: to its end. */
  readonly noShowGraceMs: number;
  /**
   * Is there room for all instances in that window, optional ones at their claim risk?
   * @param image what is to be on their nodes by then; absent: the template; null: nothing
   */
  canPlace(proposal: Proposal, image?: Image): boolean;
  /** May it be sold although there is no room, on the chance that others do not come? */
  overbooks(ask: LeaseAsk): boolean;
  /** The first instant at which the image can be on so many nodes, whichever they are, and so at any later one. Now where nothing is sent. */
  imageReadyMs(image: Image, count: number): number;
  /** No window may be shorter. */
  readonly shortestDurationMs: number;
  /** No window may be longer; Infinity: any within the booking horizon. */
  readonly longestDurationMs: number;
  /**
   * The first start from which it fits, at or after `notBeforeMs`; undefined when there is none.
   * @param terms whose optional instances are to fit too, at their claim risk; absent: there are none
   */
  earliestStart(query: SlotQuery, terms?: Proposal): number | undefined;
  /** Is there room for each instance of a suspended lease where it was? */
  canStay(lease: Lease, window: Pick<PlacementRequest, 'startMs' | 'endMs'>): boolean;
  /** That capacity: one `book` each. There must be room. */
  stay(lease: Lease, window: Pick<PlacementRequest, 'startMs' | 'endMs'>): Plan;
  /** Nodes for the instances of a window that has room, chosen by the allocation policy: one `book` each. */
  place(reservationId: string, window: PlacementRequest, image: Image): Plan;
  /** How many leases at the head of a queue have a start reserved that none behind them may delay; 0: none is overtaken. */
  readonly backfillReservations: number;
  /** How leases of that size are suspended and resumed; undefined: they are not. */
  suspension(size: LeaseSize): SuspensionTimes | undefined;
  /** Can what was suspended be resumed on other nodes than those that it was on? */
  readonly canResumeElsewhere: boolean;
  /** The desk again, for thinking ahead: what it is told to count as done, it does. Good until the provider changes. */
  draft(): LeaseDraft;
}

/** What is suspended and resumed together. */
export type LeaseSize = Pick<Proposal, 'demand' | 'numInstancesFixed'>;

export interface SuspensionTimes {
  readonly suspendMs: number;
  readonly resumeMs: number;
  /** What must be run at least between the two; more than 0. */
  readonly shortestRunMs: number;
}

/** A desk whose calendar is nobody's but the asker's. */
export interface LeaseDraft extends LeaseDesk {
  /** Counts edits as done. They must have room. */
  take(edits: Plan, image: Image): void;
  /** Keeps a window free that has room, on the nodes that would be chosen for it now. */
  reserve(reservationId: string, window: PlacementRequest, image: Image): void;
}

/** Name of the template that instances are made from; null: they have their disks. */
export type Image = string | null;

/** A lease that is held or confirmed, as its kind sees it. */
export interface Lease {
  readonly reservationId: string;
  /** Name of its kind. */
  readonly kind: string;
  readonly state: ReservationState;
  readonly terms: Proposal;
  readonly holdUntilMs: number;
  /** Undefined until its window has opened. */
  readonly openedMs: number | undefined;
  /** The end of what it runs now, or is to run next. */
  readonly endMs: number;
  /** Of its duration, what is still to be run, from the start of the present stretch. */
  readonly leftMs: number;
  /** It may be interrupted for others. */
  readonly givesWay: boolean;
  /** It was suspended, and has no capacity; it is to be resumed. */
  readonly isSuspended: boolean;
  /** Confirmed, and without capacity: for the first time, or again. */
  readonly isWaiting: boolean;
  /** When and how it gives way before its end; undefined: it does not. */
  readonly wayOut: WayOut | undefined;
  readonly pieces: readonly LeasePiece[];
}

export interface LeasePiece {
  /** The instance's position within the reservation, from 1. */
  readonly instance: number;
  readonly nodeId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly use: PieceUse;
  readonly booking: number;
}

/** What a lease that waits gets when room has come free: other terms, and what to book instead of what it has. */
export interface Improvement {
  readonly reservationId: string;
  readonly terms: Proposal;
  readonly edits: readonly Edit[];
  /** Of a lease that is resumed, or will give way: how what is booked for each instance is cut. Absent: it runs from first to last. */
  readonly cut?: StretchCut;
}

/** A stretch of capacity: resumed up to `runFromMs`, run up to `runUntilMs`, suspended from there. */
export interface StretchCut {
  readonly runFromMs: number;
  readonly runUntilMs: number;
}

/** When a lease that waits is to start if those before it use all the time that they asked for. */
export interface ExpectedStart {
  readonly reservationId: string;
  /** undefined: not within the booking horizon. */
  readonly startMs: number | undefined;
}

/** What there is to know of a queue without looking at its leases. */
export interface QueueSight {
  /** What was refused, from the present on, since room may have come free last. What is added must hold until room may come free. */
  readonly refusals: KnownRefusals;
  sizeOf(position: number): QueuedSize;
  /** The first position from there on whose lease does not follow from refusals; the length of the queue where there is none. */
  next(from: number, refusals: KnownRefusals): number;
}

export interface LeaseKind {
  /** Lower case with hyphens; what `Proposal.kind` says. */
  readonly name: string;
  readonly summary: string;
  /**
   * Why terms are none for this kind; undefined when they are. Asked of every proposal and of every offer, whether or not there is room.
   * Must answer alike when asked again at the same instant.
   * @param shortestDurationMs the provider offers no shorter window, whatever a user would take
   */
  accepts(proposal: Proposal, nowMs: number, shortestDurationMs: number): RejectionReason | undefined;
  /** No offer for such a proposal may start later; Infinity when any may. */
  latestStartMs(proposal: Proposal, nowMs: number, shortestDurationMs: number): number;
  /** The least that such a proposal takes, if that is less than what it asks for. Absent: it takes no less. */
  least?(proposal: Proposal, shortestDurationMs: number): Proposal;
  /** Its leases are activated when their windows open: nobody can be there at a start that is not known ahead. Absent: they are not. */
  readonly activatesItself?: true;
  /** Its leases may be interrupted for others: suspended where that is possible, else begun again. Absent: they may not. */
  readonly givesWay?: true;
  /** What waits of it was promised a time: it is given room before the waitlist is. Absent: after. */
  readonly precedesWaitlist?: true;
  /** Capacity for what is asked, or why there is none. May be asked without effect, any number of times. */
  plan(ask: LeaseAsk, desk: LeaseDesk): LeasePlan | Queued | Refusal;
  /**
   * Its confirmed leases can be given other terms on a user's wish: each has one window, in which every instance has one place. Absent: they
   * cannot.
   */
  readonly isChangeable?: true;
  /** What is to come next of a lease, in the order in which it happens at one instant; empty when nothing does. */
  due(lease: Lease, desk: Pick<LeaseDesk, 'nowMs' | 'shutdownLeadMs' | 'noShowGraceMs'>): readonly Due[];
  /**
   * Room has come free, or one more has come to wait. May better the lot of confirmed leases of this kind whose window has not opened, in
   * the order in which their sessions began; each improvement is applied as a whole, or refused as a whole and left. Absent: nothing changes.
   * @param sight of that queue, by the positions of its leases
   */
  onRoom?(queue: readonly Lease[], desk: LeaseDesk, sight: QueueSight): readonly Improvement[];
  /**
   * Of a lease that waits: it begins in no shorter stretch of capacity from the present on, as long as it waits; 0: in any. Absent: 0.
   */
  leastMs?(lease: Lease, desk: Pick<LeaseDesk, 'suspension' | 'canResumeElsewhere'>): number;
  /**
   * Of a kind whose leases wait: when each of the queue is to start as things stand, in its order. Changes nothing.
   * @param leftMsOf how long each is thought to run once it has begun; absent: as long as it may
   */
  expect?(
    queue: readonly Lease[],
    desk: LeaseDesk,
    leftMsOf?: (lease: Lease) => number,
  ): readonly ExpectedStart[];
}

// What the provider knows of a reservation: its instances, their pieces on the calendar, and their VMs: what each should be, and what it
// was last seen to be.
import type { BookingId } from '../../calendar/booking.ts';
import type { PartnerOffer } from '../../domain/partner-offer.ts';
import type { ChargedClaim, FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import { endOf } from '../../domain/proposal.ts';
import type { Resources } from '../../domain/resources.ts';
import type { VmOperation, VmState, VmTrouble, WantedState } from '../../domain/vm.ts';
import type { EndReason, NodeShare, SessionOrigin, VmCause } from '../../events/domain-event.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import type { Due } from '../input.ts';
import type { Cover } from '../negotiation/option-cover.ts';
import { NOT_SERVED_YET, nextRecord } from './service-record.ts';

/** What a stretch of capacity is for: to run, or to get from one way of being to another. given-up: for nothing any more. */
export type PieceUse = 'run' | 'suspend' | 'resume' | 'migrate' | 'given-up';

/** A stretch of capacity on one node that an instance of a lease has: [startMs, endMs). */
export interface Piece {
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  /** migrate: the node that its VM is still to leave. */
  readonly use: PieceUse;
  /** {@link NO_BOOKING} when its time is over. */
  readonly booking: BookingId;
}

/** That stretch for another use. All pieces are written like this, so that they are of one shape: they are looked at all the time. */
export function pieceOf(
  { endMs, nodeIndex, startMs }: Omit<Piece, 'use' | 'booking'>,
  use: PieceUse,
  booking: BookingId,
): Piece {
  return { nodeIndex, startMs, endMs, use, booking };
}

/** How a lease that is in the way of another makes room: what it has done is kept with its memory, or lost. */
export interface WayOut {
  readonly atMs: number;
  readonly by: 'suspend' | 'restart';
  /** It is being suspended. At its very instant it may be so already, or not yet. */
  readonly hasBegun: boolean;
}

/** Stands for a booking whose window was over when it was restored. Real ones count from 1. */
export const NO_BOOKING: BookingId = 0;

/** One instance of a reservation: its pieces on the calendar and, once it is launched, its VM. */
export class Instance {
  /** Position within the reservation, from 1. */
  readonly number: number;
  /** By start; at one start, where it is to run comes before what it leaves. Never empty. */
  pieces: readonly Piece[];
  vm: Vm | undefined;

  constructor(number: number, pieces: readonly Piece[]) {
    this.number = number;
    this.pieces = pieces;
  }

  /** Its reservation was changed, or begins again, and goes on without it; what is left is its VM, on its way out. */
  get isGivenUp(): boolean {
    return this.pieces[0]!.use === 'given-up';
  }

  /** Its capacity has been given back. */
  giveUp(nowMs: number): void {
    const { nodeIndex, startMs } = this.place;
    const past = { nodeIndex, startMs: Math.min(startMs, nowMs), endMs: nowMs };
    this.pieces = [pieceOf(past, 'given-up', NO_BOOKING)];
  }

  /** It has no capacity: one piece tells where its VM was suspended, and is of no booking. */
  get isSetAside(): boolean {
    return this.pieces.every(({ booking, use }) => use === 'resume' && booking === NO_BOOKING);
  }

  /** Where it runs, or is to run next. */
  get place(): Piece {
    const { pieces } = this;
    const first = pieces[0]!;
    return first.use === 'run' ? first : (pieces.find(({ use }) => use === 'run') ?? first);
  }

  /** What it holds beside its place, for as long as its VM has not arrived there: a migration needs both nodes. */
  get leaving(): readonly Piece[] {
    return this.pieces.length === 1 ? NOTHING : this.pieces.filter(({ use }) => use === 'migrate');
  }
}

const NOTHING: readonly Piece[] = [];

/** One virtual machine. */
export class Vm {
  readonly id: string;
  readonly reservation: Reservation;
  readonly instance: Instance;
  readonly demand: Resources;
  readonly template: string;
  wanted: WantedState = 'running';
  /** Its time is over: the power goes off without asking the guest, whatever state it was last seen in. */
  powerOffDue = false;
  /** Where it was last seen; equal to the target unless a migration is due. */
  nodeIndex: number;
  state: VmState = 'NOT_PROVISIONED';
  loadPermille = 0;
  /** The guest has shut down by itself: its work is done. */
  guestDone = false;
  /** The guest does not answer and must be rebooted. */
  hung = false;
  /** The user wants it restarted. */
  rebootDue = false;
  /** As the hypervisor told last; of a VM that runs. */
  ipAddress: string | undefined;
  /** Operations begun so far: the number of the last. */
  operations = 0;
  /** The operation in progress: that of the last number. */
  operation: { readonly name: VmOperation; readonly startedMs: number } | undefined;
  /** Failed tries of the present operation, or crashes of the guest, in a row. */
  attempts = 0;
  /** When an operation that failed is tried again. */
  retry: { readonly due: Extract<Due, { kind: 'retry' }>; readonly order: number } | undefined;
  /** What the hypervisor reported during the operation in progress: the last of it, looked at when the operation is over. */
  heard: { readonly seen: VmObservation; readonly cause: VmCause } | undefined;
  /** It has run: its disk may hold something. */
  hasRun = false;
  /** What was given up of it, or waits. */
  trouble: VmTrouble | undefined;
  /** Its time is over, and it goes then, with the disk: the guest had shut down by itself. */
  removal: Extract<Due, { kind: 'removal' }> | undefined;
  /** Since when it is suspended, or not started, because its node was lost or drained and no other had room; goes on when one has. */
  parkedSinceMs: number | undefined;
  /** It runs on a node that it was to leave: it could be neither moved nor suspended. */
  stays = false;
  /** Up to the last change of what it is or should be. */
  service = NOT_SERVED_YET;

  constructor(id: string, reservation: Reservation, instance: Instance) {
    const { demand, template } = reservation.terms;
    this.id = id;
    this.reservation = reservation;
    this.instance = instance;
    this.demand = demand;
    this.template = template;
    this.nodeIndex = instance.place.nodeIndex;
  }

  /** Where it should run. */
  get targetIndex(): number {
    return this.instance.place.nodeIndex;
  }

  /** Since when it stands still against the wish of its user: parked, or not to be brought up; undefined while it does not. */
  get undeliveredSinceMs(): number | undefined {
    const operation = this.trouble?.operation;
    const isDown = operation === 'create' || operation === 'start' || operation === 'resume';
    return this.parkedSinceMs ?? (isDown ? this.trouble?.sinceMs : undefined);
  }

  get isUp(): boolean {
    return this.state === 'RUNNING' || this.state === 'PAUSED' || this.state === 'UNDER_MIGRATION';
  }

  /**
   * Keeps its record of service. Called after each change of what it is or should be; twice at one instant is as good as once.
   * @param cause of a change of its state; absent: that is as it was
   */
  noteService(nowMs: number, cause?: VmCause): void {
    const { guestDone, isUp, undeliveredSinceMs, wanted } = this;
    const isOwed = wanted === 'running' || (wanted !== 'deleted' && undeliveredSinceMs !== undefined);
    this.service = nextRecord(this.service, { isOwed: isOwed && !guestDone, isUp, cause, nowMs });
  }
}

/** Other terms that are on offer for a confirmed reservation. What they need beyond its own is held; its own are as they were. */
export interface Change {
  /** Of this change: asks since the last that was carried out or given up. */
  readonly round: number;
  /** COUNTER: not as asked, and the user has not accepted it yet. */
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly terms: Proposal;
  /** Of the whole reservation, once it is changed. */
  readonly priceMicros: number;
  readonly holdUntilMs: number;
  /** Where each instance is to be. */
  readonly nodes: readonly number[];
  /** What is held beside the pieces of the instances. */
  readonly held: readonly Piece[];
  /** The same for the CPUs that optional instances are expected to use. */
  readonly covers: readonly Cover[];
  /** When nobody may confirm it any more, and its place in the order of what falls due. */
  expiry: { readonly due: Due; readonly order: number } | undefined;
}

export class Reservation {
  readonly id: string;
  userId: string;
  readonly origin: SessionOrigin | null;
  /** The reservation for which it was offered, as a further window. Absent: it was asked for itself. */
  readonly partOf: string | undefined;
  /** Counts those of one life of the provider in the order in which they were initiated. */
  ordinal = 0;
  state: ReservationState = 'INITIATED';
  /** Proposals received. */
  round = 0;
  /** The terms on the table: what the user asked last, or what was offered since. Undefined only while INITIATED. */
  proposal: Proposal | undefined;
  /** What was charged for claims included. */
  priceMicros = 0;
  /** Paid for the present offer, as long as it is neither confirmed nor gone. */
  pledgedMicros = 0;
  claims: readonly ChargedClaim[] = [];
  holdUntilMs = 0;
  /** Since when it is, or was, on the waitlist; undefined: it never was. */
  waitingSinceMs: number | undefined;
  /** What is on offer, or agreed, is held at another provider; undefined: here. */
  outsourced: PartnerOffer | undefined;
  /** How much of it a partner delivered that failed; known in the commit in which the reservation ends for that. */
  deliveredElsewhereMs: number | undefined;
  /** The holds, and after confirmation the bookings. Empty when another provider delivers it. */
  instances: Instance[] = [];
  /** What the calendar of option claims holds for this reservation, while it does. */
  covered: Cover | undefined;
  /** Other terms that are on offer for it. */
  change: Change | undefined;
  windowOpen = false;
  /** When the window opened. */
  openedMs = 0;
  optionsClaimed = 0;
  /** Of its duration, what was done before it was suspended last. */
  doneMs = 0;
  /** How often it has begun again because it lost a node, or could not be suspended in time; of a window: how often it was put off for want of nodes. */
  restarts = 0;
  /** It was suspended and has not been resumed: its instances have no capacity, and what they were is kept where their VMs were. */
  isSuspended = false;
  /** When it gives way before its end; undefined: it does not. */
  wayOut: WayOut | undefined;
  /** Hold expiry, then the start, then the end of the window and the clean shutdown before it: what is to come next. */
  dues: readonly Due[] = [];
  /** Tells the order of what falls due at one instant: the lower, the longer it has been so. */
  dueOrder = 0;
  /** How it ended; undefined while it has not. */
  end: Epitaph | undefined;

  constructor(id: string, userId: string, origin: SessionOrigin | null, partOf?: string) {
    this.id = id;
    this.userId = userId;
    this.origin = origin;
    this.partOf = partOf;
  }

  /** The terms; only of a reservation that has some. */
  get terms(): Proposal {
    if (this.proposal === undefined) throw new TypeError(`reservation ${this.id} has no proposal yet`);
    return this.proposal;
  }

  /** Of what it runs now, or is to run next. */
  get endMs(): number {
    return this.wayOut?.atMs ?? endOf(this.terms) - this.doneMs;
  }

  /** From when and until when it has capacity: its window, or the present stretch of what gives way, or was suspended. */
  get stretch(): { readonly fromMs: number; readonly untilMs: number } {
    const { doneMs, terms, wayOut } = this;
    if (doneMs === 0 && wayOut === undefined) return { fromMs: terms.startMs, untilMs: endOf(terms) };
    const { pieces } = this.present[0]!;
    return { fromMs: pieces[0]!.startMs, untilMs: Math.max(...pieces.map(({ endMs }) => endMs)) };
  }

  /** It waits for capacity, for the first time or again. What is cut while it is being resumed is not suspended any more: it has to begin again. */
  get isWithoutCapacity(): boolean {
    if (this.outsourced !== undefined) return false;
    const first = this.present[0];
    return first === undefined || (this.isSuspended && first.isSetAside);
  }

  /** Since when a VM of an instance that it has stands still against the wish of its user; undefined while none does. */
  get undeliveredSinceMs(): number | undefined {
    let sinceMs: number | undefined;
    for (const { vm } of this.present) {
      const ofVm = vm?.undeliveredSinceMs;
      if (ofVm !== undefined) sinceMs = Math.min(sinceMs ?? ofVm, ofVm);
    }
    return sinceMs;
  }

  get isConfirmed(): boolean {
    return this.state === 'CONFIRMED' || this.state === 'ACTIVATED';
  }

  /** Nothing is left of its VMs. */
  get isGone(): boolean {
    // From the last: VMs that end together do so in their order, and each of them asks.
    return this.instances.findLast(({ vm }) => vm !== undefined && vm.state !== 'DELETED') === undefined;
  }

  /** Those that it has, without those that were given up. */
  get present(): readonly Instance[] {
    const { instances } = this;
    return instances.some(({ isGivenUp }) => isGivenUp)
      ? instances.filter(({ isGivenUp }) => !isGivenUp)
      : instances;
  }

  /** Where its instances are, by node, in the order of the nodes' first instances. */
  shares(nodeIds: readonly string[], instances: readonly Instance[] = this.present): NodeShare[] {
    const shares: { nodeId: string; instances: number }[] = [];
    const byNode = new Map<number, { nodeId: string; instances: number }>();
    for (const { place } of instances) {
      const { nodeIndex } = place;
      const share = byNode.get(nodeIndex);
      if (share !== undefined) {
        share.instances += 1;
        continue;
      }
      const first = { nodeId: nodeIds[nodeIndex]!, instances: 1 };
      byNode.set(nodeIndex, first);
      shares.push(first);
    }
    return shares;
  }
}

/** How a reservation ended that is no longer in the book. */
export interface Epitaph {
  readonly state: FinalState;
  readonly reason: EndReason;
}

// One provider: the components of the paper around one capacity calendar. A value: data goes in (an input), data comes
// out (a commit), nothing else. It knows no clock, no database and no hypervisor; event-queue.ts connects it with them. Its parts are put together in
// provider-parts.ts; intake.ts says which of them an input is for, inquiries.ts what can be asked without any.
import type { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import type { ChangeAsk } from '../domain/change.ts';
import type { Outage } from '../domain/outage.ts';
import type { PartnerOffer } from '../domain/partner-offer.ts';
import type { ChangeRejection, Proposal, RejectionReason } from '../domain/proposal.ts';
import { invariant } from '../invariant.ts';
import type { NodeHistory } from '../policy/views.ts';
import type { Commit } from './commit.ts';
import type { ImageOnItsWay, ImageOverview } from './images/images.ts';
import type { Due, Input } from './input.ts';
import { Inquiries, type QueuedLease, type Quote, type Waiting } from './inquiries.ts';
import { Intake } from './intake.ts';
import type { ChangeOffer } from './negotiation/changes.ts';
import { ProviderMemory } from './provider-memory.ts';
import { assemble, type ProviderParts } from './provider-parts.ts';
import type { ProviderOptions, ProviderSetup } from './provider-setup.ts';
import { restore } from './restoration.ts';
import { Agenda } from './state/agenda.ts';
import type { Reservation, Vm } from './state/reservation.ts';
import { type ProviderSnapshot, snapshotOf } from './state/snapshot.ts';

/** What the Node Monitor knows of a node. */
export interface NodeCondition {
  readonly nodeId: string;
  readonly isUp: boolean;
  /** Not drained by an operator, and not in maintenance. */
  readonly isInService: boolean;
  /** Those that are and those that are planned, by their beginning. */
  readonly outages: readonly Outage[];
  readonly history: NodeHistory;
}

const NOTHING: readonly never[] = [];

export class Provider {
  readonly name: string;
  /** For reading. */
  readonly calendar: CapacityCalendar;
  readonly #parts: ProviderParts;
  readonly #intake: Intake;
  readonly #inquiries: Inquiries;
  readonly #memory: ProviderMemory;
  readonly #keepsTrack: boolean;
  #lastSeq: number;
  #nowMs: number;
  #isBroken = false;

  /** @throws RestoreError when the snapshot does not fit the cluster */
  constructor(setup: ProviderSetup, { snapshot, ...options }: ProviderOptions = {}) {
    const parts = assemble(setup, { ...options, lastEventSeq: snapshot?.lastEventSeq ?? 0 });
    if (snapshot !== undefined) restore(parts, snapshot);
    this.name = setup.name;
    this.calendar = parts.calendar;
    this.#parts = parts;
    this.#intake = new Intake(parts);
    this.#inquiries = new Inquiries(parts);
    this.#memory = new ProviderMemory(parts);
    this.#keepsTrack = options.keepsTrack === true;
    this.#lastSeq = snapshot?.lastCommitSeq ?? 0;
    this.#nowMs = snapshot?.atMs ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Decides one input, and changes the state accordingly.
   * @param nowMs never before that of an earlier input
   * @throws PolicyError when a policy fails. Where that was before anything had been decided, nothing has changed and the provider can
   *   be used on; else it is unfit ({@link isBroken}), and a new one must be made from what is stored.
   * @throws RangeError for a command about an unknown node, with nothing changed
   */
  handle(input: Input, nowMs: number): Commit {
    invariant(!this.#isBroken, 'a provider that failed halfway is not used on', { provider: this.name });
    invariant(nowMs >= this.#nowMs, 'the time of a provider never goes back', { nowMs, lastMs: this.#nowMs });
    const { outbox } = this.#parts;
    outbox.open(nowMs);
    this.#nowMs = nowMs;
    this.calendar.passTo(nowMs);
    let reply: unknown;
    try {
      reply = this.#intake.take(input);
      this.#follow();
    } catch (error) {
      this.#isBroken = !outbox.isPristine;
      outbox.discard();
      throw error;
    }
    const { armed, changed, disarmed, effects, events } = outbox.close();
    this.#lastSeq += 1;
    const isNoted = this.#intake.takeStateChange();
    return {
      seq: this.#lastSeq,
      atMs: nowMs,
      input,
      events,
      changed:
        changed.length === 0 ? NOTHING : changed.map((reservation) => snapshotOf(reservation, this.#parts)),
      provider: this.#keepsTrack && this.#memory.takeChange(isNoted) ? this.#memory.state() : undefined,
      effects,
      armed,
      disarmed,
      reply,
    };
  }

  /** An error left it in the middle of something: it must not be used any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** What is on offer together with that reservation, as further windows or as the one that was asked for. */
  heldWith(reservationId: string): readonly Readonly<Reservation>[] {
    return this.#inquiries.heldWith(reservationId);
  }

  /** What a request would be answered at that instant. Nothing is held or recorded, and nothing comes out differently because of it. */
  quote(proposal: Proposal, nowMs: number): Quote {
    return this.consider('quote', proposal, nowMs);
  }

  /** See {@link Inquiries.consider}. */
  consider(reservationId: string, proposal: Proposal, nowMs: number, elsewhere?: PartnerOffer): Quote {
    return this.#inquiries.consider(reservationId, proposal, this.#instantFor(nowMs), elsewhere);
  }

  /** See {@link Inquiries.resalePrice}. */
  resalePrice(reservationId: string, proposal: Proposal, nowMs: number): number | undefined {
    return this.#inquiries.resalePrice(reservationId, proposal, this.#instantFor(nowMs));
  }

  /** Whether a user may delete it at that instant. */
  canCancel(reservationId: string, nowMs: number): boolean {
    return this.#inquiries.canCancel(reservationId, nowMs);
  }

  /** See {@link Inquiries.considerChange}. */
  considerChange(
    reservationId: string,
    asked: ChangeAsk,
    nowMs: number,
  ): ChangeOffer | RejectionReason | ChangeRejection | undefined {
    return this.#inquiries.considerChange(reservationId, asked, this.#instantFor(nowMs));
  }

  /** See {@link Inquiries.claimPrice}. */
  claimPrice(reservationId: string, count: number, nowMs: number): number {
    return this.#inquiries.claimPrice(reservationId, count, this.#instantFor(nowMs));
  }

  /** See {@link Inquiries.queue}. */
  queue(nowMs: number): readonly QueuedLease[] {
    return this.#inquiries.queue(this.#instantFor(nowMs));
  }

  /** See {@link Inquiries.waitlist}. */
  waitlist(nowMs: number): readonly Waiting[] {
    return this.#inquiries.waitlist(this.#instantFor(nowMs));
  }

  /** Everything that has a future. A provider that is made from it goes on as this one would. */
  snapshot(): ProviderSnapshot {
    const { book, outbox } = this.#parts;
    const reservations = [...book.departing(), ...book.values()];
    return {
      ...this.#memory.state(),
      atMs: this.#nowMs,
      lastCommitSeq: this.#lastSeq,
      lastEventSeq: outbox.lastEventSeq,
      reservations: reservations.map((reservation) => snapshotOf(reservation, this.#parts)),
      epitaphs: Array.from(book.epitaphs(), ([reservationId, epitaph]) => ({
        reservationId,
        ...epitaph,
      })),
    };
  }

  /** What is to come, in the order in which it was expected; {@link Commit} tells what is added and dropped. */
  dues(): readonly Due[] {
    const { auctions, book, images, nodes, rebalancing } = this.#parts;
    const looks = [rebalancing.next, auctions.next, images?.next].filter((due) => due !== undefined);
    return [...looks, ...Agenda.list([...book.values(), ...book.departing()], nodes.outages())];
  }

  /** Reservations that have not ended, oldest first. */
  reservations(): IterableIterator<Reservation> {
    return this.#parts.book.values();
  }

  /** Undefined when there is none of that id, or it has ended. */
  reservation(reservationId: string): Readonly<Reservation> | undefined {
    return this.#parts.book.get(reservationId);
  }

  /** VMs that are not deleted. */
  vms(): IterableIterator<Vm> {
    return this.#parts.vms.values();
  }

  /** What nodes keep of images, and what is sent to them; undefined where none are sent. */
  images(): ImageOverview | undefined {
    return this.#parts.images?.overview();
  }

  /** How far the image of a reservation is; undefined where nothing is sent for it (any more). */
  imageOf(reservationId: string): ImageOnItsWay | undefined {
    return this.#parts.images?.onItsWay({ id: reservationId });
  }

  /** Does it offer leases of that kind? */
  offers(kind: string): boolean {
    return this.#parts.kinds.of({ kind }) !== undefined;
  }

  /** Nothing is reserved or on offer; VMs of what has ended may be left, to be removed. */
  get hasNoReservations(): boolean {
    return this.#parts.book.size === 0;
  }

  /** Nothing is reserved, on offer, or running. */
  get isIdle(): boolean {
    return this.hasNoReservations && this.#parts.vms.size === 0;
  }

  /**
   * Every node, in the order of the cluster.
   * @param nowMs to which its history goes, not before the last input; default: that instant
   */
  nodeConditions(nowMs = this.#nowMs): readonly NodeCondition[] {
    const { nodeIds, nodes } = this.#parts;
    return nodeIds.map((nodeId, node) => ({
      nodeId,
      isUp: nodes.isUp(node),
      isInService: nodes.isInService(node),
      outages: nodes.outagesOf(nodeId),
      history: nodes.historyOf(nodeId, this.#instantFor(nowMs)),
    }));
  }

  /** What follows from any input. */
  #follow(): void {
    const { auctions, displacement, forecasts, images, nodes, queues, rebalancing, replicas } = this.#parts;
    // What waits is not to begin on a node of which nobody knows when it is back.
    if (!queues.areEmpty && nodes.prolongOverdue()) this.#intake.noteStateChange();
    replicas?.giveUpIdle();
    displacement.offerRoom();
    images?.advance();
    replicas?.place();
    forecasts.tell();
    rebalancing.expectNext();
    auctions.expectNext();
  }

  /** Nothing is asked for an instant before that of the last input. */
  #instantFor(nowMs: number): number {
    return Math.max(nowMs, this.#nowMs);
  }
}

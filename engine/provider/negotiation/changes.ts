// Changes of a confirmed reservation: extended, shortened, moved, with more instances or fewer. Negotiated like a new request: asked,
// answered ACCEPT, COUNTER or REJECT, held, confirmed. A reservation does not stand in its own way, and until the change is confirmed it
// stands as it did. What keeps its start is answered by as much of it as fits; another start is a question for the counter-offer policy.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { applied, type Edit } from '../../calendar/edit.ts';
import { type ChangeAnswer, type ChangeAsk, changedTerms, restOf, takesMore } from '../../domain/change.ts';
import {
  type ChangeRejection,
  endOf,
  type Proposal,
  type ProviderReply,
  type RejectionReason,
} from '../../domain/proposal.ts';
import type { ChangeEndReason } from '../../events/domain-event.ts';
import { assertNever, invariant } from '../../invariant.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import type { DraftChange, RecoveryView } from '../../policy/views.ts';
import type { Images } from '../images/images.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator, Placing } from '../placement/allocator.ts';
import type { Bookings } from '../placement/bookings.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import { Instance, NO_BOOKING, type Piece, pieceOf, type Reservation } from '../state/reservation.ts';
import type { ChangeHolds } from './change-holds.ts';
import type { Desks } from './desks.ts';
import { moveTo } from './ending.ts';
import type { Negotiator } from './negotiator.ts';
import type { OptionCover } from './option-cover.ts';
import type { Prices } from './prices.ts';
import type { ReservationManager } from './reservation-manager.ts';
import {
  isBinding,
  keepsAll,
  NO_RULES,
  type ReservationRules,
  soldAtMostMs,
  soldDurationMs,
} from './reservation-rules.ts';

export interface ChangesParts {
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly allocator: Allocator;
  readonly bookings: Bookings;
  readonly cover: OptionCover;
  readonly desks: Desks;
  readonly negotiator: Negotiator;
  readonly prices: Prices;
  readonly reservations: ReservationManager;
  readonly holds: ChangeHolds;
  readonly kinds: LeaseKinds;
  readonly vms: VmMonitor;
  readonly settings: ProviderSettings;
  readonly nodeIds: readonly string[];
  /** The node is up and in service now. */
  readonly isUsable: (nodeIndex: number) => boolean;
  /** Of a reservation whose window is open: new instances start if it is activated, and guests are shut down when it is time. */
  readonly delivery: {
    readonly launch: (reservation: Reservation, instances: readonly Instance[]) => void;
    readonly shutDown: (reservation: Reservation) => void;
  };
}

type WhyNot = RejectionReason | ChangeRejection;

/** Terms that can be had now instead of the present ones. */
export interface ChangeOffer {
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly proposal: Proposal;
  /** Of the whole reservation, once it is changed. */
  readonly priceMicros: number;
  /** What would be charged, or given back when it is negative. */
  readonly differenceMicros: number;
}

/** Where the instances would be, and what the policies that were asked remember of it once it is applied. */
interface Judged extends ChangeOffer {
  readonly nodes: readonly number[];
  keep(): void;
}

/** Terms that fit, and where. */
interface Fit {
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly terms: Proposal;
  readonly nodes: readonly number[];
  /** What a policy says that they cost, all of them and as if they were asked for today; absent: to be asked. */
  readonly priceMicros?: number;
  keep(): void;
}

export class Changes {
  readonly #parts: ChangesParts;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
  }

  /** What a change would be answered now. Leaves everything as it is; undefined when it cannot be asked for. */
  consider(reservation: Reservation, asked: ChangeAsk): ChangeOffer | WhyNot | undefined {
    if (!reservation.isConfirmed) return undefined;
    const judged = this.#judge(reservation, asked);
    if (typeof judged === 'string') return judged;
    const { differenceMicros, priceMicros, proposal, reply } = judged;
    return { reply, proposal, priceMicros, differenceMicros };
  }

  ask(reservationId: string, asked: ChangeAsk, holdMs: number | undefined): ProviderReply {
    const { reservations } = this.#parts;
    return reservations.onMessage(reservationId, 'change', (reservation): ProviderReply => {
      // A policy that fails does so before anything is changed.
      const judged = this.#judge(reservation, asked);
      return this.#answer(reservation, { asked, judged, holdMs });
    });
  }

  /**
   * Offers other terms on the provider's own account, because instances of a reservation whose window lies ahead have no node: the first of the
   * drafts that can be had, for at most what was agreed. Held as long as what is offered to whoever waited. Nothing happens where another change
   * is on offer.
   * @param draft asked while what the reservation has on nodes that are in service counts as free
   */
  offer(
    reservation: Reservation,
    because: 'node-lost' | 'node-drained',
    draft: (view: RecoveryView) => { readonly drafts: readonly DraftChange[]; keep(): void },
  ): void {
    const { bookings, isUsable, outbox, settings } = this.#parts;
    const { change, id: reservationId, isConfirmed, terms, windowOpen } = reservation;
    if (change !== undefined || !isConfirmed || windowOpen || terms.startMs <= outbox.nowMs) return;
    const judged = bookings.without(
      reservation,
      () => {
        const { drafts, keep } = draft(this.#recoveryView(reservation));
        for (const asked of drafts) {
          const found = this.#judgeInstead(reservation, asked);
          if (found !== undefined) return { ...found, keep: () => [keep(), found.keep()] };
        }
        return undefined;
      },
      ({ nodeIndex }) => !isUsable(nodeIndex),
    );
    if (judged === undefined) return;
    const { priceMicros } = judged;
    const agreedMicros = reservation.priceMicros;
    const cappedMicros = Math.min(priceMicros, agreedMicros);
    const offered = { ...judged, priceMicros: cappedMicros, differenceMicros: cappedMicros - agreedMicros };
    const holdUntilMs = Math.min(outbox.nowMs + settings.turnMs, terms.startMs, endOf(judged.proposal));
    outbox.touch(reservation);
    this.#putOnOffer(reservation, { judged: offered, round: 1, holdUntilMs, because });
    invariant(reservation.change !== undefined, 'what was found to fit can be held', { reservationId });
  }

  #judgeInstead(reservation: Reservation, asked: DraftChange): Judged | undefined {
    const terms = changedTerms(reservation.terms, asked);
    if (this.#whyNot(reservation, terms) !== undefined) return undefined;
    const judged = this.#judgeFreely(reservation, terms, asked);
    // Whoever drafts it means it.
    if (typeof judged === 'string' || judged.reply !== 'ACCEPT') return undefined;
    return { ...judged, reply: 'COUNTER' };
  }

  #recoveryView({ terms }: Reservation): RecoveryView {
    const { calendar, desks, outbox } = this.#parts;
    const rest = restOf(terms, outbox.nowMs);
    let fits: number | undefined;
    return Object.freeze<RecoveryView>({
      nowMs: outbox.nowMs,
      earliestStart: (query) => desks.desk().earliestStart(query, terms),
      get instancesThatFit() {
        fits ??=
          greatest(0, terms.numInstancesFixed + 1, (count) =>
            calendar.canPlace({ ...placementOf(rest), count }),
          ) ?? 0;
        return fits;
      },
    });
  }

  answer(reservationId: string, answer: ChangeAnswer): ProviderReply {
    const { outbox, reservations } = this.#parts;
    return reservations.onMessage(reservationId, 'change', (reservation): ProviderReply => {
      const { change } = reservation;
      if (change === undefined) {
        outbox.touch(reservation);
        return reservations.refuse(reservationId, answer, 'no-change-on-offer', reservation.state);
      }
      switch (answer) {
        case 'ACCEPT':
          return change.reply === 'COUNTER' ? this.#accept(reservation) : this.#illegal(reservation, answer);
        case 'CONFIRM':
          return change.reply === 'ACCEPT' ? this.#confirm(reservation) : this.#illegal(reservation, answer);
        case 'REJECT':
          this.withdraw(reservation, 'declined');
          return { reply: 'REQUEST_SUCCESS' };
        default:
          return assertNever(answer);
      }
    });
  }

  /** It is not to be; what was held for it comes free. */
  withdraw(reservation: Reservation, reason: ChangeEndReason): void {
    this.#parts.holds.withdraw(reservation, reason);
  }

  #illegal(reservation: Reservation, answer: ChangeAnswer): ProviderReply {
    const { outbox, reservations } = this.#parts;
    outbox.touch(reservation);
    return reservations.refuse(reservation.id, answer, 'illegal-in-state', reservation.state);
  }

  #answer(
    reservation: Reservation,
    { asked, holdMs, judged }: { asked: ChangeAsk; judged: Judged | WhyNot; holdMs: number | undefined },
  ): ProviderReply {
    const { outbox, settings } = this.#parts;
    const { change, id: reservationId } = reservation;
    const round = (change?.round ?? 0) + 1;
    outbox.touch(reservation);
    this.withdraw(reservation, 'replaced');
    outbox.emit({
      type: 'change-asked',
      reservationId,
      round,
      proposal: changedTerms(reservation.terms, asked),
    });
    const reject = (reason: WhyNot): ProviderReply => {
      outbox.emit({ type: 'change-given-up', reservationId, round, reason });
      return { reply: 'REJECT', reason };
    };
    if (typeof judged === 'string') return reject(judged);
    const holdUntilMs = Math.min(
      outbox.nowMs + Math.min(holdMs ?? settings.holdMs, settings.holdMs),
      this.#lastChanceMs(reservation),
      endOf(judged.proposal),
    );
    if (!this.#putOnOffer(reservation, { judged, round, holdUntilMs })) return reject('no-capacity');
    const { differenceMicros, priceMicros, proposal, reply } = judged;
    return { reply, proposal, priceMicros, holdUntilMs, differenceMicros };
  }

  /** Holds it and says so. @returns false when it cannot be held; nothing has changed then */
  #putOnOffer(
    reservation: Reservation,
    {
      because,
      holdUntilMs,
      judged,
      round,
    }: {
      readonly judged: Judged;
      readonly round: number;
      readonly holdUntilMs: number;
      readonly because?: 'node-lost' | 'node-drained';
    },
  ): boolean {
    const { holds, nodeIds, outbox } = this.#parts;
    const { id: reservationId } = reservation;
    const { differenceMicros, nodes, priceMicros, proposal, reply } = judged;
    if (!holds.put(reservation, { round, reply, terms: proposal, priceMicros, holdUntilMs, nodes }))
      return false;
    judged.keep();
    const pieces = sharesOf(nodes, nodeIds);
    const told = {
      reservationId,
      round,
      reply,
      proposal,
      priceMicros,
      differenceMicros,
      holdUntilMs,
      pieces,
    };
    outbox.emit({ type: 'change-offered', ...told, ...(because && { because }) });
    return true;
  }

  /** A window that opens, or whose guests are shut down, goes by the terms that are confirmed by then. */
  #lastChanceMs({ endMs, openedMs, terms, windowOpen }: Reservation): number {
    if (!windowOpen) return terms.startMs;
    const shutdownMs = endMs - this.#parts.settings.shutdownLeadMs;
    return openedMs < shutdownMs ? shutdownMs : endMs;
  }

  #accept(reservation: Reservation): ProviderReply {
    const { outbox } = this.#parts;
    const { change, id: reservationId } = reservation;
    const { holdUntilMs, priceMicros, round, terms: proposal } = change!;
    reservation.change = { ...change!, reply: 'ACCEPT' };
    outbox.touch(reservation);
    outbox.emit({ type: 'change-accepted', reservationId, round });
    return { reply: 'CONFIRM_REQUEST', proposal, priceMicros, holdUntilMs };
  }

  // Judging

  #judge(reservation: Reservation, asked: ChangeAsk): Judged | WhyNot {
    const wished = changedTerms(reservation.terms, asked);
    const durationMs =
      asked.durationMs === undefined ? wished.durationMs : soldDurationMs(this.#rules, wished.durationMs);
    if (durationMs === undefined) return 'too-long';
    const terms = { ...wished, durationMs };
    const refusal = this.#whyNot(reservation, terms);
    if (refusal !== undefined) return refusal;
    const judged = this.#judgeTerms(reservation, terms, asked);
    // Nobody agreed to a length that they did not ask for.
    if (typeof judged === 'string' || durationMs === wished.durationMs) return judged;
    return { ...judged, reply: 'COUNTER' };
  }

  #judgeTerms(reservation: Reservation, terms: Proposal, asked: ChangeAsk): Judged | WhyNot {
    if (!takesMore(reservation.terms, terms))
      return this.#priced(reservation, asked, asIs(reservation, terms));
    const { bookings } = this.#parts;
    return bookings.without(reservation, () => this.#judgeFreely(reservation, terms, asked)) ?? 'node-outage';
  }

  get #rules(): ReservationRules {
    return this.#parts.settings.rules ?? NO_RULES;
  }

  /** Asked while nothing of the reservation is booked. */
  #judgeFreely(reservation: Reservation, terms: Proposal, asked: ChangeAsk): Judged | WhyNot {
    const uncovered = this.#uncover(reservation);
    try {
      const fit =
        terms.startMs === reservation.terms.startMs
          ? this.#asMuchAsFits(reservation, terms)
          : this.#asNew(reservation, terms);
      return typeof fit === 'string' ? fit : this.#priced(reservation, asked, fit);
    } finally {
      uncovered();
    }
  }

  /** What its options are expected to use is not in its way either. @returns what enters it again */
  #uncover(reservation: Reservation): () => void {
    const { cover, holds, outbox } = this.#parts;
    const { covered, change, optionsClaimed: claimed } = reservation;
    if (covered !== undefined) cover.remove(covered, outbox.nowMs);
    if (change !== undefined) holds.uncover(change);
    return () => {
      if (covered !== undefined)
        reservation.covered = cover.add(covered.proposal, { claimed, fromMs: outbox.nowMs });
      const { change: held } = reservation;
      if (held !== undefined)
        reservation.change = { ...held, covers: holds.coversOf(reservation, held.terms) };
    };
  }

  #whyNot(reservation: Reservation, terms: Proposal): WhyNot | undefined {
    const { calendar, kinds, outbox, settings } = this.#parts;
    const { change, optionsClaimed, openedMs, outsourced, windowOpen, terms: present } = reservation;
    const { nowMs } = outbox;
    const kind = kinds.known(present);
    // Devices are kept for the terms as they are.
    const isBound = calendar.space.usesDevices(present.demand);
    if (kind?.isChangeable !== true || isBound) return 'unchangeable-kind';
    if (outsourced !== undefined) return 'delivered-elsewhere';
    if ((change?.round ?? 0) >= settings.maxRounds) return 'too-many-rounds';
    const isSame =
      terms.startMs === present.startMs &&
      terms.durationMs === present.durationMs &&
      terms.numInstancesFixed === present.numInstancesFixed;
    if (isSame) return 'nothing-to-change';
    if (isBinding(this.#rules, present, nowMs) && !keepsAll(present, terms)) return 'committed';
    if (windowOpen) {
      if (terms.startMs !== present.startMs) return 'window-open';
      if (endOf(terms) <= nowMs) return 'end-in-past';
      const shutdownMs = reservation.endMs - settings.shutdownLeadMs;
      if (openedMs < shutdownMs && nowMs >= shutdownMs) return 'ending';
      if (optionsClaimed > 0) return 'options-claimed';
    } else {
      if (terms.startMs < nowMs) return 'start-in-past';
      const refusal = kind.accepts(terms, nowMs, settings.shortestDurationMs);
      if (refusal !== undefined) return refusal;
    }
    if (terms.durationMs < settings.shortestDurationMs) return 'too-short';
    if (terms.durationMs > settings.longestDurationMs) return 'too-long';
    if (endOf(terms) > Math.max(reservation.endMs, nowMs + settings.bookingHorizonMs))
      return 'beyond-booking-horizon';
    return calendar.couldEverFit(terms.demand, terms.numInstancesFixed) ? undefined : 'never-fits';
  }

  /** Another start: negotiated as if it were asked for the first time. */
  #asNew(reservation: Reservation, terms: Proposal): Fit | WhyNot {
    const { negotiator } = this.#parts;
    const { change, id: reservationId } = reservation;
    // What the user pays at most is for the whole reservation as changed, and looked at when that is known.
    const { maxPriceMicros: _, ...proposal } = terms;
    const { keep, verdict } = negotiator.judge({
      reservationId,
      proposal,
      round: (change?.round ?? 0) + 1,
      movesNobody: true,
    });
    if (typeof verdict === 'string') return verdict;
    const nodes = (verdict.plan ?? []).flatMap((edit) => (edit.edit === 'book' ? [edit.nodeIndex] : []));
    const { priceMicros, proposal: offered, reply } = verdict;
    return { reply, terms: offered, nodes, priceMicros, keep };
  }

  /** The same start: all of it; or else the longest with those instances that fits, or the most instances for that long. */
  #asMuchAsFits(reservation: Reservation, terms: Proposal): Fit | WhyNot {
    const { cover, outbox } = this.#parts;
    const { terms: present } = reservation;
    if (this.#fits(reservation, terms)) return this.#placed(reservation, terms, 'ACCEPT');
    const ofDuration = (durationMs: number): Proposal => ({ ...terms, durationMs });
    const ofCount = (numInstancesFixed: number): Proposal => ({ ...terms, numInstancesFixed });
    const grows = terms.numInstancesFixed > present.numInstancesFixed;
    // What fits for longer fits for less long, and more instances fit only where fewer do.
    const leastMs = grows ? present.durationMs - 1 : present.durationMs;
    const longestMs = greatest(leastMs, terms.durationMs, (duration) =>
      this.#fits(reservation, ofDuration(duration)),
    );
    const durationMs = longestMs && soldAtMostMs(this.#rules, longestMs);
    if (durationMs !== undefined && durationMs > leastMs)
      return this.#placed(reservation, ofDuration(durationMs), 'COUNTER');
    const count = greatest(present.numInstancesFixed, terms.numInstancesFixed, (instances) =>
      this.#fits(reservation, ofCount(instances)),
    );
    if (count !== undefined) return this.#placed(reservation, ofCount(count), 'COUNTER');
    return cover.admits(restOf(terms, outbox.nowMs)) ? 'no-capacity' : 'claim-risk';
  }

  #fits(reservation: Reservation, terms: Proposal): boolean {
    const { allocator, cover, outbox } = this.#parts;
    const rest = restOf(terms, outbox.nowMs);
    if (!cover.admits(rest)) return false;
    // Before its window nothing runs: any nodes will do to which its image can be sent.
    if (!reservation.windowOpen) {
      const among = this.#among(reservation, rest);
      const hasRoom = allocator.hasRoom(placementOf(rest), among);
      if (hasRoom || among === undefined) return hasRoom;
    }
    return this.#inPlace(reservation, rest, undefined) !== undefined;
  }

  /** The nodes on which its image can be by then; undefined: any. */
  #among(reservation: Reservation, { numInstancesFixed: count, startMs }: Proposal): Placing['among'] {
    const { images, outbox } = this.#parts;
    return reservation.windowOpen
      ? images?.among(reservation, outbox.nowMs)
      : images?.amongFor(reservation, { count, startMs });
  }

  #placed(reservation: Reservation, terms: Proposal, reply: Fit['reply']): Fit {
    const { allocator, outbox } = this.#parts;
    const { change, id: owner } = reservation;
    const rest = restOf(terms, outbox.nowMs);
    const sitting = allocator.sitting();
    const inPlace = this.#inPlace(reservation, rest, sitting);
    if (inPlace !== undefined) return { reply, terms, nodes: inPlace, keep: () => sitting.keep() };
    invariant(!reservation.windowOpen, 'what runs is changed where it is', { reservationId: owner });
    const elsewhere = allocator.sitting();
    const among = this.#among(reservation, rest);
    const placing = { owner, kind: 'hold', round: (change?.round ?? 0) + 1, firstNumber: 1, among } as const;
    const books = allocator.place(placementOf(rest), placing, elsewhere);
    return { reply, terms, nodes: books.map(({ nodeIndex }) => nodeIndex), keep: () => elsewhere.keep() };
  }

  /**
   * Nodes for terms under which every instance stays where it is, and what is new goes where there is room.
   * @param sitting in which the allocation policy is asked; undefined: it is only asked whether there is room
   */
  #inPlace(
    reservation: Reservation,
    rest: Proposal,
    sitting: Sitting<'allocation'> | undefined,
  ): readonly number[] | undefined {
    const { allocator, calendar } = this.#parts;
    const { change, id: owner, instances, present } = reservation;
    const { numInstancesFixed: count, startMs } = rest;
    const endMs = endOf(rest);
    const stay = present.slice(0, count).map(({ place }) => place.nodeIndex);
    const booked = calendar.apply(
      stay.map((nodeIndex): Edit => {
        return { edit: 'book', nodeIndex, startMs, endMs, demand: rest.demand, kind: 'hold', owner };
      }),
    );
    if (booked.kind === 'refused') return undefined;
    try {
      const more = { ...placementOf(rest), count: count - stay.length };
      if (more.count === 0) return stay;
      const among = this.#among(reservation, rest);
      if (!allocator.hasRoom(more, among)) return undefined;
      if (sitting === undefined) return stay;
      const firstNumber = instances.length + 1;
      const placing = { owner, kind: 'hold', round: (change?.round ?? 0) + 1, firstNumber, among } as const;
      return [...stay, ...allocator.place(more, placing, sitting).map(({ nodeIndex }) => nodeIndex)];
    } finally {
      applied(calendar.apply(booked.bookings.map((id): Edit => ({ edit: 'release', id }))));
    }
  }

  /**
   * The price of the change is the difference between what is left of either terms, both as if asked for today, so that what was agreed on
   * before is not agreed on again. Nobody gets back more than they paid.
   */
  #priced(reservation: Reservation, asked: ChangeAsk, fit: Fit): Judged | WhyNot {
    const { outbox, prices } = this.#parts;
    const { id, terms: present } = reservation;
    const { nowMs } = outbox;
    const pricing = prices.about(id);
    const before = pricing.of(restOf(present, nowMs));
    const after = fit.priceMicros ?? pricing.of(restOf(fit.terms, nowMs));
    const priceMicros = Math.max(0, reservation.priceMicros + after - before);
    const { maxPriceMicros } = asked;
    if (maxPriceMicros !== undefined && priceMicros > maxPriceMicros) return 'price-too-high';
    const proposal = changedTerms(fit.terms, maxPriceMicros === undefined ? {} : { maxPriceMicros });
    const differenceMicros = priceMicros - reservation.priceMicros;
    const keep = () => {
      fit.keep();
      if (fit.priceMicros === undefined) pricing.keep();
    };
    return { reply: fit.reply, proposal, priceMicros, differenceMicros, nodes: fit.nodes, keep };
  }

  // Carrying it out

  #confirm(reservation: Reservation): ProviderReply {
    const { bookings, cover, holds, nodeIds, outbox, reservations } = this.#parts;
    const { change, id: reservationId, windowOpen } = reservation;
    const { priceMicros, round, terms } = change!;
    const formerPieces = reservation.shares(nodeIds);
    const next = windowOpen ? this.#goingOn(reservation) : this.#anew(reservation);
    if (!bookings.exchange(reservation, next.plan, next.instances)) {
      // A node is out that was not when it was offered. The reservation stands as it did.
      this.withdraw(reservation, 'capacity-lost');
      return reservations.refuse(reservationId, 'CONFIRM', 'capacity-lost', reservation.state);
    }
    this.#parts.images?.takeChange(reservation);
    moveTo(reservation, 'change', reservation.state);
    const { covered } = reservation;
    if (covered !== undefined) cover.remove(covered, outbox.nowMs);
    holds.settle(reservation, change!);
    const differenceMicros = priceMicros - reservation.priceMicros;
    reservation.proposal = terms;
    reservation.priceMicros = priceMicros;
    reservation.covered = cover.add(terms, { fromMs: outbox.nowMs });
    reservations.expectNext(reservation);
    const pieces = reservation.shares(nodeIds);
    const told = { proposal: terms, priceMicros, differenceMicros, windowOpen, formerPieces, pieces };
    outbox.emit({ type: 'reservation-changed', reservationId, round, ...told });
    if (windowOpen) this.#follow(reservation, next.added());
    return { reply: 'REQUEST_SUCCESS' };
  }

  /** Before its window: nothing runs yet, so that all is booked anew. */
  #anew(reservation: Reservation) {
    const { outbox } = this.#parts;
    const { change, id: owner, present } = reservation;
    const { held, nodes, terms } = change!;
    const startMs = Math.max(terms.startMs, outbox.nowMs);
    const window = { startMs, endMs: endOf(terms) };
    const book = (nodeIndex: number): Edit => ({
      edit: 'book',
      nodeIndex,
      ...window,
      demand: terms.demand,
      kind: 'reservation',
      owner,
    });
    return {
      plan: [...released([...held, ...present.flatMap(({ pieces }) => pieces)]), ...nodes.map(book)],
      instances: (bookings: readonly number[]) =>
        nodes.map((nodeIndex, i) => {
          return new Instance(i + 1, [pieceOf({ nodeIndex, ...window }, 'run', bookings[i]!)]);
        }),
      added: (): readonly Instance[] => [],
    };
  }

  /** In its window: what stays has another end, what goes leaves nothing booked, what is new begins now. */
  #goingOn(reservation: Reservation) {
    const { outbox } = this.#parts;
    const { change, id: owner, instances, present } = reservation;
    const { held, nodes, terms } = change!;
    const startMs = outbox.nowMs;
    const endMs = endOf(terms);
    const staying = present.slice(0, nodes.length);
    const going = present.slice(nodes.length);
    const newNodes = nodes.slice(staying.length);
    const untilEnd = (instance: Instance, piece: Piece): Piece => ({
      ...piece,
      endMs: piece === instance.place ? endMs : Math.min(piece.endMs, endMs),
    });
    const plan: Edit[] = [
      ...released([...held, ...going.flatMap(({ pieces }) => pieces)]),
      ...staying.flatMap((instance) =>
        instance.pieces.flatMap((piece): Edit[] => {
          const { endMs: newEndMs } = untilEnd(instance, piece);
          if (piece.booking === NO_BOOKING || newEndMs === piece.endMs) return [];
          return [{ edit: 'resize', id: piece.booking, endMs: newEndMs }];
        }),
      ),
      ...newNodes.map((nodeIndex): Edit => {
        return { edit: 'book', nodeIndex, startMs, endMs, demand: terms.demand, kind: 'reservation', owner };
      }),
    ];
    const added: Instance[] = [];
    return {
      plan,
      instances: (bookings: readonly number[]) => {
        for (const instance of staying)
          instance.pieces = instance.pieces.map((piece) => untilEnd(instance, piece));
        for (const instance of going) instance.giveUp(startMs);
        for (const [i, nodeIndex] of newNodes.entries()) {
          const number = instances.length + 1 + i;
          added.push(new Instance(number, [pieceOf({ nodeIndex, startMs, endMs }, 'run', bookings[i]!)]));
        }
        return [...instances, ...added];
      },
      added: (): readonly Instance[] => added,
    };
  }

  /** VMs go with their instances, and come with them; guests are shut down at once when it is time for that. */
  #follow(reservation: Reservation, added: readonly Instance[]): void {
    const { delivery, outbox, settings, vms } = this.#parts;
    const { endMs, instances, openedMs, state } = reservation;
    for (const instance of instances) {
      if (instance.vm !== undefined && instance.isGivenUp && instance.vm.wanted !== 'deleted')
        vms.remove(instance.vm);
    }
    if (state === 'ACTIVATED') delivery.launch(reservation, added);
    const shutdownMs = endMs - settings.shutdownLeadMs;
    if (openedMs < shutdownMs && outbox.nowMs > shutdownMs) delivery.shutDown(reservation);
  }
}

/** Less of what there is: where it is. */
function asIs({ present }: Reservation, terms: Proposal): Fit {
  const nodes = present.slice(0, terms.numInstancesFixed).map(({ place }) => place.nodeIndex);
  return { reply: 'ACCEPT', terms, nodes, keep: () => undefined };
}

function released(pieces: readonly Piece[]): Edit[] {
  return pieces.flatMap(({ booking: id }): Edit[] => (id === NO_BOOKING ? [] : [{ edit: 'release', id }]));
}

/** The greatest number between the two that fits, neither of them; undefined when none does. What fits, fits for every lesser one. */
function greatest(above: number, below: number, fits: (n: number) => boolean): number | undefined {
  let low = above;
  let high = below;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low === above ? undefined : low;
}

function sharesOf(nodes: readonly number[], nodeIds: readonly string[]) {
  const counts = new Map<number, number>();
  for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
  return Array.from(counts, ([node, instances]) => ({ nodeId: nodeIds[node]!, instances }));
}

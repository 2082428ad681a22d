// The Reservation Manager of the paper: talks to the users. It judges proposals, makes counter-offers, and keeps holds, from the first
// proposal to the confirmation. What follows is delivery (../delivery/); where instances go is the Allocator's business.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import { mostForPartner, type Outsourced, type PartnerOffer } from '../../domain/partner-offer.ts';
import {
  type Bottleneck,
  endOf,
  isPassing,
  type Offer,
  type PassingReason,
  type Proposal,
  type ProviderReply,
  type RefusalReason,
  type RejectionReason,
  type ReservationState,
  type UserReply,
} from '../../domain/proposal.ts';
import type { Sale } from '../../domain/sale.ts';
import type { SessionOrigin } from '../../events/domain-event.ts';
import { assertNever, invariant } from '../../invariant.ts';
import type { Images } from '../images/images.ts';
import type { Due, PartnerEnd, Withdrawal } from '../input.ts';
import { OVERBOOKED } from '../leases/catalogue.ts';
import { type LeaseKinds, leaseOf } from '../leases/lease-of.ts';
import type { LeaseQueues } from '../leases/lease-queues.ts';
import type { StartForecasts } from '../leases/start-forecasts.ts';
import type { Outbox } from '../outbox.ts';
import type { Bookings } from '../placement/bookings.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Agenda } from '../state/agenda.ts';
import { type Piece, Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { Desks } from './desks.ts';
import { type Ending, moveTo } from './ending.ts';
import type { HeldPart, Judgement, Verdict } from './hearing.ts';
import type { Negotiator } from './negotiator.ts';
import { heldWith } from './offer-parts.ts';
import type { OptionCover } from './option-cover.ts';
import { pledgeBack, pledgeFor } from './pledge.ts';
import type { Cut } from './preemption.ts';
import type { Prices } from './prices.ts';
import { isLegal, type Message } from './protocol.ts';
import { isBinding, NO_RULES } from './reservation-rules.ts';
import { sited } from './siting.ts';
import type { TurnForecasts } from './turn-forecasts.ts';
import { waitEnd } from './wait-end.ts';

export interface ReservationManagerParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly agenda: Agenda;
  readonly book: ReservationBook;
  readonly bookings: Bookings;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly cover: OptionCover;
  readonly negotiator: Negotiator;
  readonly desks: Pick<Desks, 'desk'>;
  readonly prices: Pick<Prices, 'slaClassOf'>;
  readonly ending: Ending;
  readonly kinds: LeaseKinds;
  readonly queues: LeaseQueues;
  readonly forecasts: Pick<StartForecasts, 'joined'>;
  readonly turnForecasts: Pick<TurnForecasts, 'joined' | 'left' | 'of'>;
  readonly settings: ProviderSettings;
  /** What is waited for is sold by auction: nobody waits who does not bid. */
  readonly sellsByAuction: boolean;
  readonly nodeIds: readonly string[];
}

/** What a user can put to a reservation. */
export type UserMessage = Message &
  (UserReply['reply'] | 'request' | 'activate' | 'cancel' | 'change' | 'claim' | 'transfer');

export interface Session {
  readonly reservationId: string;
  readonly userId: string;
  readonly origin: SessionOrigin | null;
}

/** With the proposal as it was judged: on one of its sites, where it names some. */
type JudgementOf = Judgement & { readonly proposal: Proposal };

export class ReservationManager {
  readonly #parts: ReservationManagerParts;

  constructor(parts: ReservationManagerParts) {
    this.#parts = parts;
  }

  /** Opens a session under an id that is new. It ends as EXPIRED when no proposal follows within the hold time. */
  initiate(session: Session): string {
    const { outbox, settings } = this.#parts;
    const reservation = this.#newReservation(session);
    this.#enter(reservation);
    reservation.holdUntilMs = outbox.nowMs + settings.holdMs;
    this.expectNext(reservation);
    return reservation.id;
  }

  /** A session and its first proposal. */
  open(
    session: Session,
    proposal: Proposal,
    { elsewhere, holdMs }: { readonly elsewhere?: PartnerOffer; readonly holdMs?: number } = {},
  ): ProviderReply {
    const reservation = this.#newReservation(session);
    const judgement = this.#judge(reservation, proposal, elsewhere);
    this.#enter(reservation);
    return this.#answer(reservation, { message: 'request', judgement, holdMs });
  }

  /** What a proposal would be answered in a session, new or not. Leaves everything as it is. */
  consider(reservationId: string, proposal: Proposal, elsewhere?: PartnerOffer): Judgement {
    const reservation = this.#parts.book.get(reservationId);
    if (reservation === undefined) return this.#judge({ id: reservationId, round: 0 }, proposal, elsewhere);
    if (reservation.instances.length === 0) return this.#judge(reservation, proposal, elsewhere);
    const holdAgain = this.#giveBackHold(reservation);
    try {
      return this.#judge(reservation, proposal);
    } finally {
      holdAgain();
    }
  }

  /** requestReservation: the first proposal, or another one in answer to a counter-offer. */
  request(reservationId: string, proposal: Proposal, elsewhere?: PartnerOffer): ProviderReply {
    return this.onMessage(reservationId, 'request', (reservation) =>
      this.#negotiate(reservation, proposal, { message: 'request', elsewhere }),
    );
  }

  /** The price of a proposal that is sold if a partner has it; undefined: it is not. */
  resalePrice(reservationId: string, proposal: Proposal): number | undefined {
    return this.#resale(reservationId, proposal, this.consider(reservationId, proposal).verdict)?.priceMicros;
  }

  /** A partner is done with what it was to deliver. */
  partnerEnded({
    partner,
    penaltyMicros,
    reason,
    refundMicros,
    reservationId,
  }: { readonly reservationId: string; readonly partner: string } & PartnerEnd): void {
    const { book, ending, outbox } = this.#parts;
    const reservation = book.get(reservationId);
    if (reservation !== undefined) outbox.touch(reservation);
    if (refundMicros > 0 || penaltyMicros > 0)
      outbox.emit({ type: 'transfer-settled', reservationId, partner, refundMicros, penaltyMicros });
    if (reservation?.outsourced === undefined) return;
    const { state } = reservation;
    // That was on behalf of the user, who goes on to say the same here.
    if (reason === 'declined' || reason === 'cancelled-by-user') return;
    if (!reservation.isConfirmed && reason === 'hold-expired')
      ending.end(reservation, reason, 'EXPIRED', reason);
    else if (reservation.isConfirmed && reason === 'window-over')
      ending.end(reservation, reason, 'EXPIRED', reason);
    else if (state === 'CONFIRMED' && reason === 'no-show')
      ending.end(reservation, 'window-over', 'EXPIRED', reason);
    else if (state === 'ACTIVATED' && reason === 'completed')
      ending.end(reservation, reason, 'EXPIRED', reason);
    else {
      const { priceMicros } = reservation.outsourced;
      // What was delivered nobody here has seen: as much as the partner keeps of its price.
      const kept = priceMicros === 0 ? 0 : 1 - Math.min(1, refundMicros / priceMicros);
      reservation.deliveredElsewhereMs = Math.round(kept * reservation.terms.durationMs);
      ending.end(reservation, 'fail', 'FAILED', 'partner-failed');
    }
  }

  /** The user's answer to an offer. */
  reply(
    reservationId: string,
    answer: UserReply,
    {
      givesBack,
      holdMs,
      keepsStart = false,
    }: { readonly holdMs?: number; readonly keepsStart?: boolean } & Withdrawal = {},
  ): ProviderReply {
    return this.onMessage(reservationId, answer.reply, (reservation) => {
      switch (answer.reply) {
        case 'ACCEPT':
          return this.#acceptCounter(reservation);
        case 'CONFIRM':
          return this.#confirm(reservation, { keepsStart });
        case 'REJECT':
          return this.#decline(reservation, answer.reason, givesBack);
        case 'COUNTER':
          return this.#negotiate(reservation, answer.proposal, { message: 'COUNTER', holdMs });
        default:
          return assertNever(answer);
      }
    });
  }

  /** Deletes a reservation that was not activated yet, or whose window has not opened. */
  cancel(reservationId: string, { givesBack }: Withdrawal = {}): ProviderReply {
    return this.onMessage(reservationId, 'cancel', (reservation) => {
      const { ending, outbox } = this.#parts;
      const why = this.whyNotCancelled(reservation, outbox.nowMs);
      if (why !== undefined) {
        outbox.touch(reservation);
        return this.refuse(reservationId, 'cancel', why, reservation.state);
      }
      ending.end(reservation, 'cancel', 'CANCELLED', 'cancelled-by-user', { givesBack });
      return { reply: 'REQUEST_SUCCESS' };
    });
  }

  /** Why a user may not delete it then; undefined: they may. */
  whyNotCancelled(
    { isConfirmed, proposal, state, windowOpen }: Reservation,
    nowMs: number,
  ): 'illegal-in-state' | 'committed' | undefined {
    if (!isLegal(state, 'cancel') || (state === 'ACTIVATED' && windowOpen)) return 'illegal-in-state';
    const rules = this.#parts.settings.rules ?? NO_RULES;
    return isConfirmed && isBinding(rules, proposal!, nowMs) ? 'committed' : undefined;
  }

  /** Gives a confirmed reservation to another user, unless other terms are on offer for it: who pays for those must not change. */
  transfer(reservationId: string, userId: string, sale?: Sale): ProviderReply {
    return this.#onTransfer(reservationId, (reservation) => {
      const { userId: fromUserId } = reservation;
      const { priceMicros } = sale ?? reservation;
      reservation.userId = userId;
      this.#parts.outbox.emit({
        type: 'reservation-transferred',
        reservationId,
        fromUserId,
        userId,
        priceMicros,
        ...(sale !== undefined && { sale }),
      });
    });
  }

  /** Tells that its user would give a confirmed reservation to another, for so much. */
  list(reservationId: string, askMicros: number): ProviderReply {
    return this.#onTransfer(reservationId, ({ priceMicros, terms: proposal, userId }) => {
      const listed = { reservationId, userId, proposal, priceMicros, askMicros };
      this.#parts.outbox.emit({ type: 'reservation-listed', ...listed });
    });
  }

  /** What can be given to another user, and so sold to one. */
  #onTransfer(reservationId: string, act: (reservation: Reservation) => void): ProviderReply {
    return this.onMessage(reservationId, 'transfer', (reservation): ProviderReply => {
      this.#parts.outbox.touch(reservation);
      if (reservation.change !== undefined)
        return this.refuse(reservationId, 'transfer', 'illegal-in-state', reservation.state);
      act(reservation);
      return { reply: 'REQUEST_SUCCESS' };
    });
  }

  /** Has a message handled that is legal in the state of its reservation; refuses any other. */
  onMessage<R extends ProviderReply | { readonly reply: 'REQUEST_SUCCESS' }>(
    reservationId: string,
    message: UserMessage,
    handle: (reservation: Reservation) => R,
  ): R | Extract<ProviderReply, { readonly reply: 'REQUEST_FAILED' }> {
    const reservation = this.#parts.book.get(reservationId);
    if (reservation === undefined) {
      const [reason, state] = this.#whyUnknown(reservationId);
      return this.refuse(reservationId, message, reason, state);
    }
    if (!isLegal(reservation.state, message)) {
      // It concerns its user, though it did not change.
      this.#parts.outbox.touch(reservation);
      return this.refuse(reservationId, message, 'illegal-in-state', reservation.state);
    }
    // Whoever answers the offer answers for all of it.
    if (reservation.partOf !== undefined && !reservation.isConfirmed) {
      this.#parts.outbox.touch(reservation);
      return this.refuse(reservationId, message, 'part-of-offer', reservation.state);
    }
    return handle(reservation);
  }

  // Sessions

  #newReservation({ origin, reservationId, userId }: Session): Reservation {
    invariant(this.#parts.book.get(reservationId) === undefined, 'a new reservation has a new id', {
      reservationId,
    });
    return new Reservation(reservationId, userId, origin);
  }

  #enter(reservation: Reservation): void {
    const { book, outbox } = this.#parts;
    const { id: reservationId, origin, partOf, userId } = reservation;
    book.add(reservation);
    outbox.touch(reservation);
    outbox.emit({
      type: 'reservation-initiated',
      reservationId,
      userId,
      origin,
      ...(partOf !== undefined && { partOf }),
    });
  }

  #whyUnknown(reservationId: string): [RefusalReason, ReservationState?] {
    const epitaph = this.#parts.book.epitaph(reservationId);
    if (epitaph === undefined) return ['unknown-reservation'];
    if (epitaph.reason === 'hold-expired') return ['hold-expired', epitaph.state];
    const { reason } = epitaph;
    if (reason === 'node-lost' || reason === 'node-drained' || reason === 'partner-failed')
      return ['capacity-lost', epitaph.state];
    return ['ended', epitaph.state];
  }

  /** Says that a message is refused. */
  refuse(
    reservationId: string,
    message: string,
    reason: RefusalReason,
    state?: ReservationState,
  ): Extract<ProviderReply, { readonly reply: 'REQUEST_FAILED' }> {
    this.#parts.outbox.emit({ type: 'message-refused', reservationId, message, reason });
    return { reply: 'REQUEST_FAILED', reason, ...(state === undefined ? {} : { state }) };
  }

  // Negotiation

  #negotiate(
    reservation: Reservation,
    proposal: Proposal,
    {
      elsewhere,
      holdMs,
      message,
    }: {
      readonly message: 'request' | 'COUNTER';
      readonly elsewhere?: PartnerOffer | undefined;
      readonly holdMs?: number | undefined;
    },
  ): ProviderReply {
    const judgement =
      reservation.instances.length === 0
        ? this.#judge(reservation, proposal, elsewhere)
        : this.#judgeWithoutHold(reservation, proposal);
    return this.#answer(reservation, { message, judgement, holdMs });
  }

  #judge(
    { id: reservationId, round }: Pick<Reservation, 'id' | 'round'>,
    asked: Proposal,
    elsewhere?: PartnerOffer,
  ): JudgementOf {
    const proposal = this.#sited(asked);
    const own = this.#parts.negotiator.judge({ reservationId, proposal, round: round + 1 });
    if (elsewhere === undefined || elsewhere.holdUntilMs <= this.#parts.outbox.nowMs)
      return asJudged(proposal, own);
    const resale = this.#resale(reservationId, proposal, own.verdict);
    if (resale === undefined || elsewhere.priceMicros > resale.mostMicros) return asJudged(proposal, own);
    const { keep, priceMicros } = resale;
    const verdict = {
      reply: 'ACCEPT',
      proposal,
      priceMicros,
      plan: undefined,
      outsourced: elsewhere,
    } as const;
    return { proposal, verdict, bottleneck: undefined, keep };
  }

  #sited(proposal: Proposal): Proposal {
    const { calendar, outbox } = this.#parts;
    return sited(proposal, calendar, outbox.nowMs);
  }

  /** Sold at its own price, if a partner asks no more than `mostMicros`; undefined: the verdict stands. */
  #resale(
    reservationId: string,
    proposal: Proposal,
    verdict: Verdict,
  ): { readonly priceMicros: number; readonly mostMicros: number; keep(): void } | undefined {
    const { negotiator, settings } = this.#parts;
    const { resale } = settings;
    // Nobody else has the sites of this one.
    if (resale === undefined || proposal.sites !== undefined) return undefined;
    if (typeof verdict !== 'string' && (verdict.reply === 'ACCEPT' || resale.before === 'refusal'))
      return undefined;
    const sold = negotiator.resalePrice(reservationId, proposal);
    return sold && { mostMicros: mostForPartner(sold.priceMicros, resale), ...sold };
  }

  /** The hold of the round before is given back first: its room counts. A policy that fails leaves it as it was. */
  #judgeWithoutHold(reservation: Reservation, proposal: Proposal): JudgementOf {
    const holdAgain = this.#giveBackHold(reservation);
    try {
      return this.#judge(reservation, proposal);
    } catch (error) {
      holdAgain();
      this.#parts.outbox.discard();
      throw error;
    }
  }

  /** @returns what takes it again, as if it had never been given back */
  #giveBackHold(reservation: Reservation): () => void {
    const back = [reservation, ...heldWith(this.#parts.book, reservation)].map((held) =>
      this.#giveBack(held),
    );
    return () => {
      for (const holdAgain of back) holdAgain();
    };
  }

  #giveBack(reservation: Reservation): () => void {
    const { bookings, cover, ending, images } = this.#parts;
    const { covered } = reservation;
    const held = reservation.instances.map(({ place }) => place);
    const supplyAgain = images?.release(reservation);
    bookings.release(reservation);
    ending.uncover(reservation);
    reservation.instances = [];
    return () => {
      bookings.add(reservation, held.map(asHold(reservation)), held.length);
      supplyAgain?.();
      if (covered !== undefined) reservation.covered = cover.add(covered.proposal);
    };
  }

  #answer(
    reservation: Reservation,
    { holdMs, judgement, message }: { message: Message; judgement: JudgementOf; holdMs: number | undefined },
  ): ProviderReply {
    const { book, ending, outbox } = this.#parts;
    const { proposal } = judgement;
    // What was offered beside the terms of the round before goes with them.
    for (const part of heldWith(book, reservation))
      ending.end(part, 'REJECT', 'REJECTED', 'declined', { givesBack: true });
    reservation.round += 1;
    reservation.proposal = proposal;
    const { id: reservationId, round } = reservation;
    outbox.emit({ type: 'proposal-received', reservationId, round, proposal });
    judgement.keep();
    const { bottleneck, verdict } = judgement;
    const offer =
      typeof verdict === 'string'
        ? verdict
        : this.#offer(reservation, message, { bottleneck, ...verdict }, this.#holdOf(holdMs));
    if (typeof offer !== 'string') return offer;
    if (this.#waits(reservation, message, offer, bottleneck)) {
      const { holdUntilMs: waitsUntilMs } = reservation;
      const why = bottleneck === undefined ? {} : { bottleneck };
      return { reply: 'WAITLISTED', reason: offer, waitsUntilMs, ...why };
    }
    ending.end(reservation, message, 'REJECTED', offer, { bottleneck });
    return { reply: 'REJECT', reason: offer, ...(bottleneck === undefined ? {} : { bottleneck }) };
  }

  /** Never longer than the settings say. */
  #holdOf(holdMs?: number): number {
    const { settings } = this.#parts;
    return Math.min(holdMs ?? settings.holdMs, settings.holdMs);
  }

  /** What is refused for now goes on the waitlist, if its user waits and there is a place. */
  #waits(
    reservation: Reservation,
    message: Message,
    reason: RejectionReason,
    bottleneck: Bottleneck | undefined,
  ): reason is PassingReason {
    const { book, kinds, outbox, settings, turnForecasts } = this.#parts;
    const { id: reservationId, round, terms } = reservation;
    const kind = kinds.known(terms);
    if (terms.waitlist === undefined || kind === undefined || !isPassing(reason)) return false;
    if (this.#parts.sellsByAuction && reason !== 'sold-at-auction') return false;
    const { nowMs } = outbox;
    const waitsUntilMs = waitEnd(terms, kind, nowMs, settings.shortestDurationMs);
    if (waitsUntilMs <= nowMs || book.waitlisted().size >= settings.waitlistMax) return false;
    reservation.waitingSinceMs = nowMs;
    reservation.holdUntilMs = waitsUntilMs;
    moveTo(reservation, message, 'WAITLISTED');
    book.waitlist(reservation);
    this.expectNext(reservation);
    turnForecasts.joined(reservation);
    const likelyTurn = turnForecasts.of(reservation);
    outbox.emit({
      type: 'waitlist-joined',
      reservationId,
      round,
      reason,
      waitsUntilMs,
      ...(likelyTurn !== undefined && { likelyTurn }),
      ...pledgeBack(reservation),
      ...(bottleneck === undefined ? {} : { bottleneck }),
    });
    return true;
  }

  /**
   * Room has come free: what waits gets an offer of those terms if there is enough for it.
   * @param priceMicros of an auction; absent: what the pricing policy says
   */
  offerTurn(reservation: Reservation, terms: Proposal, priceMicros?: number): void {
    const { negotiator, settings } = this.#parts;
    const { id: reservationId, round } = reservation;
    const ask = { reservationId, proposal: this.#sited(terms), round, isTurn: true } as const;
    const { keep, verdict } = negotiator.judge(priceMicros === undefined ? ask : { ...ask, priceMicros });
    if (typeof verdict === 'string') return;
    keep();
    // Another start, or another site, than what was asked for is an offer that nobody has agreed to.
    const { demand, startMs } = reservation.terms;
    const isAsAsked = verdict.proposal.startMs === startMs && verdict.proposal.demand.site === demand.site;
    const reply = isAsAsked ? verdict.reply : 'COUNTER';
    this.#offer(reservation, 'turn', { bottleneck: undefined, ...verdict, reply }, settings.turnMs);
  }

  /** Holds what is offered. */
  #offer(
    reservation: Reservation,
    message: Message,
    {
      alternatives,
      because,
      bottleneck,
      cuts = [],
      outsourced,
      parts = [],
      plan,
      priceMicros,
      proposal,
      relocations,
      reply,
    }: Exclude<Verdict, string> & Pick<Judgement, 'bottleneck'>,
    holdMs: number,
  ): Offer | 'no-capacity' {
    const { bookings, cover, images, nodeIds, outbox } = this.#parts;
    const isHeld =
      plan === undefined ||
      (relocations === undefined
        ? bookings.add(reservation, plan, proposal.numInstancesFixed, cuts) !== undefined
        : bookings.addMakingRoom(reservation, plan, relocations));
    if (!isHeld) return 'no-capacity';
    const further = this.#holdParts(reservation, parts);
    if (further === undefined) {
      bookings.release(reservation);
      reservation.instances = [];
      return 'no-capacity';
    }
    for (const cut of cuts) this.#tellOfCut(cut, reservation.id);
    // Nobody can use what is over: an offer of a short window ends with it.
    const heldMs = outsourced?.holdUntilMs ?? Number.POSITIVE_INFINITY;
    // What has no room of its own is taken up before it is to begin, while it is not known yet who comes.
    const isOnChance = plan === undefined && proposal.kind === OVERBOOKED.name;
    const usableMs = isOnChance ? proposal.startMs : endOf(proposal);
    const holdUntilMs = Math.min(outbox.nowMs + holdMs, usableMs, heldMs);
    reservation.proposal = proposal;
    reservation.outsourced = outsourced;
    reservation.priceMicros = priceMicros;
    reservation.holdUntilMs = holdUntilMs;
    if (outsourced === undefined) images?.supply(reservation);
    // What waits for its turn uses nothing yet; it would be in its own way.
    if (plan !== undefined) reservation.covered = cover.add(proposal);
    moveTo(reservation, message, reply === 'ACCEPT' ? 'ACCEPTED' : 'COUNTERED');
    if (message === 'turn') this.#parts.turnForecasts.left(reservation, { hasTurn: true });
    this.expectNext(reservation);
    const { id: reservationId, round, waitingSinceMs } = reservation;
    // What is held for a turn was not asked for at this instant: nothing is taken for it. Providers pay each other the transfer price alone.
    const isPledged = plan !== undefined && message !== 'turn' && reservation.origin?.resoldFor === undefined;
    const pledge = pledgeFor(reservation, {
      priceMicros,
      settings: isPledged ? this.#parts.settings.pledge : undefined,
    });
    const terms = {
      reservationId,
      round,
      priceMicros,
      holdUntilMs,
      pieces: reservation.shares(nodeIds),
      ...(message === 'turn' && { waitingSinceMs: waitingSinceMs! }),
      ...pledge,
    };
    const why = {
      ...(because === undefined ? {} : { because }),
      ...(alternatives === undefined ? {} : { alternatives }),
      ...(bottleneck === undefined ? {} : { bottleneck }),
      ...(parts.length === 0 ? {} : { parts: parts.map(({ plan: _, ...part }) => part) }),
    };
    outbox.emit(
      reply === 'ACCEPT'
        ? { type: 'offer-accepted', ...terms, ...toldOf(outsourced) }
        : { type: 'offer-countered', ...terms, proposal, ...why },
    );
    for (const [i, part] of further.entries()) this.#offerPart(part, parts[i]!.priceMicros, holdUntilMs);
    const { pledgeMicros } = pledge;
    const pledged = pledgeMicros === undefined ? {} : { pledgeMicros };
    return { reply, proposal, priceMicros, holdUntilMs, ...pledged, ...why };
  }

  /** Holds the further windows of an offer: all of them, or none, which is undefined. */
  #holdParts(first: Reservation, parts: readonly HeldPart[]): readonly Reservation[] | undefined {
    const { bookings, ending, outbox } = this.#parts;
    const further: Reservation[] = [];
    for (const { plan, proposal, reservationId } of parts) {
      const part = new Reservation(reservationId, first.userId, first.origin, first.id);
      this.#enter(part);
      part.round = 1;
      part.proposal = proposal;
      further.push(part);
      outbox.emit({ type: 'proposal-received', reservationId, round: 1, proposal });
      if (bookings.add(part, plan, proposal.numInstancesFixed) !== undefined) continue;
      for (const held of further) ending.end(held, 'request', 'REJECTED', 'no-capacity');
      return undefined;
    }
    return further;
  }

  /** What is held already is on offer, for as long as the first of its windows. */
  #offerPart(part: Reservation, priceMicros: number, holdUntilMs: number): void {
    const { cover, images, nodeIds, outbox, settings } = this.#parts;
    const { id: reservationId, origin, round, terms: proposal } = part;
    part.priceMicros = priceMicros;
    part.holdUntilMs = holdUntilMs;
    images?.supply(part);
    part.covered = cover.add(proposal);
    moveTo(part, 'request', 'COUNTERED');
    this.expectNext(part);
    const pledge = pledgeFor(part, {
      priceMicros,
      settings: origin?.resoldFor === undefined ? settings.pledge : undefined,
    });
    const pieces = part.shares(nodeIds);
    const terms = { reservationId, round, proposal, priceMicros, holdUntilMs, pieces };
    outbox.emit({ type: 'offer-countered', ...terms, ...pledge });
  }

  /** A lease gives way to another, in its time. */
  #tellOfCut({ reservation, wayOut }: Cut, forReservationId: string): void {
    const { by } = wayOut;
    const untilMs = lastEndOf(reservation);
    const { id: reservationId } = reservation;
    this.#parts.outbox.emit({
      type: 'lease-gives-way',
      reservationId,
      forReservationId,
      by,
      fromMs: wayOut.atMs,
      untilMs,
    });
    this.#parts.ending.coverAnew(reservation);
    this.expectNext(reservation);
  }

  #acceptCounter(reservation: Reservation): ProviderReply {
    const { book, outbox } = this.#parts;
    for (const accepted of [reservation, ...heldWith(book, reservation)]) {
      moveTo(accepted, 'ACCEPT', 'ACCEPTED');
      outbox.touch(accepted);
      outbox.emit({ type: 'counter-accepted', reservationId: accepted.id, round: accepted.round });
    }
    const { holdUntilMs, priceMicros } = reservation;
    return { reply: 'CONFIRM_REQUEST', proposal: reservation.terms, priceMicros, holdUntilMs };
  }

  #decline(
    reservation: Reservation,
    reason: string | undefined,
    givesBack: Withdrawal['givesBack'],
  ): ProviderReply {
    const { id: reservationId, round } = reservation;
    this.#parts.outbox.emit({ type: 'offer-declined', reservationId, round, reason: reason ?? null });
    this.#parts.ending.end(reservation, 'REJECT', 'REJECTED', 'declined', { givesBack });
    return { reply: 'REQUEST_SUCCESS' };
  }

  #confirm(reservation: Reservation, { keepsStart }: { readonly keepsStart: boolean }): ProviderReply {
    const { book, bookings } = this.#parts;
    if (!this.#isStillSold(reservation)) {
      moveTo(reservation, 'CONFIRM', 'COUNTERED');
      this.#parts.outbox.touch(reservation);
      return this.refuse(reservation.id, 'CONFIRM', 'overbooking-risk', reservation.state);
    }
    const parts = heldWith(book, reservation);
    // Of several windows each stays where it is: they are confirmed in one plan.
    const isSlid = !keepsStart && parts.length === 0 && this.#slide(reservation);
    // The session goes on as it was: the user may try again while the hold lasts.
    if (!isSlid && !bookings.confirm(reservation, parts)) {
      return this.refuse(reservation.id, 'CONFIRM', 'capacity-lost', reservation.state);
    }
    for (const confirmed of [reservation, ...parts]) this.#confirmed(confirmed);
    return { reply: 'REQUEST_SUCCESS' };
  }

  /** What is overbooked holds nothing: since it was offered, those whose room it is to have may have come, or have become others. */
  #isStillSold({ id: reservationId, isWithoutCapacity, terms: proposal }: Reservation): boolean {
    if (proposal.kind !== OVERBOOKED.name || !isWithoutCapacity) return true;
    const desk = this.#parts.desks.desk();
    return OVERBOOKED.plan({ reservationId, proposal }, desk).kind !== 'refused';
  }

  #confirmed(reservation: Reservation): void {
    const { book, kinds, nodeIds, outbox, prices, queues } = this.#parts;
    moveTo(reservation, 'CONFIRM', 'CONFIRMED');
    const { id: reservationId, outsourced, priceMicros, terms: proposal } = reservation;
    const pieces = reservation.shares(nodeIds);
    const slaClass = prices.slaClassOf(reservation);
    const { pledgeBackMicros: pledgedMicros } = pledgeBack(reservation);
    outbox.emit({
      type: 'reservation-confirmed',
      reservationId,
      proposal,
      priceMicros,
      pieces,
      ...(slaClass !== undefined && { slaClass }),
      ...toldOf(outsourced),
      ...(pledgedMicros !== undefined && { pledgedMicros }),
    });
    this.expectNext(reservation);
    if (kinds.known(proposal)?.givesWay === true) book.yields(reservation);
    if (queues.join(reservation)) this.#parts.forecasts.joined();
  }

  /**
   * The first start that there was has passed while its user thought: the window begins now, on the same nodes, and is booked there.
   * @returns false when it stays as it was: it does not slide, has not begun, or has no room so long
   */
  #slide(reservation: Reservation): boolean {
    const { bookings, calendar, cover, ending, kinds, outbox, settings } = this.#parts;
    const { covered, id: owner, instances, terms } = reservation;
    const { nowMs } = outbox;
    const slid = { ...terms, startMs: nowMs };
    const isLate = terms.startSlides === true && terms.startMs < nowMs && instances.length > 0;
    if (!isLate || kinds.known(terms)?.accepts(slid, nowMs, settings.shortestDurationMs) !== undefined)
      return false;
    const window = {
      startMs: nowMs,
      endMs: endOf(slid),
      demand: terms.demand,
      kind: 'reservation',
      owner,
    } as const;
    const plan: readonly Edit[] = [
      ...instances.map(({ place }) => ({ edit: 'release', id: place.booking }) as const),
      ...instances.map(({ place }) => ({ edit: 'book', nodeIndex: place.nodeIndex, ...window }) as const),
    ];
    // On a draft first: a plan that is refused is told, and nothing is wrong here.
    if (calendar.fork().apply(plan).kind === 'refused') return false;
    ending.uncover(reservation);
    const isAdmitted = cover.admits(slid);
    if (isAdmitted && bookings.rebook(reservation, plan)) {
      reservation.proposal = slid;
      reservation.covered = cover.add(slid);
      return true;
    }
    if (covered !== undefined) reservation.covered = cover.add(covered.proposal, { fromMs: nowMs });
    return false;
  }

  /** From now on what its kind of lease says is to come next. */
  expectNext(reservation: Reservation): void {
    this.#parts.agenda.expect(reservation, this.#nextOf(reservation));
  }

  /** Takes over what is to come next of a reservation as it was. */
  restore(reservation: Reservation): void {
    const { agenda, book, kinds, queues } = this.#parts;
    const { isConfirmed, proposal, windowOpen } = reservation;
    if (proposal !== null && proposal !== undefined) kinds.recall(proposal);
    agenda.restore(reservation, this.#nextAfterRestart(reservation));
    if (reservation.state === 'WAITLISTED') book.waitlist(reservation);
    if (!isConfirmed) return;
    if (kinds.known(proposal!)?.givesWay === true) book.yields(reservation);
    if (!windowOpen) queues.join(reservation);
  }

  /** Whether what was due at the very instant of the snapshot has come is not known: it is expected as it was just before, and may come twice. */
  #nextAfterRestart(reservation: Reservation): readonly Due[] {
    const { nowMs } = this.#parts.outbox;
    const next = this.#nextOf(reservation, nowMs);
    const isLeftOut = (due: Due) =>
      due.atMs === nowMs && !next.some(({ atMs, kind }) => atMs === nowMs && kind === due.kind);
    const now = this.#nextOf(reservation, nowMs - 1).filter(isLeftOut);
    return now.length === 0 ? next : [...now, ...next];
  }

  #nextOf(reservation: Reservation, nowMs = this.#parts.outbox.nowMs): readonly Due[] {
    const { kinds, nodeIds, settings } = this.#parts;
    const { holdUntilMs: atMs, id: reservationId, proposal } = reservation;
    const kind = proposal === undefined ? undefined : kinds.known(proposal);
    if (reservation.state === 'WAITLISTED') return [{ kind: 'wait-over', reservationId, atMs }];
    if (kind === undefined) return [{ kind: 'hold-expiry', reservationId, atMs }];
    const { noShowGraceMs, shutdownLeadMs } = settings;
    const dues = kind.due(leaseOf(reservation, nodeIds, kind), { nowMs, noShowGraceMs, shutdownLeadMs });
    // Where a partner delivers, the partner says when that is over, and how it went.
    return reservation.outsourced === undefined
      ? dues
      : dues.filter(({ kind: what }) => what !== 'end' && what !== 'shutdown');
  }
}

/** New names come first: behind a spread each would cost its object a hidden class of its own. */
function asJudged(proposal: Proposal, judgement: Judgement): JudgementOf {
  return { proposal, ...judgement };
}

/** What events tell of it. */
function toldOf(offer: PartnerOffer | undefined): { readonly outsourced?: Outsourced } {
  if (offer === undefined) return {};
  const { partner, priceMicros, reservationId } = offer;
  return { outsourced: { partner, reservationId, priceMicros } };
}

/** Of its capacity. */
function lastEndOf({ present }: Reservation): number {
  return Math.max(...present.flatMap(({ pieces }) => pieces.map(({ endMs }) => endMs)));
}

function asHold({ id: owner, terms: { demand } }: Reservation) {
  return ({ endMs, nodeIndex, startMs }: Piece) =>
    ({ edit: 'book', nodeIndex, startMs, endMs, demand, kind: 'hold', owner }) as const;
}

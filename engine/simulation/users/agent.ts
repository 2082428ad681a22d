// The users of a simulation. For each request of the workload one agent talks to a provider as a person or a script would: asks,
// thinks, answers offers as its buyer policy says, confirms, activates at the start, claims options, or withdraws.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { ChangeAnswer } from '../../domain/change.ts';
import {
  endOf,
  type Offer,
  type OfferPart,
  type Proposal,
  type ProviderReply,
  type UserReply,
} from '../../domain/proposal.ts';
import { isQueuedKind, type UserRequest } from '../../domain/user-request.ts';
import { assertNever } from '../../invariant.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import { ownTerms } from '../../policy/terms.ts';
import type { MovingOn } from '../world.ts';
import type { Market } from './market.ts';

/** What chance decided for a user when the request was made. */
export interface UserChances {
  readonly thinkMs: number;
  readonly showsUp: boolean;
  /** From the start of the window until the user activates it, and claims. */
  readonly lateMs: number;
  /** Optional instances to be claimed. */
  readonly claims: number;
  /** Asks in the middle of the window for half as long again. */
  readonly extends: boolean;
  /** For how much of what was agreed they would sell it; undefined: they do not. */
  readonly askShare?: number;
}

export interface AgentParts {
  readonly clock: Clock;
  readonly market: Market;
  readonly buyer: Seat<'buyer'>;
  readonly request: UserRequest;
  readonly chances: UserChances;
  /** Goes on the waitlist where there is no room. */
  readonly waits: boolean;
  /**
   * Told the reservation's id before anything else happens to it.
   * @param doneMs of the duration that was asked for, what is done in another window before; absent: nothing
   */
  readonly onInitiated: (reservationId: string, doneMs?: number) => void;
  /** The user and this provider have come to no agreement. */
  readonly onGivenUp: () => void;
  /** Puts up for sale what the user has no use for any more; false: that cannot be sold. Absent: nothing can. */
  readonly sell: ((reservationId: string) => boolean) | undefined;
  /** When the user leaves a queue for another provider; absent: they do not, or there is no other. */
  readonly movesOn: MovingOn | undefined;
  /** The user has left the queue, and `doneMs` of the duration is done. */
  readonly onMovedOn: (doneMs: number) => void;
}

/** Starts the dialogue; everything after that happens in answer to the provider and on the clock. */
export function negotiate(parts: AgentParts): void {
  const { market, request, buyer, onInitiated } = parts;
  const { requestId, kind, latestStartMs, runTimeMs, userId } = request;
  const { maxPriceMicros: valueMicros } = request.proposal;
  const origin = {
    requestId,
    kind,
    buyer: buyer.named.name,
    latestStartMs: Number.isFinite(latestStartMs) ? latestStartMs : null,
    ...(Number.isFinite(runTimeMs) ? { runTimeMs } : {}),
    ...(valueMicros === undefined ? {} : { valueMicros }),
  };
  const asked = askedOf(market, request, firstProposal(parts));
  const first = parts.waits
    ? Object.assign({}, asked, { waitlist: { untilMs: request.waitUntilMs! } })
    : asked;
  const reservationId = market.nextReservationId();
  market.execute({ name: 'initiate', reservationId, userId, origin }, () => {
    onInitiated(reservationId);
    const agent = new Agent(parts, reservationId, asked);
    market.execute({ name: 'request', reservationId, proposal: first }, agent.hear);
  });
}

/** What was confirmed for another user, and is this one's now; needed in [startMs, endMs). */
export function takeOver(
  parts: AgentParts,
  { endMs, reservationId, startMs }: { reservationId: string; startMs: number; endMs: number },
): void {
  new Agent(parts, reservationId, parts.request.proposal).confirmed(startMs, endMs);
}

function firstProposal({ buyer, clock, request }: AgentParts): Proposal {
  if (buyer.named.policy.open === undefined) return request.proposal;
  const sitting = buyer.sitting();
  const matter = { nowMs: clock.now(), subject: request.requestId, round: 0, terms: request.proposal };
  const opened = ownTerms(sitting.ask(matter, 'open', frozen(request)));
  sitting.keep();
  return opened;
}

/**
 * Terms as this provider is asked for them. What it has no lease for is asked for as a window ahead of time, and answered by the user's
 * patience. A queue has no place for optional instances.
 */
export function askedOf({ queue }: Market, { kind, leeway }: UserRequest, proposal: Proposal): Proposal {
  const isOffered =
    kind !== 'advance' &&
    queue.provider.offers(kind) &&
    (!isQueuedKind(kind) || proposal.numInstancesOption === 0);
  if (!isOffered) return proposal;
  // Not { ...proposal, kind }: a name that is new behind a spread costs microseconds.
  return Object.assign({}, proposal, leeway === undefined ? { kind } : { kind, leeway });
}

class Agent {
  readonly #parts: AgentParts;
  readonly #reservationId: string;
  /** As it was asked for. */
  readonly #asked: Proposal;
  #round = 1;
  /** What is on offer beside the terms, as further windows. */
  #further: readonly OfferPart[] = [];
  #hasWaited = false;
  /** How many times terms were agreed on. */
  #agreements = 0;
  /** How many times it has begun to wait in a queue. */
  #waits = 0;

  constructor(parts: AgentParts, reservationId: string, asked: Proposal) {
    this.#parts = parts;
    this.#reservationId = reservationId;
    this.#asked = asked;
  }

  readonly hear = (reply: ProviderReply): void => {
    switch (reply.reply) {
      case 'ACCEPT':
      case 'COUNTER':
        this.#further = reply.parts ?? [];
        this.#after(this.#parts.chances.thinkMs, () => this.#answer(reply));
        break;
      case 'CONFIRM_REQUEST':
        this.#confirm(reply.proposal);
        break;
      case 'WAITLISTED':
        this.#wait();
        break;
      default:
        // REJECT, the user's own REJECT taken note of, or a hold that ran out meanwhile.
        this.#parts.onGivenUp();
        break;
    }
  };

  #answer(offer: Offer): void {
    const { buyer, clock, market, request } = this.#parts;
    if (market.isUntold && offer.reply === 'COUNTER' && offer.proposal.startMs === this.#asked.startMs) {
      this.#say({ reply: 'ACCEPT' }, this.hear);
      return;
    }
    const nowMs = clock.now();
    const matter = { nowMs, subject: request.requestId, round: this.#round, terms: offer.proposal };
    const sitting = buyer.sitting();
    const decision = sitting.ask(matter, 'respond', frozen(offer), frozen(request), this.#round);
    if (decision.reply === 'COUNTER' && offer.reply === 'ACCEPT') {
      const expected = 'ACCEPT or REJECT: only a counter-offer can be countered';
      throw sitting.refuse(matter, 'respond', decision, expected);
    }
    sitting.keep();
    switch (decision.reply) {
      case 'ACCEPT':
        if (offer.reply === 'COUNTER') this.#say({ reply: 'ACCEPT' }, this.hear);
        else this.#confirm(offer.proposal);
        break;
      case 'REJECT':
        if (offer.reply === 'COUNTER' && this.#parts.waits && !this.#hasWaited) this.#waitInstead();
        else this.#say(decision, this.hear);
        break;
      case 'COUNTER':
        this.#round += 1;
        this.#say({ reply: 'COUNTER', proposal: ownTerms(decision.proposal) }, this.hear);
        break;
      default:
        assertNever(decision);
    }
  }

  /** Rather than take what is offered: once, so that a turn that is no better ends it. */
  #waitInstead(): void {
    this.#hasWaited = true;
    this.#round += 1;
    const waitlist = { untilMs: this.#parts.request.waitUntilMs!, instead: true } as const;
    const proposal = { ...this.#asked, waitlist };
    this.#say({ reply: 'COUNTER', proposal }, this.hear);
  }

  /** On the waitlist: until its turn, or until the user has no use for it any more. */
  #wait(): void {
    const { market, request } = this.#parts;
    const { queue } = market;
    const reservationId = this.#reservationId;
    this.#hasWaited = true;
    market.onTurn(reservationId, (offer) => {
      if (offer === undefined) this.#parts.onGivenUp();
      else this.hear(offer);
    });
    if (request.cancelAtMs === undefined) return;
    this.#at(Math.max(request.cancelAtMs, this.#parts.clock.now()), () => {
      if (queue.provider.reservation(reservationId)?.state === 'WAITLISTED')
        market.execute({ name: 'cancel', reservationId });
    });
  }

  #confirm(proposal: Proposal): void {
    this.#say({ reply: 'CONFIRM' }, (reply) => {
      if (reply.reply === 'REQUEST_FAILED' && reply.reason === 'overbooking-risk') this.#askAgain();
      else if (reply.reply !== 'REQUEST_SUCCESS') this.#parts.onGivenUp();
      else if (isQueuedKind(proposal.kind)) this.#queued();
      else {
        this.confirmed(proposal.startMs, endOf(proposal));
        // To each window its user comes as to any other.
        const windows = [proposal, ...this.#further.map((each) => each.proposal)];
        for (const { proposal: window, reservationId } of this.#further) {
          const before = windows.filter((other) => endOf(other) <= window.startMs);
          const beforeMs = before.reduce((sum, { durationMs }) => sum + durationMs, 0);
          // Where instances are divided, not the time, the others' window has done nothing of theirs.
          this.#parts.onInitiated(
            reservationId,
            Math.max(0, Math.min(beforeMs, this.#asked.durationMs - window.durationMs)),
          );
          new Agent(this.#parts, reservationId, window).confirmed(window.startMs, endOf(window));
        }
      }
    });
  }

  /** What was on offer is not to be had any more. */
  #askAgain(): void {
    this.#round += 1;
    this.#say({ reply: 'COUNTER', proposal: this.#asked }, this.hear);
  }

  /** In a queue: it begins by itself, unless the user withdraws while it waits, or has no use for it any more. */
  #queued(): void {
    const { market, movesOn, request } = this.#parts;
    const { queue } = market;
    const reservationId = this.#reservationId;
    if (movesOn !== undefined) {
      this.#leaveAfter(movesOn.waitedMs);
      market.onSetAside(reservationId, () => this.#leaveAfter(movesOn.displacedMs));
    }
    const untilMs = Math.min(request.latestStartMs, request.cancelAtMs ?? Number.POSITIVE_INFINITY);
    if (untilMs === Number.POSITIVE_INFINITY) return;
    this.#at(Math.max(untilMs, this.#parts.clock.now()), () => {
      const isWaiting = queue.provider.reservation(reservationId)?.isWithoutCapacity;
      if (isWaiting) market.execute({ name: 'cancel', reservationId });
    });
  }

  /** Whoever still waits by then takes what is left elsewhere; unless it had capacity meanwhile. */
  #leaveAfter(delayMs: number): void {
    const wait = ++this.#waits;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const { clock, market, onMovedOn } = this.#parts;
    const { queue } = market;
    const reservationId = this.#reservationId;
    this.#at(clock.now() + delayMs, () => {
      const reservation = queue.provider.reservation(reservationId);
      if (wait !== this.#waits || reservation?.isConfirmed !== true || !reservation.isWithoutCapacity) return;
      const { doneMs } = reservation;
      market.execute({ name: 'cancel', reservationId }, ({ reply }) => {
        if (reply === 'REQUEST_SUCCESS') onMovedOn(doneMs);
      });
    });
  }

  /** They have it: to be activated in its time, or given up. */
  confirmed(startMs: number, endMs: number): void {
    const { chances, clock, market, request, sell } = this.#parts;
    const { autoActivate } = market;
    const reservationId = this.#reservationId;
    const { cancelAtMs = Number.POSITIVE_INFINITY } = request;
    const beginMs = Math.max(startMs, clock.now());
    const agreement = ++this.#agreements;
    /** Unless other terms were agreed on meanwhile. */
    const at = (timeMs: number, act: () => void) =>
      this.#at(timeMs, () => {
        if (agreement === this.#agreements) act();
      });
    market.onChangeOffered(reservationId, (offer) => this.#reconsider(offer));
    if (cancelAtMs < beginMs) {
      at(cancelAtMs, () => {
        if (sell?.(reservationId) !== true) market.execute({ name: 'cancel', reservationId });
      });
      return;
    }
    // Activation comes after the window has opened, also at the instant of the start (Phase.Start comes before Phase.Arrival).
    const startsItself = autoActivate || request.proposal.startsItself === true;
    const comesMs = startsItself ? beginMs : beginMs + chances.lateMs;
    if (!startsItself && chances.showsUp)
      at(comesMs, () => market.execute({ name: 'activate', reservationId }));
    if (chances.claims > 0 && comesMs < endMs && chances.showsUp) {
      at(comesMs, () => market.execute({ name: 'claim', reservationId, count: chances.claims }));
    }
    if (chances.extends && chances.showsUp && beginMs < endMs) {
      const durationMs = endMs - startMs + Math.ceil((endMs - startMs) / 2);
      at(Math.floor((beginMs + endMs) / 2), () => this.#extend(durationMs));
    }
  }

  /** Instances have no node, and the provider offers other terms on its own account. Whoever does not like them keeps what was agreed. */
  #reconsider(offer: Offer): void {
    const { buyer, chances, clock, market, request } = this.#parts;
    const reservationId = this.#reservationId;
    const answer = (answer: ChangeAnswer, hear?: (reply: ProviderReply) => void) =>
      market.execute({ name: 'answer-change', reservationId, answer }, hear);
    this.#after(chances.thinkMs, () => {
      this.#round += 1;
      const { proposal } = offer;
      const matter = { nowMs: clock.now(), subject: request.requestId, round: this.#round, terms: proposal };
      const sitting = buyer.sitting();
      const decision = sitting.ask(matter, 'respond', frozen(offer), frozen(request), this.#round);
      sitting.keep();
      if (decision.reply !== 'ACCEPT') {
        answer('REJECT');
        return;
      }
      answer('ACCEPT');
      answer('CONFIRM', ({ reply }) => {
        if (reply === 'REQUEST_SUCCESS') this.confirmed(proposal.startMs, endOf(proposal));
      });
    });
  }

  /** Half a loaf is better than none: whatever is offered is taken. */
  #extend(durationMs: number): void {
    const { chances, market } = this.#parts;
    const reservationId = this.#reservationId;
    const answer = (answer: ChangeAnswer) => market.execute({ name: 'answer-change', reservationId, answer });
    market.execute({ name: 'change', reservationId, asked: { durationMs } }, ({ reply }) => {
      if (reply !== 'ACCEPT' && reply !== 'COUNTER') return;
      this.#after(chances.thinkMs, () => {
        if (reply === 'COUNTER') answer('ACCEPT');
        answer('CONFIRM');
      });
    });
  }

  #say(answer: UserReply, hear: (reply: ProviderReply) => void): void {
    const reservationId = this.#reservationId;
    this.#parts.market.execute({ name: 'reply', reservationId, answer }, hear);
  }

  #after(delayMs: number, act: () => void): void {
    if (delayMs === 0) act();
    else this.#at(this.#parts.clock.now() + delayMs, act);
  }

  #at(timeMs: number, act: () => void): void {
    this.#parts.clock.at(timeMs, Phase.Arrival, act);
  }
}

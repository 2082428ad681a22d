// The users of a simulation. For each request of the workload one agent talks to the manager as a person or a script would: asks,
// thinks, answers offers as its buyer policy says, confirms, activates at the start, claims options, or withdraws.
import { type Clock, Phase } from '../../clock/clock.ts';
import { endOf, type Offer, type ProviderReply } from '../../domain/proposal.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import { assertNever } from '../../invariant.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import { ownTerms } from '../../policy/terms.ts';
import type { OpenPexManager } from '../../provider/provider.ts';

/** What chance decided for a user when the request was made. */
export interface UserChances {
  readonly thinkMs: number;
  readonly showsUp: boolean;
  /** Optional instances to be claimed. */
  readonly claims: number;
}

export interface BuyerAgentParts {
  readonly clock: Clock;
  readonly manager: OpenPexManager;
  readonly buyer: Seat<'buyer'>;
  readonly request: UserRequest;
  readonly chances: UserChances;
  /** Without it the user activates, at the start. */
  readonly autoActivate: boolean;
  /** Told the reservation's id before anything else happens to it. */
  readonly onInitiated: (reservationId: string) => void;
}

/** Starts the dialogue; everything after that happens in answer to the manager and on the clock. */
export function negotiate(parts: BuyerAgentParts): void {
  const { manager, request, buyer, onInitiated } = parts;
  const { requestId, kind, latestStartMs, proposal, userId } = request;
  const origin = {
    requestId,
    kind,
    buyer: buyer.named.name,
    latestStartMs: Number.isFinite(latestStartMs) ? latestStartMs : null,
  };
  manager.initiateReservation(userId, origin, (reservationId) => {
    onInitiated(reservationId);
    const agent = new BuyerAgent(parts, reservationId);
    manager.requestReservation(reservationId, proposal, agent.hear);
  });
}

class BuyerAgent {
  readonly #parts: BuyerAgentParts;
  readonly #reservationId: string;
  #round = 1;

  constructor(parts: BuyerAgentParts, reservationId: string) {
    this.#parts = parts;
    this.#reservationId = reservationId;
  }

  readonly hear = (reply: ProviderReply): void => {
    switch (reply.reply) {
      case 'ACCEPT':
      case 'COUNTER':
        this.#after(this.#parts.chances.thinkMs, () => this.#answer(reply));
        break;
      case 'CONFIRM_REQUEST':
        this.#confirm(reply.proposal.startMs, endOf(reply.proposal));
        break;
      default:
        // REJECT, or refused because the hold ran out meanwhile: the user gives up.
        break;
    }
  };

  #answer(offer: Offer): void {
    const { buyer, clock, manager, request } = this.#parts;
    const nowMs = clock.now();
    const matter = { nowMs, subject: request.requestId, round: this.#round, terms: offer.proposal };
    const sitting = buyer.sitting();
    const decision = sitting.ask(matter, 'respond', frozen(offer), frozen(request), this.#round);
    if (decision.reply === 'COUNTER' && offer.reply === 'ACCEPT') {
      throw sitting.refuse(
        matter,
        'respond',
        decision,
        'ACCEPT or REJECT: only a counter-offer can be countered',
      );
    }
    sitting.keep();
    switch (decision.reply) {
      case 'ACCEPT':
        if (offer.reply === 'COUNTER') manager.reply(this.#reservationId, { reply: 'ACCEPT' }, this.hear);
        else this.#confirm(offer.proposal.startMs, endOf(offer.proposal));
        break;
      case 'REJECT':
        manager.reply(this.#reservationId, decision, this.hear);
        break;
      case 'COUNTER':
        this.#round += 1;
        manager.reply(
          this.#reservationId,
          { reply: 'COUNTER', proposal: ownTerms(decision.proposal) },
          this.hear,
        );
        break;
      default:
        assertNever(decision);
    }
  }

  #confirm(startMs: number, endMs: number): void {
    this.#parts.manager.reply(this.#reservationId, { reply: 'CONFIRM' }, (reply) => {
      if (reply.reply === 'REQUEST_SUCCESS') this.#confirmed(startMs, endMs);
    });
  }

  #confirmed(startMs: number, endMs: number): void {
    const { autoActivate, chances, clock, manager, request } = this.#parts;
    const { cancelAtMs = Number.POSITIVE_INFINITY } = request;
    const beginMs = Math.max(startMs, clock.now());
    if (cancelAtMs < beginMs) {
      this.#at(cancelAtMs, () => manager.cancel(this.#reservationId, ignore));
      return;
    }
    // Activation comes at the instant of the start, after the window has opened (Phase.Start comes before Phase.Arrival).
    if (!autoActivate && chances.showsUp)
      this.#at(beginMs, () => manager.activate(this.#reservationId, ignore));
    if (chances.claims > 0 && beginMs < endMs && chances.showsUp) {
      this.#at(beginMs, () => manager.claimOptions(this.#reservationId, chances.claims, ignore));
    }
  }

  #after(delayMs: number, act: () => void): void {
    if (delayMs === 0) act();
    else this.#at(this.#parts.clock.now() + delayMs, act);
  }

  #at(timeMs: number, act: () => void): void {
    this.#parts.clock.at(timeMs, Phase.Arrival, act);
  }
}

function ignore(): void {
  // The user is not interested in the answer; the event stream has it.
}

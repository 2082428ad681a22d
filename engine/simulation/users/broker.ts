// Brings users and providers together: each request is put to one provider after the other, in the order of the world, until there is an
// agreement or nobody is left to ask.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import { negotiate, type UserChances } from './agent.ts';
import type { Market } from './market.ts';

export interface BrokerParts {
  readonly clock: Clock;
  readonly markets: readonly Market[];
  /** Told each reservation's id before anything else happens to it. */
  readonly onInitiated: (reservationId: string, request: UserRequest) => void;
}

/** How a user negotiates. */
export interface Manner {
  readonly buyer: Seat<'buyer'>;
  readonly chances: UserChances;
}

export class Broker {
  readonly #parts: BrokerParts;
  #early = 0;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
  }

  /** Requests that are not made yet, because booking for their starts has not opened. */
  get early(): number {
    return this.#early;
  }

  take(request: UserRequest, manner: Manner): void {
    this.#ask(0, request, manner);
  }

  #marketsFor({ provider }: UserRequest): readonly Market[] {
    const { markets } = this.#parts;
    return provider === undefined ? markets : markets.filter(({ queue }) => queue.provider.name === provider);
  }

  #ask(position: number, request: UserRequest, manner: Manner): void {
    const { buyer, chances } = manner;
    const { clock, onInitiated } = this.#parts;
    const markets = this.#marketsFor(request);
    const market = markets[position];
    if (market === undefined) return;
    // What was asked to start by now would be refused by the next provider as well.
    if (position > 0 && request.proposal.startMs < clock.now()) return;
    const opensMs = openingFor(request, market);
    if (opensMs > clock.now()) {
      // Who withdraws before that never asks.
      if (opensMs >= (request.cancelAtMs ?? Number.POSITIVE_INFINITY)) return;
      this.#early += 1;
      clock.at(opensMs, Phase.Arrival, () => {
        this.#early -= 1;
        this.#ask(position, request, manner);
      });
      return;
    }
    negotiate({
      // Whoever refuses may yet be waited for, but only when nobody else is left to be asked.
      waits: request.waitUntilMs !== undefined && position === markets.length - 1,
      buyer,
      chances,
      clock,
      market,
      request,
      onInitiated: (reservationId) => onInitiated(reservationId, request),
      onGivenUp: () => this.#ask(position + 1, request, manner),
    });
  }
}

/** When booking for that start opens; -Infinity: it always was. What a provider has no lease for is asked for as a window ahead of time. */
function openingFor({ kind, proposal }: UserRequest, { leadMaxMs, queue }: Market): number {
  const isWindow = kind === 'advance' || !queue.provider.offers(kind);
  return isWindow ? proposal.startMs - leadMaxMs : Number.NEGATIVE_INFINITY;
}

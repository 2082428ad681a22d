// Brings users and providers together: each request is put to one provider after the other, as the broker policy orders them, until there is
// an agreement or nobody is left to ask.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { MarketQuote, MarketView } from '../../policy/views.ts';
import type { MovingOn } from '../world.ts';
import { askedOf, negotiate, type UserChances } from './agent.ts';
import type { Market } from './market.ts';

export interface BrokerParts {
  readonly clock: Clock;
  readonly markets: readonly Market[];
  /** Absent: in the order of the world. */
  readonly policy: Seat<'broker'> | undefined;
  readonly movesOn: MovingOn | undefined;
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
    this.#ask(this.#order(request), request, manner);
  }

  #ask([market, ...others]: readonly Market[], request: UserRequest, manner: Manner): void {
    if (market === undefined) return;
    const { buyer, chances } = manner;
    const { clock, movesOn, onInitiated } = this.#parts;
    const opensMs = openingFor(request, market);
    if (opensMs > clock.now()) {
      // Who withdraws before that never asks.
      if (opensMs >= (request.cancelAtMs ?? Number.POSITIVE_INFINITY)) return;
      this.#early += 1;
      clock.at(opensMs, Phase.Arrival, () => {
        this.#early -= 1;
        this.#ask([market, ...others], request, manner);
      });
      return;
    }
    negotiate({
      // Whoever refuses may yet be waited for, but only when nobody else is left to be asked.
      waits: request.waitUntilMs !== undefined && others.length === 0,
      buyer,
      chances,
      clock,
      market,
      request,
      onInitiated: (reservationId, doneMs = 0) =>
        onInitiated(reservationId, doneMs === 0 ? request : restOf(request, doneMs, clock.now())),
      onGivenUp: () => {
        // What was asked to start by now would be refused by the next provider as well.
        if (request.proposal.startMs >= clock.now()) this.#ask(others, request, manner);
      },
      movesOn: others.length > 0 ? movesOn : undefined,
      onMovedOn: (doneMs) => this.#ask(others, restOf(request, doneMs, clock.now()), manner),
    });
  }

  #order(request: UserRequest): readonly Market[] {
    const { clock, policy } = this.#parts;
    const { providers } = request;
    const markets =
      providers === undefined
        ? this.#parts.markets
        : this.#parts.markets.filter(({ queue }) => providers.includes(queue.provider.name));
    // Whoever names one provider has chosen.
    if (policy === undefined || (providers !== undefined && markets.length <= 1)) return markets;
    const sitting = policy.sitting();
    const nowMs = clock.now();
    const matter = { nowMs, subject: request.requestId, terms: request.proposal };
    const views = Object.freeze(markets.map((market, index) => viewOf(market, index, request, nowMs)));
    const order = sitting.ask(matter, 'order', frozen(request), views);
    const chosen = new Set(order.map(({ index }) => markets[index]));
    if (chosen.size < order.length || chosen.has(undefined))
      throw sitting.refuse(matter, 'order', order, 'some of the providers that it was given, each once');
    sitting.keep();
    return [...chosen] as Market[];
  }
}

/** What is asked of the next provider, from now on, by whom another has kept waiting: at once, where their patience is over. */
function restOf(request: UserRequest, doneMs: number, nowMs: number): UserRequest {
  const { latestStartMs, proposal, runTimeMs } = request;
  return {
    ...request,
    proposal: { ...proposal, startMs: nowMs, durationMs: proposal.durationMs - doneMs },
    latestStartMs: Math.max(latestStartMs, nowMs),
    // The window has also had the making and the boot of its VMs: of a short run all, and still there is something to do.
    runTimeMs: Math.max(1, runTimeMs - doneMs),
  };
}

function viewOf(market: Market, index: number, request: UserRequest, nowMs: number): MarketView {
  const { provider } = market.queue;
  let quote: MarketQuote | undefined;
  return Object.freeze({
    index,
    provider: provider.name,
    get quote() {
      if (quote === undefined) {
        const { maxPriceMicros: _, ...terms } = request.proposal;
        quote = frozen(provider.quote(askedOf(market, request, terms), nowMs));
      }
      return quote;
    },
  });
}

/** When booking for that start opens; -Infinity: it always was. What a provider has no lease for is asked for as a window ahead of time. */
function openingFor({ kind, proposal }: UserRequest, { leadMaxMs, queue }: Market): number {
  const isWindow = kind === 'advance' || !queue.provider.offers(kind);
  return isWindow ? proposal.startMs - leadMaxMs : Number.NEGATIVE_INFINITY;
}

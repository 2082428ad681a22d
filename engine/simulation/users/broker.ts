// Brings users and providers together: each request is put to one provider after the other, as the broker policy orders them, until there is
// an agreement or nobody is left to ask.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { MarketQuote, MarketView } from '../../policy/views.ts';
import type { Exchange, Purchase } from '../exchange/exchange.ts';
import type { MovingOn } from '../world.ts';
import { type AgentParts, askedOf, negotiate, takeOver, type UserChances } from './agent.ts';
import type { Market } from './market.ts';

export interface BrokerParts {
  readonly clock: Clock;
  readonly markets: readonly Market[];
  /** Absent: in the order of the world. */
  readonly policy: Seat<'broker'> | undefined;
  readonly movesOn: MovingOn | undefined;
  /** Where users trade among themselves; absent: they do not. */
  readonly exchange: Exchange | undefined;
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
    const markets = this.#order(request);
    if (this.#isCheaperOfOthers(request, markets)) this.#bid(request, manner);
    else this.#ask(markets, request, manner);
  }

  /** Is there a window of another user that costs less than any provider asks? */
  #isCheaperOfOthers(request: UserRequest, markets: readonly Market[]): boolean {
    const priceMicros = this.#parts.exchange?.priceFor(request);
    if (priceMicros === undefined) return false;
    const nowMs = this.#parts.clock.now();
    return markets.every((market, index) => {
      const { quote } = viewOf(market, index, request, nowMs);
      return quote.reply !== 'ACCEPT' || quote.priceMicros > priceMicros;
    });
  }

  /** For a window of another user. */
  #bid(request: UserRequest, manner: Manner): void {
    this.#parts.exchange?.buy(request, (purchase) => this.#bought(purchase, request, manner));
  }

  #bought(
    { comesMs: startMs, endMs, market, reservationId }: Purchase,
    request: UserRequest,
    manner: Manner,
  ): void {
    // They need no more of it than they asked for, nor ask for more: half as long again as theirs may be less than all of it.
    const runTimeMs = Math.min(request.runTimeMs, endMs - startMs);
    this.#parts.onInitiated(reservationId, { ...request, runTimeMs });
    const { buyer, chances } = manner;
    const talk = this.#talkOf(market, request, { buyer, chances: { ...chances, extends: false } });
    takeOver(talk, { reservationId, startMs, endMs });
  }

  /** Whose agreement with a provider has been made, and has nothing to go on to. */
  #talkOf(market: Market, request: UserRequest, { buyer, chances }: Manner): AgentParts {
    const { clock, exchange, onInitiated } = this.#parts;
    const { askShare } = chances;
    return {
      waits: false,
      buyer,
      chances,
      clock,
      market,
      request,
      sell:
        exchange === undefined || askShare === undefined
          ? undefined
          : (reservationId) => exchange.sell(market, reservationId, askShare),
      onInitiated: (reservationId, doneMs = 0) =>
        onInitiated(reservationId, doneMs === 0 ? request : restOf(request, doneMs, clock.now())),
      onGivenUp: () => undefined,
      movesOn: undefined,
      onMovedOn: () => undefined,
    };
  }

  #ask([market, ...others]: readonly Market[], request: UserRequest, manner: Manner): void {
    if (market === undefined) {
      this.#bid(request, manner);
      return;
    }
    const { clock, movesOn } = this.#parts;
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
      ...this.#talkOf(market, request, manner),
      // Whoever refuses may yet be waited for, but only when nobody else is left to be asked.
      waits: request.waitUntilMs !== undefined && others.length === 0,
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
  return Object.freeze(new MarketSeen(market, index, request, nowMs));
}

/** A class: a getter in a literal costs each object a hidden class of its own. */
class MarketSeen implements MarketView {
  readonly index: number;
  readonly provider: string;
  readonly #market: Market;
  readonly #request: UserRequest;
  readonly #nowMs: number;
  #quote: MarketQuote | undefined;

  constructor(market: Market, index: number, request: UserRequest, nowMs: number) {
    this.index = index;
    this.provider = market.queue.provider.name;
    this.#market = market;
    this.#request = request;
    this.#nowMs = nowMs;
  }

  get quote(): MarketQuote {
    if (this.#quote === undefined) {
      const { maxPriceMicros: _, ...terms } = this.#request.proposal;
      const asked = askedOf(this.#market, this.#request, terms);
      this.#quote = frozen(this.#market.queue.provider.quote(asked, this.#nowMs));
    }
    return this.#quote;
  }
}

/** When booking for that start opens; -Infinity: it always was. What a provider has no lease for is asked for as a window ahead of time. */
function openingFor({ kind, proposal }: UserRequest, { leadMaxMs, queue }: Market): number {
  const isWindow = kind === 'advance' || !queue.provider.offers(kind);
  return isWindow ? proposal.startMs - leadMaxMs : Number.NEGATIVE_INFINITY;
}

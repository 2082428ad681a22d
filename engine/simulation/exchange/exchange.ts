// Where users trade windows among themselves: who has no use for one that is confirmed puts it up for sale, who came to no agreement, or to a dearer one,
// buys it. The provider is told who has it from then on, and keeps a fee; capacity never changes hands otherwise, so that nothing is sold twice.
import type { Clock } from '../../clock/clock.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import { isWithin } from '../../domain/resources.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import type { Market } from '../users/market.ts';
import type { ExchangeSettings } from '../world.ts';
import {
  type Ask,
  askedMicros,
  type Bid,
  OrderBook,
  type Standing,
  type Trade,
  type TradedWindow,
} from './order-book.ts';

export interface ExchangeParts {
  readonly clock: Clock;
  readonly settings: ExchangeSettings;
}

/** What was bought: a reservation, and the time for which it is needed. */
export interface Purchase {
  readonly market: Market;
  readonly reservationId: string;
  /** When its user comes: at the start of what they need, or of the window where it would be given up by then. */
  readonly comesMs: number;
  readonly endMs: number;
}

type Bought = (purchase: Purchase) => void;
type WindowAsk = Ask & { readonly market: Market };
type RequestBid = Bid & { readonly request: UserRequest; readonly onBought: Bought };

export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #book = new OrderBook<WindowAsk, RequestBid>(standingOf);

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /**
   * Puts a window up for sale, all that is reserved of it.
   * @param askShare of what was agreed for it
   * @returns false when it is none that can be sold, or comes by itself
   */
  sell(market: Market, reservationId: string, askShare: number): boolean {
    const reservation = listable(market, reservationId);
    if (
      reservation === undefined ||
      isWithheld(reservation) ||
      market.autoActivate ||
      reservation.terms.startsItself === true
    )
      return false;
    const { priceMicros, terms, userId } = reservation;
    const { name: provider } = market.queue.provider;
    const askMicros = Math.round(priceMicros * askShare);
    const ask = { market, provider, reservationId, userId, window: windowOf(terms), askMicros };
    market.execute({ name: 'list', reservationId, askMicros }, ({ reply }) => {
      if (reply !== 'REQUEST_SUCCESS') return;
      this.look();
      this.#settle(this.#book.sell(ask, this.#parts.clock.now()));
    });
    return true;
  }

  /** Some of what was put up may be for sale again: a change of it has come to nothing. May be called at any time. */
  look(): void {
    for (const trade of this.#book.returned(this.#parts.clock.now())) this.#settle(trade);
  }

  /** What the cheapest window costs that a request can be met with, at once; undefined: there is none. */
  priceFor(request: UserRequest): number | undefined {
    const nowMs = this.#parts.clock.now();
    const bid = bidOf(request, () => undefined);
    const ask = bid && this.#book.cheapestFor(bid, nowMs);
    return ask && askedMicros(ask, nowMs);
  }

  /** Bids what the user pays at most; who names no highest price, or needs no given window, does not. */
  buy(request: UserRequest, onBought: Bought): void {
    const bid = bidOf(request, onBought);
    if (bid === undefined) return;
    this.look();
    this.#settle(this.#book.buy(bid, this.#parts.clock.now()));
  }

  #settle(trade: Trade<WindowAsk, RequestBid> | undefined): void {
    if (trade === undefined) return;
    const { ask, bid, priceMicros } = trade;
    const { market, reservationId, window } = ask;
    const { bidMicros, needed, onBought, request } = bid;
    const { proposal, requestId, userId } = request;
    const feeMicros = Math.round(priceMicros * this.#parts.settings.feeShare);
    const sale = { priceMicros, feeMicros, requestId, needed: proposal, bidMicros };
    market.execute({ name: 'transfer', reservationId, userId, sale }, ({ reply }) => {
      if (reply !== 'REQUEST_SUCCESS') {
        this.buy(request, onBought);
        return;
      }
      const waitsForThem = needed.startMs - window.startMs < market.noShowGraceMs;
      const comesMs = waitsForThem ? needed.startMs : Math.max(window.startMs, this.#parts.clock.now());
      onBought({ market, reservationId, comesMs, endMs: needed.endMs });
    });
  }
}

/** A confirmed window that this provider delivers; undefined: it is none that could be sold. */
function listable({ queue }: Market, reservationId: string): Listable | undefined {
  const reservation = queue.provider.reservation(reservationId);
  if (reservation?.state !== 'CONFIRMED' || reservation.outsourced !== undefined) return undefined;
  return (reservation.terms.kind ?? 'advance') === 'advance' ? reservation : undefined;
}

type Listable = NonNullable<ReturnType<Market['queue']['provider']['reservation']>>;

/** It is about to be changed, or has lost its capacity: nobody buys it until that has come to an end. */
function isWithheld({ change, isWithoutCapacity }: Listable): boolean {
  return change !== undefined || isWithoutCapacity;
}

/** Once other terms are agreed on, or somebody else has it, it is not what was put up: its user puts it up anew. */
function standingOf({ market, reservationId, userId, window }: WindowAsk): Standing {
  const reservation = listable(market, reservationId);
  if (reservation?.userId !== userId || !isSame(windowOf(reservation.terms), window)) return 'gone';
  return isWithheld(reservation) ? 'withheld' : 'for-sale';
}

function bidOf(request: UserRequest, onBought: Bought): RequestBid | undefined {
  const { cancelAtMs = Number.POSITIVE_INFINITY, kind, proposal, providers, requestId, userId } = request;
  const { maxPriceMicros: bidMicros, numInstancesOption, preference } = proposal;
  if (kind !== 'advance' || bidMicros === undefined || numInstancesOption > 0 || preference !== undefined)
    return undefined;
  const needed = windowOf(proposal);
  return { requestId, userId, needed, bidMicros, untilMs: cancelAtMs, providers, request, onBought };
}

function isSame(one: TradedWindow, other: TradedWindow): boolean {
  return (
    one.startMs === other.startMs &&
    one.endMs === other.endMs &&
    one.count === other.count &&
    one.template === other.template &&
    isWithin(one.demand, other.demand) &&
    isWithin(other.demand, one.demand)
  );
}

function windowOf(terms: Proposal): TradedWindow {
  const { demand, numInstancesFixed: count, sites, startMs, template } = terms;
  return { startMs, endMs: endOf(terms), count, demand, template, sites };
}

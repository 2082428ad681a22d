// Where users trade windows among themselves: who has no use for one that is confirmed puts it up for sale, who came to no agreement, or to a dearer one,
// buys it. The provider is told who has it from then on, and keeps a fee; capacity never changes hands otherwise, so that nothing is sold twice.
import type { Clock } from '../../clock/clock.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import { isWithin } from '../../domain/resources.ts';
import type { UserRequest } from '../../domain/user-request.ts';
import type { Market } from '../users/market.ts';
import type { ExchangeSettings } from '../world.ts';
import { type Ask, askedMicros, type Bid, OrderBook, type Trade, type TradedWindow } from './order-book.ts';

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
  readonly #book = new OrderBook<WindowAsk, RequestBid>(isAsListed);

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /**
   * Puts a window up for sale, all that is reserved of it.
   * @param askShare of what was agreed for it
   * @returns false when it is none that can be sold, or comes by itself
   */
  sell(market: Market, reservationId: string, askShare: number): boolean {
    const reservation = sellable(market, reservationId);
    if (reservation === undefined || market.autoActivate || reservation.terms.startsItself === true)
      return false;
    const { priceMicros, terms, userId } = reservation;
    const { name: provider } = market.queue.provider;
    const askMicros = Math.round(priceMicros * askShare);
    const ask = { market, provider, reservationId, userId, window: windowOf(terms), askMicros };
    market.execute({ name: 'list', reservationId, askMicros }, ({ reply }) => {
      if (reply === 'REQUEST_SUCCESS') this.#settle(this.#book.sell(ask, this.#parts.clock.now()));
    });
    return true;
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
    if (bid !== undefined) this.#settle(this.#book.buy(bid, this.#parts.clock.now()));
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

/** A confirmed window that has capacity here, and is not about to be changed; undefined: it cannot be sold. */
function sellable({ queue }: Market, reservationId: string) {
  const reservation = queue.provider.reservation(reservationId);
  if (reservation?.state !== 'CONFIRMED' || reservation.isWithoutCapacity) return undefined;
  const { change, outsourced, terms } = reservation;
  const isWindow = (terms.kind ?? 'advance') === 'advance';
  return isWindow && change === undefined && outsourced === undefined ? reservation : undefined;
}

/** It can be sold, and is what was put up: once other terms are agreed on, its user puts it up anew. */
function isAsListed({ market, reservationId, userId, window }: WindowAsk): boolean {
  const reservation = sellable(market, reservationId);
  return reservation?.userId === userId && isSame(windowOf(reservation.terms), window);
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

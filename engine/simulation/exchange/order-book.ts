// The order book of an exchange for windows: those that their users sell, and bids of who needs one. A continuous double auction: an order that comes is
// matched with the best that rests on the other side, by price and then by time, at the price of the one that rests; else it rests itself.
// A window is sold as a whole. The double auction of traders who arrive by and by: Gode, Sunder, "Allocative efficiency of markets with zero-intelligence
// traders", J. Political Economy 101(1), 1993; windows sold on by who reserved them, lowest price first: the Reserved Instance Marketplace of EC2, 2012.
import { isAsParticular, isWithin, type Resources } from '../../domain/resources.ts';

/** Instances for a time, from [startMs, endMs). */
export interface TradedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly demand: Resources;
  readonly template: string;
  /** Of what is needed: on which sites it may be. Absent: anywhere. */
  readonly sites?: readonly string[] | undefined;
}

export interface Ask {
  readonly provider: string;
  readonly reservationId: string;
  readonly userId: string;
  readonly window: TradedWindow;
  /** For all of the window; once it has begun, what is left of it costs as much less. */
  readonly askMicros: number;
}

export interface Bid {
  readonly requestId: string;
  readonly userId: string;
  readonly needed: TradedWindow;
  /** The most that is paid. */
  readonly bidMicros: number;
  /** From then on nothing is bought with it, nor once what is needed has begun. */
  readonly untilMs: number;
  /** Absent: of any. */
  readonly providers?: readonly string[] | undefined;
}

export interface Trade<A extends Ask, B extends Bid> {
  readonly ask: A;
  readonly bid: B;
  readonly priceMicros: number;
}

/** Whether a window that was put up can be had: now, perhaps later, or never again. */
export type Standing = 'for-sale' | 'withheld' | 'gone';

/** Each order costs O(orders that rest). */
export class OrderBook<A extends Ask, B extends Bid> {
  readonly #standingOf: (ask: A) => Standing;
  /** In the order in which they came. */
  #asks: readonly A[] = [];
  #bids: readonly B[] = [];
  /** Those that can be had, when it was last looked. */
  #forSale: readonly A[] = [];
  /** Asks that rest, and could not be had when a bid or a look came by. */
  readonly #withheld = new Set<A>();

  /** @param standingOf how what was put up stands now */
  constructor(standingOf: (ask: A) => Standing) {
    this.#standingOf = standingOf;
  }

  /** What was withheld and can be had again is matched with bids as if it came now, the oldest first; what is not, rests as it did. */
  returned(nowMs: number): readonly Trade<A, B>[] {
    this.#look(nowMs);
    return this.#forSale.flatMap((ask) => {
      if (!this.#withheld.delete(ask)) return [];
      const trade = this.#takenBy(ask, nowMs);
      if (trade === undefined) return [];
      this.#asks = this.#asks.filter((other) => other !== ask);
      return [trade];
    });
  }

  /** A window is for sale: whoever bids most has it, at that bid. undefined: it rests. */
  sell(ask: A, nowMs: number): Trade<A, B> | undefined {
    this.#look(nowMs);
    const trade = this.#takenBy(ask, nowMs);
    if (trade === undefined) this.#asks = [...this.#asks, ask];
    return trade;
  }

  /** A window is needed: it is the one for which least is asked, at that price. undefined: the bid rests. */
  buy(bid: B, nowMs: number): Trade<A, B> | undefined {
    const ask = this.cheapestFor(bid, nowMs);
    if (ask === undefined) {
      this.#bids = [...this.#bids, bid];
      return undefined;
    }
    this.#asks = this.#asks.filter((other) => other !== ask);
    return { ask, bid, priceMicros: askedMicros(ask, nowMs) };
  }

  /** What a bid would be matched with; undefined: nothing. */
  cheapestFor(bid: B, nowMs: number): A | undefined {
    this.#look(nowMs);
    return best(
      this.#forSale.filter((ask) => matches(ask, bid, nowMs)),
      (ask) => askedMicros(ask, nowMs),
    );
  }

  /** By whoever bids most, and of those who bid as much the first. */
  #takenBy(ask: A, nowMs: number): Trade<A, B> | undefined {
    const bid = best(
      this.#bids.filter((bid) => matches(ask, bid, nowMs)),
      ({ bidMicros }) => -bidMicros,
    );
    if (bid === undefined) return undefined;
    this.#bids = this.#bids.filter((other) => other !== bid);
    return { ask, bid, priceMicros: bid.bidMicros };
  }

  /** Forgets what is over and gone, and sees what can be had. */
  #look(nowMs: number): void {
    const forSale: A[] = [];
    this.#asks = this.#asks.filter((ask) => {
      const standing = ask.window.endMs > nowMs ? this.#standingOf(ask) : 'gone';
      if (standing === 'for-sale') forSale.push(ask);
      else if (standing === 'withheld') this.#withheld.add(ask);
      else this.#withheld.delete(ask);
      return standing !== 'gone';
    });
    this.#forSale = forSale;
    this.#bids = this.#bids.filter((bid) => isGood(bid, nowMs));
  }
}

/** What is asked for what is left of a window. */
export function askedMicros({ askMicros, window: { endMs, startMs } }: Ask, nowMs: number): number {
  const leftMs = endMs - Math.max(startMs, nowMs);
  return Math.round(askMicros * (leftMs / (endMs - startMs)));
}

function isGood({ needed, untilMs }: Bid, nowMs: number): boolean {
  return nowMs < untilMs && nowMs <= needed.startMs;
}

function matches(ask: Ask, bid: Bid, nowMs: number): boolean {
  const { window } = ask;
  const { bidMicros, needed, providers, userId } = bid;
  return (
    isGood(bid, nowMs) &&
    askedMicros(ask, nowMs) <= bidMicros &&
    ask.userId !== userId &&
    (providers?.includes(ask.provider) ?? true) &&
    window.startMs <= needed.startMs &&
    needed.endMs <= window.endMs &&
    needed.count <= window.count &&
    needed.template === window.template &&
    isWithin(needed.demand, window.demand) &&
    isAsParticular(window.demand, needed.demand) &&
    isOnSite(window, needed)
  );
}

/** What nobody wanted on a site may be on several. */
function isOnSite({ demand: { site } }: TradedWindow, { sites = [] }: TradedWindow): boolean {
  return sites.length === 0 || (site !== undefined && sites.includes(site));
}

/** Of those of the least rank the first. */
function best<T>(orders: readonly T[], rankOf: (order: T) => number): T | undefined {
  const [first, ...others] = orders;
  if (first === undefined) return undefined;
  return others.reduce((best, other) => (rankOf(other) < rankOf(best) ? other : best), first);
}

// Sealed bids for windows: the densest take room first, and each winner pays for what it keeps out.
import type { AuctionView, Bid, WaitingView, WaitlistPolicy } from '../../engine/for-policies.ts';
import { creditsOption, microsFromCredits } from '../../written/money.ts';
import { HOUR_MS } from '../pricing/rates.ts';

export const reserveOption = creditsOption({
  default: 0,
  description:
    'The least that is taken for a CPU-hour: what one costs in use beyond what it costs idle. Bids of less wait in vain.',
});

interface Rule {
  /** Credits for a CPU-hour. */
  readonly reserve: number;
  /** Bids are compared by bid / CPU-hours^exponent, their density. */
  readonly exponent: 1 | 0.5;
  /** The loser whose density a winner pays. */
  readonly pays: (winner: Dense, bids: SealedBids) => Dense | undefined;
}

interface Dense {
  readonly bid: Bid;
  /** CPU-hours. */
  readonly size: number;
  readonly density: number;
  /** The reserve for all of it. */
  readonly leastMicros: number;
}

/** A waitlist policy that sells what is waited for. A winner pays at least the reserve, and at most what was bid. */
export function sealedBidAuction({ exponent, pays, reserve }: Rule): WaitlistPolicy {
  const reserveMicros = microsFromCredits(reserve);
  return {
    rank: ({ proposal }: WaitingView) =>
      -densityOf(proposal.maxPriceMicros ?? 0, sizeOf({ proposal }), exponent),
    clear(bids, view) {
      const sealed = new SealedBids(
        bids.map((bid) => {
          const size = sizeOf(bid);
          const density = densityOf(bid.bidMicros, size, exponent);
          return { bid, size, density, leastMicros: Math.ceil(reserveMicros * size) };
        }),
        view,
      );
      return sealed.winners.map((winner) => {
        const { bid, leastMicros, size } = winner;
        const beatenMicros = Math.round((pays(winner, sealed)?.density ?? 0) * size ** exponent);
        const priceMicros = Math.min(bid.bidMicros, Math.max(leastMicros, beatenMicros));
        return { index: bid.index, priceMicros };
      });
    },
  };
}

/** Of the densest of those that lose and would win if the winner were not there. */
export function rivalOf(winner: Dense, bids: SealedBids): Dense | undefined {
  const without = new Set(bids.winnersWithout(winner));
  return bids.losers.find((loser) => without.has(loser));
}

/** Of the densest of those that lose and are no denser than the winner: of who is, the window is full. */
export function bestLoserBelow({ density }: Dense, { losers }: SealedBids): Dense | undefined {
  return losers.find((loser) => loser.density <= density);
}

class SealedBids {
  /** Of at least the reserve, the densest first; among equals the first of the waitlist. */
  readonly #ordered: readonly Dense[];
  readonly #view: AuctionView;
  readonly winners: readonly Dense[];
  /** In the same order. */
  readonly losers: readonly Dense[];

  constructor(bids: readonly Dense[], view: AuctionView) {
    this.#view = view;
    this.#ordered = bids
      .filter(({ bid, leastMicros }) => bid.bidMicros >= leastMicros)
      .sort((a, b) => b.density - a.density || a.bid.index - b.bid.index);
    this.winners = this.winnersWithout(undefined);
    const won = new Set(this.winners);
    this.losers = this.#ordered.filter((each) => !won.has(each));
  }

  winnersWithout(winner: Dense | undefined): readonly Dense[] {
    const room = this.#view.room();
    return this.#ordered.filter((each) => each !== winner && room.take(each.bid));
  }
}

/** CPU-hours of the guaranteed instances. */
function sizeOf({ proposal: { demand, durationMs, numInstancesFixed } }: Pick<Bid, 'proposal'>): number {
  return (demand.milliCpus / 1000) * numInstancesFixed * (durationMs / HOUR_MS);
}

function densityOf(bidMicros: number, size: number, exponent: number): number {
  return size === 0 ? Number.MAX_VALUE : bidMicros / size ** exponent;
}

// What auctions sold, and for how much.
import type { EventOf } from '../../engine/index.ts';
import { round } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface AuctionFigures {
  readonly held: number;
  /** Each counts once in every auction that it takes part in. */
  readonly bids: number;
  readonly awards: number;
  /** Of what was awarded, in CPU-milliseconds. */
  readonly awardedCpuMs: number;
  readonly awardedMicros: number;
  /** What the winners had bid. */
  readonly bidMicros: number;
}

class AuctionMeter implements Meter<AuctionFigures> {
  readonly #measuredFromMs: number;
  #held = 0;
  #bids = 0;
  #awards = 0;
  #awardedCpuMs = 0;
  #awardedMicros = 0;
  #bidMicros = 0;

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'auction-held': ({ atMs, awards, bids }: EventOf<'auction-held'>) => {
      if (atMs < this.#measuredFromMs) return;
      this.#held += 1;
      this.#bids += bids;
      this.#awards += awards.length;
      for (const { bidMicros, cpuMs, priceMicros } of awards) {
        this.#awardedCpuMs += cpuMs;
        this.#awardedMicros += priceMicros;
        this.#bidMicros += bidMicros;
      }
    },
  };

  finish(): AuctionFigures {
    return {
      held: this.#held,
      bids: this.#bids,
      awards: this.#awards,
      awardedCpuMs: this.#awardedCpuMs,
      awardedMicros: this.#awardedMicros,
      bidMicros: this.#bidMicros,
    };
  }
}

export const auctions = metric({
  name: 'auctions',
  over: 'by instant',
  start: (stream: StreamStart) => new AuctionMeter(stream),
  summary: {
    auctions: {
      means: 'auctions at which there were bids',
      of: ({ held }) => held,
    },
    auctionBids: {
      means: 'bids in all of them; one that loses counts in the next again',
      of: ({ bids }) => bids,
    },
    auctionAwards: {
      means: 'bids that won; each had a turn, if there was room after all',
      of: ({ awards }) => awards,
    },
    auctionCpuHours: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x duration of what was awarded, taken or not',
      of: ({ awardedCpuMs }) => round(awardedCpuMs / 3_600_000),
    },
    auctionPrice: {
      unit: 'credits / vCPU h',
      means: 'what awards cost, for a CPU-hour; null: there was none',
      of: ({ awardedCpuMs, awardedMicros }) =>
        awardedCpuMs === 0 ? null : round(awardedMicros / 1_000_000 / (awardedCpuMs / 3_600_000)),
    },
  },
});

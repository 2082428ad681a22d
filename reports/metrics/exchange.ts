// What users sold each other: windows that one of them had no use for.
import { type EventOf, endOf, type Proposal } from '../../engine/index.ts';
import { round } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface ExchangeFigures {
  /** Windows put up for sale, and trades. */
  readonly listed: number;
  readonly trades: number;
  /** CPU-milliseconds of guaranteed instances: of what was put up, of what was left of it when it was sold, and of what its buyers needed. */
  readonly listedCpuMs: number;
  readonly tradedCpuMs: number;
  readonly neededCpuMs: number;
  /** What was agreed with the provider for what was sold, what was asked for it, what was paid, and what would have been. */
  readonly agreedMicros: number;
  readonly askedMicros: number;
  readonly paidMicros: number;
  readonly bidMicros: number;
  readonly feesMicros: number;
}

type Listing = Pick<EventOf<'reservation-listed'>, 'proposal' | 'priceMicros' | 'askMicros'>;
type Sums = { -readonly [F in keyof ExchangeFigures]: ExchangeFigures[F] };

class ExchangeMeter implements Meter<ExchangeFigures> {
  readonly #measuredFromMs: number;
  /** Of reservations that are alive. */
  readonly #listings = new Map<string, Listing>();
  readonly #sums: Sums = {
    listed: 0,
    trades: 0,
    listedCpuMs: 0,
    tradedCpuMs: 0,
    neededCpuMs: 0,
    agreedMicros: 0,
    askedMicros: 0,
    paidMicros: 0,
    bidMicros: 0,
    feesMicros: 0,
  };

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'reservation-listed': (event: EventOf<'reservation-listed'>) => {
      const { askMicros, atMs, priceMicros, proposal, reservationId } = event;
      this.#listings.set(reservationId, { askMicros, priceMicros, proposal });
      if (atMs < this.#measuredFromMs) return;
      this.#sums.listed += 1;
      this.#sums.listedCpuMs += cpuMsOf(proposal);
    },
    'reservation-transferred': (event: EventOf<'reservation-transferred'>) => {
      const { atMs, priceMicros, reservationId, sale } = event;
      const listing = this.#listings.get(reservationId);
      this.#listings.delete(reservationId);
      if (sale === undefined || listing === undefined || atMs < this.#measuredFromMs) return;
      const sums = this.#sums;
      sums.trades += 1;
      sums.tradedCpuMs += cpuMsOf(listing.proposal, atMs);
      sums.neededCpuMs += cpuMsOf(sale.needed);
      sums.agreedMicros += listing.priceMicros;
      sums.askedMicros += listing.askMicros;
      sums.paidMicros += priceMicros;
      sums.bidMicros += sale.bidMicros;
      sums.feesMicros += sale.feeMicros;
    },
    'reservation-ended': ({ reservationId }: EventOf<'reservation-ended'>) => {
      this.#listings.delete(reservationId);
    },
  };

  finish(): ExchangeFigures {
    return { ...this.#sums };
  }
}

/** Of guaranteed instances, from `fromMs` on. */
function cpuMsOf(terms: Proposal, fromMs: number = Number.NEGATIVE_INFINITY): number {
  const { demand, numInstancesFixed, startMs } = terms;
  return (demand.milliCpus * numInstancesFixed * (endOf(terms) - Math.max(startMs, fromMs))) / 1000;
}

const MICROS = 1_000_000;
const MS_PER_HOUR = 3_600_000;
const credits = (micros: number) => round(micros / MICROS);

export const exchange = metric({
  name: 'exchange',
  over: 'by instant',
  start: (stream: StreamStart) => new ExchangeMeter(stream),
  summary: {
    windowsListed: {
      means: 'windows that their users put up for sale (`users.exchange`)',
      of: ({ listed }) => listed,
    },
    trades: {
      means: 'of these those that another user bought; each serves a request that no provider has served',
      of: (figures) => figures.trades,
    },
    cpuHoursListed: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x duration of what was put up',
      of: ({ listedCpuMs }) => round(listedCpuMs / MS_PER_HOUR),
    },
    cpuHoursTraded: {
      unit: 'vCPU h',
      means: 'the same of what was sold, as far as it was left by then',
      of: ({ tradedCpuMs }) => round(tradedCpuMs / MS_PER_HOUR),
    },
    cpuHoursBought: {
      unit: 'vCPU h',
      means: 'of cpuHoursTraded, what those who bought had asked for: a window is sold as a whole',
      of: ({ neededCpuMs }) => round(neededCpuMs / MS_PER_HOUR),
    },
    tradePrice: {
      unit: 'credits / vCPU h',
      means: 'what was paid for a CPU-hour of cpuHoursTraded; null without trades',
      of: ({ paidMicros, tradedCpuMs }) =>
        tradedCpuMs === 0 ? null : round(paidMicros / MICROS / (tradedCpuMs / MS_PER_HOUR)),
    },
    tradeTurnover: {
      unit: 'credits',
      means: 'what buyers paid in all',
      of: ({ paidMicros }) => credits(paidMicros),
    },
    tradeFees: {
      unit: 'credits',
      means: 'of tradeTurnover, what providers kept; no part of revenue',
      of: ({ feesMicros }) => credits(feesMicros),
    },
    tradeSurplus: {
      unit: 'credits',
      means: 'what buyers would have paid at most, less what they paid',
      of: ({ bidMicros, paidMicros }) => credits(bidMicros - paidMicros),
    },
  },
});

// What providers sold that others delivered.
import { isAccepted, type NegotiationRecord } from '../facts/session-records.ts';
import { round } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface OutsourcingFigures {
  /** Agreements that another provider delivers, and CPU-milliseconds, prices and transfer prices agreed with them. */
  readonly outsourced: number;
  readonly outsourcedCpuMs: number;
  readonly priceMicros: number;
  readonly transferMicros: number;
  /** Agreements of other providers that it delivers. */
  readonly resold: number;
}

class Outsourcing implements Meter<OutsourcingFigures> {
  readonly #severalProviders: boolean;
  #outsourced = 0;
  #outsourcedCpuMs = 0;
  #priceMicros = 0;
  #transferMicros = 0;
  #resold = 0;

  constructor({ severalProviders = false }: StreamStart) {
    this.#severalProviders = severalProviders;
  }

  readonly hears = {
    'negotiation-over': ({ isResold, measured, offered, outcome, outsourced }: NegotiationRecord) => {
      if (!measured || !isAccepted(outcome) || offered === null) return;
      if (isResold) this.#resold += 1;
      if (outsourced === null) return;
      const { demand, durationMs, numInstancesFixed } = offered.proposal;
      this.#outsourced += 1;
      this.#outsourcedCpuMs += (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
      this.#priceMicros += offered.priceMicros;
      this.#transferMicros += outsourced.priceMicros;
    },
  };

  finish(): OutsourcingFigures {
    return {
      outsourced: this.#outsourced,
      outsourcedCpuMs: this.#outsourcedCpuMs,
      priceMicros: this.#priceMicros,
      transferMicros: this.#transferMicros,
      // Both sides are one negotiation there.
      resold: this.#severalProviders ? this.#outsourced : this.#resold,
    };
  }
}

const MICROS = 1_000_000;
const MS_PER_HOUR = 3_600_000;

export const outsourcing = metric({
  name: 'outsourcing',
  over: 'by request',
  start: (stream: StreamStart) => new Outsourcing(stream),
  summary: {
    outsourced: {
      means: 'accepted requests that another provider delivers, for a transfer price',
      of: (figures) => figures.outsourced,
    },
    cpuHoursOutsourced: {
      unit: 'vCPU h',
      means: 'the part of cpuHoursAgreed that other providers deliver',
      of: ({ outsourcedCpuMs }) => round(outsourcedCpuMs / MS_PER_HOUR),
    },
    transferPrices: {
      unit: 'credits',
      means: 'what these cost at those providers, as agreed, before refunds and penalties',
      of: ({ transferMicros }) => round(transferMicros / MICROS),
    },
    resaleMargin: {
      unit: 'credits',
      means: 'what their users pay for them, as agreed, less transferPrices',
      of: ({ priceMicros, transferMicros }) => round((priceMicros - transferMicros) / MICROS),
    },
    resold: {
      means: 'accepted requests of other providers that it delivers; of all together as many as outsourced',
      of: (figures) => figures.resold,
    },
  },
});

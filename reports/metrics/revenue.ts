// What reservations earned.
import { isAccepted, type NegotiationRecord, type ReservationRecord } from '../facts/session-records.ts';
import { round } from '../summary-values.ts';
import { type FiguresOf, type Meter, metric } from './metric.ts';
import { utilisation } from './utilisation.ts';

export interface RevenueFigures {
  /** Prices agreed, refunds and penalties, in micro-credits. */
  readonly agreedMicros: number;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
  /** Prices agreed minus refunds. */
  readonly revenueMicros: number;
  /** Guaranteed CPU-time agreed, and what was online, in CPU-milliseconds. */
  readonly agreedCpuMs: number;
  readonly onlineCpuMs: number;
}

class Revenue implements Meter<RevenueFigures> {
  #agreedMicros = 0;
  #refundMicros = 0;
  #penaltyMicros = 0;
  #agreedCpuMs = 0;

  readonly hears = {
    'negotiation-over': (record: NegotiationRecord) => this.#agreed(record),
    'reservation-over': ({ measured, refundMicros, penaltyMicros }: ReservationRecord) => {
      if (!measured) return;
      this.#refundMicros += refundMicros;
      this.#penaltyMicros += penaltyMicros;
    },
  };

  finish(_endMs: number, figures: FiguresOf<[typeof utilisation]>): RevenueFigures {
    return {
      agreedMicros: this.#agreedMicros,
      refundMicros: this.#refundMicros,
      penaltyMicros: this.#penaltyMicros,
      revenueMicros: this.#agreedMicros - this.#refundMicros,
      agreedCpuMs: this.#agreedCpuMs,
      onlineCpuMs: figures.utilisation.onlineCpuMs,
    };
  }

  #agreed({ measured, offered, outcome }: NegotiationRecord): void {
    if (!measured || !isAccepted(outcome) || offered === null) return;
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    this.#agreedMicros += offered.priceMicros;
    this.#agreedCpuMs += (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
  }
}

const MICROS_PER_CREDIT = 1_000_000;
const MS_PER_HOUR = 3_600_000;

export const revenue = metric({
  name: 'revenue',
  reads: [utilisation],
  start: () => new Revenue(),
  summary: {
    revenue: {
      unit: 'credits',
      means: 'agreed prices of accepted requests minus refunds',
      of: ({ revenueMicros }) => revenueMicros / MICROS_PER_CREDIT,
    },
    refunds: {
      unit: 'credits',
      means: 'given back',
      of: ({ refundMicros }) => refundMicros / MICROS_PER_CREDIT,
    },
    penalties: {
      unit: 'credits',
      means: 'paid by the provider on top',
      of: ({ penaltyMicros }) => penaltyMicros / MICROS_PER_CREDIT,
    },
    revenuePerAcceptedCpuHour: {
      unit: 'credits / vCPU h',
      means: 'revenue / guaranteed CPU-time agreed',
      of: ({ revenueMicros, agreedCpuMs }) => perCpuHour(revenueMicros, agreedCpuMs),
    },
    revenuePerOnlineCpuHour: {
      unit: 'credits / vCPU h',
      means: 'revenue / CPU-time online',
      of: ({ revenueMicros, onlineCpuMs }) => perCpuHour(revenueMicros, onlineCpuMs),
    },
  },
});

function perCpuHour(micros: number, cpuMs: number): number | null {
  return cpuMs === 0 ? null : round(micros / MICROS_PER_CREDIT / (cpuMs / MS_PER_HOUR));
}

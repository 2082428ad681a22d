// What reservations earned.
import { endOf } from '../../engine/index.ts';
import type { TermsChange } from '../facts/derived.ts';
import { isAccepted, type NegotiationRecord, type ReservationRecord } from '../facts/session-records.ts';
import { round } from '../summary-values.ts';
import { type FiguresOf, type Meter, metric, type StreamStart } from './metric.ts';
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
  /** Earned within the measured time, whenever it was agreed. */
  readonly earnedMicros: number;
}

class Revenue implements Meter<RevenueFigures> {
  #agreedMicros = 0;
  #refundMicros = 0;
  #penaltyMicros = 0;
  #agreedCpuMs = 0;
  #earnedMicros = 0;
  readonly #measuredFromMs: number;

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'negotiation-over': (record: NegotiationRecord) => this.#agreed(record),
    'terms-were-changed': ({ differenceCpuMs, differenceMicros, measured }: TermsChange) => {
      if (!measured) return;
      this.#agreedMicros += differenceMicros;
      this.#agreedCpuMs += differenceCpuMs;
    },
    'reservation-over': (record: ReservationRecord) => {
      const { measured, refundMicros, penaltyMicros } = record;
      this.#earnedMicros += earnedMicros(record, this.#measuredFromMs);
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
      earnedMicros: this.#earnedMicros,
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
  over: 'by request',
  reads: [utilisation],
  start: (stream: StreamStart) => new Revenue(stream),
  summary: {
    revenue: {
      unit: 'credits',
      means:
        'agreed prices of accepted requests, whenever their windows are, with what was charged for claims and what changes of confirmed reservations cost or gave back, minus refunds',
      of: ({ revenueMicros }) => revenueMicros / MICROS_PER_CREDIT,
    },
    refunds: {
      unit: 'credits',
      means: 'given back until the end of the run',
      of: ({ refundMicros }) => refundMicros / MICROS_PER_CREDIT,
    },
    penalties: {
      unit: 'credits',
      means: 'paid by the provider on top until the end of the run',
      of: ({ penaltyMicros }) => penaltyMicros / MICROS_PER_CREDIT,
    },
    revenuePerAcceptedCpuHour: {
      unit: 'credits / vCPU h',
      means: 'revenue / cpuHoursAgreed',
      of: ({ revenueMicros, agreedCpuMs }) => perCpuHour(revenueMicros, agreedCpuMs),
    },
    revenuePerOnlineCpuHour: {
      over: 'by instant',
      unit: 'credits / vCPU h',
      means:
        'what windows earned within the measured time / CPU-time online in it. A window earns its price less the refund evenly from its start to its agreed end, or to where it ended before; a reservation that ended before its start earns what is left at that instant',
      of: ({ earnedMicros, onlineCpuMs }) => perCpuHour(earnedMicros, onlineCpuMs),
    },
  },
});

/** Of the price less the refund, what falls within the measured time. */
export function earnedMicros(
  { endedMs, priceMicros, proposal, refundMicros, untilMs }: ReservationRecord,
  measuredFromMs: number,
): number {
  const micros = priceMicros - refundMicros;
  const { startMs } = proposal;
  if (untilMs <= startMs) return endedMs !== null && untilMs >= measuredFromMs ? micros : 0;
  const toMs = endedMs === null ? endOf(proposal) : Math.min(endOf(proposal), endedMs);
  const measuredMs = Math.max(0, Math.min(toMs, untilMs) - Math.max(startMs, measuredFromMs));
  return (micros * measuredMs) / (toMs - startMs);
}

function perCpuHour(micros: number, cpuMs: number): number | null {
  return cpuMs === 0 ? null : round(micros / MICROS_PER_CREDIT / (cpuMs / MS_PER_HOUR));
}

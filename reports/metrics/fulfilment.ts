// What became of confirmed reservations, and what they earned.
import type { NegotiationRecord, ReservationRecord } from './session-records.ts';
import { FATES, type Fate } from './session-records.ts';

export interface FulfilmentFigures {
  /** Their sum is the number of accepted requests. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** Prices agreed, refunds and penalties, in micro-credits. */
  readonly agreedMicros: number;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
  /** Guaranteed CPU-time agreed, in CPU-milliseconds. */
  readonly agreedCpuMs: number;
  /** Instance-time that failed reservations still had ahead of them. */
  readonly undeliveredMs: number;
}

export class Fulfilment {
  readonly #fates: Record<Fate, number> = {
    fulfilled: 0,
    'no-show': 0,
    cancelled: 0,
    failed: 0,
    unfinished: 0,
  };
  #agreedMicros = 0;
  #refundMicros = 0;
  #penaltyMicros = 0;
  #agreedCpuMs = 0;
  #undeliveredMs = 0;

  /** A negotiation ended in a confirmation. */
  agreed({ offered }: NegotiationRecord): void {
    if (offered === null) return;
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    this.#agreedMicros += offered.priceMicros;
    this.#agreedCpuMs += (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
  }

  ended(record: ReservationRecord): void {
    this.#fates[record.fate] += 1;
    this.#refundMicros += record.refundMicros;
    this.#penaltyMicros += record.penaltyMicros;
    if (record.fate === 'failed') this.#undeliveredMs += undeliveredMs(record);
  }

  get figures(): FulfilmentFigures {
    return {
      fates: Object.fromEntries(FATES.map((fate) => [fate, this.#fates[fate]])) as Record<Fate, number>,
      agreedMicros: this.#agreedMicros,
      refundMicros: this.#refundMicros,
      penaltyMicros: this.#penaltyMicros,
      agreedCpuMs: this.#agreedCpuMs,
      undeliveredMs: this.#undeliveredMs,
    };
  }
}

/** From where the reservation broke off, or from its start if it never began, to its agreed end; for each instance. */
function undeliveredMs({ endedMs, instances, proposal }: ReservationRecord): number {
  const brokeOffMs = Math.max(endedMs ?? proposal.startMs, proposal.startMs);
  return instances * Math.max(0, proposal.startMs + proposal.durationMs - brokeOffMs);
}

// How requests fared on their way to a reservation: counts that add up, rounds, messages, reasons.
import type { RefusalReason, RejectionReason } from '../../engine/index.ts';
import {
  isAccepted,
  type NegotiationRecord,
  OUTCOMES,
  type Outcome,
  REJECTION_REASONS,
} from './session-records.ts';
import { type Distribution, Spread } from './spread.ts';

export interface FunnelFigures {
  /** Sessions whose first proposal came in the measured time. The sum of {@link outcomes}. */
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Confirmed, in whatever way. */
  readonly accepted: number;
  /** Sessions with at least one counter-offer of the provider, whatever became of them. */
  readonly countered: number;
  /** How these ended. */
  readonly outcomesOfCountered: Readonly<Record<Outcome, number>>;
  readonly rejections: Readonly<Record<RejectionReason, number>>;
  readonly meanRounds: number | null;
  readonly meanMessages: number | null;
  /** From the first proposal to the confirmation, over accepted requests. */
  readonly negotiationMs: Distribution;
  /** CPU-time asked for, and the part of it that was accepted, in CPU-milliseconds. */
  readonly askedCpuMs: number;
  readonly acceptedCpuMs: number;
  /** How long offers held capacity, over all requests. */
  readonly holdMs: number;
  /** CPU-milliseconds held by offers that were not taken. */
  readonly vainHoldCpuMs: number;
}

export class NegotiationFunnel {
  readonly #outcomes = countersFor(OUTCOMES);
  readonly #outcomesOfCountered = countersFor(OUTCOMES);
  readonly #rejections = countersFor(REJECTION_REASONS);
  readonly #negotiationMs = new Spread();
  #requests = 0;
  #rounds = 0;
  #messages = 0;
  #askedCpuMs = 0;
  #acceptedCpuMs = 0;
  #holdMs = 0;
  #vainHoldCpuMs = 0;

  add(record: NegotiationRecord): void {
    this.#requests += 1;
    this.#outcomes[record.outcome] += 1;
    if (record.counterOffers > 0) this.#outcomesOfCountered[record.outcome] += 1;
    if (record.outcome === 'rejected' && isRejection(record.reason)) this.#rejections[record.reason] += 1;
    this.#rounds += record.rounds;
    this.#messages += record.messages;
    const { demand, numInstancesFixed, durationMs } = record.asked;
    const askedCpuMs = (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
    this.#askedCpuMs += askedCpuMs;
    if (isAccepted(record.outcome)) {
      this.#acceptedCpuMs += askedCpuMs;
      this.#negotiationMs.add(record.endedMs - record.submittedMs);
    }
    this.#holdMs += record.holdMs;
    this.#vainHoldCpuMs += record.vainHoldMilliCpuMs / 1000;
  }

  get figures(): FunnelFigures {
    const requests = this.#requests;
    const outcomes = { ...this.#outcomes };
    return {
      requests,
      outcomes,
      accepted: sumOver(OUTCOMES.filter(isAccepted), outcomes),
      countered: sumOver(OUTCOMES, this.#outcomesOfCountered),
      outcomesOfCountered: { ...this.#outcomesOfCountered },
      rejections: { ...this.#rejections },
      meanRounds: requests === 0 ? null : this.#rounds / requests,
      meanMessages: requests === 0 ? null : this.#messages / requests,
      negotiationMs: this.#negotiationMs.distribution,
      askedCpuMs: this.#askedCpuMs,
      acceptedCpuMs: this.#acceptedCpuMs,
      holdMs: this.#holdMs,
      vainHoldCpuMs: this.#vainHoldCpuMs,
    };
  }
}

/** Messages that could not be carried out, by reason, in the measured time. */
export class Refusals {
  readonly #counts: Record<RefusalReason, number> = {
    'illegal-in-state': 0,
    'unknown-reservation': 0,
    'hold-expired': 0,
    ended: 0,
    'capacity-lost': 0,
  };

  add(reason: RefusalReason): void {
    this.#counts[reason] += 1;
  }

  get counts(): Readonly<Record<RefusalReason, number>> {
    return { ...this.#counts };
  }
}

function countersFor<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

function sumOver(outcomes: readonly Outcome[], counts: Readonly<Record<Outcome, number>>): number {
  return outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function isRejection(reason: string | null): reason is RejectionReason {
  return (REJECTION_REASONS as readonly (string | null)[]).includes(reason);
}

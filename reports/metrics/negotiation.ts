// How requests fared on their way to a reservation: counts that add up, rounds, messages, reasons.

import { type EventOf, endOf, type Proposal, type RefusalReason } from '../../engine/index.ts';
import type { TermsChange } from '../facts/derived.ts';
import { MeasuredWindows } from '../facts/measured-windows.ts';
import {
  isAccepted,
  type NegotiationRecord,
  OUTCOMES,
  type Outcome,
  REJECTION_REASONS,
  type ToldRejection,
  windowsOf,
} from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations, ratio, round, rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface NegotiationFigures {
  /** Requests that came before the measured time; no other figure counts them. */
  readonly warmUpRequests: number;
  /** Sessions whose first proposal came in the measured time. The sum of {@link outcomes}. */
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Confirmed, in whatever way. */
  readonly accepted: number;
  /** Sessions with at least one counter-offer of the provider, whatever became of them. */
  readonly countered: number;
  /** How these ended. */
  readonly outcomesOfCountered: Readonly<Record<Outcome, number>>;
  readonly rejections: Readonly<Record<ToldRejection, number>>;
  /** Messages that could not be carried out, by reason, in the measured time. */
  readonly refusals: Readonly<Record<RefusalReason, number>>;
  readonly meanRounds: number | null;
  readonly meanMessages: number | null;
  /** From the first proposal to the confirmation, over accepted requests. */
  readonly negotiationMs: Distribution;
  /** Guaranteed CPU-time asked for, the part of it whose requests were accepted, and what was agreed, in CPU-milliseconds. */
  readonly askedCpuMs: number;
  readonly acceptedCpuMs: number;
  readonly agreedCpuMs: number;
  /** CPU-time that was asked to run within the measured time, whenever it was asked for: what the cluster was offered meanwhile. */
  readonly offeredCpuMs: number;
  /** The same, of each request for no longer than its guests were to run, where that is known. */
  readonly offeredByRunTimeCpuMs: number;
  /** How long offers held capacity, over all requests. */
  readonly holdMs: number;
  /** The part of it of requests that were not accepted. */
  readonly holdWithoutDealMs: number;
  /** CPU-milliseconds held by offers that were not taken. */
  readonly vainHoldCpuMs: number;
}

class Negotiation implements Meter<NegotiationFigures> {
  readonly #measuredFromMs: number;
  readonly #outcomes = countersFor(OUTCOMES);
  readonly #outcomesOfCountered = countersFor(OUTCOMES);
  readonly #rejections = countersFor(REJECTION_REASONS);
  readonly #refusals: Record<RefusalReason, number> = {
    'illegal-in-state': 0,
    'unknown-reservation': 0,
    'hold-expired': 0,
    ended: 0,
    'capacity-lost': 0,
    'overbooking-risk': 0,
    'part-of-offer': 0,
    'no-change-on-offer': 0,
    committed: 0,
  };
  readonly #negotiationMs = new Spread();
  #warmUpRequests = 0;
  #requests = 0;
  #rounds = 0;
  #messages = 0;
  #askedCpuMs = 0;
  #acceptedCpuMs = 0;
  #agreedCpuMs = 0;
  readonly #offered: MeasuredWindows;
  readonly #offeredByRunTime: MeasuredWindows;
  #holdWithoutDealMs = 0;
  #holdMs = 0;
  #vainHoldCpuMs = 0;

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
    this.#offered = new MeasuredWindows(measuredFromMs);
    this.#offeredByRunTime = new MeasuredWindows(measuredFromMs);
  }

  readonly hears = {
    'negotiation-over': (record: NegotiationRecord) => {
      const { asked, endedMs, runTimeMs } = record;
      const cpus = (asked.demand.milliCpus * asked.numInstancesFixed) / 1000;
      this.#offered.add(asked.startMs, endOf(asked), cpus, endedMs);
      const doneMs = asked.startMs + Math.min(asked.durationMs, runTimeMs ?? Number.POSITIVE_INFINITY);
      this.#offeredByRunTime.add(asked.startMs, doneMs, cpus, endedMs);
      if (record.measured) this.#add(record);
      else this.#warmUpRequests += 1;
    },
    'terms-were-changed': ({ differenceCpuMs, measured }: TermsChange) => {
      if (measured) this.#agreedCpuMs += differenceCpuMs;
    },
    'message-refused': ({ atMs, reason }: EventOf<'message-refused'>) => {
      if (atMs >= this.#measuredFromMs) this.#refusals[reason] += 1;
    },
  };

  finish(endMs: number): NegotiationFigures {
    const requests = this.#requests;
    const outcomes = { ...this.#outcomes };
    return {
      warmUpRequests: this.#warmUpRequests,
      requests,
      outcomes,
      accepted: sumOver(OUTCOMES.filter(isAccepted), outcomes),
      countered: sumOver(OUTCOMES, this.#outcomesOfCountered),
      outcomesOfCountered: { ...this.#outcomesOfCountered },
      rejections: { ...this.#rejections },
      refusals: { ...this.#refusals },
      meanRounds: requests === 0 ? null : this.#rounds / requests,
      meanMessages: requests === 0 ? null : this.#messages / requests,
      negotiationMs: this.#negotiationMs.distribution,
      askedCpuMs: this.#askedCpuMs,
      acceptedCpuMs: this.#acceptedCpuMs,
      agreedCpuMs: this.#agreedCpuMs,
      offeredCpuMs: this.#offered.finish(endMs),
      offeredByRunTimeCpuMs: this.#offeredByRunTime.finish(endMs),
      holdWithoutDealMs: this.#holdWithoutDealMs,
      holdMs: this.#holdMs,
      vainHoldCpuMs: this.#vainHoldCpuMs,
    };
  }

  #add(record: NegotiationRecord): void {
    this.#requests += 1;
    this.#outcomes[record.outcome] += 1;
    if (record.counterOffers > 0) this.#outcomesOfCountered[record.outcome] += 1;
    if (record.outcome === 'rejected' && isRejection(record.reason)) this.#rejections[record.reason] += 1;
    this.#rounds += record.rounds;
    this.#messages += record.messages;
    const askedCpuMs = cpuMsOf(record.asked);
    this.#askedCpuMs += askedCpuMs;
    if (isAccepted(record.outcome)) {
      this.#acceptedCpuMs += askedCpuMs;
      for (const terms of record.offered === null ? [] : windowsOf(record.offered))
        this.#agreedCpuMs += cpuMsOf(terms);
      this.#negotiationMs.add(record.endedMs - record.submittedMs);
    } else this.#holdWithoutDealMs += record.holdMs;
    this.#holdMs += record.holdMs;
    this.#vainHoldCpuMs += record.vainHoldMilliCpuMs / 1000;
  }
}

const MS_PER_HOUR = 3_600_000;

export const negotiation = metric({
  name: 'negotiation',
  over: 'by request',
  start: (stream: StreamStart) => new Negotiation(stream),
  summary: {
    requests: {
      means:
        'sessions whose first proposal came in the measured time; what is put to two providers is a session with each',
      of: ({ requests }) => requests,
    },
    accepted: { means: 'confirmed, in whatever way', of: ({ accepted }) => accepted },
    acceptedFirstOffer: {
      means: 'confirmed on the terms first asked for, without a counter-offer from either side',
      of: ({ outcomes }) => outcomes['accepted-first-offer'],
    },
    countered: {
      means: 'with at least one counter-offer of the provider, whatever became of them',
      of: ({ countered }) => countered,
    },
    counterAccepted: {
      means: 'confirmed after at least one counter-offer of the provider',
      of: ({ outcomes }) => outcomes['accepted-after-counter'],
    },
    rejected: { means: 'the provider said REJECT, in any round', of: ({ outcomes }) => outcomes.rejected },
    declined: { means: 'the user said REJECT to an offer', of: ({ outcomes }) => outcomes.declined },
    expired: { means: 'nobody confirmed before the hold ran out', of: ({ outcomes }) => outcomes.expired },
    withdrawn: {
      means: 'deleted by the user before the confirmation',
      of: ({ outcomes }) => outcomes.withdrawn,
    },
    capacityLost: {
      means: 'the capacity behind the offer was lost with a node',
      of: ({ outcomes }) => outcomes['capacity-lost'],
    },
    open: { means: 'still negotiating when the run stopped', of: ({ outcomes }) => outcomes.open },
    warmUpRequests: {
      over: 'whole run',
      means:
        'sessions whose first proposal came before the measured time; nothing else counts them by request',
      of: ({ warmUpRequests }) => warmUpRequests,
    },
    acceptanceRatio: {
      unit: 'share',
      means: 'accepted / requests; of users, whatever provider they ask, userAcceptanceRatio says it',
      of: ({ accepted, requests }) => ratio(accepted, requests),
    },
    firstOfferRatio: {
      unit: 'share',
      means: 'acceptedFirstOffer / requests',
      of: ({ outcomes, requests }) => ratio(outcomes['accepted-first-offer'], requests),
    },
    counterRatio: {
      unit: 'share',
      means: 'countered / requests',
      of: ({ countered, requests }) => ratio(countered, requests),
    },
    counterSuccessRatio: {
      unit: 'share',
      means: 'counterAccepted / countered',
      of: ({ countered, outcomes }) => ratio(outcomes['accepted-after-counter'], countered),
    },
    rejectionRatio: {
      unit: 'share',
      means: 'rejected / requests',
      of: ({ outcomes, requests }) => ratio(outcomes.rejected, requests),
    },
    acceptanceRatioByCpuHours: {
      unit: 'share',
      means: 'as acceptanceRatio, requests weighted with vCPUs x instances x duration as first asked',
      of: ({ acceptedCpuMs, askedCpuMs }) => ratio(acceptedCpuMs, askedCpuMs),
    },
    cpuHoursAsked: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x duration as first asked',
      of: ({ askedCpuMs }) => round(askedCpuMs / MS_PER_HOUR),
    },
    cpuHoursAgreed: {
      unit: 'vCPU h',
      means:
        'the same as agreed, of those of them that were accepted; what they claimed of optional instances later is cpuHoursClaimed',
      of: ({ agreedCpuMs }) => round(agreedCpuMs / MS_PER_HOUR),
    },
    agreedRatioByCpuHours: {
      unit: 'share',
      means: 'cpuHoursAgreed / cpuHoursAsked',
      of: ({ agreedCpuMs, askedCpuMs }) => ratio(agreedCpuMs, askedCpuMs),
    },
    rejectionsByReason: {
      means: 'how often each reason of REJECT was given',
      of: ({ rejections }) => rejections,
    },
    refusedMessages: {
      over: 'by instant',
      means: 'messages that could not be carried out, by reason',
      of: ({ refusals }) => refusals,
    },
    meanRounds: { means: 'proposals of the user per request', of: ({ meanRounds }) => rounded(meanRounds) },
    meanMessages: {
      means: 'messages of both sides per request, from the first proposal to the end of the negotiation',
      of: ({ meanMessages }) => rounded(meanMessages),
    },
    negotiationMs: {
      unit: 'ms',
      means: 'from the first proposal to the confirmation: `mean`, `p50`, `p95` over accepted requests',
      of: ({ negotiationMs }) => durations(negotiationMs),
    },
    holdMs: {
      unit: 'ms',
      means: 'how long offers held capacity, summed over requests',
      of: ({ holdMs }) => holdMs,
    },
    holdWithoutDealMs: {
      unit: 'ms',
      means: 'the part of holdMs of requests that were not accepted',
      of: (figures) => figures.holdWithoutDealMs,
    },
    cpuHoursHeldInVain: {
      unit: 'vCPU h',
      means: 'vCPUs locked by offers that were not taken x how long they were locked',
      of: ({ vainHoldCpuMs }) => round(vainHoldCpuMs / MS_PER_HOUR),
    },
  },
});

function cpuMsOf({ demand, durationMs, numInstancesFixed }: Proposal): number {
  return (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
}

function countersFor<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

function sumOver(outcomes: readonly Outcome[], counts: Readonly<Record<Outcome, number>>): number {
  return outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function isRejection(reason: string | null): reason is ToldRejection {
  return (REJECTION_REASONS as readonly (string | null)[]).includes(reason);
}

// What leases of each kind had over time, and who waited in the queue meanwhile: to begin, or to go on after a suspension.
import {
  DEFAULT_LEASE_KIND,
  type EventOf,
  isQueuedKind,
  type Proposal,
  REQUEST_KINDS,
} from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { ratio, rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

/** At most. */
const SERIES_BUCKETS = 1000;

/** Kinds of a user's own count as one. */
export const LEASE_CLASSES = [...REQUEST_KINDS, 'other'] as const;
export type LeaseClass = (typeof LEASE_CLASSES)[number];

/** One stretch of time: averages over it. */
export interface KindsBucket {
  readonly startMs: number;
  readonly spanMs: number;
  /** CPUs in open windows, by kind. */
  readonly cpus: Readonly<Record<LeaseClass, number>>;
  /** Leases that had not begun, and had to begin again; and those that were suspended. */
  readonly waiting: number;
  readonly suspended: number;
  /** CPUs that both wait for. */
  readonly awaitedCpus: number;
}

export interface KindsFigures {
  /** Over the whole run, the warm-up included. */
  readonly series: readonly KindsBucket[];
  /** Over the measured time: leases that wait or are suspended, on average and at most, and CPUs that they wait for. */
  readonly meanQueue: number | null;
  readonly peakQueue: number;
  readonly meanAwaitedCpus: number | null;
}

interface Waiting {
  readonly cpus: number;
  readonly isSuspended: boolean;
}

const WAITING = LEASE_CLASSES.length;
const SUSPENDED = WAITING + 1;
const AWAITED = WAITING + 2;
const CHANNELS = WAITING + 3;

class KindsMeter implements Meter<KindsFigures> {
  readonly #series: BucketSeries;
  readonly #measuredFromMs: number;
  /** Of reservations that are alive. */
  readonly #proposals = new Map<string, Proposal>();
  readonly #waits = new Map<string, Waiting>();
  readonly #levels = new Float64Array(CHANNELS);
  #sinceMs: number;
  #queueMs = 0;
  #awaitedCpuMs = 0;
  #peak = 0;

  constructor({ measuredFromMs, startMs }: StreamStart) {
    this.#series = new BucketSeries(startMs, CHANNELS, SERIES_BUCKETS);
    this.#measuredFromMs = measuredFromMs;
    this.#sinceMs = startMs;
  }

  readonly hears = {
    'reservation-confirmed': ({ atMs, proposal, reservationId }: EventOf<'reservation-confirmed'>) => {
      this.#proposals.set(reservationId, proposal);
      if (isQueuedKind(proposal.kind)) this.#wait(reservationId, atMs, false);
    },
    'window-opened': ({ atMs, reservationId }: EventOf<'window-opened'>) => this.#leave(reservationId, atMs),
    'lease-suspended': ({ atMs, reservationId }: EventOf<'lease-suspended'>) =>
      this.#wait(reservationId, atMs, true),
    'lease-requeued': ({ atMs, reservationId }: EventOf<'lease-requeued'>) =>
      this.#wait(reservationId, atMs, false),
    'reservation-ended': ({ atMs, reservationId }: EventOf<'reservation-ended'>) => {
      this.#leave(reservationId, atMs);
      this.#proposals.delete(reservationId);
    },
    'reserved-changed': ({ atMs, demand, instances, reservationId }: ReservedChange) => {
      this.#passTo(atMs);
      const kind = this.#proposals.get(reservationId)?.kind ?? DEFAULT_LEASE_KIND;
      const known = (REQUEST_KINDS as readonly string[]).indexOf(kind);
      const channel = known === -1 ? REQUEST_KINDS.length : known;
      this.#levels[channel]! += (demand.milliCpus * instances) / 1000;
    },
  };

  finish(endMs: number): KindsFigures {
    this.#passTo(endMs);
    this.#series.extendTo(endMs);
    const measuredMs = Math.max(0, endMs - this.#measuredFromMs);
    return {
      series: Array.from({ length: this.#series.length }, (_, bucket) => this.#bucket(bucket)),
      meanQueue: ratio(this.#queueMs, measuredMs),
      peakQueue: this.#peak,
      meanAwaitedCpus: ratio(this.#awaitedCpuMs, measuredMs),
    };
  }

  #bucket(bucket: number): KindsBucket {
    const spanMs = this.#series.spanMs(bucket);
    const mean = (channel: number) => this.#series.integral(bucket, channel) / spanMs;
    const cpus = Object.fromEntries(LEASE_CLASSES.map((kind, channel) => [kind, mean(channel)]));
    return {
      startMs: this.#series.startMs + bucket * this.#series.widthMs,
      spanMs,
      cpus: cpus as KindsBucket['cpus'],
      waiting: mean(WAITING),
      suspended: mean(SUSPENDED),
      awaitedCpus: mean(AWAITED),
    };
  }

  #wait(reservationId: string, atMs: number, isSuspended: boolean): void {
    const proposal = this.#proposals.get(reservationId);
    if (proposal === undefined) return;
    this.#leave(reservationId, atMs);
    const waiting = { cpus: (proposal.demand.milliCpus * proposal.numInstancesFixed) / 1000, isSuspended };
    this.#waits.set(reservationId, waiting);
    this.#count(waiting, 1);
  }

  #leave(reservationId: string, atMs: number): void {
    this.#passTo(atMs);
    const waiting = this.#waits.get(reservationId);
    if (waiting === undefined) return;
    this.#waits.delete(reservationId);
    this.#count(waiting, -1);
  }

  #count({ cpus, isSuspended }: Waiting, sign: 1 | -1): void {
    this.#levels[isSuspended ? SUSPENDED : WAITING]! += sign;
    this.#levels[AWAITED]! += sign * cpus;
  }

  #passTo(atMs: number): void {
    if (atMs <= this.#sinceMs) return;
    this.#series.add(this.#sinceMs, atMs, this.#levels);
    const measuredMs = atMs - Math.max(this.#sinceMs, this.#measuredFromMs);
    if (measuredMs > 0) {
      this.#queueMs += this.#waits.size * measuredMs;
      this.#awaitedCpuMs += this.#levels[AWAITED]! * measuredMs;
      // Who leaves at the instant at which it came has not waited.
      this.#peak = Math.max(this.#peak, this.#waits.size);
    }
    this.#sinceMs = atMs;
  }
}

export const leaseKinds = metric({
  name: 'leaseKinds',
  over: 'by instant',
  start: (stream: StreamStart) => new KindsMeter(stream),
  summary: {
    queueLength: {
      means:
        'leases of kinds best-effort and preemptible that wait to begin, or to go on after a suspension: `mean` over time, and `peak`',
      of: ({ meanQueue, peakQueue }) => ({ mean: rounded(meanQueue), peak: peakQueue }),
    },
    queueAwaitedCpus: {
      means: 'CPUs that these wait for, on average over time',
      of: ({ meanAwaitedCpus }) => rounded(meanAwaitedCpus),
    },
  },
});

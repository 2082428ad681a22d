// What was asked of the provider over time: requests by when they were made, and the capacity that they asked for by when it was to run.
import { endOf, type Proposal } from '../../engine/index.ts';
import { isAccepted, type NegotiationRecord } from '../facts/session-records.ts';
import { WindowsAhead } from '../facts/windows-ahead.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

/** Of each series, at most. */
const SERIES_BUCKETS = 2000;
const HOUR_MS = 3_600_000;
const HOURS = 24;
const DAYS = 7;
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const FIRST_WEEKDAY = 3;

/** One stretch of time, by when requests were made. */
export interface DemandBucket {
  readonly startMs: number;
  readonly spanMs: number;
  readonly requests: number;
  readonly accepted: number;
  /** Agreed prices of these. */
  readonly agreedMicros: number;
}

export interface DemandFigures {
  /** Over the whole run, the warm-up included; so is the next. */
  readonly series: readonly DemandBucket[];
  /** CPUs that were first asked to run, on average over each stretch. */
  readonly asked: ReadonlyArray<{
    readonly startMs: number;
    readonly spanMs: number;
    readonly cpus: number;
  }>;
  /** Requests of the measured time by weekday (Monday first) and hour of the day, UTC. */
  readonly week: ReadonlyArray<readonly number[]>;
}

const CHANNEL = { requests: 0, accepted: 1, agreedMicros: 2 } as const;

class Demand implements Meter<DemandFigures> {
  readonly #made: BucketSeries;
  readonly #asked: BucketSeries;
  readonly #windows: WindowsAhead;
  readonly #week = Array.from({ length: DAYS }, () => new Array<number>(HOURS).fill(0));

  constructor({ startMs }: StreamStart) {
    this.#made = new BucketSeries(startMs, 3, SERIES_BUCKETS);
    this.#asked = new BucketSeries(startMs, 1, SERIES_BUCKETS);
    this.#windows = new WindowsAhead(({ fromMs, toMs, weight }) =>
      this.#asked.add(Math.max(startMs, fromMs), toMs, [weight]),
    );
  }

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(endMs: number): DemandFigures {
    this.#windows.finish(endMs);
    this.#made.extendTo(endMs);
    this.#asked.extendTo(endMs);
    return {
      series: bucketsOf(this.#made, (integral) => ({
        requests: integral(CHANNEL.requests),
        accepted: integral(CHANNEL.accepted),
        agreedMicros: integral(CHANNEL.agreedMicros),
      })),
      asked: bucketsOf(this.#asked, (integral, spanMs) => ({ cpus: integral(0) / spanMs })),
      week: this.#week,
    };
  }

  #add({ asked, endedMs, measured, offered, outcome, submittedMs }: NegotiationRecord): void {
    const accepted = isAccepted(outcome);
    // A stretch of a millisecond: its integral is the count.
    this.#made.add(submittedMs, submittedMs + 1, [
      1,
      accepted ? 1 : 0,
      accepted ? (offered?.priceMicros ?? 0) : 0,
    ]);
    this.#windows.add(asked.startMs, endOf(asked), cpusOf(asked), endedMs);
    if (!measured) return;
    const hour = Math.floor(submittedMs / HOUR_MS);
    const day = Math.floor(hour / HOURS) + FIRST_WEEKDAY;
    this.#week[modulo(day, DAYS)]![modulo(hour, HOURS)]! += 1;
  }
}

export const demand = metric({
  name: 'demand',
  over: 'whole run',
  start: (stream: StreamStart) => new Demand(stream),
  summary: {},
});

function cpusOf({ demand: { milliCpus }, numInstancesFixed }: Proposal): number {
  return (milliCpus * numInstancesFixed) / 1000;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function bucketsOf<Values extends object>(
  series: BucketSeries,
  valuesOf: (integral: (channel: number) => number, spanMs: number) => Values,
): Array<Values & { readonly startMs: number; readonly spanMs: number }> {
  return Array.from({ length: series.length }, (_, bucket) => {
    const spanMs = series.spanMs(bucket);
    const startMs = series.startMs + bucket * series.widthMs;
    return { startMs, spanMs, ...valuesOf((channel) => series.integral(bucket, channel), spanMs) };
  });
}

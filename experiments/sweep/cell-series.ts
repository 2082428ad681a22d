// How full the cluster was over time, as each run of a sweep leaves it: what Welch's picture and MSER-5 look at. Several seeds are put together
// instant by instant.
import type { RunFigures } from '../../reports/run-metrics.ts';
import { BucketSeries } from '../../reports/statistics/bucket-series.ts';

/** Enough for a hundred batches of five. */
const BUCKETS = 500;

/** Levels are CPUs, averaged over buckets of equal width; the last may be cut by the end of the run. */
export interface CellSeries {
  readonly startMs: number;
  readonly endMs: number;
  readonly bucketMs: number;
  /** The last request was made then; null: there was none. What comes after it is the end of the run, not its course. */
  readonly lastRequestMs: number | null;
  readonly online: readonly number[];
  readonly reserved: readonly number[];
  readonly allocated: readonly number[];
}

export function seriesOf({ demand, endMs, startMs, utilisation }: RunFigures): CellSeries {
  const levels = new BucketSeries(startMs, 3, BUCKETS);
  for (const { resources, spanMs, startMs: fromMs } of utilisation.series) {
    const { allocated, online, reserved } = resources.cpu;
    levels.add(fromMs, fromMs + spanMs, [online, reserved, allocated]);
  }
  const last = demand.series.findLast(({ requests }) => requests > 0);
  const level = (channel: number) =>
    Array.from({ length: levels.length }, (_, bucket) =>
      rounded(levels.integral(bucket, channel) / levels.spanMs(bucket)),
    );
  return {
    startMs,
    endMs,
    bucketMs: levels.widthMs,
    lastRequestMs: last === undefined ? null : last.startMs,
    online: level(0),
    reserved: level(1),
    allocated: level(2),
  };
}

/** The course of one combination, all of its seeds together, while there were requests. */
export interface Course {
  readonly startMs: number;
  readonly bucketMs: number;
  /** Shares of the CPUs that were online, bucket by bucket. */
  readonly reserved: readonly number[];
  readonly allocated: readonly number[];
}

/** @param runs of one combination, at least one; they begin at one instant */
export function courseOf(runs: readonly CellSeries[]): Course {
  const [{ startMs }] = runs as [CellSeries];
  const all = new BucketSeries(startMs, 3, BUCKETS);
  for (const { allocated, bucketMs, endMs, online, reserved } of runs) {
    const one = new BucketSeries(startMs, 3, BUCKETS);
    for (const [bucket, level] of online.entries()) {
      const fromMs = startMs + bucket * bucketMs;
      one.add(fromMs, Math.min(endMs, fromMs + bucketMs), [level, reserved[bucket]!, allocated[bucket]!]);
    }
    all.absorb(one);
  }
  // Where one of them has no more requests, the mean is no more that of a run that goes on.
  const untilMs = Math.min(...runs.map(({ lastRequestMs }) => lastRequestMs ?? startMs));
  const length = Math.floor((untilMs - startMs) / all.widthMs);
  const share = (channel: number) =>
    Array.from({ length }, (_, bucket) => {
      const online = all.integral(bucket, 0);
      return online === 0 ? 0 : all.integral(bucket, channel) / online;
    });
  return { startMs, bucketMs: all.widthMs, reserved: share(1), allocated: share(2) };
}

function rounded(level: number): number {
  return Math.round(level * 1e4) / 1e4;
}

// How figures are written into summary.json: shares and amounts with six decimals, durations in whole milliseconds.
import type { Distribution } from './statistics/spread.ts';

/** Whole milliseconds; null when there was nothing to measure. */
export interface DurationStatistics {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : round(part / whole);
}

/** Six decimals. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export function rounded(value: number | null): number | null {
  return value === null ? null : round(value);
}

export function durations({ mean, p50, p95 }: Distribution): DurationStatistics {
  const whole = (ms: number | null) => (ms === null ? null : Math.round(ms));
  return { mean: whole(mean), p50: whole(p50), p95: whole(p95) };
}

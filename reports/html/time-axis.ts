// Where a time axis has its ticks and what they say.
import { formatClock, formatDay } from '../format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  1000,
  5000,
  15_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  5 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  28 * DAY_MS,
];

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** At most about `count` ticks in [startMs, endMs], at round distances from the epoch (days: from the first midnight). */
export function timeTicks(startMs: number, endMs: number, count: number): Tick[] {
  const span = endMs - startMs;
  let step = STEPS_MS.find((candidate) => span / candidate <= count) ?? 28 * DAY_MS;
  while (span / step > count) step *= 2;
  const origin = step >= DAY_MS ? Math.ceil(startMs / DAY_MS) * DAY_MS : 0;
  const ticks: Tick[] = [];
  for (let i = Math.ceil((startMs - origin) / step); origin + i * step <= endMs; i++) {
    const atMs = origin + i * step;
    ticks.push({ atMs, label: labelOf(atMs, step) });
  }
  return ticks;
}

function labelOf(atMs: number, stepMs: number): string {
  const isMidnight = ((atMs % DAY_MS) + DAY_MS) % DAY_MS === 0;
  if (stepMs >= DAY_MS || isMidnight) return formatDay(atMs);
  if (stepMs >= MINUTE_MS) return formatClock(atMs);
  const seconds = (((atMs % MINUTE_MS) + MINUTE_MS) % MINUTE_MS) / 1000;
  return `${formatClock(atMs)}:${String(seconds).padStart(2, '0')}`;
}

// Ticks of a time axis at round local times. Pure but for the time zone of the browser, in which midnight lies.
import { DAY_MS, formatClock, formatDay, HOUR_MS, MINUTE_MS } from '../text/time.ts';

export interface Tick {
  readonly ms: number;
  readonly label: string;
  readonly isMidnight: boolean;
}

const STEPS_MS = [
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
  7 * DAY_MS,
];

/** At most `most` ticks within `[fromMs, toMs)`; midnights are labelled with their day. */
export function ticks(fromMs: number, toMs: number, most: number): readonly Tick[] {
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= most) ?? STEPS_MS.at(-1)!;
  const first = new Date(fromMs);
  first.setHours(0, 0, 0, 0);
  const found: Tick[] = [];
  const stepDays = stepMs / DAY_MS;
  // Counted within each local day, so that a day of 23 or 25 hours does not shift what follows.
  for (let day = 0; ; day += Math.max(1, stepDays)) {
    const midnight = new Date(first);
    midnight.setDate(first.getDate() + day);
    if (midnight.getTime() >= toMs) return found;
    const hours = stepDays >= 1 ? [0] : range(0, 1440, stepMs / MINUTE_MS);
    for (const minute of hours) {
      const at = new Date(midnight);
      at.setMinutes(minute);
      const ms = at.getTime();
      if (ms < fromMs || ms >= toMs || ms <= (found.at(-1)?.ms ?? -1)) continue;
      const isMidnight = minute === 0;
      found.push({ ms, isMidnight, label: isMidnight ? formatDay(ms) : formatClock(ms) });
    }
  }
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

// Busy and quiet hours: arrivals are drawn on a clock that runs at the pace of business, and this turns its time into time on the
// wall. So a cycle moves arrivals within a week but changes neither their number nor the process.

import { LONGEST_MS } from '../../written/time-text.ts';
import { invalid } from './distribution.ts';
import type { Cycle } from './spec.ts';

const HOUR_MS = 3_600_000;
const HOURS_PER_WEEK = 168;
/** Hours from a Monday midnight to the Unix epoch, which was a Thursday. */
const EPOCH_HOUR = 3 * 24;

/** A clock of business time, which passes `pace` times as fast as wall time; pace is 1 on average over a week. */
export class BusinessClock {
  /** By hour of the week from Monday 0:00 UTC. */
  private readonly paces: readonly number[];
  private readonly startMs: number;
  /** A known point: this wall time and business time after the start belong together. Moves forward only. */
  private wallMs = 0;
  private businessMs = 0;

  /** @param startMs wall time 0 in milliseconds since the Unix epoch: it decides which hour of the week comes first */
  constructor(cycle: Cycle, startMs: number, path: string) {
    this.startMs = startMs;
    const { hours, weekdays } = cycle;
    const weights = Array.from(
      { length: HOURS_PER_WEEK },
      (_, hour) => (hours?.[hour % 24] ?? 1) * (weekdays?.[Math.floor(hour / 24)] ?? 1),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0)) throw invalid(path, 'no hour has a weight above 0');
    this.paces = weights.map((weight) => (weight * HOURS_PER_WEEK) / total);
  }

  /**
   * Wall time at which that much business time has passed; one beyond {@link LONGEST_MS} when that is never, or not before. Ask in ascending
   * order. O(1) amortised per hour passed.
   */
  wallAt(businessMs: number): number {
    for (;;) {
      if (this.wallMs > LONGEST_MS) return this.wallMs;
      const { pace, leftMs } = this.hour();
      const passesMs = pace * leftMs;
      if (businessMs - this.businessMs <= passesMs && pace > 0) {
        return this.wallMs + (businessMs - this.businessMs) / pace;
      }
      this.wallMs += leftMs;
      this.businessMs += passesMs;
    }
  }

  /** Business time that has passed at that wall time. Ask in ascending order. */
  businessAt(wallMs: number): number {
    for (;;) {
      const { pace, leftMs } = this.hour();
      if (wallMs - this.wallMs <= leftMs) return this.businessMs + (wallMs - this.wallMs) * pace;
      this.wallMs += leftMs;
      this.businessMs += pace * leftMs;
    }
  }

  /** The hour of the known point: its pace, and what is left of it. */
  private hour(): { readonly pace: number; readonly leftMs: number } {
    const sinceMonday = this.startMs + this.wallMs + EPOCH_HOUR * HOUR_MS;
    const hour = Math.floor(sinceMonday / HOUR_MS);
    const ofWeek = ((hour % HOURS_PER_WEEK) + HOURS_PER_WEEK) % HOURS_PER_WEEK;
    return { pace: this.paces[ofWeek]!, leftMs: (hour + 1) * HOUR_MS - sinceMonday };
  }
}

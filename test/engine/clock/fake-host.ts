// A machine for the wall clock: its time moves when the test says so, may be set, and its timers may come
// late.
import type { HostTimers } from '../../../engine/clock/wall-clock.ts';

interface HostTimer {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class FakeHost implements HostTimers {
  /** Every delay that was asked for, oldest first. */
  readonly delaysMs: number[] = [];
  private readonly latenessMs: number;
  /** Time since the machine was switched on: what its timers go by. */
  private uptimeMs = 0;
  private timeOfDayAheadMs: number;
  private timers: HostTimer[] = [];

  constructor({ nowMs = 0, latenessMs = 0 }: { nowMs?: number; latenessMs?: number } = {}) {
    this.timeOfDayAheadMs = nowMs;
    this.latenessMs = latenessMs;
  }

  get armed(): number {
    return this.timers.length;
  }

  now(): number {
    return this.uptimeMs + this.timeOfDayAheadMs;
  }

  setTimer(wake: () => void, delayMs: number): HostTimer {
    if (!(Number.isInteger(delayMs) && delayMs >= 0 && delayMs < 2 ** 31))
      throw new RangeError(`delay ${delayMs}`);
    this.delaysMs.push(delayMs);
    const timer = { dueMs: this.uptimeMs + delayMs + this.latenessMs, wake };
    this.timers.push(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.timers = this.timers.filter((other) => other !== timer);
  }

  /**
   * Lets real time pass and fires what is due in it. What a timer throws leaves this method; call it again to
   * go on.
   */
  advance(durationMs: number): void {
    const untilMs = this.uptimeMs + durationMs;
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.clearTimer(next);
      this.uptimeMs = Math.max(this.uptimeMs, next.dueMs);
      next.wake();
    }
    this.uptimeMs = untilMs;
  }

  /** Somebody sets the time of day. */
  setTimeOfDay(timeMs: number): void {
    this.timeOfDayAheadMs = timeMs - this.uptimeMs;
  }
}

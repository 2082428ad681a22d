// Only for recordings of version 0.1.0, which did not store inputs: they are read off the events.
// A machine for the wall clock on which no time is lost: it leaps from timer to timer. So what a service recorded is replayed on the very
// clock that it ran on.
import type { HostTimers } from '../../../engine/index.ts';

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

/** For one clock, which sets one timer at a time. */
export class LeapingHost implements HostTimers {
  #nowMs: number;
  #timer: Timer | undefined;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    this.#timer = { atMs: this.#nowMs + delayMs, wake };
    return this.#timer;
  }

  clearTimer(timer: unknown): void {
    if (timer === this.#timer) this.#timer = undefined;
  }

  /** Runs everything that is due until then, what that adds included; what it throws reaches the caller. */
  leapTo(toMs: number): void {
    for (let timer = this.#timer; timer !== undefined && timer.atMs <= toMs; timer = this.#timer) {
      this.#timer = undefined;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.wake();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }
}

// Time that somebody else moves on: for demonstrations that take none, and for tests.
import type { HostTimers } from '../engine/index.ts';

/** A machine whose time moves only when it is told to. What is due at once runs at once. */
export class StoppedTime implements HostTimers {
  #nowMs: number;
  readonly #timers = new Set<StoppedTimer>();
  /** What is due at once and has not run yet. */
  readonly #dueNow = new Set<NodeJS.Immediate>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(wake: () => void, delayMs: number): StoppedTimer | { readonly immediate: NodeJS.Immediate } {
    if (delayMs === 0) {
      const immediate = setImmediate(() => {
        this.#dueNow.delete(immediate);
        wake();
      });
      this.#dueNow.add(immediate);
      return { immediate };
    }
    const timer = { atMs: this.#nowMs + delayMs, wake };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    const { immediate } = timer as { immediate?: NodeJS.Immediate };
    // Node would take one off its count of pending immediates for any object that it is handed, and the next one would never run.
    if (immediate === undefined) {
      this.#timers.delete(timer as StoppedTimer);
    } else {
      this.#dueNow.delete(immediate);
      clearImmediate(immediate);
    }
  }

  /** Moves on to that instant, from timer to timer; `settle` is awaited after each, for what it set off. */
  async moveTo(toMs: number, settle: () => Promise<void>): Promise<void> {
    for (;;) {
      // What was settled may have set off something at this very instant.
      do await settle();
      while (this.#dueNow.size > 0);
      let next: StoppedTimer | undefined;
      for (const timer of this.#timers) {
        if (timer.atMs <= toMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
      }
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }
}

interface StoppedTimer {
  readonly atMs: number;
  readonly wake: () => void;
}

// Sums up windows that may reach beyond the end of the run, over the measured time only: what is asked for, promised or owed for later
// is no part of what is measured against the nodes of until now.
export class MeasuredWindows {
  readonly #measuredFromMs: number;
  /** Windows that were not over when they were added. */
  #ahead: Array<{ readonly fromMs: number; readonly toMs: number; readonly weight: number }> = [];
  #tidyAt = 64;
  #total = 0;

  constructor(measuredFromMs: number) {
    this.#measuredFromMs = measuredFromMs;
  }

  /** Adds `weight` for each millisecond of [fromMs, toMs) that is measured. Instants of `nowMs` never go back. Amortised O(1). */
  add(fromMs: number, toMs: number, weight: number, nowMs: number): void {
    if (toMs <= nowMs) {
      this.#settle(fromMs, toMs, weight);
      return;
    }
    this.#ahead.push({ fromMs, toMs, weight });
    if (this.#ahead.length < this.#tidyAt) return;
    this.#ahead = this.#ahead.filter((window) => {
      if (window.toMs > nowMs) return true;
      this.#settle(window.fromMs, window.toMs, window.weight);
      return false;
    });
    // Only what is still ahead is kept, and at most as much again.
    this.#tidyAt = Math.max(64, 2 * this.#ahead.length);
  }

  /** The sum up to the end of the run. */
  finish(endMs: number): number {
    for (const { fromMs, toMs, weight } of this.#ahead) this.#settle(fromMs, Math.min(toMs, endMs), weight);
    this.#ahead = [];
    return this.#total;
  }

  #settle(fromMs: number, toMs: number, weight: number): void {
    this.#total += weight * Math.max(0, toMs - Math.max(fromMs, this.#measuredFromMs));
  }
}

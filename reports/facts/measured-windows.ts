// Sums up windows that may reach beyond the end of the run, over the measured time only: what is asked for, promised or owed for later
// is no part of what is measured against the nodes of until now.
import { WindowsAhead } from './windows-ahead.ts';

export class MeasuredWindows {
  readonly #ahead: WindowsAhead;
  #total = 0;

  constructor(measuredFromMs: number) {
    this.#ahead = new WindowsAhead(({ fromMs, toMs, weight }) => {
      this.#total += weight * Math.max(0, toMs - Math.max(fromMs, measuredFromMs));
    });
  }

  /** Adds `weight` for each millisecond of [fromMs, toMs) that is measured. Instants of `nowMs` never go back. Amortised O(1). */
  add(fromMs: number, toMs: number, weight: number, nowMs: number): void {
    this.#ahead.add(fromMs, toMs, weight, nowMs);
  }

  /** The sum up to the end of the run. */
  finish(endMs: number): number {
    this.#ahead.finish(endMs);
    return this.#total;
  }
}

// Windows that may reach beyond the end of the run, which is not known while they are added: each is handed on once it is over, or cut at
// the end.
interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly weight: number;
}

export class WindowsAhead {
  readonly #settle: (window: Window) => void;
  /** Windows that were not over when they were added. */
  #ahead: Window[] = [];
  #tidyAt = 64;

  /** @param settle takes each window once, in no particular order; it is over, or cut where the run ends */
  constructor(settle: (window: Window) => void) {
    this.#settle = settle;
  }

  /** Adds `weight` for each millisecond of [fromMs, toMs). Instants of `nowMs` never go back. Amortised O(1). */
  add(fromMs: number, toMs: number, weight: number, nowMs: number): void {
    const window = { fromMs, toMs, weight };
    if (toMs <= nowMs) {
      this.#settle(window);
      return;
    }
    this.#ahead.push(window);
    if (this.#ahead.length < this.#tidyAt) return;
    this.#ahead = this.#ahead.filter((each) => {
      if (each.toMs > nowMs) return true;
      this.#settle(each);
      return false;
    });
    // Only what is still ahead is kept, and at most as much again.
    this.#tidyAt = Math.max(64, 2 * this.#ahead.length);
  }

  /** Those that are not over, up to the end of the run. */
  finish(endMs: number): void {
    for (const window of this.#ahead) {
      if (window.fromMs < endMs) this.#settle({ ...window, toMs: Math.min(window.toMs, endMs) });
    }
    this.#ahead = [];
  }
}

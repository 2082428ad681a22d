// Slows down guessing: failures are counted by key (an account at an address, an address), and after a few free ones each doubles the
// wait. An attempt counts as failed from its beginning, so that a volley of parallel guesses gains nothing.

export interface ThrottleSettings {
  /** Failures in a row that cost nothing. */
  readonly freeFailures: number;
  /** The wait after the first that does; doubles with each. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** A key without an attempt for this long starts anew. */
  readonly forgetAfterMs: number;
}

interface Record {
  failures: number;
  lastMs: number;
  blockedUntilMs: number;
}

/** Keys that are remembered at most: beyond, the one that was tried least recently is forgotten. */
const MAX_KEYS = 50_000;

export class Throttle {
  readonly #settings: ThrottleSettings;
  readonly #now: () => number;
  /** In the order of the last attempt. */
  readonly #records = new Map<string, Record>();

  /** @param now real time in ms */
  constructor(settings: ThrottleSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** How long to wait before the next attempt; 0: it may be made. */
  waitMs(key: string): number {
    const record = this.#recall(key);
    return record === undefined ? 0 : Math.max(0, record.blockedUntilMs - this.#now());
  }

  /** No attempt failed lately. */
  isClean(key: string): boolean {
    return this.#recall(key) === undefined;
  }

  /** Counts an attempt as failed. */
  attempt(key: string): void {
    const { freeFailures, baseDelayMs, maxDelayMs } = this.#settings;
    const failures = (this.#recall(key)?.failures ?? 0) + 1;
    const costly = failures - freeFailures;
    const delayMs = costly <= 0 ? 0 : Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(costly - 1, 40));
    const nowMs = this.#now();
    this.#records.delete(key);
    this.#records.set(key, { failures, lastMs: nowMs, blockedUntilMs: nowMs + delayMs });
    if (this.#records.size > MAX_KEYS) this.#forgetOldest();
  }

  /** The attempt was none after all: what was counted against the key is forgotten. */
  succeeded(key: string): void {
    this.#records.delete(key);
  }

  /** The attempt that was counted last did not fail, but proves nothing about those before it. */
  takeBack(key: string): void {
    const record = this.#recall(key);
    if (record === undefined) return;
    record.failures--;
    record.blockedUntilMs = 0;
    if (record.failures <= 0) this.#records.delete(key);
  }

  #recall(key: string): Record | undefined {
    const record = this.#records.get(key);
    if (record === undefined || this.#now() - record.lastMs <= this.#settings.forgetAfterMs) return record;
    this.#records.delete(key);
    return undefined;
  }

  #forgetOldest(): void {
    for (const key of this.#records.keys()) {
      this.#records.delete(key);
      return;
    }
  }
}

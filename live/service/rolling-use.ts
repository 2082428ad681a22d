// How much of something is used in a period that can begin at any instant: the most of all such periods, exact to the millisecond.

/** So much of something in [fromMs, untilMs). */
export interface Use {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly amount: number;
}

/** First and last instant, both included. */
interface Begins {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * The most that is used in any period that has something of `added` in it, what is added included; in amount times milliseconds, 0 when
 * nothing is added.
 */
export function mostWith(added: readonly Use[], present: readonly Use[], periodMs: number): number {
  const begins = added
    .filter(({ amount, fromMs, untilMs }) => amount > 0 && untilMs > fromMs)
    .map(({ fromMs, untilMs }) => ({ firstMs: fromMs - periodMs + 1, lastMs: untilMs - 1 }));
  return mostOf([...present, ...added], begins, periodMs);
}

/** The most that is used in any period that ends after an instant. */
export function mostAfter(nowMs: number, uses: readonly Use[], periodMs: number): number {
  return mostOf(uses, [{ firstMs: nowMs - periodMs + 1, lastMs: Number.POSITIVE_INFINITY }], periodMs);
}

/**
 * What a period holds changes linearly as it moves on, but where one of its ends meets the begin or the end of a use: so those are all
 * that need to be looked at.
 */
function mostOf(uses: readonly Use[], begins: readonly Begins[], periodMs: number): number {
  const total = new RunningTotal(uses);
  const turns = uses.flatMap(({ fromMs, untilMs }) => [
    fromMs,
    untilMs,
    fromMs - periodMs,
    untilMs - periodMs,
  ]);
  let most = 0;
  for (const { firstMs, lastMs } of begins) {
    for (const beginMs of [firstMs, lastMs, ...turns]) {
      if (beginMs < firstMs || beginMs > lastMs || !Number.isFinite(beginMs)) continue;
      most = Math.max(most, total.upTo(beginMs + periodMs) - total.upTo(beginMs));
    }
  }
  return most;
}

/** All that is used up to an instant. */
class RunningTotal {
  readonly #atMs: number[] = [];
  readonly #total: number[] = [];
  /** From each on. */
  readonly #level: number[] = [];

  constructor(uses: readonly Use[]) {
    const changes = uses.flatMap(({ amount, fromMs, untilMs }) =>
      untilMs > fromMs
        ? [
            { atMs: fromMs, amount },
            { atMs: untilMs, amount: -amount },
          ]
        : [],
    );
    changes.sort((a, b) => a.atMs - b.atMs);
    let total = 0;
    let level = 0;
    let sinceMs = 0;
    for (const { amount, atMs } of changes) {
      total += level * (atMs - sinceMs);
      level += amount;
      sinceMs = atMs;
      this.#atMs.push(atMs);
      this.#total.push(total);
      this.#level.push(level);
    }
  }

  upTo(ms: number): number {
    let low = 0;
    let high = this.#atMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#atMs[middle]! <= ms) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    return this.#total[low - 1]! + this.#level[low - 1]! * (ms - this.#atMs[low - 1]!);
  }
}

// How much of something is used in a period that can begin at any instant: the most of all such periods, and what a limit leaves of them,
// exact to the millisecond.

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
  const turns = turnsOf(uses, periodMs);
  let most = 0;
  for (const { firstMs, lastMs } of begins) {
    for (const beginMs of [firstMs, lastMs, ...turns]) {
      if (beginMs < firstMs || beginMs > lastMs || !Number.isFinite(beginMs)) continue;
      most = Math.max(most, total.upTo(beginMs + periodMs) - total.upTo(beginMs));
    }
  }
  return most;
}

/** What a limit of any period leaves beside what is used, for something that is used for a while from some start on. */
export class RollingRoom {
  readonly #periodMs: number;
  readonly #limit: number;
  readonly #total: RunningTotal;
  /** In order: where periods begin whose content turns there. */
  readonly #turns: readonly number[];
  /** In each of these periods. */
  readonly #used: readonly number[];

  /** @param limit in amount times milliseconds */
  constructor(present: readonly Use[], periodMs: number, limit: number) {
    this.#periodMs = periodMs;
    this.#limit = limit;
    this.#total = new RunningTotal(present);
    this.#turns = [...new Set(turnsOf(present, periodMs))].sort((a, b) => a - b);
    this.#used = this.#turns.map((beginMs) => this.#usedFrom(beginMs));
  }

  /**
   * How many may be used for so long, from whichever of these starts on.
   * @param each the amount of one of them; more than 0
   */
  countFrom(each: number, { firstMs, lastMs }: Begins, durationMs: number): number {
    const periodMs = this.#periodMs;
    const endMs = lastMs + durationMs;
    const wholeMs = Math.min(durationMs, periodMs);
    const begins = { firstMs: firstMs - periodMs + 1, lastMs: endMs - 1 };
    let least = Number.POSITIVE_INFINITY;
    const look = (beginMs: number, used: number) => {
      // The most that a period can have of it, by its start.
      const overlapMs = Math.min(wholeMs, endMs - beginMs, beginMs + periodMs - firstMs);
      least = Math.min(least, Math.floor((this.#limit - used) / (each * overlapMs)));
    };
    // What is left, divided by what is asked, rises or falls between two turns of either.
    const topMs = (firstMs + endMs - periodMs) / 2;
    for (const beginMs of [
      begins.firstMs,
      firstMs + wholeMs - periodMs,
      Math.floor(topMs),
      Math.ceil(topMs),
      endMs - wholeMs,
      begins.lastMs,
    ])
      if (beginMs >= begins.firstMs && beginMs <= begins.lastMs) look(beginMs, this.#usedFrom(beginMs));
    for (let i = countUpTo(this.#turns, begins.firstMs - 1); i < this.#turns.length; i++) {
      if (this.#turns[i]! > begins.lastMs) break;
      look(this.#turns[i]!, this.#used[i]!);
    }
    return Math.max(0, least);
  }

  #usedFrom(beginMs: number): number {
    return this.#total.upTo(beginMs + this.#periodMs) - this.#total.upTo(beginMs);
  }
}

/** Where periods begin one of whose ends meets the begin or the end of a use. */
function turnsOf(uses: readonly Use[], periodMs: number): number[] {
  return uses
    .flatMap(({ fromMs, untilMs }) => [fromMs, untilMs, fromMs - periodMs, untilMs - periodMs])
    .filter(Number.isFinite);
}

/** How many of these, in order, are at most that. */
function countUpTo(sorted: readonly number[], most: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= most) low = middle + 1;
    else high = middle;
  }
  return low;
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
    const last = countUpTo(this.#atMs, ms) - 1;
    return last < 0 ? 0 : this.#total[last]! + this.#level[last]! * (ms - this.#atMs[last]!);
  }
}

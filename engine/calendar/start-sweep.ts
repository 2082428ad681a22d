// How many instances several nodes can take together, as a function of the start of their window. Each node's count is
// a sliding-window minimum over its steps; the sum over nodes changes at sorted instants, and one pass finds the first
// or the last start that is good enough.

import type { Amounts } from '../domain/resource-space.ts';
import type { NodeCalendar } from './node-calendar.ts';

export interface SweepRange {
  readonly demand: Amounts;
  readonly durationMs: number;
  /** How many instances are wanted together; at least 1. */
  readonly count: number;
  /** The starts to consider, both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
}

// A change of the sum is packed in one number, so that the native numeric sort puts changes in order of time: the
// milliseconds since fromMs, then the difference in 22 bits. Doubles leave 31 bits for the time.
const DELTA_SPAN = 2 ** 22;
const DELTA_ZERO = DELTA_SPAN / 2;

/** The widest range of starts that one sweep can take. */
export const SWEEP_RANGE_MS_MAX = 2 ** 31 - 1;
/** The most instances that one sweep can look for. */
export const SWEEP_COUNT_MAX = DELTA_ZERO - 1;

/**
 * Finds the common start of instances that spread over nodes. Use: `begin`, `include` each node, then `earliest` or
 * `latest`. It keeps its working memory between uses; with k steps in the windows, a use costs O(k log k).
 */
export class StartSweep {
  private range: SweepRange = {
    demand: new Float64Array(),
    durationMs: 1,
    count: 1,
    fromMs: 0,
    toMs: 0,
  };
  private countAtFrom = 0;
  private changes = new Float64Array(256);
  private changeCount = 0;
  // Steps of the node at hand that may still become the scarcest of the window, by start and by rising count.
  private queuedEndMs = new Float64Array(64);
  private queuedCount = new Int32Array(64);

  begin(range: SweepRange): void {
    this.range = range;
    this.countAtFrom = 0;
    this.changeCount = 0;
  }

  /** Adds what one node can take. A node never counts for more than is wanted. */
  include(node: NodeCalendar): void {
    const { demand, durationMs, count: limit, fromMs, toMs } = this.range;
    if (node.needsDevices(demand)) {
      this.includeByWindow(node);
      return;
    }
    let head = 0;
    let tail = 0;
    let step: number | undefined = node.stepAt(fromMs);
    let startMs = fromMs;
    let count = -1;
    for (;;) {
      while (step !== undefined && node.stepStartMs(step) < startMs + durationMs) {
        const stepCount = Math.min(limit, node.freeCountInStep(step, demand));
        while (tail > head && this.queuedCount[tail - 1]! >= stepCount) tail -= 1;
        if (tail === this.queuedCount.length) this.growQueue();
        this.queuedEndMs[tail] = node.stepEndMs(step);
        this.queuedCount[tail] = stepCount;
        tail += 1;
        step = node.stepAfter(step);
      }
      while (this.queuedEndMs[head]! <= startMs) head += 1;

      const countNow = this.queuedCount[head]!;
      if (count < 0) this.countAtFrom += countNow;
      else if (countNow !== count) this.pushChange(startMs, countNow - count);
      count = countNow;

      // The window next changes when its start leaves the scarcest step, or when its end reaches into a new one.
      const entersMs =
        step === undefined ? Number.POSITIVE_INFINITY : node.stepStartMs(step) - durationMs + 1;
      startMs = Math.min(this.queuedEndMs[head]!, entersMs);
      if (startMs > toMs) return;
    }
  }

  /** The same where a window takes less than each of its steps: it is asked at every start from which it covers other steps. */
  private includeByWindow(node: NodeCalendar): void {
    const { demand, durationMs, count: limit, fromMs, toMs } = this.range;
    const starts = new Set([fromMs]);
    const note = (startMs: number) => {
      if (startMs > fromMs && startMs <= toMs) starts.add(startMs);
    };
    for (
      let step: number | undefined = node.stepAt(fromMs);
      step !== undefined && node.stepStartMs(step) < toMs + durationMs;
      step = node.stepAfter(step)
    ) {
      note(node.stepStartMs(step));
      note(node.stepStartMs(step) - durationMs + 1);
    }
    let count = -1;
    for (const startMs of [...starts].sort((a, b) => a - b)) {
      const countNow = Math.min(limit, node.freeCount(startMs, startMs + durationMs, demand));
      if (count < 0) this.countAtFrom += countNow;
      else if (countNow !== count) this.pushChange(startMs, countNow - count);
      count = countNow;
    }
  }

  /** The least start in the range at which the included nodes take all instances. */
  earliest(): number | undefined {
    const { count: wanted, fromMs } = this.range;
    let count = this.countAtFrom;
    if (count >= wanted) return fromMs;
    const changes = this.sortedChanges();
    for (let index = 0; index < changes.length; ) {
      const offsetMs = Math.floor(changes[index]! / DELTA_SPAN);
      for (; index < changes.length && Math.floor(changes[index]! / DELTA_SPAN) === offsetMs; index += 1) {
        count += (changes[index]! % DELTA_SPAN) - DELTA_ZERO;
      }
      if (count >= wanted) return fromMs + offsetMs;
    }
    return undefined;
  }

  /** The greatest start in the range at which the included nodes take all instances. */
  latest(): number | undefined {
    const { count: wanted, fromMs, toMs } = this.range;
    let count = this.countAtFrom;
    let bestMs: number | undefined;
    const changes = this.sortedChanges();
    for (let index = 0; index < changes.length; ) {
      const offsetMs = Math.floor(changes[index]! / DELTA_SPAN);
      if (count >= wanted) bestMs = fromMs + offsetMs - 1;
      for (; index < changes.length && Math.floor(changes[index]! / DELTA_SPAN) === offsetMs; index += 1) {
        count += (changes[index]! % DELTA_SPAN) - DELTA_ZERO;
      }
    }
    return count >= wanted ? toMs : bestMs;
  }

  private pushChange(startMs: number, delta: number): void {
    if (this.changeCount === this.changes.length) {
      const grown = new Float64Array(this.changes.length * 2);
      grown.set(this.changes);
      this.changes = grown;
    }
    this.changes[this.changeCount] = (startMs - this.range.fromMs) * DELTA_SPAN + (delta + DELTA_ZERO);
    this.changeCount += 1;
  }

  private sortedChanges(): Float64Array {
    return this.changes.subarray(0, this.changeCount).sort();
  }

  private growQueue(): void {
    const endMs = new Float64Array(this.queuedEndMs.length * 2);
    const count = new Int32Array(this.queuedCount.length * 2);
    endMs.set(this.queuedEndMs);
    count.set(this.queuedCount);
    this.queuedEndMs = endMs;
    this.queuedCount = count;
  }
}

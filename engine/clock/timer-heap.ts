// The priority queue under both clocks: a 4-ary heap in typed arrays, ordered by (time, phase, sequence), with cancellation.
// It knows nothing of the current instant; virtual-clock.ts and wall-clock.ts decide when the earliest timer runs.
import type { Phase, TimerHandle } from './clock.ts';

const arity = 4;
const initialCapacity = 64;

/** Phase and sequence share one double: three bits of phase above fifty of sequence, so one comparison breaks a tie in time. */
const sequencesPerPhase = 2 ** 50;

/** A handle is generation * maxSlots + slot, which leaves 29 of the 53 exact bits of a double for the generation. */
const maxSlots = 2 ** 24;
const maxGenerations = 2 ** 29;

/** At a position that was never used: its slot is issued on first use. */
const noSlot = -1;

/** Below this many cancelled entries a sweep costs more than it frees. */
const sweepThreshold = 64;

/**
 * Timers in the order (time, phase, sequence of `add`). `add` and `take` are O(log n), `cancel` is O(1): a cancelled entry
 * stays until it reaches the top or until the cancelled outnumber the live, when one O(n) sweep removes them all. So
 * memory is bounded by twice the largest number of live timers (and then rounded up to a power of two).
 *
 * Limits: 2^24 entries at a time (`add` throws RangeError beyond) and 2^50 in the life of a heap (a year at 35 million a second).
 */
export class TimerHeap {
  // One entry per heap position, struct of arrays: siblings share cache lines and nothing is allocated per timer.
  private timesMs = new Float64Array(initialCapacity);
  private orders = new Float64Array(initialCapacity);
  /** The slot of each entry. Positions from `size` on hold the free slots, so this array is the free list too. */
  private slots = new Int32Array(initialCapacity).fill(noSlot);
  private size = 0;

  // One element per slot. A slot keeps its number while its entry moves through the heap.
  private readonly actions: ((() => void) | undefined)[] = [];
  /** How often the slot was used before: tells a handle of the past from the one of today. */
  private generations = new Int32Array(initialCapacity);

  private sequence = 0;
  private cancelled = 0;
  private readonly usesPerSlot: number;

  /** @param usesPerSlot a slot retires after that many timers, so that no handle is ever issued twice; tests lower it */
  constructor(usesPerSlot: number = maxGenerations) {
    this.usesPerSlot = usesPerSlot;
  }

  /** Timers that will run, without the cancelled. */
  get pending(): number {
    return this.size - this.cancelled;
  }

  /** Entries for which there is room: what the heap holds in memory. */
  get capacity(): number {
    return this.slots.length;
  }

  /** @param timeMs any finite number; the caller checks */
  add(timeMs: number, phase: Phase, action: () => void): TimerHandle {
    const position = this.size;
    if (position === this.slots.length) this.grow();
    let slot = this.slots[position]!;
    if (slot === noSlot || this.generations[slot] === this.usesPerSlot) slot = this.newSlot();
    const generation = this.generations[slot]!;
    this.generations[slot] = generation + 1;
    this.actions[slot] = action;
    this.size = position + 1;
    this.siftUp(position, timeMs, phase * sequencesPerPhase + this.sequence++, slot);
    return generation * maxSlots + slot;
  }

  /** Returns false when the timer was taken or cancelled before, or when the number never was a handle. */
  cancel(timer: TimerHandle): boolean {
    const generation = Math.floor(timer / maxSlots);
    const slot = timer - generation * maxSlots;
    if (this.generations[slot] !== generation + 1 || this.actions[slot] === undefined) return false;
    this.actions[slot] = undefined;
    this.cancelled++;
    if (this.cancelled > sweepThreshold && this.cancelled > this.size - this.cancelled) this.sweep();
    return true;
  }

  /** When the earliest timer is due; Infinity when there is none. */
  nextTimeMs(): number {
    while (this.size > 0) {
      if (this.actions[this.slots[0]!] !== undefined) return this.timesMs[0]!;
      this.removeTop();
      this.cancelled--;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Removes the earliest timer and returns its action; undefined when there is none. */
  take(): (() => void) | undefined {
    if (this.nextTimeMs() === Number.POSITIVE_INFINITY) return undefined;
    const slot = this.slots[0]!;
    const action = this.actions[slot];
    this.actions[slot] = undefined;
    this.removeTop();
    return action;
  }

  private removeTop(): void {
    const freed = this.slots[0]!;
    const last = --this.size;
    if (last > 0) this.siftDown(0, this.timesMs[last]!, this.orders[last]!, this.slots[last]!);
    this.slots[last] = freed;
  }

  /** Places an entry at `hole` or above it, moving later ancestors down. */
  private siftUp(hole: number, timeMs: number, order: number, slot: number): void {
    const { timesMs, orders, slots } = this;
    let position = hole;
    while (position > 0) {
      const parent = (position - 1) >>> 2;
      const parentTimeMs = timesMs[parent]!;
      if (parentTimeMs < timeMs || (parentTimeMs === timeMs && orders[parent]! < order)) break;
      timesMs[position] = parentTimeMs;
      orders[position] = orders[parent]!;
      slots[position] = slots[parent]!;
      position = parent;
    }
    timesMs[position] = timeMs;
    orders[position] = order;
    slots[position] = slot;
  }

  /** Places an entry at `hole` or below it, moving the earliest children up. */
  private siftDown(hole: number, timeMs: number, order: number, slot: number): void {
    const { timesMs, orders, slots, size } = this;
    let position = hole;
    for (;;) {
      const firstChild = arity * position + 1;
      if (firstChild >= size) break;
      let earliest = firstChild;
      let earliestTimeMs = timesMs[firstChild]!;
      const end = Math.min(firstChild + arity, size);
      for (let child = firstChild + 1; child < end; child++) {
        const childTimeMs = timesMs[child]!;
        if (
          childTimeMs < earliestTimeMs ||
          (childTimeMs === earliestTimeMs && orders[child]! < orders[earliest]!)
        ) {
          earliest = child;
          earliestTimeMs = childTimeMs;
        }
      }
      if (timeMs < earliestTimeMs || (timeMs === earliestTimeMs && order < orders[earliest]!)) break;
      timesMs[position] = earliestTimeMs;
      orders[position] = orders[earliest]!;
      slots[position] = slots[earliest]!;
      position = earliest;
    }
    timesMs[position] = timeMs;
    orders[position] = order;
    slots[position] = slot;
  }

  /** Drops every cancelled entry and restores the heap bottom-up (Floyd 1964). The order is total, so it does not change. */
  private sweep(): void {
    const { timesMs, orders, slots, actions } = this;
    let kept = 0;
    for (let position = 0; position < this.size; position++) {
      const slot = slots[position]!;
      if (actions[slot] === undefined) continue;
      timesMs[kept] = timesMs[position]!;
      orders[kept] = orders[position]!;
      slots[position] = slots[kept]!;
      slots[kept] = slot;
      kept++;
    }
    this.size = kept;
    this.cancelled = 0;
    for (let position = (kept - 2) >> 2; position >= 0; position--) {
      this.siftDown(position, timesMs[position]!, orders[position]!, slots[position]!);
    }
  }

  private grow(): void {
    const capacity = this.slots.length * 2;
    this.timesMs = enlarged(this.timesMs, new Float64Array(capacity));
    this.orders = enlarged(this.orders, new Float64Array(capacity));
    this.slots = enlarged(this.slots, new Int32Array(capacity).fill(noSlot));
  }

  private newSlot(): number {
    const slot = this.actions.length;
    if (slot === maxSlots) throw new RangeError(`more than ${maxSlots} timers are pending`);
    if (slot === this.generations.length)
      this.generations = enlarged(this.generations, new Int32Array(slot * 2));
    this.actions.push(undefined);
    return slot;
  }
}

function enlarged<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

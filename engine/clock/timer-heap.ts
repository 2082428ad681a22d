// The priority queue under both clocks: a 4-ary heap in typed arrays, ordered by (time, phase, sequence),
// with cancellation. It knows nothing of the current instant; virtual-clock.ts and wall-clock.ts decide when
// the earliest timer runs.
import type { Phase, TimerHandle } from './clock.ts';

const initialCapacity = 64;

/** Room behind the last entry, so that the last group of four siblings is complete; see `timesMs`. */
const padding = 3;

/** Phase and sequence share one double, three bits above fifty: one comparison breaks a tie in time. */
const sequencesPerPhase = 2 ** 50;

/**
 * A handle is generation * maxSlots + slot, which leaves 29 of the 53 exact bits of a double to the
 * generation.
 */
const maxSlots = 2 ** 24;
const maxGenerations = 2 ** 29;

/** A heap position that was never used has no slot yet. */
const noSlot = -1;

/** With fewer cancelled entries than this, a sweep is not worth its while. */
const sweepThreshold = 64;

/**
 * Timers in the order (time, phase, sequence of `add`). `add` and `take` are O(log n), `cancel` is O(1),
 * amortised: a cancelled entry stays until it gets to the top or until the cancelled outnumber the live, when
 * one O(n) sweep removes them all. So the memory held is bounded by the largest number of live timers so far,
 * however many were cancelled.
 *
 * Limits: 2^24 entries at a time (`add` throws a RangeError beyond), 2^50 in the life of a heap (a year at 35
 * million a second).
 */
export class TimerHeap {
  // One element per heap position: a struct of arrays, so that a timer costs no allocation and siblings share
  // a cache line.
  /** Infinity behind the last entry, which stands in for the siblings it lacks. */
  private timesMs = new Float64Array(initialCapacity + padding).fill(Number.POSITIVE_INFINITY);
  private orders = new Float64Array(initialCapacity + padding);
  /** The slot of each entry; behind the last entry the slots that are free, so this is the free list too. */
  private slots = new Int32Array(initialCapacity).fill(noSlot);
  private size = 0;

  // One element per slot, which an entry keeps while it moves through the heap.
  /** Undefined where a timer was taken or cancelled. */
  private readonly actions: ((() => void) | undefined)[] = [];
  /** How many timers had this slot, the present one included: tells its handle from those of the past. */
  private generations = new Int32Array(initialCapacity);

  private sequence = 0;
  private cancelled = 0;
  private readonly usesPerSlot: number;

  /**
   * @param usesPerSlot a slot retires after so many timers, so that no handle is issued twice; tests lower it
   */
  constructor(usesPerSlot: number = maxGenerations) {
    this.usesPerSlot = usesPerSlot;
  }

  /** Timers to be taken yet, without the cancelled ones. */
  get pending(): number {
    return this.size - this.cancelled;
  }

  /** Entries for which memory is held. */
  get capacity(): number {
    return this.slots.length;
  }

  /** @param timeMs a finite number; the caller makes sure */
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
    if (this.cancelled > sweepThreshold && this.cancelled > this.pending) this.sweep();
    return true;
  }

  /** When the earliest timer is due; Infinity when there is none. */
  nextTimeMs(): number {
    this.dropCancelledTop();
    return this.timesMs[0]!;
  }

  /** Removes the earliest timer and returns its action; undefined when there is none. */
  take(): (() => void) | undefined {
    this.dropCancelledTop();
    if (this.size === 0) return undefined;
    const slot = this.slots[0]!;
    const action = this.actions[slot];
    this.actions[slot] = undefined;
    this.removeTop();
    // Not needed before the next call, but this way the processor fetches the next action while the present
    // one runs.
    this.dropCancelledTop();
    return action;
  }

  private dropCancelledTop(): void {
    // `typeof` reads the function object itself, which a comparison with undefined would not: see `take`.
    while (this.size > 0 && typeof this.actions[this.slots[0]!] !== 'function') {
      this.removeTop();
      this.cancelled--;
    }
  }

  private removeTop(): void {
    const freed = this.slots[0]!;
    const last = --this.size;
    const timeMs = this.timesMs[last]!;
    this.timesMs[last] = Number.POSITIVE_INFINITY;
    if (last > 0) this.siftDown(0, timeMs, this.orders[last]!, this.slots[last]!);
    this.slots[last] = freed;
  }

  /** Places an entry at `hole` or above, moving later ancestors down. */
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

  /**
   * Places an entry at `hole` or below, moving the earliest children up. Which child that is, no processor
   * can predict: the knock-out among the four computes with the outcomes instead of branching on them, which
   * makes it a third faster.
   */
  private siftDown(hole: number, timeMs: number, order: number, slot: number): void {
    const { timesMs, orders, slots, size } = this;
    let position = hole;
    for (;;) {
      const child = 4 * position + 1;
      if (child >= size) break;
      const left = child + precedes(timesMs, orders, child + 1, child);
      const right = child + 2 + precedes(timesMs, orders, child + 3, child + 2);
      const earliest = left + (right - left) * precedes(timesMs, orders, right, left);
      const earliestTimeMs = timesMs[earliest]!;
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

  /**
   * Drops all cancelled entries and restores the heap from the bottom (Floyd 1964). No two keys are equal:
   * the order stays.
   */
  private sweep(): void {
    const { timesMs, orders, slots, actions, size } = this;
    let kept = 0;
    for (let position = 0; position < size; position++) {
      const slot = slots[position]!;
      if (actions[slot] === undefined) continue;
      timesMs[kept] = timesMs[position]!;
      orders[kept] = orders[position]!;
      slots[position] = slots[kept]!;
      slots[kept] = slot;
      kept++;
    }
    timesMs.fill(Number.POSITIVE_INFINITY, kept, size);
    this.size = kept;
    this.cancelled = 0;
    for (let position = (kept - 2) >> 2; position >= 0; position--) {
      this.siftDown(position, timesMs[position]!, orders[position]!, slots[position]!);
    }
  }

  private grow(): void {
    const capacity = this.slots.length * 2;
    this.timesMs = enlarged(
      this.timesMs,
      new Float64Array(capacity + padding).fill(Number.POSITIVE_INFINITY),
    );
    this.orders = enlarged(this.orders, new Float64Array(capacity + padding));
    this.slots = enlarged(this.slots, new Int32Array(capacity).fill(noSlot));
  }

  private newSlot(): number {
    const slot = this.actions.length;
    if (slot === maxSlots) throw new RangeError(`more than ${maxSlots} timers`);
    if (slot === this.generations.length)
      this.generations = enlarged(this.generations, new Int32Array(2 * slot));
    this.actions.push(undefined);
    return slot;
  }
}

/** 1 when the entry at position `a` comes before the one at `b`, else 0. */
function precedes(timesMs: Float64Array, orders: Float64Array, a: number, b: number): number {
  const aMs = timesMs[a]!;
  const bMs = timesMs[b]!;
  return aMs === bMs ? Number(orders[a]! < orders[b]!) : Number(aMs < bMs);
}

function enlarged<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

// The priority queue under both clocks: a 4-ary heap in typed arrays, ordered by (time, phase, sequence),
// with cancellation. It knows nothing of the current instant; virtual-clock.ts and wall-clock.ts decide when
// the earliest timer runs.
import type { Phase, TimerHandle } from './clock.ts';

const initialCapacity = 64;

/** Room behind the last entry, so that the last group of four siblings is complete; see `timesMs`. */
const padding = 3;

/**
 * What breaks a tie in time is one double, the key: three bits of phase, twenty-six of sequence, twenty-four of the slot, which never decides,
 * as no two entries have the same sequence. So an entry is two numbers, and as much as that is what moves through the heap.
 */
const maxSlots = 2 ** 24;
const maxSequences = 2 ** 26;

/** A handle is generation * maxSlots + slot, which leaves 29 of the 53 exact bits of a double to the generation. */
const maxGenerations = 2 ** 29;

/** With fewer cancelled entries than this, a sweep is not worth its while. */
const sweepThreshold = 64;

/**
 * Timers in the order (time, phase, sequence of `add`). `add` and `take` are O(log n), `cancel` is O(1),
 * amortised: a cancelled entry stays until it gets to the top or until the cancelled outnumber the live, when
 * one O(n) sweep removes them all. So the memory held is bounded by the largest number of live timers so far,
 * however many were cancelled. When the sequences have been used up, which is once in 67 million timers, one
 * O(n log n) pass numbers the entries anew.
 *
 * Limit: 2^24 entries at a time (`add` throws a RangeError beyond).
 */
export class TimerHeap {
  // One element per heap position: a struct of arrays, so that a timer costs no allocation and siblings share
  // a cache line.
  /** Infinity behind the last entry, which stands in for the siblings it lacks. */
  private timesMs = new Float64Array(initialCapacity + padding).fill(Number.POSITIVE_INFINITY);
  private keys = new Float64Array(initialCapacity + padding);
  private size = 0;

  // One element per slot, which an entry keeps while it moves through the heap.
  /** Undefined where a timer was taken or cancelled. */
  private readonly actions: ((() => void) | undefined)[] = [];
  /** How many timers had this slot, the present one included: tells its handle from those of the past. */
  private generations = new Int32Array(initialCapacity);
  /** Slots that no entry has. */
  private readonly free: number[] = [];

  private sequence = 0;
  private cancelled = 0;
  private readonly usesPerSlot: number;
  private readonly sequences: number;

  /**
   * Tests lower these.
   * @param usesPerSlot a slot retires after so many timers, so that no handle is issued twice
   * @param sequences after so many timers the entries are numbered anew; more than there are entries at a time
   */
  constructor({ usesPerSlot = maxGenerations, sequences = maxSequences } = {}) {
    this.usesPerSlot = usesPerSlot;
    this.sequences = sequences;
  }

  /** Timers to be taken yet, without the cancelled ones. */
  get pending(): number {
    return this.size - this.cancelled;
  }

  /** Entries for which memory is held. */
  get capacity(): number {
    return this.timesMs.length - padding;
  }

  /** @param timeMs a finite number; the caller makes sure */
  add(timeMs: number, phase: Phase, action: () => void): TimerHandle {
    const position = this.size;
    if (position + padding === this.timesMs.length) this.grow();
    const slot = this.free.pop() ?? this.newSlot();
    if (this.sequence >= this.sequences) this.renumber();
    const generation = this.generations[slot]!;
    this.generations[slot] = generation + 1;
    this.actions[slot] = action;
    this.size = position + 1;
    this.siftUp(position, timeMs, (phase * maxSequences + this.sequence++) * maxSlots + slot);
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
    const slot = slotOf(this.keys[0]!);
    const action = this.actions[slot];
    this.actions[slot] = undefined;
    this.removeTop(slot);
    // Not needed before the next call, but this way the processor fetches the next action while the present
    // one runs.
    this.dropCancelledTop();
    return action;
  }

  private dropCancelledTop(): void {
    while (this.size > 0) {
      const slot = slotOf(this.keys[0]!);
      // `typeof` reads the function object itself, which a comparison with undefined would not: see `take`.
      if (typeof this.actions[slot] === 'function') return;
      this.removeTop(slot);
      this.cancelled--;
    }
  }

  private removeTop(slot: number): void {
    this.release(slot);
    const last = --this.size;
    const timeMs = this.timesMs[last]!;
    this.timesMs[last] = Number.POSITIVE_INFINITY;
    if (last > 0) this.siftDown(0, timeMs, this.keys[last]!);
  }

  /** Places an entry at `hole` or above, moving later ancestors down. */
  private siftUp(hole: number, timeMs: number, key: number): void {
    const { timesMs, keys } = this;
    let position = hole;
    while (position > 0) {
      const parent = (position - 1) >>> 2;
      const parentTimeMs = timesMs[parent]!;
      if (parentTimeMs < timeMs || (parentTimeMs === timeMs && keys[parent]! < key)) break;
      timesMs[position] = parentTimeMs;
      keys[position] = keys[parent]!;
      position = parent;
    }
    timesMs[position] = timeMs;
    keys[position] = key;
  }

  /**
   * Places an entry at `hole` or below, moving the earliest children up. Which child that is, no processor
   * can predict: the knock-out among the four computes with the outcomes instead of branching on them, which
   * makes it a third faster.
   */
  private siftDown(hole: number, timeMs: number, key: number): void {
    const { timesMs, keys, size } = this;
    let position = hole;
    for (;;) {
      const child = 4 * position + 1;
      if (child >= size) break;
      const left = child + precedes(timesMs, keys, child + 1, child);
      const right = child + 2 + precedes(timesMs, keys, child + 3, child + 2);
      const earliest = left + (right - left) * precedes(timesMs, keys, right, left);
      const earliestTimeMs = timesMs[earliest]!;
      if (timeMs < earliestTimeMs || (timeMs === earliestTimeMs && key < keys[earliest]!)) break;
      timesMs[position] = earliestTimeMs;
      keys[position] = keys[earliest]!;
      position = earliest;
    }
    timesMs[position] = timeMs;
    keys[position] = key;
  }

  /**
   * Drops all cancelled entries and restores the heap from the bottom (Floyd 1964). No two keys are equal:
   * the order stays.
   */
  private sweep(): void {
    const { timesMs, keys, actions, size } = this;
    let kept = 0;
    for (let position = 0; position < size; position++) {
      const slot = slotOf(keys[position]!);
      if (actions[slot] === undefined) {
        this.release(slot);
        continue;
      }
      timesMs[kept] = timesMs[position]!;
      keys[kept] = keys[position]!;
      kept++;
    }
    timesMs.fill(Number.POSITIVE_INFINITY, kept, size);
    this.size = kept;
    this.cancelled = 0;
    for (let position = (kept - 2) >> 2; position >= 0; position--) {
      this.siftDown(position, timesMs[position]!, keys[position]!);
    }
  }

  /** Gives the entries the lowest sequences, in the order of those that they have: which of two comes first stays. */
  private renumber(): void {
    const { keys, size } = this;
    const inOrder = Float64Array.from(keys.subarray(0, size), sequenceOf).sort();
    for (let position = 0; position < size; position++) {
      const key = keys[position]!;
      const phase = Math.floor(key / maxSlots / maxSequences);
      const sequence = rankOf(inOrder, sequenceOf(key));
      keys[position] = (phase * maxSequences + sequence) * maxSlots + slotOf(key);
    }
    this.sequence = size;
  }

  private grow(): void {
    const length = this.capacity * 2 + padding;
    this.timesMs = enlarged(this.timesMs, new Float64Array(length).fill(Number.POSITIVE_INFINITY));
    this.keys = enlarged(this.keys, new Float64Array(length));
  }

  private newSlot(): number {
    const slot = this.actions.length;
    if (slot === maxSlots) throw new RangeError(`more than ${maxSlots} timers`);
    if (slot === this.generations.length)
      this.generations = enlarged(this.generations, new Int32Array(2 * slot));
    this.actions.push(undefined);
    return slot;
  }

  /** No entry has the slot any more. */
  private release(slot: number): void {
    if (this.generations[slot]! < this.usesPerSlot) this.free.push(slot);
  }
}

function slotOf(key: number): number {
  // An integer of 32 bits also for the compiler, since it is what arrays are asked by.
  return (key - Math.floor(key / maxSlots) * maxSlots) | 0;
}

function sequenceOf(key: number): number {
  const order = Math.floor(key / maxSlots);
  return order - Math.floor(order / maxSequences) * maxSequences;
}

/** The place of a number among rising ones, of which it is one. */
function rankOf(rising: Float64Array, number: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** 1 when the entry at position `a` comes before the one at `b`, else 0. */
function precedes(timesMs: Float64Array, keys: Float64Array, a: number, b: number): number {
  const aMs = timesMs[a]!;
  const bMs = timesMs[b]!;
  return aMs === bMs ? Number(keys[a]! < keys[b]!) : Number(aMs < bMs);
}

function enlarged<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

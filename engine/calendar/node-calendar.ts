// One node's capacity in use over time: a step function of three resources on half-open intervals, millisecond exact.
// Steps are kept sorted in one typed array, since arrays beat trees at the number of bookings that one node sees.
// It knows amounts, not bookings; capacity-calendar.ts keeps those and is the only writer.

import type { Resources } from '../domain/resources.ts';
import { invariant } from '../invariant.ts';

// A step is a row of four numbers: its start, then what is used of each resource until the next row's start. The first
// row starts at -Infinity, the last one lasts forever, and both are unused, so every instant has a row.
const ROW = 4;
const START = 0;
const MILLI_CPUS = 1;
const MEMORY_MIB = 2;
const DISK_GIB = 3;

const INITIAL_ROWS = 8;

export interface FitQuery {
  readonly demand: Resources;
  readonly durationMs: number;
  /** The earliest start that is acceptable, inclusive. */
  readonly notBeforeMs: number;
  /** The latest start that is acceptable, inclusive; may be Infinity. */
  readonly latestStartMs: number;
}

/**
 * What one node has in use at every instant, and when it has room.
 *
 * With n steps, a lookup costs O(log n); a question about a window costs O(log n + steps in the window); a change costs
 * that and a block move. Windows are [startMs, endMs) in integer milliseconds, `startMs < endMs`.
 */
export class NodeCalendar {
  readonly capacity: Resources;
  private rows = new Float64Array(INITIAL_ROWS * ROW);
  private first = 0;
  private end = ROW;
  private knownFromMs = Number.NEGATIVE_INFINITY;

  constructor(capacity: Resources) {
    this.capacity = capacity;
    this.rows[START] = Number.NEGATIVE_INFINITY;
  }

  /** How many steps the function has; 1 when nothing is used at any time. */
  get stepCount(): number {
    return (this.end - this.first) / ROW;
  }

  /** The start of the last step, after which nothing is used; -Infinity when nothing ever is. */
  get lastChangeMs(): number {
    return this.rows[this.end - ROW + START]!;
  }

  /**
   * Takes `demand` for the whole window.
   * @throws InvariantError, with nothing changed, if that is more than the node has at any instant.
   */
  add(startMs: number, endMs: number, demand: Resources): void {
    this.change(startMs, endMs, demand.milliCpus, demand.memoryMib, demand.diskGib);
  }

  /**
   * Gives back `demand` for the whole window: the exact inverse of {@link add}, and of any part of its window.
   * @throws InvariantError, with nothing changed, if less than that is in use at any instant.
   */
  remove(startMs: number, endMs: number, demand: Resources): void {
    this.change(startMs, endMs, -demand.milliCpus, -demand.memoryMib, -demand.diskGib);
  }

  /** Whether `demand` is free throughout the window. */
  fits(startMs: number, endMs: number, demand: Resources): boolean {
    const rows = this.rows;
    const milliCpus = this.capacity.milliCpus - demand.milliCpus;
    const memoryMib = this.capacity.memoryMib - demand.memoryMib;
    const diskGib = this.capacity.diskGib - demand.diskGib;
    for (let row = this.rowAt(startMs); row < this.end && rows[row + START]! < endMs; row += ROW) {
      if (
        rows[row + MILLI_CPUS]! > milliCpus ||
        rows[row + MEMORY_MIB]! > memoryMib ||
        rows[row + DISK_GIB]! > diskGib
      ) {
        return false;
      }
    }
    return true;
  }

  /** How many instances of `demand` fit throughout the window; Infinity when nothing is demanded. */
  freeCount(startMs: number, endMs: number, demand: Resources): number {
    const rows = this.rows;
    let count = Number.POSITIVE_INFINITY;
    for (let row = this.rowAt(startMs); row < this.end && rows[row + START]! < endMs; row += ROW) {
      count = Math.min(count, this.freeCountInStep(row, demand));
      if (count === 0) return 0;
    }
    return count;
  }

  /** What is free throughout the window, each resource at its own scarcest instant. */
  minFree(startMs: number, endMs: number): Resources {
    const rows = this.rows;
    let milliCpus = 0;
    let memoryMib = 0;
    let diskGib = 0;
    for (let row = this.rowAt(startMs); row < this.end && rows[row + START]! < endMs; row += ROW) {
      milliCpus = Math.max(milliCpus, rows[row + MILLI_CPUS]!);
      memoryMib = Math.max(memoryMib, rows[row + MEMORY_MIB]!);
      diskGib = Math.max(diskGib, rows[row + DISK_GIB]!);
    }
    return {
      milliCpus: this.capacity.milliCpus - milliCpus,
      memoryMib: this.capacity.memoryMib - memoryMib,
      diskGib: this.capacity.diskGib - diskGib,
    };
  }

  /**
   * The least start in [notBeforeMs, latestStartMs] from which `demand` is free for the whole duration.
   *
   * It is notBeforeMs or the end of a step that was in the way, so each step is looked at once.
   */
  earliestFit({ demand, durationMs, notBeforeMs, latestStartMs }: FitQuery): number | undefined {
    const rows = this.rows;
    const milliCpus = this.capacity.milliCpus - demand.milliCpus;
    const memoryMib = this.capacity.memoryMib - demand.memoryMib;
    const diskGib = this.capacity.diskGib - demand.diskGib;
    let startMs = notBeforeMs;
    let row = this.rowAt(startMs);
    while (startMs <= latestStartMs) {
      if (row >= this.end || rows[row + START]! >= startMs + durationMs) return startMs;
      const isInTheWay =
        rows[row + MILLI_CPUS]! > milliCpus ||
        rows[row + MEMORY_MIB]! > memoryMib ||
        rows[row + DISK_GIB]! > diskGib;
      row += ROW;
      if (isInTheWay) {
        if (row >= this.end) return undefined;
        startMs = rows[row + START]!;
      }
    }
    return undefined;
  }

  /** The greatest start in [notBeforeMs, latestStartMs] from which `demand` is free for the whole duration. */
  latestFit({ demand, durationMs, notBeforeMs, latestStartMs }: FitQuery): number | undefined {
    const rows = this.rows;
    const milliCpus = this.capacity.milliCpus - demand.milliCpus;
    const memoryMib = this.capacity.memoryMib - demand.memoryMib;
    const diskGib = this.capacity.diskGib - demand.diskGib;
    let startMs = latestStartMs;
    let row = this.rowAt(startMs + durationMs - 1);
    while (startMs >= notBeforeMs) {
      const isInTheWay =
        rows[row + MILLI_CPUS]! > milliCpus ||
        rows[row + MEMORY_MIB]! > memoryMib ||
        rows[row + DISK_GIB]! > diskGib;
      if (isInTheWay) {
        startMs = rows[row + START]! - durationMs;
      } else if (rows[row + START]! <= startMs) {
        return startMs;
      }
      row -= ROW;
    }
    return undefined;
  }

  /**
   * The least and the most that is free within each of `count` adjoining windows of `widthMs`, the first of which starts
   * at `startMs`. Writes six numbers per window: least and most milliCpus, least and most memoryMib, least and most diskGib.
   */
  freeRangesInto(target: Float64Array, startMs: number, widthMs: number, count: number): void {
    const rows = this.rows;
    const { capacity } = this;
    let row = this.rowAt(startMs);
    let at = 0;
    for (let window = 1; window <= count; window += 1) {
      const endMs = startMs + window * widthMs;
      let milliCpusMin = rows[row + MILLI_CPUS]!;
      let memoryMibMin = rows[row + MEMORY_MIB]!;
      let diskGibMin = rows[row + DISK_GIB]!;
      let milliCpusMax = milliCpusMin;
      let memoryMibMax = memoryMibMin;
      let diskGibMax = diskGibMin;
      while (row + ROW < this.end && rows[row + ROW + START]! < endMs) {
        row += ROW;
        milliCpusMin = Math.min(milliCpusMin, rows[row + MILLI_CPUS]!);
        milliCpusMax = Math.max(milliCpusMax, rows[row + MILLI_CPUS]!);
        memoryMibMin = Math.min(memoryMibMin, rows[row + MEMORY_MIB]!);
        memoryMibMax = Math.max(memoryMibMax, rows[row + MEMORY_MIB]!);
        diskGibMin = Math.min(diskGibMin, rows[row + DISK_GIB]!);
        diskGibMax = Math.max(diskGibMax, rows[row + DISK_GIB]!);
      }
      if (row + ROW < this.end && rows[row + ROW + START] === endMs) row += ROW;
      target[at] = capacity.milliCpus - milliCpusMax;
      target[at + 1] = capacity.milliCpus - milliCpusMin;
      target[at + 2] = capacity.memoryMib - memoryMibMax;
      target[at + 3] = capacity.memoryMib - memoryMibMin;
      target[at + 4] = capacity.diskGib - diskGibMax;
      target[at + 5] = capacity.diskGib - diskGibMin;
      at += 6;
    }
  }

  /** The integral of the used milli-CPUs over the window, in milli-CPU milliseconds. */
  reservedMilliCpuMs(startMs: number, endMs: number): number {
    const rows = this.rows;
    let sum = 0;
    for (let row = this.rowAt(startMs); row < this.end && rows[row + START]! < endMs; row += ROW) {
      const fromMs = Math.max(startMs, rows[row + START]!);
      const toMs = Math.min(endMs, this.stepEndMs(row));
      sum += rows[row + MILLI_CPUS]! * (toMs - fromMs);
    }
    return sum;
  }

  /**
   * Drops what is known of the time before `ms`: it reads as unused from now on, and later changes apply from `ms` on.
   * Costs O(log n); the space is taken back when the calendar next needs room.
   */
  forgetBefore(ms: number): void {
    if (ms <= this.knownFromMs) return;
    this.knownFromMs = ms;
    const row = this.rowAt(ms);
    if (row === this.first) return;
    this.rows[row + START] = ms;
    this.first = row - ROW;
    this.rows.fill(0, this.first, row);
    this.rows[this.first + START] = Number.NEGATIVE_INFINITY;
    this.mergeWithPrevious(row);
  }

  // Reading step by step, for those who walk many calendars at once. A step is an opaque number, good until the next
  // change; the steps of a calendar follow each other through `stepAfter`.

  /** The step that `ms` lies in. */
  stepAt(ms: number): number {
    return this.rowAt(ms);
  }

  /** The step that begins where `step` ends; undefined after the last one. */
  stepAfter(step: number): number | undefined {
    return step + ROW < this.end ? step + ROW : undefined;
  }

  /** -Infinity for the first step. */
  stepStartMs(step: number): number {
    return this.rows[step + START]!;
  }

  /** Exclusive; Infinity for the last step. */
  stepEndMs(step: number): number {
    return step + ROW < this.end ? this.rows[step + ROW + START]! : Number.POSITIVE_INFINITY;
  }

  /** How many instances of `demand` fit in the step; Infinity when nothing is demanded. */
  freeCountInStep(step: number, demand: Resources): number {
    const rows = this.rows;
    const { capacity } = this;
    let count = Number.POSITIVE_INFINITY;
    if (demand.milliCpus > 0) {
      count = Math.floor((capacity.milliCpus - rows[step + MILLI_CPUS]!) / demand.milliCpus);
    }
    if (demand.memoryMib > 0) {
      count = Math.min(count, Math.floor((capacity.memoryMib - rows[step + MEMORY_MIB]!) / demand.memoryMib));
    }
    if (demand.diskGib > 0) {
      count = Math.min(count, Math.floor((capacity.diskGib - rows[step + DISK_GIB]!) / demand.diskGib));
    }
    return count;
  }

  /** Offset of the row of the step that `ms` lies in. */
  private rowAt(ms: number): number {
    const rows = this.rows;
    let low = this.first / ROW;
    let high = this.end / ROW - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (rows[middle * ROW + START]! <= ms) low = middle;
      else high = middle - 1;
    }
    return low * ROW;
  }

  private change(
    startMs: number,
    endMs: number,
    milliCpus: number,
    memoryMib: number,
    diskGib: number,
  ): void {
    invariant(startMs < endMs, 'a window ends after it starts', { startMs, endMs });
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return;
    if (this.end + 2 * ROW > this.rows.length) this.makeRoom();

    let startRow = this.rowAt(fromMs);
    let endRow = this.checkedUntil(endMs, startRow, milliCpus, memoryMib, diskGib);
    const { rows } = this;
    if (endRow === this.end || rows[endRow + START] !== endMs) this.splitBefore(endRow, endMs);
    if (rows[startRow + START] !== fromMs) {
      startRow += ROW;
      endRow += ROW;
      this.splitBefore(startRow, fromMs);
    }
    for (let row = startRow; row < endRow; row += ROW) {
      rows[row + MILLI_CPUS]! += milliCpus;
      rows[row + MEMORY_MIB]! += memoryMib;
      rows[row + DISK_GIB]! += diskGib;
    }
    // Everything in between moved by the same amount, so only the two edges can have become equal to their neighbours.
    this.mergeWithPrevious(endRow);
    this.mergeWithPrevious(startRow);
  }

  /** Checks that the rows from `row` on can change by the amounts, and returns the first one that begins at or after `endMs`. */
  private checkedUntil(
    endMs: number,
    row: number,
    milliCpus: number,
    memoryMib: number,
    diskGib: number,
  ): number {
    const { rows, capacity } = this;
    let at = row;
    for (; at < this.end && rows[at + START]! < endMs; at += ROW) {
      const usedMilliCpus = rows[at + MILLI_CPUS]! + milliCpus;
      const usedMemoryMib = rows[at + MEMORY_MIB]! + memoryMib;
      const usedDiskGib = rows[at + DISK_GIB]! + diskGib;
      const staysInBounds =
        usedMilliCpus >= 0 &&
        usedMilliCpus <= capacity.milliCpus &&
        usedMemoryMib >= 0 &&
        usedMemoryMib <= capacity.memoryMib &&
        usedDiskGib >= 0 &&
        usedDiskGib <= capacity.diskGib;
      // The details are worth building only for a failure.
      if (!staysInBounds) {
        invariant(false, 'what is used stays between nothing and the capacity of the node', {
          fromMs: rows[at + START],
          used: { milliCpus: usedMilliCpus, memoryMib: usedMemoryMib, diskGib: usedDiskGib },
          capacity,
        });
      }
    }
    return at;
  }

  /** Cuts the step before `row` in two, so that the later part begins at `ms` and is the row. There must be room for it. */
  private splitBefore(row: number, ms: number): void {
    this.rows.copyWithin(row, row - ROW, this.end);
    this.rows[row + START] = ms;
    this.end += ROW;
  }

  /** Drops the row if it says nothing that the one before it does not say. */
  private mergeWithPrevious(row: number): void {
    const rows = this.rows;
    if (
      rows[row + MILLI_CPUS] !== rows[row - ROW + MILLI_CPUS] ||
      rows[row + MEMORY_MIB] !== rows[row - ROW + MEMORY_MIB] ||
      rows[row + DISK_GIB] !== rows[row - ROW + DISK_GIB]
    ) {
      return;
    }
    rows.copyWithin(row, row + ROW, this.end);
    this.end -= ROW;
  }

  /** Takes back the space of the forgotten rows if that is at least half of it all, else doubles the space. */
  private makeRoom(): void {
    const size = this.end - this.first;
    const rows = this.first * 2 >= this.rows.length ? this.rows : new Float64Array(this.rows.length * 2);
    rows.set(this.rows.subarray(this.first, this.end));
    this.rows = rows;
    this.first = 0;
    this.end = size;
  }
}

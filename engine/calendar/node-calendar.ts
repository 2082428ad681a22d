// One node's free capacity over time: a step function of its resources on half-open intervals, millisecond exact.
// Steps are kept sorted in one typed array, since arrays beat trees at the number of bookings that one node sees.
// It knows amounts, neither names nor bookings. What all nodes share has a calendar of this kind, too.

import type { Devices } from '../domain/devices.ts';
import type { Amounts } from '../domain/resource-space.ts';
import { invariant } from '../invariant.ts';

// A step is a row of numbers: its start, then what is free of each resource until the next row's start. The first row
// starts at -Infinity, the last one lasts forever, and in both everything is free, so every instant has a row. Rows are
// as wide as a power of two, which spares the search a division. The three resources that every node has are spelled
// out, which makes most calendars a third faster than a loop would; the loops are for those that a provider names.
const START = 0;
const CPU = 1;
const MEMORY = 2;
const DISK = 3;
const NAMED = 4;

/** Once something is booked. Before that, calendars with the same capacity share their only row. */
const INITIAL_ROWS = 8;

const UNUSED_ROWS = new WeakMap<Amounts, Float64Array>();

const NO_DEVICES: Devices = [];

/** What is free of the CPU in a step that is closed: less than any demand. */
const CLOSED = -1;

export interface FitQuery {
  readonly demand: Amounts;
  readonly durationMs: number;
  /** The earliest start that is acceptable, inclusive. */
  readonly notBeforeMs: number;
  /** The latest start that is acceptable, inclusive; may be Infinity. */
  readonly latestStartMs: number;
}

/**
 * What one node has free at every instant.
 *
 * With n steps, a lookup costs O(log n); a question about a window costs O(log n + steps in the window); a change costs
 * that and a block move. Windows are [startMs, endMs) in integer milliseconds, `startMs < endMs`. A demand has as many
 * amounts as the capacity.
 */
export class NodeCalendar {
  readonly capacity: Amounts;
  /** What the columns of a row have when nothing is used: the capacity, and beyond it what a subclass counts beside. */
  private readonly unused: Amounts;
  /** The logarithm of the width of a row. */
  private readonly shift: number;
  private readonly width: number;
  /** Of those in use; the rest of a row is padding. */
  private readonly lastColumn: number;
  /** Of those that count the capacity. */
  private readonly lastOfCapacity: number;
  private rows: Float64Array;
  private first = 0;
  private end: number;
  private knownFromMs = Number.NEGATIVE_INFINITY;

  constructor(capacity: Amounts, unused = capacity) {
    this.capacity = capacity;
    this.unused = unused;
    this.lastColumn = unused.length;
    this.lastOfCapacity = capacity.length;
    this.shift = 32 - Math.clz32(unused.length);
    this.width = 1 << this.shift;
    this.end = this.width;
    // There is no room for another row: whoever books makes that first, and so has rows of its own.
    let rows = UNUSED_ROWS.get(unused);
    if (rows === undefined) {
      rows = new Float64Array(this.width);
      rows[START] = Number.NEGATIVE_INFINITY;
      rows.set(unused, CPU);
      UNUSED_ROWS.set(unused, rows);
    }
    this.rows = rows;
  }

  /** One like it, of which nothing is used. */
  protected anew(): NodeCalendar {
    return new NodeCalendar(this.capacity);
  }

  /** Another calendar that says the same; a change of one is none of the other. */
  copy(): NodeCalendar {
    const copy = this.anew();
    copy.end = this.end - this.first;
    copy.rows = new Float64Array(copy.end + INITIAL_ROWS * this.width);
    copy.rows.set(this.rows.subarray(this.first, this.end));
    copy.knownFromMs = this.knownFromMs;
    return copy;
  }

  /** How many steps the function has; 1 when nothing is used at any time. */
  get stepCount(): number {
    return (this.end - this.first) >>> this.shift;
  }

  /** The start of the last step, after which nothing is used; -Infinity when nothing ever is. */
  get lastChangeMs(): number {
    return this.rows[this.end - this.width + START]!;
  }

  /**
   * Takes `demand` for the whole window; returns false, with nothing changed, if less than that is free at any instant.
   * @param _devices those that it is taken of, on nodes that have some
   */
  take(startMs: number, endMs: number, demand: Amounts, _devices?: Devices): boolean {
    return this.change(startMs, endMs, demand, -1);
  }

  /**
   * Gives back `demand` for the whole window: the exact inverse of {@link take}, and of any part of its window.
   * @throws InvariantError, with nothing changed, if less than that is in use at any instant.
   */
  giveBack(startMs: number, endMs: number, demand: Amounts, _devices?: Devices): void {
    if (!this.change(startMs, endMs, demand, 1)) {
      invariant(false, 'no more is given back than is in use', { startMs, endMs, demand: [...demand] });
    }
  }

  /**
   * From now on the window has no room, not even for what takes nothing. It cannot be undone: it is for a copy that shows when a node
   * may not be used. `startMs` may be -Infinity.
   */
  close(startMs: number, endMs: number): void {
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return;
    const { width } = this;
    if (this.end + 2 * width > this.rows.length) this.makeRoom();
    const { rows } = this;
    let startRow = this.rowAt(fromMs);
    let endRow = this.rowAt(endMs);
    if (rows[endRow + START] !== endMs) {
      endRow += width;
      this.splitBefore(endRow, endMs);
    }
    if (rows[startRow + START] !== fromMs) {
      startRow += width;
      endRow += width;
      this.splitBefore(startRow, fromMs);
    }
    rows.fill(0, startRow + CPU, startRow + width);
    rows[startRow + CPU] = CLOSED;
    const inside = endRow - (startRow + width);
    rows.copyWithin(startRow + width, endRow, this.end);
    this.end -= inside;
    this.mergeWithPrevious(endRow - inside);
    if (startRow > this.first) this.mergeWithPrevious(startRow);
  }

  /** Whether `demand` is free throughout the window. */
  fits(startMs: number, endMs: number, demand: Amounts): boolean {
    const { rows, width, end } = this;
    const cpu = demand[0]!;
    const memory = demand[1]!;
    const disk = demand[2]!;
    for (let row = this.rowAt(startMs); row < end && rows[row + START]! < endMs; row += width) {
      if (
        rows[row + CPU]! < cpu ||
        rows[row + MEMORY]! < memory ||
        rows[row + DISK]! < disk ||
        (width > NAMED && this.lacksNamed(row, demand))
      ) {
        return false;
      }
    }
    return true;
  }

  /** How many instances of `demand` fit throughout the window; Infinity when nothing is demanded. */
  freeCount(startMs: number, endMs: number, demand: Amounts): number {
    const { rows, width, end } = this;
    let count = Number.POSITIVE_INFINITY;
    for (let row = this.rowAt(startMs); row < end && rows[row + START]! < endMs; row += width) {
      count = Math.min(count, timesFit(rows, row + CPU, demand));
      if (count === 0) return 0;
    }
    return count;
  }

  /** Writes to `target` what is free throughout the window, each resource at its own scarcest instant. */
  minFreeInto(target: Amounts, startMs: number, endMs: number): void {
    target.set(this.capacity);
    this.lower(target, 0, startMs, endMs);
  }

  /** Lowers the amounts to what is free throughout the window of the resources from the place `first` on. */
  protected lower(target: Amounts, first: number, startMs: number, endMs: number): void {
    const { rows, width, end } = this;
    for (let row = this.rowAt(startMs); row < end && rows[row + START]! < endMs; row += width) {
      for (let place = 0; place < target.length; place += 1) {
        target[place] = Math.min(target[place]!, rows[row + CPU + first + place]!);
      }
    }
  }

  // Of nodes whose resources come in devices: see DeviceCalendar. Others have none.

  /** Whether the demand needs devices, so that what fits a window may be less than what fits each of its steps. */
  needsDevices(_demand: Amounts): boolean {
    return false;
  }

  /** Devices for one instance throughout the window; undefined when there are not enough. */
  chooseDevices(_startMs: number, _endMs: number, _demand: Amounts): Devices | undefined {
    return NO_DEVICES;
  }

  /** Whether these are as many and such devices as the demand needs, free or not. */
  areDevicesFor(devices: Devices, _demand: Amounts): boolean {
    return devices.length === 0;
  }

  /** What each device has free throughout the window, of the resource at that place among the amounts. */
  freeDevices(_place: number, _startMs: number, _endMs: number): readonly number[] {
    return NO_DEVICES;
  }

  /** The least that is free of a resource, by its place among the amounts, at any instant from `ms` on; looks no further where it is below `enough`. */
  leastFrom(ms: number, place: number, enough: number): number {
    const { rows, width, end } = this;
    let at = this.rowAt(ms) + CPU + place;
    let least = rows[at]!;
    for (at += width; at < end && least >= enough; at += width) least = Math.min(least, rows[at]!);
    return least;
  }

  /**
   * The least start in [notBeforeMs, latestStartMs] from which `demand` is free for the whole duration.
   *
   * It is notBeforeMs or the end of a step that was in the way, so each step is looked at once.
   */
  earliestFit({ demand, durationMs, notBeforeMs, latestStartMs }: FitQuery): number | undefined {
    const { rows, width, end } = this;
    const cpu = demand[0]!;
    const memory = demand[1]!;
    const disk = demand[2]!;
    let startMs = notBeforeMs;
    let row = this.rowAt(startMs);
    while (startMs <= latestStartMs) {
      if (row >= end || rows[row + START]! >= startMs + durationMs) return startMs;
      const isInTheWay =
        rows[row + CPU]! < cpu ||
        rows[row + MEMORY]! < memory ||
        rows[row + DISK]! < disk ||
        (width > NAMED && this.lacksNamed(row, demand));
      row += width;
      if (isInTheWay) {
        if (row >= end) return undefined;
        startMs = rows[row + START]!;
      }
    }
    return undefined;
  }

  /** The greatest start in [notBeforeMs, latestStartMs] from which `demand` is free for the whole duration. */
  latestFit({ demand, durationMs, notBeforeMs, latestStartMs }: FitQuery): number | undefined {
    const { rows, width } = this;
    const cpu = demand[0]!;
    const memory = demand[1]!;
    const disk = demand[2]!;
    let startMs = latestStartMs;
    let row = this.rowAt(startMs + durationMs - 1);
    while (startMs >= notBeforeMs) {
      const isInTheWay =
        rows[row + CPU]! < cpu ||
        rows[row + MEMORY]! < memory ||
        rows[row + DISK]! < disk ||
        (width > NAMED && this.lacksNamed(row, demand));
      if (isInTheWay) {
        startMs = rows[row + START]! - durationMs;
      } else if (rows[row + START]! <= startMs) {
        return startMs;
      }
      row -= width;
    }
    return undefined;
  }

  /**
   * The least and the most that is free within each of `count` adjoining windows of `widthMs`, the first of which starts
   * at `startMs`. Writes two numbers per window and resource: least and most of the first, least and most of the second …
   */
  freeRangesInto(target: Float64Array, startMs: number, widthMs: number, count: number): void {
    const { rows, width, end, lastOfCapacity: lastColumn } = this;
    let row = this.rowAt(startMs);
    let at = 0;
    for (let window = 1; window <= count; window += 1) {
      const endMs = startMs + window * widthMs;
      let cpuMin = rows[row + CPU]!;
      let memoryMin = rows[row + MEMORY]!;
      let diskMin = rows[row + DISK]!;
      let cpuMax = cpuMin;
      let memoryMax = memoryMin;
      let diskMax = diskMin;
      const namedAt = at + 2 * (NAMED - CPU);
      for (let column = NAMED; column <= lastColumn; column += 1) {
        const measure = namedAt + 2 * (column - NAMED);
        target[measure] = rows[row + column]!;
        target[measure + 1] = rows[row + column]!;
      }
      while (row + width < end && rows[row + width + START]! < endMs) {
        row += width;
        cpuMin = Math.min(cpuMin, rows[row + CPU]!);
        cpuMax = Math.max(cpuMax, rows[row + CPU]!);
        memoryMin = Math.min(memoryMin, rows[row + MEMORY]!);
        memoryMax = Math.max(memoryMax, rows[row + MEMORY]!);
        diskMin = Math.min(diskMin, rows[row + DISK]!);
        diskMax = Math.max(diskMax, rows[row + DISK]!);
        for (let column = NAMED; column <= lastColumn; column += 1) {
          const measure = namedAt + 2 * (column - NAMED);
          target[measure] = Math.min(target[measure]!, rows[row + column]!);
          target[measure + 1] = Math.max(target[measure + 1]!, rows[row + column]!);
        }
      }
      if (row + width < end && rows[row + width + START] === endMs) row += width;
      target[at] = cpuMin;
      target[at + 1] = cpuMax;
      target[at + 2] = memoryMin;
      target[at + 3] = memoryMax;
      target[at + 4] = diskMin;
      target[at + 5] = diskMax;
      at += 2 * lastColumn;
    }
  }

  /** The integral of the used milli-CPUs over the window, in milli-CPU milliseconds. */
  reservedMilliCpuMs(startMs: number, endMs: number): number {
    const { rows, width, end } = this;
    const capacity = this.capacity[0]!;
    let sum = 0;
    for (let row = this.rowAt(startMs); row < end && rows[row + START]! < endMs; row += width) {
      const fromMs = Math.max(startMs, rows[row + START]!);
      const toMs = Math.min(endMs, this.stepEndMs(row));
      sum += (capacity - rows[row + CPU]!) * (toMs - fromMs);
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
    this.first = row - this.width;
    this.rows[this.first + START] = Number.NEGATIVE_INFINITY;
    this.rows.set(this.unused, this.first + CPU);
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
    return step + this.width < this.end ? step + this.width : undefined;
  }

  /** -Infinity for the first step. */
  stepStartMs(step: number): number {
    return this.rows[step + START]!;
  }

  /** Exclusive; Infinity for the last step. */
  stepEndMs(step: number): number {
    const next = step + this.width;
    return next < this.end ? this.rows[next + START]! : Number.POSITIVE_INFINITY;
  }

  /** What is free in the step of a resource, by its place among the amounts. */
  freeInStep(step: number, place: number): number {
    return this.rows[step + CPU + place]!;
  }

  /** How many instances of `demand` fit in the step; Infinity when nothing is demanded. */
  freeCountInStep(step: number, demand: Amounts): number {
    return timesFit(this.rows, step + CPU, demand);
  }

  /** How many instances of `demand` fit where nothing is used; Infinity when nothing is demanded. */
  countWhenUnused(demand: Amounts): number {
    return timesFit(this.capacity, 0, demand);
  }

  private lacksNamed(row: number, demand: Amounts): boolean {
    const { rows, lastOfCapacity } = this;
    for (let column = NAMED; column <= lastOfCapacity; column += 1) {
      if (rows[row + column]! < demand[column - CPU]!) return true;
    }
    return false;
  }

  /** Offset of the row of the step that `ms` lies in. */
  private rowAt(ms: number): number {
    const { rows, shift } = this;
    let low = this.first >>> shift;
    let high = (this.end >>> shift) - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (rows[(middle << shift) + START]! <= ms) low = middle;
      else high = middle - 1;
    }
    return low << shift;
  }

  /** Adds the amounts with that sign to what is free; false if that would be less than nothing or more than the capacity. */
  private change(startMs: number, endMs: number, amounts: Amounts, sign: 1 | -1): boolean {
    if (!(startMs < endMs)) invariant(false, 'a window ends after it starts', { startMs, endMs });
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return true;
    const { unused: capacity, width, lastColumn } = this;
    if (this.end + 2 * width > this.rows.length) this.makeRoom();
    const { rows } = this;
    const cpu = sign * amounts[0]!;
    const memory = sign * amounts[1]!;
    const disk = sign * amounts[2]!;

    let startRow = this.rowAt(fromMs);
    let endRow = startRow;
    for (; endRow < this.end && rows[endRow + START]! < endMs; endRow += width) {
      const freeCpu = rows[endRow + CPU]! + cpu;
      const freeMemory = rows[endRow + MEMORY]! + memory;
      const freeDisk = rows[endRow + DISK]! + disk;
      const staysInBounds =
        freeCpu >= 0 &&
        freeCpu <= capacity[0]! &&
        freeMemory >= 0 &&
        freeMemory <= capacity[1]! &&
        freeDisk >= 0 &&
        freeDisk <= capacity[2]! &&
        (width === NAMED || this.staysNamedInBounds(endRow, amounts, sign));
      if (!staysInBounds) return false;
    }
    if (endRow === this.end || rows[endRow + START] !== endMs) this.splitBefore(endRow, endMs);
    if (rows[startRow + START] !== fromMs) {
      startRow += width;
      endRow += width;
      this.splitBefore(startRow, fromMs);
    }
    for (let row = startRow; row < endRow; row += width) {
      rows[row + CPU]! += cpu;
      rows[row + MEMORY]! += memory;
      rows[row + DISK]! += disk;
      for (let column = NAMED; column <= lastColumn; column += 1) {
        rows[row + column]! += sign * amounts[column - CPU]!;
      }
    }
    // Everything in between moved by the same amount, so only the two edges can have become equal to their neighbours.
    this.mergeWithPrevious(endRow);
    this.mergeWithPrevious(startRow);
    return true;
  }

  private staysNamedInBounds(row: number, amounts: Amounts, sign: 1 | -1): boolean {
    const { unused: capacity, rows, lastColumn } = this;
    for (let column = NAMED; column <= lastColumn; column += 1) {
      const free = rows[row + column]! + sign * amounts[column - CPU]!;
      if (free < 0 || free > capacity[column - CPU]!) return false;
    }
    return true;
  }

  /** Cuts the step before `row` in two, so that the later part begins at `ms` and is the row. There must be room for it. */
  private splitBefore(row: number, ms: number): void {
    this.rows.copyWithin(row, row - this.width, this.end);
    this.rows[row + START] = ms;
    this.end += this.width;
  }

  /** Drops the row if it says nothing that the one before it does not say. */
  private mergeWithPrevious(row: number): void {
    const { rows, width, lastColumn } = this;
    const before = row - width;
    for (let column = CPU; column <= lastColumn; column += 1) {
      if (rows[row + column] !== rows[before + column]) return;
    }
    rows.copyWithin(row, row + width, this.end);
    this.end -= width;
  }

  /** Takes back the space of the forgotten rows if that is at least half of it all, else doubles the space. */
  private makeRoom(): void {
    const size = this.end - this.first;
    const rows =
      this.first * 2 >= this.rows.length
        ? this.rows
        : new Float64Array(Math.max(this.rows.length * 2, INITIAL_ROWS * this.width));
    rows.set(this.rows.subarray(this.first, this.end));
    this.rows = rows;
    this.first = 0;
    this.end = size;
  }
}

/** How many times `demand` goes into the amounts that begin at `from`; Infinity when nothing is demanded, unless they are closed. */
function timesFit(free: Float64Array, from: number, demand: Amounts): number {
  if (free[from] === CLOSED) return 0;
  const cpu = demand[0]!;
  const memory = demand[1]!;
  const disk = demand[2]!;
  let times = Number.POSITIVE_INFINITY;
  if (cpu > 0) times = Math.floor(free[from]! / cpu);
  if (memory > 0) times = Math.min(times, Math.floor(free[from + 1]! / memory));
  if (disk > 0) times = Math.min(times, Math.floor(free[from + 2]! / disk));
  for (let place = NAMED - CPU; place < demand.length; place += 1) {
    const amount = demand[place]!;
    if (amount > 0) times = Math.min(times, Math.floor(free[from + place]! / amount));
  }
  return times;
}

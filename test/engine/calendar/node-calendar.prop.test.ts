// One node's calendar against an array with a cell per millisecond.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import type { Amounts } from '../../../engine/domain/resource-space.ts';
import { InvariantError } from '../../../engine/invariant.ts';
import { runs } from '../../support/fast-check.ts';

const horizonMs = 60;
/** What a node has, of three resources and up to six more: rows of calendars are of 4, 8 and 16 numbers. */
const capacities = [8, 10, 9, 7, 9, 8, 11, 6, 8];

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Amounts;
}

type Step = Window & {
  readonly act: 'take' | 'give back' | 'give back part' | 'forget' | 'ask';
  readonly pick: number;
};

const histories = fc.integer({ min: 3, max: capacities.length }).chain((resources) => {
  const demand = fc.array(fc.nat(4), { minLength: resources, maxLength: resources });
  const step = fc
    .record({
      act: fc.constantFrom('take', 'take', 'take', 'give back', 'give back part', 'forget', 'ask', 'ask'),
      startMs: fc.nat(horizonMs - 21),
      length: fc.integer({ min: 1, max: 20 }),
      demand: demand.map((amounts) => Float64Array.from(amounts)),
      pick: fc.nat(1_000),
    })
    .map(({ length, ...rest }): Step => ({ ...rest, endMs: rest.startMs + length }));
  return fc.record({
    capacity: fc.constant(Float64Array.from(capacities.slice(0, resources))),
    steps: fc.array(step, { maxLength: 60, size: 'max' }),
  });
});

describe('a node calendar', () => {
  test('knows what is used at every instant, and answers from that', () => {
    fc.assert(
      fc.property(histories, ({ capacity, steps }) => {
        const model = new CellModel(capacity);
        for (const each of steps) model.run(each);
        model.checkSteps();
      }),
      { numRuns: runs(1_500) },
    );
  });
});

class CellModel {
  private readonly calendar: NodeCalendar;
  private readonly capacity: readonly number[];
  /** What is free in each millisecond. */
  private readonly cells: (readonly number[])[];
  private taken: Window[] = [];
  private knownFromMs = 0;

  constructor(capacity: Amounts) {
    this.calendar = new NodeCalendar(capacity);
    this.capacity = [...capacity];
    this.cells = Array.from({ length: horizonMs }, () => this.capacity);
  }

  run(step: Step): void {
    const { calendar } = this;
    switch (step.act) {
      case 'take': {
        const canTake = this.canTake(step);
        assert.equal(calendar.take(step.startMs, step.endMs, step.demand), canTake);
        if (!canTake) break;
        this.change(step, -1);
        this.taken.push(step);
        break;
      }
      case 'give back':
      case 'give back part':
        this.giveBack(step);
        break;
      case 'forget':
        // Little by little, else there would be nothing left to ask about.
        this.knownFromMs = Math.max(this.knownFromMs, step.startMs >> 2);
        this.cells.fill(this.capacity, 0, this.knownFromMs);
        calendar.forgetBefore(this.knownFromMs);
        break;
      case 'ask':
        this.ask(step);
    }
  }

  private giveBack(step: Step): void {
    const { calendar } = this;
    const window = this.taken[step.pick % this.taken.length];
    if (window === undefined) return;
    this.taken = this.taken.filter((other) => other !== window);
    if (step.act === 'give back') {
      calendar.giveBack(window.startMs, window.endMs, window.demand);
      this.change(window, 1);
      const tooMuch = Float64Array.from(this.capacity, (amount) => amount + 1);
      assert.throws(() => calendar.giveBack(horizonMs, horizonMs + 1, tooMuch), InvariantError);
      return;
    }
    const middleMs = Math.ceil((window.startMs + window.endMs) / 2);
    if (middleMs === window.endMs) return;
    calendar.giveBack(middleMs, window.endMs, window.demand);
    this.change({ ...window, startMs: middleMs }, 1);
    this.taken.push({ ...window, endMs: middleMs });
  }

  private ask({ startMs, endMs, demand, pick }: Window & { readonly pick: number }): void {
    const { calendar } = this;
    const least = this.minFree(startMs, endMs);
    const free = new Float64Array(this.capacity.length);
    calendar.minFreeInto(free, startMs, endMs);
    assert.deepEqual([...free], least);
    assert.equal(calendar.fits(startMs, endMs, demand), isWithin(demand, least));
    assert.equal(calendar.freeCount(startMs, endMs, demand), timesFits(least, demand));
    assert.equal(calendar.countWhenUnused(demand), timesFits(this.capacity, demand));
    const reserved = this.cells
      .slice(startMs, endMs)
      .reduce((sum, [cpu]) => sum + this.capacity[0]! - cpu!, 0);
    assert.equal(calendar.reservedMilliCpuMs(startMs, endMs), reserved);

    const durationMs = endMs - startMs;
    const latestStartMs = startMs + (pick % 30);
    const starts: number[] = [];
    for (let ms = startMs; ms <= latestStartMs; ms += 1) {
      if (isWithin(demand, this.minFree(ms, ms + durationMs))) starts.push(ms);
    }
    const query = { demand, durationMs, notBeforeMs: startMs, latestStartMs };
    assert.equal(calendar.earliestFit(query), starts[0]);
    assert.equal(calendar.latestFit(query), starts.at(-1));
    this.checkFreeRanges(startMs, 1 + (pick % 7), 1 + (pick % 5));
  }

  private checkFreeRanges(startMs: number, widthMs: number, count: number): void {
    const measures = 2 * this.capacity.length;
    const ranges = new Float64Array(count * measures);
    this.calendar.freeRangesInto(ranges, startMs, widthMs, count);
    for (let window = 0; window < count; window += 1) {
      const fromMs = startMs + window * widthMs;
      const frees = Array.from({ length: widthMs }, (_, offset) =>
        this.minFree(fromMs + offset, fromMs + offset + 1),
      );
      const expected = this.capacity.flatMap((_, place) => {
        const amounts = frees.map((free) => free[place]!);
        return [Math.min(...amounts), Math.max(...amounts)];
      });
      assert.deepEqual([...ranges.slice(window * measures, (window + 1) * measures)], expected);
    }
  }

  /** One step per stretch of equal cells, so that nothing is kept of what came and went. */
  checkSteps(): void {
    const { calendar } = this;
    const changes: number[] = [];
    let before = this.capacity;
    this.cells.forEach((free, ms) => {
      if (JSON.stringify(free) !== JSON.stringify(before)) changes.push(ms);
      before = free;
    });
    assert.equal(calendar.stepCount, changes.length + 1);
    assert.equal(calendar.lastChangeMs, changes.at(-1) ?? Number.NEGATIVE_INFINITY);
  }

  private canTake({ startMs, endMs, demand }: Window): boolean {
    const fromMs = Math.max(startMs, this.knownFromMs);
    return fromMs >= endMs || isWithin(demand, this.minFree(fromMs, endMs));
  }

  private change({ startMs, endMs, demand }: Window, sign: 1 | -1): void {
    for (let ms = Math.max(startMs, this.knownFromMs); ms < endMs; ms += 1) {
      this.cells[ms] = this.cells[ms]!.map((amount, place) => amount + sign * demand[place]!);
    }
  }

  private minFree(startMs: number, endMs: number): number[] {
    const free = [...this.capacity];
    for (let ms = startMs; ms < endMs; ms += 1) {
      this.cells[ms]?.forEach((amount, place) => {
        free[place] = Math.min(free[place]!, amount);
      });
    }
    return free;
  }
}

function isWithin(demand: Amounts, free: readonly number[]): boolean {
  return free.every((amount, place) => demand[place]! <= amount);
}

function timesFits(free: readonly number[], demand: Amounts): number {
  return Math.min(
    ...free.map((amount, place) => (demand[place] === 0 ? Infinity : Math.floor(amount / demand[place]!))),
  );
}

// One node's calendar against an array with a cell per millisecond.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import {
  addResources,
  isWithin,
  multiplyResources,
  NO_RESOURCES,
  type Resources,
  timesFits,
} from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';

const horizonMs = 60;
const capacity: Resources = { milliCpus: 8, memoryMib: 10, diskGib: 9 };

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Resources;
}

type Step = Window & {
  readonly act: 'add' | 'remove' | 'remove part' | 'forget' | 'ask';
  readonly pick: number;
};

const demand = fc.record({ milliCpus: fc.nat(4), memoryMib: fc.nat(4), diskGib: fc.nat(4) });

const step: fc.Arbitrary<Step> = fc
  .record({
    act: fc.constantFrom('add', 'add', 'add', 'remove', 'remove part', 'forget', 'ask', 'ask'),
    startMs: fc.nat(horizonMs - 21),
    length: fc.integer({ min: 1, max: 20 }),
    demand,
    pick: fc.nat(1_000),
  })
  .map(({ length, ...rest }) => ({ ...rest, endMs: rest.startMs + length }));

describe('a node calendar', () => {
  test('knows what is used at every instant, and answers from that', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const model = new CellModel();
        for (const each of steps) model.run(each);
        model.checkSteps();
      }),
      { numRuns: 2_000 },
    );
  });
});

class CellModel {
  private readonly calendar = new NodeCalendar(capacity);
  private readonly cells: Resources[] = Array.from({ length: horizonMs }, () => NO_RESOURCES);
  private added: Window[] = [];
  private knownFromMs = 0;

  run(step: Step): void {
    const { calendar } = this;
    switch (step.act) {
      case 'add':
        if (this.canAdd(step)) {
          calendar.add(step.startMs, step.endMs, step.demand);
          this.change(step, 1);
          this.added.push(step);
        } else {
          assert.throws(() => calendar.add(step.startMs, step.endMs, step.demand), InvariantError);
        }
        break;
      case 'remove':
      case 'remove part':
        this.remove(step);
        break;
      case 'forget':
        // Little by little, else there would be nothing left to ask about.
        this.knownFromMs = Math.max(this.knownFromMs, step.startMs >> 2);
        this.cells.fill(NO_RESOURCES, 0, this.knownFromMs);
        calendar.forgetBefore(this.knownFromMs);
        break;
      case 'ask':
        this.ask(step);
    }
  }

  private remove(step: Step): void {
    const { calendar } = this;
    const window = this.added[step.pick % this.added.length];
    if (window === undefined) return;
    this.added = this.added.filter((other) => other !== window);
    if (step.act === 'remove') {
      calendar.remove(window.startMs, window.endMs, window.demand);
      this.change(window, -1);
      return;
    }
    const middleMs = Math.ceil((window.startMs + window.endMs) / 2);
    if (middleMs === window.endMs) return;
    calendar.remove(middleMs, window.endMs, window.demand);
    this.change({ ...window, startMs: middleMs }, -1);
    this.added.push({ ...window, endMs: middleMs });
  }

  private ask({ startMs, endMs, demand, pick }: Window & { readonly pick: number }): void {
    const { calendar } = this;
    const least = this.minFree(startMs, endMs);
    assert.deepEqual(calendar.minFree(startMs, endMs), least);
    assert.equal(calendar.fits(startMs, endMs, demand), isWithin(demand, least));
    assert.equal(calendar.freeCount(startMs, endMs, demand), timesFits(least, demand));
    const reserved = this.cells.slice(startMs, endMs).reduce((sum, { milliCpus }) => sum + milliCpus, 0);
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
    const ranges = new Float64Array(count * 6);
    this.calendar.freeRangesInto(ranges, startMs, widthMs, count);
    for (let window = 0; window < count; window += 1) {
      const fromMs = startMs + window * widthMs;
      const frees = Array.from({ length: widthMs }, (_, offset) =>
        this.minFree(fromMs + offset, fromMs + offset + 1),
      );
      const expected = (['milliCpus', 'memoryMib', 'diskGib'] as const).flatMap((name) => {
        const amounts = frees.map((free) => free[name]);
        return [Math.min(...amounts), Math.max(...amounts)];
      });
      assert.deepEqual([...ranges.slice(window * 6, window * 6 + 6)], expected);
    }
  }

  /** One step per stretch of equal cells, so that nothing is kept of what came and went. */
  checkSteps(): void {
    const { calendar } = this;
    const changes: number[] = [];
    let before = NO_RESOURCES;
    this.cells.forEach((used, ms) => {
      if (JSON.stringify(used) !== JSON.stringify(before)) changes.push(ms);
      before = used;
    });
    assert.equal(calendar.stepCount, changes.length + 1);
    assert.equal(calendar.lastChangeMs, changes.at(-1) ?? Number.NEGATIVE_INFINITY);
  }

  private canAdd({ startMs, endMs, demand }: Window): boolean {
    const fromMs = Math.max(startMs, this.knownFromMs);
    return fromMs >= endMs || isWithin(demand, this.minFree(fromMs, endMs));
  }

  private change({ startMs, endMs, demand }: Window, sign: 1 | -1): void {
    for (let ms = Math.max(startMs, this.knownFromMs); ms < endMs; ms += 1) {
      this.cells[ms] = addResources(this.cells[ms]!, multiplyResources(demand, sign));
    }
  }

  private minFree(startMs: number, endMs: number): Resources {
    const free = { ...capacity };
    for (let ms = startMs; ms < endMs; ms += 1) {
      const used = this.cells[ms] ?? NO_RESOURCES;
      free.milliCpus = Math.min(free.milliCpus, capacity.milliCpus - used.milliCpus);
      free.memoryMib = Math.min(free.memoryMib, capacity.memoryMib - used.memoryMib);
      free.diskGib = Math.min(free.diskGib, capacity.diskGib - used.diskGib);
    }
    return free;
  }
}

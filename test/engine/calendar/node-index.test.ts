// That the index does rule out what it can, since no answer of the calendar would show if it did not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import { NodeIndex, Selection, setBit, wholeMask } from '../../../engine/calendar/node-index.ts';
import type { Amounts } from '../../../engine/domain/resource-space.ts';
import { runs } from '../../support/fast-check.ts';

const capacity: Amounts = Float64Array.of(4_000, 8_192, 100);
const demand: Amounts = Float64Array.of(1_000, 1_024, 10);
const nodeCount = 100;
const allNodes = wholeMask(nodeCount);

/** All nodes are full in [0, 1000) and again in [2000, 3000), but for `freeNode`. */
function indexed(freeNode: number, isEnabled = true): NodeIndex {
  const calendars = Array.from({ length: nodeCount }, () => new NodeCalendar(capacity));
  const index = new NodeIndex(calendars, isEnabled);
  for (const startMs of [0, 2_000]) {
    calendars.forEach((calendar, node) => {
      if (node === freeNode) return;
      calendar.take(startMs, startMs + 1_000, capacity);
      index.refresh(node, startMs, startMs + 1_000);
    });
  }
  return index;
}

function possible(index: NodeIndex, startMs: number, durationMs: number, mask = allNodes): number[] {
  const selection = index.select({ startMs, durationMs, demand });
  const nodes: number[] = [];
  let node = index.nextPossible(selection, 0, mask);
  for (; node < nodeCount; node = index.nextPossible(selection, node + 1, mask)) nodes.push(node);
  return nodes;
}

describe('the index over nodes', () => {
  test('leaves only the node that is not full', () => {
    expect(possible(indexed(77), 100, 400)).toEqual([77]);
  });

  test('rules out nodes for what lies in the middle of a long window', () => {
    expect(possible(indexed(3), 1_200, 2_600)).toEqual([3]);
  });

  test('rules out nothing where nothing is booked', () => {
    expect(possible(indexed(77), 5_000, 400)).toHaveLength(nodeCount);
  });

  test('rules out nothing but unavailable nodes when it is turned off', () => {
    const mask = wholeMask(nodeCount);
    setBit(mask.available, 5, false);
    expect(possible(indexed(77, false), 100, 400, mask)).toHaveLength(nodeCount - 1);
  });

  test('leaves the nodes that it is not to judge, unless they are unavailable', () => {
    const mask = wholeMask(nodeCount);
    for (const node of [8, 9]) setBit(mask.unindexed, node, true);
    mask.hasUnindexed = true;
    setBit(mask.available, 9, false);
    expect(possible(indexed(77), 100, 400, mask)).toEqual([8, 77]);
    const full = indexed(nodeCount);
    expect(possible(full, 100, 400, mask)).toEqual([8]);
    expect(full.countAtMost({ startMs: 100, durationMs: 400, demand, enough: 2 }, mask)).toBe(0);
  });

  test('knows how many instances fit at most', () => {
    const index = indexed(77);
    const countAtMost = (query: { demand: Amounts; enough: number }) =>
      index.countAtMost({ startMs: 100, durationMs: 400, ...query }, allNodes);
    expect(countAtMost({ demand, enough: 1_000 })).toBeLessThanOrEqual(7);
    expect(countAtMost({ demand, enough: 1_000 })).toBeGreaterThanOrEqual(4);
    expect(countAtMost({ demand, enough: 2 })).toBe(Number.POSITIVE_INFINITY);
    expect(countAtMost({ demand: Float64Array.of(4_001, 1_024, 10), enough: 1 })).toBe(0);
  });
});

describe('what it knows for sure', () => {
  test('says nothing of a time in which something may be booked that was too far away to be noted', () => {
    const calendars = Array.from({ length: 40 }, () => new NodeCalendar(capacity));
    const index = new NodeIndex(calendars, true);
    const book = (node: number, startMs: number) => {
      calendars[node]!.take(startMs, startMs + 1_000, capacity);
      index.refresh(node, startMs, startMs + 1_000);
    };
    const sure = new Selection();
    const surelyFree = (startMs: number) => index.selectSure({ startMs, durationMs: 500, demand }, sure);
    for (let node = 0; node < 20; node += 1) book(node, node * 1_000);
    expect(surelyFree(5_100)).toBe(true);
    expect(index.nextOf({ within: sure, without: undefined }, new Selection(), 5, allNodes)).toBe(6);

    const farMs = 100_000_000;
    book(30, farMs);
    index.forgetBefore(farMs - 2_000);
    // Its bucket comes into being, without what was booked there before.
    book(31, farMs);
    const nodes: number[] = [];
    surelyFree(farMs + 100);
    const nextFrom = (node: number) =>
      index.nextOf({ within: sure, without: undefined }, new Selection(), node, allNodes);
    for (let node = nextFrom(0); node < calendars.length; node = nextFrom(node + 1)) nodes.push(node);
    // But for those of which nothing is ever booked.
    expect(nodes).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, 33, 34, 35, 36, 37, 38, 39]);
  });
});

describe('what begins now', () => {
  const sixth = (calendars: readonly NodeCalendar[], index: NodeIndex, startMs: number, endMs: number) => {
    calendars[6]!.take(startMs, endMs, capacity);
    index.refresh(6, startMs, endMs);
  };
  const nodesFor = (index: NodeIndex, startMs: number): number => {
    const selection = index.select({ startMs, durationMs: 10, demand, isExact: true });
    let count = 0;
    let node = index.nextPossible(selection, 0, allNodes);
    for (; node < nodeCount; node = index.nextPossible(selection, node + 1, allNodes)) count += 1;
    return count;
  };

  test('is told apart from what begins later in the same bucket', () => {
    const calendars = Array.from({ length: nodeCount }, () => new NodeCalendar(capacity));
    const index = new NodeIndex(calendars, true);
    sixth(calendars, index, 0, 1_000);
    sixth(calendars, index, 5_000, 5_010);
    index.passTo(500);
    expect(nodesFor(index, 500)).toBe(nodeCount - 1);
    // It is free at some instant of the bucket, for all that the index knows of an instant that is not the present.
    expect(nodesFor(index, 999)).toBe(nodeCount);
    // What ends has ended, and what begins has begun, without a change.
    index.passTo(1_000);
    expect(nodesFor(index, 1_000)).toBe(nodeCount);
    index.passTo(5_000);
    expect(nodesFor(index, 5_000)).toBe(nodeCount - 1);
  });
});

/** Of three nodes, those that are known to have so much free from now on for ever: for each rung of the ladder of each resource. */
function fromNowOn(index: NodeIndex): number[][] {
  const known = new Selection();
  const any = { within: undefined, without: undefined };
  const amounts = [1, ...Array.from({ length: 8 }, (_, octave) => 2 ** -octave)];
  return [0, 1, 2].flatMap((resource) =>
    amounts.map((share) => {
      const wanted = new Float64Array(3);
      wanted[resource] = Math.max(1, Math.floor(capacity[resource]! * share));
      index.select({ startMs: 1e12, durationMs: 1, demand: wanted }, known);
      if (known.shortcutCount === 0) return [];
      known.isShortcutAlone = true;
      return [0, 1, 2].filter((node) => index.nextOf(any, known, node, wholeMask(3)) === node);
    }),
  );
}

/** What is done to a node at an instant: something is booked there, or given back, or nothing. */
const story = fc.array(
  fc.record({
    afterMs: fc.nat(40),
    node: fc.nat(2),
    leadMs: fc.nat(60),
    durationMs: fc.integer({ min: 1, max: 60 }),
    amount: fc.integer({ min: 1, max: 4 }),
    isGivenBack: fc.boolean(),
    pick: fc.nat(1_000),
  }),
  { maxLength: 60, size: 'max' },
);

describe('what is free from now on', () => {
  test('is known after every change and every step of time as if all of it were looked at anew', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const calendars = Array.from({ length: 3 }, () => new NodeCalendar(capacity));
        const index = new NodeIndex(calendars, true);
        const booked: { node: number; startMs: number; endMs: number; amounts: Amounts }[] = [];
        let nowMs = 0;
        for (const { afterMs, amount, durationMs, isGivenBack, leadMs, node, pick } of steps) {
          nowMs += afterMs;
          index.passTo(nowMs);
          const [picked] = isGivenBack ? booked.splice(pick % (booked.length + 1), 1) : [];
          if (picked === undefined) {
            const startMs = nowMs + leadMs;
            const window = { node, startMs, endMs: startMs + durationMs };
            const amounts = demand.map((each) => amount * each);
            if (!calendars[node]!.take(startMs, window.endMs, amounts)) continue;
            booked.push({ ...window, amounts });
            index.refresh(node, startMs, window.endMs, true);
          } else {
            calendars[picked.node]!.giveBack(picked.startMs, picked.endMs, picked.amounts);
            index.refresh(picked.node, picked.startMs, picked.endMs);
          }
          expect(fromNowOn(index)).toEqual(knownAnew(calendars, nowMs));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  function knownAnew(calendars: readonly NodeCalendar[], nowMs: number) {
    const index = new NodeIndex(calendars, true);
    index.passTo(nowMs);
    for (const node of calendars.keys())
      index.refresh(node, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    return fromNowOn(index);
  }
});

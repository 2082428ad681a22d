// That the index does rule out what it can, since no answer of the calendar would show if it did not.

import { describe, expect, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import { NodeIndex, Selection, setBit, wholeMask } from '../../../engine/calendar/node-index.ts';
import type { Amounts } from '../../../engine/domain/resource-space.ts';

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
    expect(surelyFree(farMs + 100)).toBe(false);
  });
});

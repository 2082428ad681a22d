// That the index does rule out what it can, since no answer of the calendar would show if it did not.

import { describe, expect, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import { NodeIndex } from '../../../engine/calendar/node-index.ts';
import type { Resources } from '../../../engine/domain/resources.ts';

const capacity: Resources = { milliCpus: 4_000, memoryMib: 8_192, diskGib: 100 };
const demand: Resources = { milliCpus: 1_000, memoryMib: 1_024, diskGib: 10 };
const nodeCount = 100;

/** All nodes are full in [0, 1000) and again in [2000, 3000), but for `freeNode`. */
function indexed(freeNode: number, isEnabled = true): NodeIndex {
  const calendars = Array.from({ length: nodeCount }, () => new NodeCalendar(capacity));
  const index = new NodeIndex(calendars, isEnabled);
  for (const startMs of [0, 2_000]) {
    calendars.forEach((calendar, node) => {
      if (node === freeNode) return;
      calendar.add(startMs, startMs + 1_000, capacity);
      index.refresh(node, startMs, startMs + 1_000);
    });
  }
  return index;
}

function possible(index: NodeIndex, startMs: number, durationMs: number): number[] {
  index.select(startMs, durationMs, demand);
  const nodes: number[] = [];
  for (let node = index.nextPossible(0); node < nodeCount; node = index.nextPossible(node + 1))
    nodes.push(node);
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
    const index = indexed(77, false);
    index.setAvailable(5, false);
    expect(possible(index, 100, 400)).toHaveLength(nodeCount - 1);
  });

  test('knows how many instances fit at most', () => {
    const index = indexed(77);
    expect(index.countAtMost(100, 400, demand, 1_000)).toBeLessThanOrEqual(7);
    expect(index.countAtMost(100, 400, demand, 1_000)).toBeGreaterThanOrEqual(4);
    expect(index.countAtMost(100, 400, demand, 2)).toBe(Number.POSITIVE_INFINITY);
    expect(index.countAtMost(100, 400, { ...demand, milliCpus: 4_001 }, 1)).toBe(0);
  });
});

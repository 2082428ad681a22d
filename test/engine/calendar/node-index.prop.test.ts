// The index over nodes is only an accelerator: two calendars, one without it, live through the same month and must agree.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { CapacityCalendar, EarliestStartQuery } from '../../../engine/calendar/capacity-calendar.ts';
import { applied } from '../../../engine/calendar/edit.ts';
import type { Ranking } from '../../../engine/domain/ranking.ts';
import { multiplyResources, type Resources } from '../../../engine/domain/resources.ts';
import { runs } from '../../support/fast-check.ts';
import { calendarOf } from './comparison.ts';
import type { Provider } from './history.ts';

const hourMs = 3_600_000;
const RANKINGS: readonly Ranking[] = (
  [{ by: 'load' }, { by: 'residual-share' }, { by: 'residual-share', of: 'memoryMib' }] as const
).flatMap((measure) => [
  { ...measure, first: 'most' as const },
  { ...measure, first: 'least' as const },
]);
const small: Resources = { milliCpus: 1_000, memoryMib: 768, diskGib: 10 };

interface Request {
  /** Since the request before. */
  readonly afterMs: number;
  /** Whether the index is told what the present is; it need not be. */
  readonly isTold: boolean;
  readonly leadMs: number;
  readonly durationMs: number;
  /** The demand of an instance, in SMALLs. */
  readonly size: number;
  readonly count: number;
  /** What happens to an earlier booking at that time. */
  readonly change: 'none' | 'release' | 'end early';
  readonly pick: number;
  /** A node that is lost or comes back; often there is none of that number. */
  readonly toggledNode: number;
}

const provider: fc.Arbitrary<Provider> = fc.record(
  {
    capacities: fc.array(
      fc.constantFrom(2, 4, 7, 16).map((size) => multiplyResources(small, size)),
      { minLength: 1, maxLength: 100, size: 'max' },
    ),
    sharedDiskGib: fc.integer({ min: 100, max: 4_000 }),
  },
  { requiredKeys: ['capacities'] },
);

const request: fc.Arbitrary<Request> = fc.record({
  afterMs: fc.nat(hourMs / 2),
  isTold: fc.constantFrom(true, true, false),
  leadMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 9, arbitrary: fc.nat(6 * hourMs) },
    { weight: 1, arbitrary: fc.nat(5_000 * hourMs) },
  ),
  durationMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 24 * hourMs }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 1_000 * hourMs }) },
  ),
  size: fc.constantFrom(1, 1, 2, 3, 4, 16),
  count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 60 })),
  change: fc.constantFrom('none', 'none', 'release', 'end early'),
  pick: fc.nat(10_000),
  toggledNode: fc.nat(1_000),
});

describe('the index over nodes', () => {
  test('changes no answer', () => {
    const months = fc.array(request, { maxLength: 150, size: 'max' });
    fc.assert(fc.property(provider, months, compareWithoutIndex), { numRuns: runs(100) });
  });
});

function compareWithoutIndex(provider: Provider, requests: readonly Request[]): void {
  const indexed = calendarOf(provider, true);
  const plain = calendarOf(provider, false);
  const both = [indexed, plain];
  let nowMs = 0;
  let lastId = 0;
  for (const { afterMs, isTold, leadMs, durationMs, size, count, change, pick, toggledNode } of requests) {
    nowMs += afterMs;
    if (isTold) indexed.passTo(nowMs);
    for (const calendar of both) calendar.forgetBefore(nowMs);
    if (toggledNode < plain.nodeCount) {
      const isOut = plain.isOut(toggledNode, nowMs, nowMs + 1);
      const fromMs = nowMs + (pick % 3) * leadMs;
      const untilMs = pick % 5 === 0 ? Number.POSITIVE_INFINITY : fromMs + durationMs;
      for (const calendar of both) calendar.setOutages(toggledNode, isOut ? [] : [{ fromMs, untilMs }]);
    }
    const picked = plain.get(1 + (pick % (lastId + 1)));
    if (picked !== undefined && change === 'release')
      for (const calendar of both) applied(calendar.apply([{ edit: 'release', id: picked.id }]));
    if (picked !== undefined && change === 'end early') {
      const endMs = Math.max(nowMs, Math.ceil((picked.startMs + picked.endMs) / 2));
      for (const calendar of both) applied(calendar.apply([{ edit: 'resize', id: picked.id, endMs }]));
    }

    const search = {
      demand: multiplyResources(small, size),
      count,
      durationMs,
      notBeforeMs: nowMs + leadMs,
    };
    const drafts = both.map((calendar) => calendar.fork());
    const draftStartMs = compareAnswers(drafts[0]!, drafts[1]!, search, nowMs);
    if (draftStartMs !== undefined) {
      // What is booked and released in drafts is not in the index: they must agree all the same, and leave it as it is.
      for (const draft of drafts) {
        const id = bookAll(draft, { ...search, startMs: draftStartMs });
        for (let other = id % 7; other <= id; other += 7) draft.apply([{ edit: 'release', id: other }]);
      }
      compareAnswers(drafts[0]!, drafts[1]!, search, nowMs);
    }
    const startMs = compareAnswers(indexed, plain, search, nowMs);
    if (startMs === undefined) continue;
    lastId = Math.max(...both.map((calendar) => bookAll(calendar, { ...search, startMs })));
  }
}

/** Asks both, and returns the earliest start. */
function compareAnswers(
  indexed: CapacityCalendar,
  plain: CapacityCalendar,
  search: EarliestStartQuery,
  nowMs: number,
): number | undefined {
  const { demand, count, durationMs, notBeforeMs } = search;
  const window = { startMs: notBeforeMs, endMs: notBeforeMs + durationMs, demand };
  assert.equal(indexed.canPlace({ ...window, count }), plain.canPlace({ ...window, count }));
  assert.deepEqual([...indexed.candidates(window)], [...plain.candidates(window)]);
  for (const ranking of RANKINGS) {
    const placement = { ...window, count };
    assert.deepEqual(indexed.bestNodes(placement, ranking), plain.bestNodes(placement, ranking), ranking.by);
  }
  const earlier = { ...search, notBeforeMs: nowMs, notAfterMs: notBeforeMs };
  assert.equal(indexed.latestStart(earlier), plain.latestStart(earlier));
  const startMs = plain.earliestStart(search);
  assert.equal(indexed.earliestStart(search), startMs);
  return startMs;
}

/** Books the instances on the first nodes that have room, and returns the last id. */
function bookAll(
  calendar: CapacityCalendar,
  plan: {
    readonly demand: Resources;
    readonly count: number;
    readonly startMs: number;
    readonly durationMs: number;
  },
): number {
  const { demand, count, startMs, durationMs } = plan;
  const window = { startMs, endMs: startMs + durationMs, demand };
  let id = 0;
  for (let placed = 0; placed < count; placed += 1) {
    const next = calendar.candidates(window).next();
    assert.ok(next.done === false, 'every instance has a node');
    const booking = { ...window, nodeIndex: next.value, kind: 'reservation', owner: 'someone' } as const;
    [id = 0] = applied(calendar.apply([{ edit: 'book', ...booking }]));
  }
  return id;
}

// Priorities that age: the urgent first, and nobody waits for ever.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../support/fast-check.ts';
import { decision, make, proposal } from '../views.ts';

const MINUTE = 60_000;
const LEVELS = { immediate: 1, advance: 2, deadline: 3, flexible: 4 } as const;
type Kind = keyof typeof LEVELS;

function rankOf(
  kind: Kind | undefined,
  waitedMinutes: number,
  options: Record<string, unknown> = {},
): number {
  const waiting = {
    nowMs: (500 + waitedMinutes) * MINUTE,
    sinceMs: 500 * MINUTE,
    proposal: proposal(kind === undefined ? {} : { kind }),
    priceMicros: 0,
    dominantShare: 0,
  };
  return make('waitlist', 'ageing', options).rank(waiting, decision());
}

test('a level for each period beyond the threshold, one at a time, and not past the first', () => {
  const at = [0, 29, 30, 44, 45, 60, 75, 1000].map((minutes) => rankOf('flexible', minutes));
  expect(at).toEqual([4, 4, 3, 3, 2, 1, 1, 1]);
  expect(rankOf('immediate', 500)).toBe(1);
  // A window ahead of time has no kind of its own.
  expect(rankOf(undefined, 0)).toBe(2);
  expect(rankOf('flexible', 10_000, { period: 'unlimited' })).toBe(4);
});

interface Waiting {
  readonly kind: Kind;
  readonly since: number;
}

/** One turn a minute, to the lowest rank, at one rank to whoever has waited longest. @returns how long each has waited for its turn */
function waits(
  arrivals: readonly (readonly Kind[])[],
  minutes: number,
  options: Record<string, unknown> = {},
) {
  const queue: Waiting[] = [];
  const waited: { readonly kind: Kind; readonly minutes: number; readonly most: number }[] = [];
  for (let now = 0; now < minutes; now++) {
    for (const kind of arrivals[now % arrivals.length]!) queue.push({ kind, since: now });
    queue.sort(
      (a, b) =>
        rankOf(a.kind, now - a.since, options) - rankOf(b.kind, now - b.since, options) || a.since - b.since,
    );
    const next = queue.shift();
    if (next !== undefined) waited.push({ kind: next.kind, minutes: now - next.since, most: queue.length });
  }
  return { waited, starving: queue.filter(({ since }) => since < minutes / 2) };
}

test('ageing bounds what anybody waits; strict levels do not', () => {
  const stream: readonly (readonly Kind[])[] = [['immediate']];
  const withOne = [['flexible', 'immediate'] as const, ...Array(599).fill(['immediate'] as const)];
  expect(waits(withOne, 600, { period: 'unlimited' }).starving).toEqual([{ kind: 'flexible', since: 0 }]);
  const { starving, waited } = waits(withOne, 600);
  expect(starving).toEqual([]);
  // Thrice a quarter of an hour after the threshold it is at the first level, and the longest there.
  expect(waited.find(({ kind }) => kind === 'flexible')?.minutes).toBe(60);
  expect(waits(stream, 600).starving).toEqual([]);
});

test('nobody waits for longer than it takes to rise and to serve who is there by then', () => {
  const kind = fc.constantFrom<Kind>('immediate', 'advance', 'deadline', 'flexible');
  // One turn a minute for at most one request a minute on average.
  const arrivals = fc
    .array(fc.tuple(kind, kind), { minLength: 1, maxLength: 5 })
    .map((pairs) => pairs.flatMap((pair): readonly Kind[][] => [[...pair], []]));
  fc.assert(
    fc.property(arrivals, (drawn) => {
      const { starving, waited } = waits(drawn, 120);
      expect(starving).toEqual([]);
      const most = Math.max(...waited.map(({ most }) => most));
      for (const { kind, minutes } of waited)
        expect(minutes).toBeLessThanOrEqual(15 + 15 * (LEVELS[kind] - 1) + most + 1);
    }),
    { numRuns: runs(20) },
  );
});

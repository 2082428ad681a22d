// Links that migrations share: each gets its max-min fair share, from one instant to the next.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Phase } from '../../../../engine/clock/clock.ts';
import { VirtualClock } from '../../../../engine/clock/virtual-clock.ts';
import { NO_COMPRESSION } from '../../../../engine/hypervisor/simulated/migration/course.ts';
import { MigrationLinks } from '../../../../engine/hypervisor/simulated/migration/migration-links.ts';
import { type Flow, fairShares } from '../../../../engine/hypervisor/simulated/migration/shares.ts';
import { migrationModel } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { migration } from './migrations.ts';

const LINKS = 5;
const FLOWS = fc.array(
  fc.record({
    over: fc.uniqueArray(fc.nat(LINKS - 1), { minLength: 1, maxLength: 3 }),
    limit: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 100 })),
  }),
  { maxLength: 8 },
);
const CAPACITIES = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: LINKS, maxLength: LINKS });

/** Pours a drop at a time to whoever has least and can still take one. */
function dropByDrop(flows: readonly Flow[], capacities: readonly number[], drop: number): number[] {
  const rates = flows.map(() => 0);
  const left = [...capacities];
  for (;;) {
    let poorest: number | undefined;
    for (const [i, { limit, over }] of flows.entries()) {
      const canTake = rates[i]! + drop <= limit && over.every((link) => left[link]! >= drop);
      if (canTake && (poorest === undefined || rates[i]! < rates[poorest]!)) poorest = i;
    }
    if (poorest === undefined) return rates;
    rates[poorest]! += drop;
    for (const link of flows[poorest]!.over) left[link]! -= drop;
  }
}

describe('shares', () => {
  test('are those of pouring drop by drop', () => {
    fc.assert(
      fc.property(FLOWS, CAPACITIES, (flows, capacities) => {
        const drop = 1 / 32;
        const poured = dropByDrop(flows, capacities, drop);
        for (const [i, rate] of fairShares(flows, capacities).entries())
          expect(Math.abs(rate - poured[i]!)).toBeLessThanOrEqual(drop * (flows.length + 1));
      }),
      { numRuns: runs(100) },
    );
  });

  test('overload no link, and give nobody less than he could have without taking from the poorer', () => {
    fc.assert(
      fc.property(FLOWS, CAPACITIES, (flows, capacities) => {
        const rates = fairShares(flows, capacities);
        const loadOf = (link: number) =>
          flows.reduce((sum, { over }, i) => sum + (over.includes(link) ? rates[i]! : 0), 0);
        for (const [link, capacity] of capacities.entries())
          expect(loadOf(link)).toBeLessThanOrEqual(capacity * (1 + 1e-9));
        for (const [i, { limit, over }] of flows.entries()) {
          expect(rates[i]!).toBeGreaterThan(0);
          const hasBottleneck = over.some(
            (link) =>
              loadOf(link) >= capacities[link]! * (1 - 1e-9) &&
              flows.every((other, j) => !other.over.includes(link) || rates[j]! <= rates[i]! * (1 + 1e-9)),
          );
          expect(rates[i] === limit || hasBottleneck).toBe(true);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

interface Trip {
  readonly beginsMs: number;
  readonly from: string;
  readonly to: string;
  readonly megabytes: number;
  readonly givenUpMs: number | undefined;
}

const TRIPS = fc.array(
  fc.record({
    beginsMs: fc.nat(8000),
    from: fc.constantFrom('a', 'b', 'c'),
    to: fc.constantFrom('d', 'e', 'f'),
    megabytes: fc.integer({ min: 1, max: 500 }),
    givenUpMs: fc.option(fc.nat(15_000), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 5 },
);
const LINK = 100e6;
const DOM0 = 150e6;
/** Between sites, each way. */
const BETWEEN = 60e6;
const SITES: Readonly<Record<string, string>> = { a: 'x', b: 'x', c: 'y', d: 'y', e: 'y', f: 'x' };

function betweenSites({ from, to }: Trip): string | undefined {
  return SITES[from] === SITES[to] ? undefined : `${SITES[from]} to ${SITES[to]}`;
}

/** When each trip ends, by the whole millisecond: undefined for those that were given up before. */
function ends(trips: readonly Trip[]): (number | undefined)[] {
  const clock = new VirtualClock(0);
  const links = new MigrationLinks(clock, { linkBytesPerS: LINK, dom0BytesPerS: DOM0 });
  const ended: (number | undefined)[] = trips.map(() => undefined);
  for (const [i, trip] of trips.entries()) {
    const { beginsMs, from, givenUpMs, megabytes, to } = trip;
    const name = betweenSites(trip);
    clock.at(beginsMs, Phase.Operation, () => {
      const way = links.begin({
        from,
        to,
        ...(name !== undefined && { between: { name, bytesPerS: BETWEEN } }),
        course: migrationModel('stop-and-copy').course!(migration({ bytes: megabytes * 1e6 }, LINK)),
        compression: NO_COMPRESSION,
        onGuest: () => undefined,
        onEnd: () => {
          ended[i] = clock.now();
        },
      });
      if (givenUpMs !== undefined) clock.at(beginsMs + givenUpMs, Phase.Arrival, () => way.cancel());
    });
  }
  clock.run();
  return ended;
}

/** The same by looking every millisecond at who is on his way and what he gets, with the shares found drop by drop. */
function endsStepByStep(trips: readonly Trip[]): (number | undefined)[] {
  const left = trips.map(({ megabytes }) => megabytes * 1e6);
  const ended: (number | undefined)[] = trips.map(() => undefined);
  const over = (trip: Trip) => {
    const { from, to } = trip;
    const between = betweenSites(trip);
    return [`out ${from}`, `in ${to}`, `0 ${from}`, `0 ${to}`, ...(between === undefined ? [] : [between])];
  };
  const carries = (name: string) => (name.includes(' to ') ? BETWEEN : name.startsWith('0') ? DOM0 : LINK);
  const names = [...new Set(trips.flatMap(over))];
  const known = new Map<string, number[]>();
  for (let ms = 0; ms < 1_000_000; ms += 1) {
    const active = trips.flatMap(({ beginsMs, givenUpMs = Number.POSITIVE_INFINITY }, i) =>
      beginsMs <= ms && ms < beginsMs + givenUpMs && ended[i] === undefined ? [i] : [],
    );
    if (active.length === 0) {
      if (trips.every(({ beginsMs }) => beginsMs <= ms)) return ended;
      continue;
    }
    const key = active.join();
    const rates =
      known.get(key) ??
      dropByDrop(
        active.map((i) => ({
          over: over(trips[i]!).map((name) => names.indexOf(name)),
          limit: Number.POSITIVE_INFINITY,
        })),
        names.map(carries),
        LINK / 2 ** 10,
      );
    known.set(key, rates);
    for (const [k, i] of active.entries()) {
      left[i]! -= rates[k]! / 1000;
      if (left[i]! <= 0) ended[i] = ms + 1;
    }
  }
  return ended;
}

test('migrations are re-timed whenever one begins, ends or is given up', () => {
  fc.assert(
    fc.property(TRIPS, (trips) => {
      const stepByStep = endsStepByStep(trips);
      for (const [i, endMs] of ends(trips).entries()) {
        const expected = stepByStep[i];
        // One that was given up just then may be seen either way.
        const { beginsMs, givenUpMs } = trips[i]!;
        if (endMs === undefined || expected === undefined) {
          const last = endMs ?? expected;
          if (last !== undefined) expect(Math.abs(last - (beginsMs + givenUpMs!))).toBeLessThan(100);
        } else expect(Math.abs(endMs - expected)).toBeLessThanOrEqual(2 + 0.004 * (expected - beginsMs));
      }
    }),
    { numRuns: runs(60) },
  );
});

// Needs of a site: the answers are those of a calendar that has the nodes of that site and no others.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import { onSite } from '../../../engine/domain/resources.ts';
import type { Resources } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';

const SITES = ['north', 'south'];
const amounts = (max: number, min = 0): fc.Arbitrary<Resources> =>
  fc.record({
    milliCpus: fc.integer({ min, max }),
    memoryMib: fc.integer({ min, max }),
    diskGib: fc.integer({ min, max }),
  });

const NODES = fc.array(fc.record({ capacity: amounts(9, 1), site: fc.constantFrom(undefined, ...SITES) }), {
  minLength: 1,
  maxLength: 6,
});
const BOOKINGS = fc.array(
  fc.record({
    node: fc.nat(5),
    startMs: fc.nat(30),
    lengthMs: fc.integer({ min: 1, max: 12 }),
    demand: amounts(5),
    isOnSite: fc.boolean(),
  }),
  { maxLength: 25 },
);
const QUERIES = fc.array(
  fc.record({
    site: fc.constantFrom(...SITES),
    demand: amounts(5),
    count: fc.integer({ min: 1, max: 8 }),
    startMs: fc.nat(40),
    durationMs: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('what is asked of a site is found there as if there were no other', () => {
  fc.assert(
    fc.property(NODES, BOOKINGS, QUERIES, (drawn, bookings, queries) => {
      const nodes = drawn.map(({ capacity, site }, index) => ({
        nodeId: `n${index}`,
        capacity,
        ...(site !== undefined && { site: { name: site, links: {} } }),
      }));
      const all = new CapacityCalendar({ nodes });
      const only = new Map(
        SITES.map((site) => [
          site,
          new CapacityCalendar({ nodes: nodes.filter((node) => node.site?.name === site) }),
        ]),
      );
      for (const { demand, isOnSite, lengthMs, node, startMs } of bookings) {
        const there = nodes[node % nodes.length]!;
        const window = {
          startMs,
          endMs: startMs + lengthMs,
          kind: 'hold',
          owner: 'x',
          edit: 'book',
        } as const;
        const { kind } = all.apply([
          {
            ...window,
            nodeIndex: node % nodes.length,
            demand: isOnSite ? onSite(demand, there.site?.name) : demand,
          },
        ]);
        const copy = there.site && only.get(there.site.name)!;
        if (copy === undefined) continue;
        const again = copy.apply([{ ...window, nodeIndex: copy.nodeIndexOf(there.nodeId)!, demand }]);
        expect(again.kind).toBe(kind);
      }
      for (const { count, demand, durationMs, site, startMs } of queries) {
        const there = only.get(site)!;
        const here = onSite(demand, site);
        if (there.nodeCount === 0) {
          expect(all.couldEverFit(here, count)).toBe(false);
          continue;
        }
        const endMs = startMs + durationMs;
        const window = { startMs, endMs };
        expect(all.couldEverFit(here, count)).toBe(there.couldEverFit(demand, count));
        expect(all.canPlace({ ...window, demand: here, count })).toBe(
          there.canPlace({ ...window, demand, count }),
        );
        expect([...all.candidates({ ...window, demand: here })].map((index) => all.nodeId(index))).toEqual(
          [...there.candidates({ ...window, demand })].map((index) => there.nodeId(index)),
        );
        const search = { count, durationMs, notBeforeMs: startMs };
        expect(all.earliestStart({ ...search, demand: here })).toBe(
          there.earliestStart({ ...search, demand }),
        );
        const ranking = { by: 'residual-share', first: 'least' } as const;
        expect(
          all.bestNodes({ ...window, demand: here, count }, ranking).map((index) => all.nodeId(index)),
        ).toEqual(there.bestNodes({ ...window, demand, count }, ranking).map((index) => there.nodeId(index)));
      }
    }),
    { numRuns: runs(150) },
  );
});

test('a site is no amount: what is free, and what there is in all, is told without', () => {
  const site = { name: 'north', links: {} };
  const capacity = { milliCpus: 4, memoryMib: 4, diskGib: 4 };
  const calendar = new CapacityCalendar({ nodes: [{ nodeId: 'n1', capacity, site }] });
  expect(calendar.minFree(0, 0, 1)).toEqual(capacity);
  expect(calendar.totalCapacity).toEqual(capacity);
  expect(calendar.space.partOnNode({ ...capacity, site: 'north' })).toEqual({ ...capacity, site: 'north' });
  expect(calendar.couldEverFit({ ...capacity, site: 'nowhere' }, 1)).toBe(false);
});

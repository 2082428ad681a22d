// Counter-offers that change more than the start: on a cluster of which so many SMALL instances are free in each hour.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DraftOffer, NegotiationView, Proposal, SlotQuery } from '../../../engine/index.ts';
import { ask, decision, HOUR, make, proposal, SMALL } from '../views.ts';

const MEDIUM = { milliCpus: 2000, memoryMib: 1536, diskGib: 20 };
const LARGE = { milliCpus: 3000, memoryMib: 2560, diskGib: 40 };
const TYPES = [
  { name: 'SMALL', demand: SMALL },
  { name: 'MEDIUM', demand: MEDIUM },
  { name: 'LARGE', demand: LARGE },
];

/** Free CPUs by the hour; everything fits that needs no more in any of its hours, and a credit is paid for each CPU and hour. */
function cluster(freeCpus: readonly number[], nowMs = 0): NegotiationView {
  const fits = ({ count, demand, durationMs }: Omit<SlotQuery, 'notBeforeMs'>, startMs: number) => {
    if (startMs < nowMs) return false;
    for (let hour = Math.floor(startMs / HOUR); hour * HOUR < startMs + durationMs; hour++) {
      if ((freeCpus[hour] ?? 0) * 1000 < count * demand.milliCpus) return false;
    }
    return true;
  };
  const starts = freeCpus.map((_, hour) => hour * HOUR);
  const within = (query: SlotQuery) =>
    starts.filter(
      (ms) =>
        ms >= query.notBeforeMs && ms <= (query.latestStartMs ?? Number.POSITIVE_INFINITY) && fits(query, ms),
    );
  return {
    nowMs,
    bookingHorizonMs: freeCpus.length * HOUR,
    instanceTypes: TYPES,
    earliestStart: (query) => within(query)[0],
    latestStart: (query) => within(query).at(-1),
    longestSold: (mostMs) => mostMs,
    shortestSold: (leastMs) => leastMs,
    canPlace: (terms) =>
      fits({ ...terms, count: terms.numInstancesFixed + terms.numInstancesOption }, terms.startMs),
    canPlaceAll: (parts) =>
      parts.every((terms) => fits({ ...terms, count: terms.numInstancesFixed }, terms.startMs)),
    priceOf: ({ demand, durationMs, numInstancesFixed }) =>
      Math.round((numInstancesFixed * demand.milliCpus * durationMs) / HOUR) * 1000,
    bookedShare: () => 0,
  };
}

function offers(name: string, terms: Proposal, view: NegotiationView, options = {}, about = {}) {
  return make('counter-offer', name, options).respond(ask(terms, about), view, decision());
}

const asked = proposal({ startMs: 2 * HOUR, durationMs: 4 * HOUR, numInstancesFixed: 4 });

describe('nearest-start', () => {
  test('offers an earlier start that nobody asked for when it is nearer', () => {
    const view = cluster([4, 4, 4, 4, 4, 0, 4, 4, 4, 4]);
    expect(offers('nearest-start', asked, view)).toEqual([{ startMs: HOUR }]);
    expect(offers('earliest-start', asked, view)).toEqual([{ startMs: 6 * HOUR }]);
    expect(offers('nearest-start', asked, view, { maxEarlier: '0s' })).toEqual([{ startMs: 6 * HOUR }]);
    expect(offers('nearest-start', asked, view, { maxEarlier: '30m', maxLater: '3h' })).toEqual([]);
  });

  test('offers nothing before now', () => {
    expect(offers('nearest-start', asked, cluster([4, 4, 4, 4, 4, 0, 4, 4, 4, 4], 1.5 * HOUR))).toEqual([
      { startMs: 6 * HOUR },
    ]);
  });
});

describe('fewer-instances', () => {
  test('offers the most that fit in the whole window', () => {
    expect(offers('fewer-instances', asked, cluster([9, 9, 3, 9, 2, 9]))).toEqual([
      { numInstancesFixed: 2, numInstancesOption: 0 },
    ]);
  });

  test('gives up options before instances that are guaranteed', () => {
    const withOptions = proposal({ ...asked, numInstancesOption: 3 });
    expect(offers('fewer-instances', withOptions, cluster([9, 9, 5, 5, 5, 5]))).toEqual([
      { numInstancesOption: 1 },
    ]);
    expect(offers('fewer-instances', withOptions, cluster([9, 9, 3, 5, 5, 5]))).toEqual([
      { numInstancesFixed: 3, numInstancesOption: 0 },
    ]);
  });

  test('offers no less than its least share, and no more than the user pays', () => {
    expect(offers('fewer-instances', asked, cluster([9, 9, 1, 9, 9, 9]))).toEqual([]);
    expect(offers('fewer-instances', asked, cluster([9, 9, 1, 9, 9, 9]), { leastShare: 0 })).toEqual([
      { numInstancesFixed: 1, numInstancesOption: 0 },
    ]);
    // 4 instances of 1 CPU for 4 h at a credit for each CPU and hour.
    const poor = proposal({ ...asked, maxPriceMicros: 13_000_000 });
    expect(offers('fewer-instances', poor, cluster(Array(9).fill(9)), {}, { reason: 'price' })).toEqual([
      { numInstancesFixed: 3, numInstancesOption: 0 },
    ]);
  });
});

describe('shorter', () => {
  test('ends where the room ends, on a multiple of the granularity', () => {
    expect(offers('shorter', asked, cluster([0, 0, 4, 4, 4, 0]))).toEqual([{ durationMs: 3 * HOUR }]);
    expect(offers('shorter', asked, cluster([0, 0, 4, 4, 4, 0]), { granularity: '2h' })).toEqual([
      { durationMs: 2 * HOUR },
    ]);
    expect(offers('shorter', asked, cluster([0, 0, 4, 0, 4, 0]))).toEqual([]);
  });
});

describe('smaller-type', () => {
  const large = proposal({ ...asked, type: 'LARGE', demand: LARGE });

  test('offers the largest type of which all instances fit', () => {
    expect(offers('smaller-type', large, cluster(Array(9).fill(8)))).toEqual([
      { type: 'MEDIUM', demand: MEDIUM },
    ]);
    expect(offers('smaller-type', large, cluster(Array(9).fill(7)))).toEqual([]);
    expect(offers('smaller-type', large, cluster(Array(9).fill(7)), { leastShare: 0.3 })).toEqual([
      { type: 'SMALL', demand: SMALL },
    ]);
  });

  test('has nothing smaller than the smallest', () => {
    expect(offers('smaller-type', asked, cluster(Array(9).fill(3)), { leastShare: 0 })).toEqual([]);
  });
});

describe('multi-term', () => {
  const OPTIONS = { steps: 64, leastShare: 0, granularity: '1h', offers: 11 };

  interface Full {
    readonly startMs: number;
    readonly durationMs: number;
    readonly numInstancesFixed: number;
    readonly demand: { readonly milliCpus: number };
  }

  /** At least as good in each term. Of the same size at the same distance the earlier start counts. */
  const covers = (a: Full, b: Full, startMs: number) =>
    a.durationMs >= b.durationMs &&
    a.numInstancesFixed >= b.numInstancesFixed &&
    a.demand.milliCpus >= b.demand.milliCpus &&
    (Math.abs(a.startMs - startMs) < Math.abs(b.startMs - startMs) ||
      (Math.abs(a.startMs - startMs) === Math.abs(b.startMs - startMs) &&
        (a.startMs <= b.startMs || sizeOf(a) !== sizeOf(b))));
  const sizeOf = ({ demand, durationMs, numInstancesFixed }: Full) =>
    `${durationMs} ${numInstancesFixed} ${demand.milliCpus}`;

  function paretoSet(terms: Proposal, view: NegotiationView, hours: number): Full[] {
    const all: Full[] = [];
    for (const { demand } of TYPES.filter((type) => type.demand.milliCpus <= terms.demand.milliCpus)) {
      for (let count = 1; count <= terms.numInstancesFixed; count++) {
        for (let durationMs = HOUR; durationMs <= terms.durationMs; durationMs += HOUR) {
          for (let hour = 0; hour < hours; hour++) {
            const startMs = hour * HOUR;
            if (startMs < (terms.earliestStartMs ?? terms.startMs)) continue;
            const full = { startMs, durationMs, numInstancesFixed: count, demand };
            if (view.canPlace({ ...terms, ...full })) all.push(full);
          }
        }
      }
    }
    return all.filter((one) => !all.some((other) => other !== one && covers(other, one, terms.startMs)));
  }

  const key = ({ demand, durationMs, numInstancesFixed, startMs }: Full | DraftOffer) =>
    `${numInstancesFixed} x ${demand!.milliCpus} at ${startMs! / HOUR} for ${durationMs! / HOUR}`;

  test('is the Pareto set of all changes, as brute force finds it', () => {
    const cases = fc.record({
      free: fc.array(fc.nat(7), { minLength: 6, maxLength: 8 }),
      start: fc.nat(3),
      hours: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 3 }),
      type: fc.nat(2),
      earlier: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ count, earlier, free, hours, start, type }) => {
        const { demand, name } = TYPES[type]!;
        const terms = proposal({
          type: name,
          demand,
          numInstancesFixed: count,
          startMs: start * HOUR,
          durationMs: hours * HOUR,
          ...(earlier && { earliestStartMs: 0 }),
        });
        const view = cluster(free);
        const expected = paretoSet(terms, view, free.length).map(key).sort();
        const found = offers('multi-term', terms, view, OPTIONS).map(key).sort();
        if (expected.length <= OPTIONS.offers) expect(found).toEqual(expected);
        else expect(expected).toEqual(expect.arrayContaining(found));
      }),
    );
  });

  test('puts the least change first, by its weights', () => {
    // Three of four instances as asked, or all of them half the time later.
    const view = cluster([0, 0, 3, 3, 4, 4, 4, 4, 4, 4]);
    const first = (weights: object) => offers('multi-term', asked, view, { ...OPTIONS, weights })[0];
    expect(first({ start: 1 })).toMatchObject({
      startMs: 2 * HOUR,
      numInstancesFixed: 3,
      durationMs: 4 * HOUR,
    });
    expect(first({ start: 0.1 })).toMatchObject({ startMs: 4 * HOUR, numInstancesFixed: 4 });
  });

  test('changes only the terms that it may', () => {
    const view = cluster([0, 0, 3, 3, 4, 4, 4, 4, 4, 4]);
    const only = (change: string[]) => offers('multi-term', asked, view, { ...OPTIONS, change });
    expect(only(['start'])).toEqual([
      { startMs: 4 * HOUR, durationMs: 4 * HOUR, numInstancesFixed: 4, type: 'SMALL', demand: SMALL },
    ]);
    expect(only(['instances']).map(({ numInstancesFixed }) => numInstancesFixed)).toEqual([3]);
    expect(only([])).toEqual([]);
  });

  test('offers only lengths that are sold, the longest up to each step', () => {
    const sold = fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { maxLength: 6 });
    const QUARTER = HOUR / 4;
    fc.assert(
      fc.property(sold, fc.integer({ min: 2, max: 8 }), (quarters, steps) => {
        const lengths = quarters.map((each) => each * QUARTER).sort((a, b) => a - b);
        const view: NegotiationView = {
          ...cluster([0, 0, 4, 0, 4, 4]),
          // Windows of an hour have room, and of any less.
          longestSold: (mostMs) => lengths.findLast((ms) => ms <= mostMs),
          shortestSold: (leastMs) => lengths.find((ms) => ms >= leastMs),
        };
        const options = { steps, leastShare: 0.125, granularity: '15m', change: ['duration'], offers: 11 };
        const found = offers('multi-term', asked, view, options);
        const rungs = Array.from({ length: steps }, (_, i) => 16 - (14 * i) / (steps - 1)).slice(1);
        const tried = rungs.flatMap(
          (rung) => quarters.filter((each) => each <= rung && each >= 2).sort((a, b) => b - a)[0] ?? [],
        );
        const longest = tried.filter((each) => each <= 4).sort((a, b) => b - a)[0];
        expect(found.map(({ durationMs }) => durationMs! / QUARTER)).toEqual(
          longest === undefined ? [] : [longest],
        );
      }),
    );
  });

  test('asks less of everything, at the start asked for, when the price is too high', () => {
    const poor = proposal({
      ...asked,
      numInstancesFixed: 2,
      durationMs: 2 * HOUR,
      maxPriceMicros: 3_000_000,
    });
    const found = offers('multi-term', poor, cluster(Array(9).fill(9)), OPTIONS, { reason: 'price' });
    expect(found.map(key)).toEqual(['2 x 1000 at 2 for 1', '1 x 1000 at 2 for 2']);
  });
});

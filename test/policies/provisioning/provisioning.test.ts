import fc from 'fast-check';
import { mean, quantile, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { type ProvisioningView, Rng, type SwitchedNodeView } from '../../../engine/index.ts';
import { earningsByCost, servedMore } from '../../../policies/provisioning/benefit-aware.ts';
import { bestQuantile, preparationCost, quantileOf } from '../../../policies/provisioning/cpc.ts';
import { nodesToAdd } from '../../../policies/provisioning/depas.ts';
import {
  FORECASTER_NAMES,
  FORECASTERS,
  type ForecastSettings,
} from '../../../policies/provisioning/forecasters.ts';
import { runs } from '../../support/fast-check.ts';
import { decision, HOUR, make } from '../views.ts';

type Sketch = Partial<Pick<SwitchedNodeView, 'power' | 'isKept' | 'allocated' | 'busy' | 'isUp'>>;

/** Nodes of 4 CPUs; what is allocated has VMs. */
function view(sketches: readonly Sketch[], nowMs = 0): ProvisioningView {
  const nodes = sketches.map(
    ({ allocated = 0, busy = allocated, isUp = true, power = 'on', isKept = power !== 'off' }, index) => ({
      index,
      nodeId: `n${index}`,
      group: 'test',
      capacity: { milliCpus: 4000, memoryMib: 4096, diskGib: 100 },
      isUp,
      power,
      isKept,
      vmCount: allocated > 0 ? 1 : 0,
      allocated,
      busy,
    }),
  );
  return { nowMs, everyMs: HOUR, nodes };
}

function kept(name: string, options: object, seen: ProvisioningView, given = decision()): number[] {
  const policy = make('provisioning', name, options as Record<string, unknown>);
  return policy.keepOn!(seen, given).map(({ index }) => index);
}

describe('spare nodes', () => {
  test('empty ones that are on come before those that would have to boot', () => {
    const nodes = view([
      { power: 'off' },
      { allocated: 0.5 },
      { power: 'on' },
      { isUp: false },
      { power: 'booting' },
    ]);
    expect(kept('spare', { nodes: 1 }, nodes)).toEqual([2]);
    expect(kept('spare', { nodes: 3 }, nodes)).toEqual([2, 4, 0]);
    expect(kept('spare', { nodes: 0 }, nodes)).toEqual([]);
  });
});

describe('DEPAS', () => {
  const band = { min: 0.5, max: 0.7 };

  test.each([
    [0.9, 0.5, 150],
    [0.6, 0, 100],
    [0.3, -0.5, 50],
    [1.5, 1.5, 250],
  ])('at a load of %d each of 100 nodes adds %d on average, which makes %d', (load, each, nodes) => {
    expect(nodesToAdd(load, band)).toBeCloseTo(each, 12);
    expect(100 + 100 * nodesToAdd(load, band)).toBeCloseTo(nodes, 10);
  });

  /** Nodes that stay after one look, over many draws. */
  function afterOneLook(allocated: number, neighbours: number): readonly number[] {
    const nodes = view([
      ...Array.from({ length: 100 }, () => ({ allocated })),
      ...Array.from({ length: 200 }, (): Sketch => ({ power: 'off' })),
    ]);
    return Array.from(
      { length: 60 },
      (_, seed) => kept('depas', { ...band, neighbours }, nodes, decision({}, seed)).length,
    );
  }

  // Of 100 coins the standard deviation is 5 or, where one side comes three times as often, 4.3; that of the mean of 60 such looks 0.65 at most.
  test.each([
    [0.9, 150],
    [0.3, 50],
    [0.45, 75],
    [0.75, 125],
  ])('in the mean field 100 nodes at %d become %d, each by its own coin', (load, expected) => {
    for (const neighbours of [16, 1000]) {
      const counts = afterOneLook(load, neighbours);
      expect(Math.abs(mean([...counts]) - expected)).toBeLessThan(3);
      expect(sampleStandardDeviation([...counts])).toBeGreaterThan(3.2);
      expect(sampleStandardDeviation([...counts])).toBeLessThan(6.5);
    }
  });

  test('within the band nobody comes and nobody goes', () => {
    expect(new Set(afterOneLook(0.6, 16))).toEqual(new Set([100]));
  });

  test('VMs on a node that leaves are work for those that stay, which call it back before any other', () => {
    const nodes = view([
      { power: 'off' },
      { allocated: 0.6, isKept: false },
      { allocated: 0.6 },
      { allocated: 0.6 },
    ]);
    // 1.8 nodes of work on two that stay: 0.9, for which each calls half a node on average.
    const counts = Array.from({ length: 40 }, (_, seed) => kept('depas', band, nodes, decision({}, seed)));
    expect(counts.every((kept) => kept.length === 2 || kept.includes(1))).toBe(true);
    expect(new Set(counts.map(({ length }) => length))).toEqual(new Set([2, 3, 4]));
  });

  test('a node that is lost does no work, whatever was to be on', () => {
    const nodes = view([
      { allocated: 0.9 },
      { allocated: 0.9 },
      { isUp: false },
      { power: 'off' },
      { power: 'off' },
    ]);
    // With its CPUs the load would be 0.6, at which nobody is called.
    const counts = Array.from({ length: 20 }, (_, seed) => kept('depas', band, nodes, decision({}, seed)));
    expect(counts.some(({ length }) => length > 2)).toBe(true);
    expect(counts.flat()).not.toContain(2);
  });

  test('however idle, so many stay as are to', () => {
    const nodes = view([{}, {}, { power: 'off' }]);
    for (let seed = 0; seed < 20; seed++) {
      expect(kept('depas', { atLeast: 2 }, nodes, decision({}, seed))).toHaveLength(2);
      expect(kept('depas', { atLeast: 3 }, nodes, decision({}, seed))).toHaveLength(3);
    }
  });

  test('a band that is none is refused', () => {
    expect(() => make('provisioning', 'depas', { min: 0.8, max: 0.6 })).toThrow('min must be at most max');
  });
});

describe('CPC', () => {
  test.each([
    [0.5, 7, 1.5],
    [0.5, 10, 0],
    [0.5, 14, 2],
    [0.8, 7, 2.4],
    [0.8, 10, 0],
    [0.8, 14, 0.8],
  ])('beta %d: 10 were needed and %d prepared, which costs %d', (beta, prepared, cost) => {
    expect(preparationCost(10, prepared, { beta, missing: 1, idle: 1 })).toBeCloseTo(cost, 12);
  });

  test('no other quantity costs less on average than the quantile of what was needed', () => {
    const rng = Rng.fromSeed(5);
    const needed = Array.from({ length: 2000 }, () => 100 * rng.next());
    for (const prices of [
      { beta: 0.8, missing: 1, idle: 1 },
      { beta: 0.5, missing: 3, idle: 1 },
      { beta: 0.2, missing: 1, idle: 2 },
    ]) {
      const share = bestQuantile(prices);
      const best = quantileOf(needed, share);
      expect(best).toBeCloseTo(quantile(needed, share), 0);
      const costOf = (prepared: number) => mean(needed.map((one) => preparationCost(one, prepared, prices)));
      for (let other = 0; other <= 100; other += 2)
        expect(costOf(other)).toBeGreaterThanOrEqual(costOf(best) - 1e-9);
    }
    // Uniform from 0 to 100, beta 0.8 at equal prices: the 80th percentile.
    expect(bestQuantile({ beta: 0.8, missing: 1, idle: 1 })).toBeCloseTo(0.8, 12);
    expect(quantileOf(needed, 0.8)).toBeGreaterThan(77);
    expect(quantileOf(needed, 0.8)).toBeLessThan(83);
  });

  /** The share of looks at which no fewer CPUs were prepared than were needed at the next one. */
  function shareOfEnough(demand: readonly number[], options: object): number {
    const policy = make('provisioning', 'cpc', options as Record<string, unknown>);
    const given = decision({ needed: [], foreseen: null, costs: [], errors: [] });
    let enough = 0;
    let looks = 0;
    for (const [at, cpus] of demand.entries()) {
      const nodes = Array.from({ length: 150 }, (_, index) => index).map((index) => ({
        ...view([{ allocated: index < cpus ? 0.25 : 0, power: index < cpus ? 'on' : 'off' }]).nodes[0]!,
        index,
      }));
      const prepared = policy.keepOn!({ nowMs: at * HOUR, everyMs: HOUR, nodes }, given).length * 4;
      if (at >= demand.length / 2 && at + 1 < demand.length) {
        looks += 1;
        if (prepared >= demand[at + 1]!) enough += 1;
      }
    }
    return enough / looks;
  }

  test('as often as its quantile says there is enough, by whatever forecaster', () => {
    const rng = Rng.fromSeed(8);
    const demand = Array.from({ length: 240 }, (_, at) =>
      Math.round(60 + 30 * Math.sin((2 * Math.PI * at) / 24) + 10 * rng.next()),
    );
    for (const forecaster of ['ensemble', ...FORECASTER_NAMES])
      for (const beta of [0.5, 0.9]) {
        const share = shareOfEnough(demand, { forecaster, beta, window: 48 });
        // Nodes of 4 CPUs round up by up to 3: a little more often than that.
        expect(share).toBeGreaterThan(beta - 0.08);
        expect(share).toBeLessThan(Math.min(1, beta + 0.22));
      }
  });
});

describe('benefit-aware', () => {
  const cpus = fc.double({ min: 0, max: 40, noNaN: true });

  test('what gains nothing is not done, and what costs nothing is done for any gain', () => {
    expect(earningsByCost(0, 3)).toBe(-1);
    expect(earningsByCost(0, 0)).toBe(0);
    expect(earningsByCost(6, 3)).toBe(1);
    expect(earningsByCost(1e-9, 0)).toBe(Number.POSITIVE_INFINITY);
    // 3 of 4 CPUs are in use, for ever.
    const nodes = view([{ allocated: 0.75 }, {}, {}]);
    const nothingSeen = decision({ needed: [], foreseen: null, errors: [] });
    expect(kept('benefit-aware', { worth: 1e9 }, nodes, nothingSeen)).toEqual([0]);
  });

  test('a node that is on pays where one that is off does not yet', () => {
    // 2 CPUs are in use and 4 more may come, 2 of them where nothing is on yet. A node of 4 CPUs costs 0.4 in the hour to the next look, and 0.4 for the hour of its transition.
    const seen = (power: 'on' | 'off') => view([{ allocated: 0.5 }, { power }, { power }]);
    const options = { transition: '1h', rental: 0.1, forecaster: 'last-value' };
    const memory = { needed: [2], foreseen: -2, errors: [4] };
    for (const [worth, ifOn, ifOff] of [
      [0.19, [0], [0]],
      [0.21, [0, 1], [0]],
      [0.41, [0, 1], [0, 1]],
    ] as const) {
      const given = () => decision(structuredClone(memory));
      expect(kept('benefit-aware', { ...options, worth }, seen('on'), given())).toEqual(ifOn);
      expect(kept('benefit-aware', { ...options, worth }, seen('off'), given())).toEqual(ifOff);
    }
  });

  test('one by one as many nodes are kept as bring the most in all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 30, noNaN: true }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 8 }),
        (errors, worth, empty) => {
          const nodes = view([{ allocated: 0.5 }, ...Array.from({ length: empty }, () => ({}))]);
          const memory = { needed: [2], foreseen: 2, errors };
          const options = { worth, rental: 0.1, forecaster: 'last-value' };
          const count = kept('benefit-aware', options, nodes, decision(structuredClone(memory))).length - 1;
          const cases = [...errors, 0].map((error) => 2 + error);
          const profit = (more: number) => worth * servedMore(cases, 4, 4 * more) - 0.1 * 4 * more;
          const best = Math.max(...Array.from({ length: empty + 1 }, (_, more) => profit(more)));
          expect(profit(count)).toBeCloseTo(best, 9);
        },
      ),
    );
  });

  test('who serves more serves no less in all, and never more than is needed', () => {
    fc.assert(
      fc.property(fc.array(cpus, { minLength: 1 }), cpus, cpus, (cases, has, more) => {
        const served = servedMore(cases, has, more);
        expect(served).toBeGreaterThanOrEqual(0);
        expect(served).toBeLessThanOrEqual(Math.min(more, Math.max(0, ...cases.map((u) => u - has))) + 1e-9);
      }),
    );
  });
});

describe('forecasters', () => {
  const settings: ForecastSettings = { window: 4, season: 6, level: 0.3, trend: 0.1, seasonal: 0.3 };

  test('the last value, and the mean of the last ones', () => {
    expect(FORECASTERS['last-value']([1, 2, 9])).toBe(9);
    expect(FORECASTERS['moving-average']([100, 1, 2, 3, 4], settings)).toBe(2.5);
    expect(FORECASTERS['moving-average']([7], settings)).toBe(7);
  });

  test('AR(1) returns to the mean as fast as the series did', () => {
    // m = 0, lag-1 sum -4 + -4 + -4 over 16: phi = -0.75 of the last value.
    expect(FORECASTERS.ar1([2, -2, 2, -2], settings)).toBeCloseTo(1.5, 12);
    expect(FORECASTERS.ar1([3, 3, 3], settings)).toBe(3);
    const rng = Rng.fromSeed(3);
    const series = [0];
    for (let at = 1; at < 4000; at++) series.push(0.8 * series.at(-1)! + rng.next() - 0.5);
    const last = series.at(-1)!;
    const foreseen = FORECASTERS.ar1(series, { ...settings, window: 4000 });
    expect((foreseen - mean(series)) / (last - mean(series))).toBeCloseTo(0.8, 1);
  });

  test('Holt-Winters goes on with a rhythm and a trend that were there from the beginning', () => {
    const value = (at: number) => 50 + 0.5 * at + 10 * Math.sin((2 * Math.PI * at) / 6);
    const past = Array.from({ length: 120 }, (_, at) => value(at));
    expect(FORECASTERS['holt-winters'](past, settings)).toBeCloseTo(value(120), 1);
    // One season tells nothing of the next.
    expect(FORECASTERS['holt-winters'](past.slice(0, 11), settings)).toBe(value(10));
  });

  test('Holt-Winters foresees a straight line with a rhythm on it exactly, from the second season on', () => {
    const amount = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.array(amount, { minLength: 2, maxLength: 7 }),
        fc.nat({ max: 30 }),
        (level, trend, rhythm, more) => {
          const season = rhythm.length;
          const value = (at: number) => level + trend * at + rhythm[at % season]!;
          const count = 2 * season + more;
          const past = Array.from({ length: count }, (_, at) => value(at));
          const foreseen = FORECASTERS['holt-winters'](past, { ...settings, season });
          expect(foreseen).toBeCloseTo(value(count), 6);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test('what never changes is foreseen as it is', () => {
    for (const name of FORECASTER_NAMES)
      expect(
        FORECASTERS[name](
          Array.from({ length: 30 }, () => 5),
          settings,
        ),
      ).toBeCloseTo(5, 12);
  });
});

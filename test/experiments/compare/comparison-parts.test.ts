import { describe, expect, test } from 'vitest';
import { compare } from '../../../experiments/compare/comparison.ts';
import { conclusionsOf } from '../../../experiments/compare/conclusions.ts';
import { factorEffects } from '../../../experiments/compare/factor-effects.ts';
import { paretoFront } from '../../../experiments/compare/pareto.ts';
import { ranking } from '../../../experiments/compare/ranking.ts';
import type { RunOfSweep } from '../../../experiments/results/results-table.ts';
import { meanInterval } from '../../../experiments/statistics/intervals.ts';

/** D. C. Montgomery, Design and Analysis of Experiments: the battery life of three materials at three temperatures (table 5.1), four batteries each. */
const BATTERIES: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  1: { 15: [130, 155, 74, 180], 70: [34, 40, 80, 75], 125: [20, 70, 82, 58] },
  2: { 15: [150, 188, 159, 126], 70: [136, 122, 106, 115], 125: [25, 70, 58, 45] },
  3: { 15: [138, 110, 168, 160], 70: [174, 120, 150, 139], 125: [96, 104, 82, 60] },
};
const FACTORS = [
  { name: 'material', levels: ['1', '2', '3'] },
  { name: 'temperature', levels: ['15', '70', '125'] },
];

const runs: RunOfSweep[] = Object.entries(BATTERIES).flatMap(([material, byTemperature]) =>
  Object.entries(byTemperature).flatMap(([temperature, lives]) =>
    lives.map((revenue, index) => ({
      key: `${material}-${temperature}-${index}`,
      combination: { material, temperature },
      seed: index + 1,
      summary: { revenue } as unknown as RunOfSweep['summary'],
    })),
  ),
);

test('the effect of a factor is that of the analysis of variance', () => {
  const { groups } = compare(runs, { baseline: {}, figures: ['revenue'] });
  const [material, temperature] = factorEffects('revenue', groups, FACTORS);
  // Montgomery, table 5.5: sums of squares 10,683.72 (material), 39,118.72 (temperature), 9,613.78 (interaction), of four batteries in each cell.
  const total = 10683.72 + 39118.72 + 9613.78;
  expect(material!.share).toBeCloseTo(10683.72 / total, 5);
  expect(temperature!.share).toBeCloseTo(39118.72 / total, 5);
  // Means of the rows 83.166, 108.333 and 125.083, of all 105.53.
  expect(material!.levels.map(({ effect }) => Math.round(effect * 100) / 100)).toEqual([-22.36, 2.81, 19.56]);
});

test('a design with holes has no main effects', () => {
  const { groups } = compare(runs.slice(4), { baseline: {}, figures: ['revenue'] });
  expect(factorEffects('revenue', groups, FACTORS)).toEqual([]);
});

test('levels are ranked among those that met the same, and share a rank when they are alike', () => {
  const few = runs.filter(({ seed, combination }) => seed === 1 && combination.temperature !== '125');
  // At 15: 130 < 138 < 150; at 70: 34 < 136 < 174.
  expect(ranking(few, { factor: 'material', figure: 'revenue', better: 'higher' })).toEqual([
    { level: '2', meanRank: 1.5, best: 0.5 },
    { level: '3', meanRank: 1.5, best: 0.5 },
    { level: '1', meanRank: 3, best: 0 },
  ]);
  expect(ranking(few, { factor: 'material', figure: 'revenue', better: 'lower' })[0]).toEqual({
    level: '1',
    meanRank: 1,
    best: 1,
  });
  const alike = few.map((run) => ({ ...run, summary: { revenue: 7 } as unknown as RunOfSweep['summary'] }));
  expect(ranking(alike, { factor: 'material', figure: 'revenue', better: 'higher' })[0]).toEqual({
    level: '1',
    meanRank: 2,
    best: 1,
  });
});

test('the front has what no other beats in both figures', () => {
  const choices = [
    { name: 'cheap', x: 1, y: 1 },
    { name: 'middling', x: 3, y: 2 },
    { name: 'beaten', x: 3, y: 3 },
    { name: 'as good as middling', x: 3, y: 2 },
    { name: 'dear', x: 5, y: 6 },
  ];
  const names = (better: Parameters<typeof paretoFront>[1]) =>
    paretoFront(choices, better).map(({ name }) => name);
  expect(names({ x: 'higher', y: 'lower' })).toEqual(['cheap', 'middling', 'as good as middling', 'dear']);
  expect(names({ x: 'lower', y: 'lower' })).toEqual(['cheap']);
  expect(names({ x: 'higher', y: 'higher' })).toEqual(['dear']);
});

describe('over all settings', () => {
  const AGAINST = { baseline: { material: '1' }, figures: ['revenue'] };

  test('a choice differs by the mean of its settings, seed by seed', () => {
    const { overall } = compare(runs, AGAINST);
    // Means of the rows, as above; material 3 by battery: 11, 29.7, 68 and 59 more than material 1.
    expect(overall.map(({ combination, mean }) => [combination, Math.round(mean * 100) / 100])).toEqual([
      [{ material: '2' }, 25.17],
      [{ material: '3' }, 41.92],
    ]);
    const byBattery = [0, 1, 2, 3].map(
      (battery) =>
        ['15', '70', '125'].reduce(
          (sum, at) => sum + BATTERIES[3]![at]![battery]! - BATTERIES[1]![at]![battery]!,
          0,
        ) / 3,
    );
    const { deviation, mean } = meanInterval(byBattery);
    expect(overall[1]!.mean).toBeCloseTo(mean, 9);
    expect(overall[1]!.deviation).toBeCloseTo(deviation!, 9);
  });

  test('only what all choices met is compared, and nothing where that is nothing', () => {
    const met = (material: string, temperatures: readonly string[]) =>
      runs.filter(
        ({ combination }) =>
          combination.material === material && temperatures.includes(combination.temperature!),
      );
    const some = compare([...met('1', ['15', '70']), ...met('2', ['15', '125'])], AGAINST).overall;
    // At 15 alone: 155.75 and 134.75.
    expect(some.map(({ mean }) => mean)).toEqual([21]);
    expect(compare([...met('1', ['15']), ...met('2', ['125'])], AGAINST).overall).toEqual([]);
  });

  test('it is said what is for sure better, what is worse, and what cannot be told apart', () => {
    const told = (figures: Readonly<Record<string, readonly number[]>>, better = {}) =>
      conclusionsOf(
        compare(
          Object.entries(figures).flatMap(([policy, differences]) =>
            differences.map((difference, seed) => ({
              key: `${policy}-${seed}`,
              combination: { policy },
              seed,
              summary: { revenue: 10 * seed + difference, penalties: 0 } as unknown as RunOfSweep['summary'],
            })),
          ),
          { baseline: { policy: 'usual' }, better, figures: ['revenue', 'penalties'] },
        ),
      );
    const usual = [0, 0, 0, 0, 0];
    const dear = [5, 6, 5, 4, 5];
    expect(told({ usual, dear })).toContain('revenue – better: dear.');
    expect(told({ usual, dear }, { revenue: 'lower' })).toContain('revenue – worse: dear.');
    expect(told({ usual, dear }, { revenue: 'same' })).toContain('revenue – higher: dear.');
    expect(told({ usual, wild: [5, -5, 3, -3, 1], none: usual })).toEqual([
      'Nothing can be told apart from usual: all differences may be chance.',
    ]);
    expect(
      told({ usual, dear: [5, 5, 6, 4, 5], wild: [5, -5, 3, -3, 1], poor: [-5, -5, -6, -4, -5] }),
    ).toEqual([
      'For sure better than usual in something, and for sure worse in nothing: dear (revenue).',
      'revenue – better: dear; worse: poor; cannot be told apart: wild.',
      'In penalties nothing can be told apart from usual.',
    ]);
    expect(told({ usual, poor: [-5, -5, -6, -4, -5] })[0]).toBe(
      'Nothing is for sure better than usual in something without being worse in something else.',
    );
    expect(told({ usual: [0], dear: [5] })).toEqual(['One seed tells nothing: run more of them.']);
    expect(told({ usual })).toEqual([]);
  });
});

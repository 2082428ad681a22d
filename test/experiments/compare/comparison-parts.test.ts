import { expect, test } from 'vitest';
import { compare } from '../../../experiments/compare/comparison.ts';
import { factorEffects } from '../../../experiments/compare/factor-effects.ts';
import { paretoFront } from '../../../experiments/compare/pareto.ts';
import { ranking } from '../../../experiments/compare/ranking.ts';
import type { RunOfSweep } from '../../../experiments/results/results-table.ts';

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

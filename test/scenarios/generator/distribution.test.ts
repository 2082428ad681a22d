// Each family of distributions draws what its formula says: sample means and standard deviations against the analytic ones.
import { gamma as gammaFunction } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { durationSampler, numberSampler, weightedIndex } from '../../../scenarios/generator/distribution.ts';
import type {
  DurationDistribution,
  NumberDistribution,
} from '../../../scenarios/generator/distribution-schema.ts';
import { InputError } from '../../../written/input-error.ts';

const DRAWS = 100_000;

function draw(distribution: NumberDistribution, count = DRAWS): number[] {
  const sample = numberSampler(distribution, Rng.fromSeed('distributions'), 'x');
  return Array.from({ length: count }, sample);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shareBelow = (values: readonly number[], limit: number) =>
  values.filter((value) => value < limit).length / values.length;

const families: readonly {
  readonly written: Exclude<NumberDistribution, number>;
  readonly mean: number;
  readonly deviation: number;
}[] = [
  { written: { distribution: 'constant', value: 5 }, mean: 5, deviation: 0 },
  { written: { distribution: 'uniform', min: 2, max: 6 }, mean: 4, deviation: 4 / Math.sqrt(12) },
  { written: { distribution: 'exponential', mean: 3 }, mean: 3, deviation: 3 },
  { written: { distribution: 'normal', mean: 50, deviation: 5 }, mean: 50, deviation: 5 },
  {
    written: { distribution: 'lognormal', median: 2, sigma: 0.5 },
    mean: 2 * Math.exp(0.125),
    deviation: 2 * Math.exp(0.125) * Math.sqrt(Math.exp(0.25) - 1),
  },
  {
    written: { distribution: 'weibull', scale: 2, shape: 1.5 },
    mean: 2 * gammaFunction(1 + 1 / 1.5),
    deviation: 2 * Math.sqrt(gammaFunction(1 + 2 / 1.5) - gammaFunction(1 + 1 / 1.5) ** 2),
  },
  { written: { distribution: 'gamma', shape: 2, scale: 3 }, mean: 6, deviation: 3 * Math.sqrt(2) },
  { written: { distribution: 'pareto', scale: 1, shape: 5 }, mean: 1.25, deviation: Math.sqrt(5 / 48) },
  {
    written: { distribution: 'hyperexponential', means: [1, 10], weights: [9, 1] },
    mean: 1.9,
    deviation: Math.sqrt(2 * (0.9 + 0.1 * 100) - 1.9 ** 2),
  },
  {
    written: { distribution: 'discrete', values: [1, 2, 16], weights: [2, 1, 1] },
    mean: 5,
    deviation: Math.sqrt(0.5 + 1 + 64 - 25),
  },
  {
    written: { distribution: 'quantiles', values: [0, 10, 100], at: [0, 0.5, 1] },
    mean: 30,
    deviation: Math.sqrt(100 / 6 + 11_100 / 6 - 900),
  },
];

describe.each(families)('$written.distribution', ({ written, mean: expectedMean, deviation }) => {
  test('has its analytic mean and standard deviation', () => {
    const values = draw(written);
    const found = mean(values);
    const foundDeviation = Math.sqrt(mean(values.map((value) => (value - found) ** 2)));
    // Five standard errors: a right sampler fails once in two million seeds, and this seed is fixed.
    expect(Math.abs(found - expectedMean)).toBeLessThanOrEqual((5 * deviation) / Math.sqrt(DRAWS));
    expect(Math.abs(foundDeviation - deviation)).toBeLessThanOrEqual(0.03 * deviation);
  });

  test('draws the same numbers from the same seed', () => {
    expect(draw(written, 50)).toEqual(draw(written, 50));
  });
});

test('parameters are the quantiles that they are said to be', () => {
  expect(shareBelow(draw({ distribution: 'lognormal', median: 7, sigma: 2 }), 7)).toBeCloseTo(0.5, 2);
  expect(shareBelow(draw({ distribution: 'weibull', scale: 7, shape: 0.5 }), 7)).toBeCloseTo(0.632, 2);
  const measured = draw({ distribution: 'quantiles', values: [0, 1, 5, 5, 9], at: [0, 0.2, 0.3, 0.9, 1] });
  expect(shareBelow(measured, 1)).toBeCloseTo(0.2, 2);
  expect(shareBelow(measured, 5)).toBeCloseTo(0.3, 2);
  expect(measured.filter((value) => value === 5).length / DRAWS).toBeCloseTo(0.6, 2);
});

test('limits cut, steps round up, nothing is negative', () => {
  const limited = draw({ distribution: 'exponential', mean: 10, atLeast: 5, atMost: 20 }, 1000);
  expect(Math.min(...limited)).toBe(5);
  expect(Math.max(...limited)).toBe(20);
  const stepped = draw({ distribution: 'uniform', min: 0.1, max: 9, step: 4 }, 1000);
  expect(new Set(stepped)).toEqual(new Set([4, 8, 12]));
  expect(Math.min(...draw({ distribution: 'normal', mean: 0, deviation: 1 }, 1000))).toBe(0);
});

test('durations are written as text and drawn in whole milliseconds', () => {
  const drawn = (distribution: DurationDistribution) => durationSampler(distribution, Rng.fromSeed(1), 'x')();
  expect(drawn('1h 30m')).toBe(5_400_000);
  expect(drawn({ distribution: 'discrete', values: ['90s'], weights: [1] })).toBe(90_000);
  expect(drawn({ distribution: 'exponential', mean: '1h', step: '10m' }) % 600_000).toBe(0);
  expect(Number.isInteger(drawn({ distribution: 'lognormal', median: '1h', sigma: 1 }))).toBe(true);
});

test('weights are relative, and of weight 0 is never drawn', () => {
  const choose = weightedIndex([0, 3, 0, 1, 0], Rng.fromSeed(1), 'x');
  const counts = [0, 0, 0, 0, 0];
  for (let drawn = 0; drawn < 10_000; drawn++) counts[choose()]! += 1;
  expect(counts.filter((count) => count === 0)).toHaveLength(3);
  expect(counts[1]! / 10_000).toBeCloseTo(0.75, 1);
});

test('parameters that do not go together are named', () => {
  const problemOf = (written: NumberDistribution) => {
    try {
      numberSampler(written, Rng.fromSeed(1), 'populations.a.instances');
    } catch (error) {
      if (error instanceof InputError) return error.message;
    }
    throw new Error('it was accepted');
  };
  const mistakes: NumberDistribution[] = [
    { distribution: 'uniform', min: 2, max: 1 },
    { distribution: 'discrete', values: [1, 2], weights: [1] },
    { distribution: 'discrete', values: [1, 2], weights: [0, 0] },
    { distribution: 'hyperexponential', means: [1], weights: [1, 2] },
    { distribution: 'quantiles', values: [1, 2], at: [0, 0.5] },
    { distribution: 'quantiles', values: [1, 2, 3], at: [0, 1] },
    { distribution: 'quantiles', values: [2, 1], at: [0, 1] },
    { distribution: 'quantiles', values: [1, 2, 3, 4], at: [0, 0.5, 0.4, 1] },
    { distribution: 'exponential', mean: 1, atLeast: 2, atMost: 1 },
  ];
  expect(mistakes.map(problemOf).join('\n')).toMatchInlineSnapshot(`
    "populations.a.instances: min is more than max
    populations.a.instances: 2 values but 1 weights; expected as many
    populations.a.instances: the weights are all 0; expected one above 0
    populations.a.instances: 1 means but 2 weights; expected as many
    populations.a.instances: "at" must begin with 0 and end with 1
    populations.a.instances: 3 values but 2 at; expected as many
    populations.a.instances: "values" must ascend
    populations.a.instances: "at" must ascend
    populations.a.instances: atLeast is more than atMost"
  `);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { mser5, welchAverage } from '../../../experiments/statistics/warm-up.ts';

/** The definition, word by word: batch means, and for each cut the marginal standard error of what is left. */
function naiveErrors(observations: readonly number[]): number[] {
  const batches: number[] = [];
  for (let at = 0; at + 5 <= observations.length; at += 5) {
    batches.push(observations.slice(at, at + 5).reduce((sum, value) => sum + value, 0) / 5);
  }
  return batches.map((_, cut) => {
    const kept = batches.slice(cut);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    return kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length ** 2;
  });
}

test('a step: what is before it is left out, to the batch', () => {
  const step = [...Array<number>(17).fill(0), ...Array<number>(83).fill(10)];
  // Batches 0, 0, 0, 6, 10, 10 ...: the squares of all 20 sum to 258.2, of the last 17 to 256/17.
  const errors = naiveErrors(step);
  expect(errors[0]).toBeCloseTo(258.2 / 20 ** 2, 12);
  expect(errors[3]).toBeCloseTo(256 / 17 / 17 ** 2, 12);
  expect(errors[4]).toBe(0);
  expect(mser5(step)).toBe(20);
});

test('a steady series loses nothing, and one that goes on rising has no such point', () => {
  expect(mser5(Array<number>(100).fill(7))).toBe(0);
  expect(mser5(Array.from({ length: 100 }, (_, i) => i))).toBeNull();
  expect(mser5([1, 2, 3])).toBeNull();
});

test('it is the least error of the definition, at the first of several places', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 50, maxLength: 200 }), (series) => {
      const half = Math.floor(Math.floor(series.length / 5) / 2);
      const errors = naiveErrors(series).slice(0, half + 1);
      const least = Math.min(...errors);
      const cut = errors.findIndex((error) => error <= least + 1e-12);
      const found = mser5(series);
      if (found === null) expect(cut).toBe(half);
      else expect(errors[found / 5]).toBeCloseTo(least, 10);
    }),
    { numRuns: 200 },
  );
});

test('M/M/1 from empty: the cut takes away bias of the mean wait', () => {
  // Mean waits of the first 2,000 of a queue at 80 %, from empty: 4 mean service times in the long run.
  const rng = Rng.fromSeed(1983).stream('welch');
  const REPLICATIONS = 1500;
  const mean = Array<number>(2000).fill(0);
  for (let replication = 0; replication < REPLICATIONS; replication += 1) {
    let wait = 0;
    for (let i = 0; i < mean.length; i += 1) {
      mean[i]! += wait / REPLICATIONS;
      wait = Math.max(0, wait + rng.exponential(0.8) - rng.exponential(1));
    }
  }
  // In units of the mean time between arrivals: 0.8 x 4.
  const LONG_RUN = 3.2;
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const cut = mser5(mean)!;
  expect(cut).toBeGreaterThan(20);
  expect(cut).toBeLessThan(300);
  const off = (values: readonly number[]) => Math.abs(average(values) - LONG_RUN);
  expect(average(mean)).toBeLessThan(LONG_RUN);
  expect(off(mean.slice(cut))).toBeLessThan(off(mean) / 2);
  // Welch's curve has come to the level of the long run there.
  const curve = welchAverage(mean, 25);
  expect(curve[5]).toBeLessThan(LONG_RUN / 2);
  expect(curve[cut]).toBeGreaterThan(0.9 * LONG_RUN);
});

test('Welch’s average is centred, and narrower at the beginning', () => {
  // A. M. Law, equation (9.5): w = 2.
  expect(welchAverage([3, 6, 9, 0, 2, 8], 2)).toEqual([3, 6, 4, 5]);
  expect(welchAverage([3, 6], 5)).toEqual([]);
});

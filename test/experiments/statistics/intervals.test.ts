import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { holm, meanInterval, pairedDifference } from '../../../experiments/statistics/intervals.ts';

test('five values have the mean, deviation and half-width that the t table gives', () => {
  const { n, mean, deviation, halfWidth } = meanInterval([0.71, 0.69, 0.73, 0.7, 0.72]);
  expect(n).toBe(5);
  expect(mean).toBeCloseTo(0.71, 12);
  expect(deviation).toBeCloseTo(0.01581138830084191, 12);
  // t(0.975, 4) = 2.776445
  expect(halfWidth).toBeCloseTo(0.019632430870914853, 7);
});

test('one value has no interval', () => {
  expect(meanInterval([3])).toEqual({ n: 1, mean: 3, deviation: null, halfWidth: null });
});

test('W. S. Gosset’s own example: the sleep of ten patients under two drugs', () => {
  // Student, The Probable Error of a Mean, 1908; t = -4.0621, p = 0.002833 (9 degrees of freedom).
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const { effect, halfWidth, mean, p, seedsNeeded } = pairedDifference(
    first.map((value, i) => [value, second[i]!]),
  );
  expect(mean).toBeCloseTo(-1.58, 10);
  expect(mean - halfWidth!).toBeCloseTo(-2.4598858, 5);
  expect(mean + halfWidth!).toBeCloseTo(-0.7001142, 5);
  expect(p).toBeCloseTo(0.002832890197, 7);
  expect(effect).toBeCloseTo(-4.062127683 / Math.sqrt(10), 6);
  expect(seedsNeeded).toBe(5);
});

test('the number of seeds is the least whose interval leaves out no difference', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
        minLength: 2,
        maxLength: 30,
      }),
      (pairs) => {
        const { deviation, mean, seedsNeeded } = pairedDifference(pairs);
        fc.pre(deviation !== null && deviation > 0);
        if (seedsNeeded === null) return;
        // Any sample of that size with that spread and mean: half its values at each end.
        const leavesOutZero = (n: number) => {
          const wide = meanInterval(Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1)));
          return (wide.halfWidth! / wide.deviation!) * deviation! < Math.abs(mean);
        };
        expect(leavesOutZero(seedsNeeded)).toBe(true);
        if (seedsNeeded > 2) expect(leavesOutZero(seedsNeeded - 1)).toBe(false);
      },
    ),
    { numRuns: 40 },
  );
});

test('Holm multiplies the least p by the number of tests, the next by one less, and never lets one fall', () => {
  const adjusted = holm([0.01, 0.04, null, 0.03, 0.005]);
  expect(adjusted[2]).toBeNull();
  expect([adjusted[0], adjusted[1], adjusted[3], adjusted[4]].map((p) => Number(p!.toFixed(10)))).toEqual([
    0.03, 0.06, 0.06, 0.02,
  ]);
  expect(holm([0.6, 0.7])).toEqual([1, 1]);
});

test('runs in pairs tell more than runs by themselves: the same patients, taken for twenty different ones', () => {
  // R, example(t.test): extra ~ group in data(sleep), 95 percent confidence interval -3.3654832 to 0.2054832 on 17.776 degrees of freedom.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const { halfWidth, unpairedHalfWidth } = pairedDifference(first.map((value, i) => [value, second[i]!]));
  expect(unpairedHalfWidth).toBeCloseTo((0.2054832 + 3.3654832) / 2, 5);
  expect(unpairedHalfWidth! / halfWidth!).toBeGreaterThan(2);
});

test('an interval of 95 % has the truth in it in 92 to 97 % of 400 experiments on M/M/1', () => {
  // Mean waits by Lindley's recursion, to which the simulated site agrees request by request (test/engine/simulation/queueing.test.ts): load 0.5, mean
  // service 1, so 1 in the long run. Ten replications of 1,500 customers each, after a warm-up of 100.
  const rng = Rng.fromSeed(1908).stream('coverage');
  const replication = () => {
    let wait = 0;
    let sum = 0;
    for (let customer = -100; customer < 1500; customer += 1) {
      if (customer >= 0) sum += wait;
      wait = Math.max(0, wait + rng.exponential(1) - rng.exponential(2));
    }
    return sum / 1500;
  };
  let covered = 0;
  const EXPERIMENTS = 400;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment += 1) {
    const { halfWidth, mean } = meanInterval(Array.from({ length: 10 }, replication));
    if (Math.abs(mean - 1) <= halfWidth!) covered += 1;
  }
  expect(covered / EXPERIMENTS).toBeGreaterThan(0.92);
  expect(covered / EXPERIMENTS).toBeLessThan(0.97);
});

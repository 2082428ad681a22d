import { randomNormal } from 'd3-random';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import type { StopRule } from '../../../experiments/definition/experiment.ts';
import type { RunOfSweep } from '../../../experiments/results/results-table.ts';
import { precisionOf } from '../../../experiments/sweep/stop-rule.ts';

const RULE: StopRule = { metric: 'revenue', halfWidth: 1, of: {}, seedsMax: 100 };
const BASELINE = { policy: 'base' };

/** By policy, what it earns under each seed. */
function runs(values: Readonly<Record<string, readonly (number | null)[]>>): RunOfSweep[] {
  return Object.entries(values).flatMap(([policy, revenues]) =>
    revenues.map((revenue, index) => ({
      key: `${policy}-${index}`,
      combination: { policy },
      seed: index + 1,
      summary: { revenue } as unknown as RunOfSweep['summary'],
    })),
  );
}

function precision(values: Parameters<typeof runs>[0], rule: Partial<StopRule> = {}) {
  const seeds = Object.values(values)[0]!.map((_, index) => index + 1);
  return precisionOf({ baseline: BASELINE, seeds }, { ...RULE, ...rule }, runs(values));
}

test('the difference that is known least exactly decides, by the interval of its pairs', () => {
  // Differences 1, 2, 3: s = 1, t(0.975, 2) = 4.302653, half-width 4.302653 / sqrt(3).
  const values = { base: [10, 20, 30], near: [11, 22, 33], even: [12, 22, 32] };
  expect(precision(values)).toMatchObject({
    combination: { policy: 'near' },
    against: { policy: 'base' },
    n: 3,
    halfWidth: expect.closeTo(4.302653 / Math.sqrt(3), 5),
    isEnough: false,
    // s = 1: seven seeds (2.446912 / sqrt(7) = 0.925); but no more than twice what there is.
    next: 6,
  });
  expect(precision(values, { of: { policy: 'even' } })).toMatchObject({
    halfWidth: 0,
    isEnough: true,
    next: null,
  });
  expect(precision(values, { halfWidth: 2.5 })).toMatchObject({ isEnough: true, next: null });
  expect(precision(values, { halfWidth: 2.4 })).toMatchObject({ isEnough: false, next: 4 });
});

test('it never asks for more than may be, and says so', () => {
  const values = { base: [0, 0, 0], other: [0, 50, 100] };
  expect(precision(values, { seedsMax: 5 })).toMatchObject({ isEnough: false, next: 5 });
  expect(precision(values, { seedsMax: 3 })).toMatchObject({ isEnough: false, next: null });
});

test('one seed has no interval, and what is not measured none to go on for', () => {
  expect(precision({ base: [1], other: [2] })).toMatchObject({ halfWidth: null, isEnough: false, next: 2 });
  expect(precision({ base: [null, null], other: [2, 3] })).toBeNull();
});

test('followed to its end, it stops with the interval that was asked for, and the truth in it nineteen times of twenty', () => {
  const rng = Rng.fromSeed(94).stream('stages');
  const normal = randomNormal.source(() => rng.next())(3, 4);
  let covered = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial += 1) {
    const differences = Array.from({ length: 5 }, normal);
    for (;;) {
      const found = precision({ base: differences.map(() => 0), other: differences }, { halfWidth: 1.5 })!;
      if (found.isEnough) {
        expect(found.halfWidth).toBeLessThanOrEqual(1.5);
        break;
      }
      expect(found.next).toBeGreaterThan(differences.length);
      while (differences.length < found.next!) differences.push(normal());
    }
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    if (Math.abs(mean - 3) <= 1.5) covered += 1;
  }
  // Stopping when the spread happens to be small costs a little of the 95 %.
  expect(covered / trials).toBeGreaterThan(0.9);
});

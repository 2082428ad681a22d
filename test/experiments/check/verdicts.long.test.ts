// Whether a check errs as seldom as it says, and sees what it says that it sees: on figures that are drawn, where the truth is known.
import { randomNormal } from 'd3-random';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import type { RunPair } from '../../../experiments/check/baseline.ts';
import type { Rules } from '../../../experiments/check/baseline-file.ts';
import { judge } from '../../../experiments/check/verdicts.ts';
import { seedsToFind } from '../../../experiments/statistics/intervals.ts';

const TRIALS = 4000;
const LEVEL = 0.01;
const MEAN = 500;
/** Of the difference between two runs of one seed. */
const SPREAD = 15;

function rules(better: 'higher' | 'lower' | 'same', absolute = 0): Rules {
  return {
    digest: false,
    significance: LEVEL,
    metrics: { cpuHoursAgreed: { better, absolute, relative: 0 } },
  };
}

function pairs(values: ReadonlyArray<readonly [before: number, now: number]>): RunPair[] {
  return values.map(([before, now], seed) => ({
    combination: {},
    seed,
    before: { digest: 'd', figures: new Map([['cpuHoursAgreed', before]]) },
    now: { digest: 'd', figures: new Map([['cpuHoursAgreed', now]]) },
  }));
}

function draw(rng: Rng, seeds: number, shift: number): RunPair[] {
  const normal = randomNormal.source(() => rng.next());
  const noise = normal(0, SPREAD);
  const level = normal(MEAN, 60);
  return pairs(
    Array.from({ length: seeds }, (): [number, number] => {
      const before = level();
      return [before, before + shift + noise()];
    }),
  );
}

/** The share of trials that are worse. */
function alarms(name: string, seeds: number, shift: number, guard = rules('higher')): number {
  const rng = Rng.fromSeed(4711).stream(name);
  let count = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    if (judge(draw(rng, seeds, shift), guard).some(({ state }) => state === 'worse')) count += 1;
  }
  return count / TRIALS;
}

describe('a test at the level of 1 %', () => {
  // 1 % and three standard deviations of the share of 4,000 trials.
  const AT_MOST = 0.0147;

  test.each(['higher', 'lower', 'same'] as const)(
    'is red by chance in one of a hundred cases: %s',
    (better) => {
      const share = alarms(`noise-${better}`, 10, 0, rules(better));
      expect(share).toBeLessThan(AT_MOST);
      expect(share).toBeGreaterThan(0.0053);
    },
  );

  test('is not red for a loss that is tolerated', () => {
    expect(alarms('tolerated', 10, -0.02 * MEAN, rules('higher', 0.02 * MEAN))).toBeLessThan(AT_MOST);
  });

  test('finds a loss of 2 % with the seeds that it asks for in 95 % of cases', () => {
    const seeds = seedsToFind(0.02 * MEAN, { deviation: SPREAD, level: LEVEL })!;
    expect(seeds).toBeGreaterThan(10);
    expect(alarms('power', seeds, -0.02 * MEAN)).toBeGreaterThan(0.935);
    expect(alarms('few', Math.ceil(seeds / 2), -0.02 * MEAN)).toBeLessThan(0.9);
  });
});

test('many figures that are tested together keep the level', () => {
  const rng = Rng.fromSeed(7).stream('family');
  const figures = Array.from({ length: 10 }, (_, index) => `utilisation.${index}`);
  const guard: Rules = {
    digest: false,
    significance: 0.05,
    metrics: Object.fromEntries(
      figures.map((figure) => [figure, { better: 'higher', absolute: 0, relative: 0 }]),
    ),
  };
  let red = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const drawn = figures.map((figure) => [figure, draw(rng, 8, 0)] as const);
    const all = drawn[0]![1].map((pair, seed) => ({
      ...pair,
      before: {
        digest: 'd',
        figures: new Map(drawn.map(([f, p]) => [f, [...p[seed]!.before.figures.values()][0]!])),
      },
      now: {
        digest: 'd',
        figures: new Map(drawn.map(([f, p]) => [f, [...p[seed]!.now.figures.values()][0]!])),
      },
    }));
    if (judge(all, guard).some(({ state }) => state === 'worse')) red += 1;
  }
  expect(red / TRIALS).toBeLessThan(0.0603);
});

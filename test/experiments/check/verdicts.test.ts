import { expect, test } from 'vitest';
import { type FigureVerdict, judge } from '../../../experiments/check/verdicts.ts';
import { excessP, foundLoss } from '../../../experiments/statistics/intervals.ts';

test('p is that of the t table', () => {
  // t(0.99, 4) = 3.746947, t(0.995, 4) = 4.604095.
  const spread = Math.sqrt(2.5);
  const at = (t: number) => [-2, -1, 0, 1, 2].map((value) => value + (t * spread) / Math.sqrt(5));
  expect(excessP(at(3.746947), { tolerance: 0, twoSided: false })).toBeCloseTo(0.01, 6);
  expect(
    excessP(
      at(3.746947).map((value) => value + 3),
      { tolerance: 3, twoSided: false },
    ),
  ).toBeCloseTo(0.01, 6);
  expect(excessP(at(4.604095), { tolerance: 0, twoSided: true })).toBeCloseTo(0.01, 6);
  expect(excessP([1, 1, 1], { tolerance: 0.5, twoSided: false })).toBe(0);
  expect(excessP([0.5, 0.5], { tolerance: 0.5, twoSided: false })).toBe(1);
  // t(0.99, 4) + t(0.95, 4) = 3.746947 + 2.131847.
  expect(foundLoss(2, 5, 0.01)).toBeCloseTo((5.878794 * 2) / Math.sqrt(5), 5);
});

const RULES = {
  digest: false,
  significance: 0.01,
  metrics: { revenue: { better: 'higher', absolute: 0, relative: 0 } },
} as const;

function pairs(values: ReadonlyArray<readonly [before: number | null, now: number | null]>) {
  return values.map(([before, now], seed) => ({
    combination: {},
    seed,
    before: { digest: 'd', figures: new Map([['revenue', before]]) },
    now: { digest: 'd', figures: new Map([['revenue', now]]) },
  }));
}

test('what cannot be compared is red, and says so', () => {
  const [one] = judge(
    pairs([
      [1, 1],
      [1, null],
    ]),
    RULES,
  ) as FigureVerdict[];
  expect(one).toMatchObject({ state: 'worse', before: 1, now: null });
  const [none] = judge(
    pairs([
      [null, null],
      [null, null],
    ]),
    RULES,
  ) as FigureVerdict[];
  expect(none).toMatchObject({ state: 'same', before: null, now: null });
});

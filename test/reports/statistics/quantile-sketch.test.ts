import fc from 'fast-check';
import { quantileSorted } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { QUANTILE_RELATIVE_ERROR, QuantileSketch } from '../../../reports/statistics/quantile-sketch.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

function nearestRank(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]!;
}

const anyValue = fc.oneof(
  fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
  fc.integer({ min: 0, max: 50 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constant(0),
);
const p = fc.constantFrom(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1);

describe('a quantile sketch', () => {
  test('is within its documented error of the exact quantile', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 200 }), p, (values, share) => {
        const exact = nearestRank(values, share);
        const found = sketchOf(values).quantile(share)!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * QUANTILE_RELATIVE_ERROR + 1e-300,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('agrees with simple-statistics on latencies of every size', () => {
    const values = Array.from({ length: 20_001 }, (_, i) => Math.round(1.0011 ** i / 7));
    const sorted = [...values].sort((a, b) => a - b);
    const sketch = sketchOf(values);
    for (const share of [0.1, 0.5, 0.9, 0.95, 0.999]) {
      const exact = quantileSorted(sorted, share);
      expect(Math.abs(sketch.quantile(share)! - exact)).toBeLessThanOrEqual(exact * QUANTILE_RELATIVE_ERROR);
    }
  });

  test('does not depend on the order of the values', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1 }), p, (values, share) => {
        expect(sketchOf([...values].reverse()).quantile(share)).toBe(sketchOf(values).quantile(share));
      }),
    );
  });

  test('counts a value as often as its weight says', () => {
    const sketch = new QuantileSketch();
    sketch.add(0.25, 3);
    sketch.add(1, 97);
    expect(sketch.total).toBe(100);
    expect(sketch.quantile(0.03)).toBeCloseTo(0.25, 3);
    expect(sketch.quantile(0.031)).toBe(1);
  });

  test('keeps zeros and extremes exact, and negative values in order', () => {
    const sketch = sketchOf([-7_200_001, 0, 0, 0, 86_399_999]);
    expect(sketch.quantile(0.5)).toBe(0);
    expect(sketch.min).toBe(-7_200_001);
    expect(sketch.quantile(0)).toBe(-7_200_001);
    expect(sketch.quantile(1)).toBe(86_399_999);
  });

  test('has nothing to say about nothing', () => {
    const sketch = new QuantileSketch();
    expect([sketch.quantile(0.5), sketch.min, sketch.max]).toEqual([null, null, null]);
  });
});

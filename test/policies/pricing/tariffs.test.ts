// Prices beside the flat one: worked figures, and the vectors of the literature.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PricingView, Proposal } from '../../../engine/index.ts';
import { breakEvenHours } from '../../../policies/pricing/contracts.ts';
import { type LoadFormula, loadFactor } from '../../../policies/pricing/load-dependent.ts';
import { decision, HOUR, make, proposal } from '../views.ts';

const CREDIT = 1_000_000;

function price(
  name: string,
  terms: Partial<Proposal>,
  options = {},
  view: Partial<PricingView> = {},
): number {
  return make('pricing', name, { cpuHour: 1, ...options }).price(
    proposal(terms),
    {
      nowMs: 0,
      clusterCapacity: { milliCpus: 20_000, memoryMib: 0, diskGib: 0 },
      resources: [],
      bookedShare: () => 0,
      ...view,
    },
    decision(),
  );
}

describe('time-of-use', () => {
  const exact = { billingIncrement: '1ms' };

  test('splits at the edges of the bands to the millisecond', () => {
    // From 07:59:59.999 to 08:00:00.001: a millisecond at 1 and one at 2 credits an hour.
    const terms = { startMs: 8 * HOUR - 1, durationMs: 2 };
    expect(price('time-of-use', terms, { ...exact, cpuHour: 3600 })).toBe(3 * 1000);
  });

  test('passes midnight, and takes the first band where two overlap', () => {
    const bands = [
      { from: '22:00', to: '06:00', factor: 0.5 },
      { from: '05:00', to: '07:00', factor: 4 },
    ];
    // 21-22 at 1, 22-06 at 0.5, 06-07 at 4, 07-08 at 1.
    expect(price('time-of-use', { startMs: 21 * HOUR, durationMs: 11 * HOUR }, { bands })).toBe(
      (1 + 4 + 4 + 1) * CREDIT,
    );
  });

  test('is the sum of the prices of its milliseconds', () => {
    const factor = (ms: number) =>
      ((ms % 86_400_000) + 86_400_000) % 86_400_000 >= 8 * HOUR && ms % 86_400_000 < 20 * HOUR ? 2 : 1;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 72 }), fc.integer({ min: 1, max: 96 }), (start, halves) => {
        let credits = 0;
        for (let i = 0; i < halves; i++) credits += factor((start + i) * (HOUR / 2)) / 2;
        const terms = { startMs: start * (HOUR / 2), durationMs: halves * (HOUR / 2) };
        expect(price('time-of-use', terms, exact)).toBe(credits * CREDIT);
      }),
    );
  });
});

describe('load-dependent', () => {
  const formula = (of: Partial<LoadFormula>): LoadFormula => ({
    formula: 'linear',
    slope: 1,
    alpha: 1,
    beta: 0.3,
    most: 1e9,
    ...of,
  });

  test.each([
    [0, 1, 1],
    [0.5, 1.5, 2],
    [0.8, 1.8, 5],
    [0.9, 1.9, 10],
  ])('at %d booked is %d linear and %d by congestion', (share, linear, congestion) => {
    expect(loadFactor(share, formula({}))).toBeCloseTo(linear, 12);
    expect(loadFactor(share, formula({ formula: 'congestion' }))).toBeCloseTo(congestion, 12);
  });

  test.each([
    [20, 1.3],
    [10, 1.6],
    [5, 2.2],
    [1, 7],
  ])('Libra+$ with %d of 20 free is %d', (free, factor) => {
    expect(loadFactor(1 - free / 20, formula({ formula: 'libra' }))).toBeCloseTo(factor, 12);
  });

  test('is bounded when nothing is free, and looks at the window asked for', () => {
    const asked: number[][] = [];
    const full = { bookedShare: (...window: number[]) => (asked.push(window), 1) };
    const terms = { startMs: HOUR, durationMs: 2 * HOUR };
    expect(price('load-dependent', terms, { formula: 'congestion', most: 4 }, full)).toBe(8 * CREDIT);
    expect(asked).toEqual([[HOUR, 3 * HOUR]]);
  });
});

describe('contracts', () => {
  test.each([
    [325, 4642.857142857142],
    [227.5, 3249.9999999999995],
    [500, 7142.857142857142],
    [350, 4999.999999999999],
  ])('EC2 of 2009: a fee of %d pays from %d hours on', (fee, hours) => {
    expect(breakEvenHours(fee, 0.1, 0.03)).toBeCloseTo(hours, 8);
  });

  test('costs the same both ways at the break-even of 3,250 hours, and less than on demand beyond', () => {
    const hours = (durationHours: number) =>
      price('contracts', { durationMs: durationHours * HOUR }, { cpuHour: 0.1 });
    expect(hours(1)).toBe(0.1 * CREDIT);
    expect(hours(3250)).toBe(325 * CREDIT);
    expect(hours(8760)).toBe(Math.round((227.5 + 0.03 * 8760) * CREDIT));
  });

  test('bills 61 minutes as two hours', () => {
    expect(price('contracts', { durationMs: 61 * 60_000 }, { cpuHour: 0.1 })).toBe(0.2 * CREDIT);
  });
});

test('advance-purchase gives its discount by lead time, and no more than all of it', () => {
  const ahead = (days: number) => price('advance-purchase', { startMs: days * 24 * HOUR });
  expect([0, 7, 14, 60].map(ahead)).toEqual([1, 0.85, 0.7, 0.7].map((credits) => credits * CREDIT));
});

test('far prices options between nothing and reserving the maximum', () => {
  const far = (fixed: number, option: number) =>
    price('far', { numInstancesFixed: fixed, numInstancesOption: option });
  expect(far(2, 4)).toBe(3.2 * CREDIT);
  expect(far(2, 0)).toBeLessThan(far(2, 4));
  expect(far(2, 4)).toBeLessThan(far(6, 0));
});

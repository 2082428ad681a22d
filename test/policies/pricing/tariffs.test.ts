// Prices beside the flat one: worked figures, and the vectors of the literature.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PricingView, Proposal } from '../../../engine/index.ts';
import { breakEvenHours } from '../../../policies/pricing/contracts.ts';
import { kPrice } from '../../../policies/pricing/k-double.ts';
import { type LoadFormula, loadFactor } from '../../../policies/pricing/load-dependent.ts';
import { nextLevel } from '../../../policies/pricing/tatonnement.ts';
import { decision, HOUR, make, proposal } from '../views.ts';

const CREDIT = 1_000_000;

function price(
  name: string,
  terms: Partial<Proposal>,
  options = {},
  view: Partial<PricingView> = {},
): number {
  return make('pricing', name, { cpuHour: 1, ...options }).price(proposal(terms), viewOf(view), decision());
}

function viewOf(view: Partial<PricingView>): PricingView {
  return {
    nowMs: 0,
    clusterCapacity: { milliCpus: 20_000, memoryMib: 0, diskGib: 0 },
    resources: [],
    bookedShare: () => 0,
    ...view,
  };
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

describe('tatonnement', () => {
  test('finds the price at which as much is wanted as there is', () => {
    // D(p) = 30 / p, S = 20: 1.5, half of the way in each step.
    const path = [1];
    for (let i = 0; i < 11; i++) {
      const level = path.at(-1)!;
      path.push(nextLevel(level, { demand: 30 / level, supply: 20, gain: 0.5, least: 0.01, most: 100 }));
    }
    expect(path.slice(0, 5)).toEqual([1, 1.25, 1.375, 1.4375, 1.4687500000000002]);
    expect(path.at(-1)).toBeCloseTo(1.499755859375, 12);
    expect(Math.abs(path.at(-1)! - 1.5)).toBeLessThan(0.001);
  });

  test('steps once in a period, however often it is asked, and stays within its bounds', () => {
    const policy = make('pricing', 'tatonnement', {
      cpuHour: 1,
      target: 0.5,
      gain: 0.5,
      most: 2,
      least: 0.5,
    });
    const memory = { level: 1, steppedMs: -1 };
    const at = (nowMs: number, share: number) =>
      policy.price(proposal(), viewOf({ nowMs, bookedShare: () => share }), decision(memory)) / CREDIT;
    expect([at(0, 1), at(HOUR - 1, 1)]).toEqual([1, 1]);
    // Twice the target: half as much again.
    expect([at(HOUR, 1), at(HOUR + 1, 1), at(2 * HOUR, 1)]).toEqual([1.5, 1.5, 2]);
    expect(at(3 * HOUR, 0.5)).toBe(2);
    expect(at(1000 * HOUR, 0)).toBe(0.5);
  });
});

describe('sla-classes', () => {
  const classes = make('pricing', 'sla-classes', {
    cpuHour: 1,
    templates: { safe: 'gold', cheap: 'bronze' },
  });
  const of = (template: string) => {
    const terms = proposal({ template });
    const priceMicros = classes.price(terms, viewOf({}), decision());
    const owed = classes.compensation(
      { proposal: terms, priceMicros, deliveredMs: terms.durationMs / 2 },
      decision(),
    );
    return [priceMicros, owed.refundMicros, owed.penaltyMicros].map((micros) => micros / CREDIT);
  };

  test('cost and owe what the class of the template says', () => {
    expect(of('safe')).toEqual([1.5, 0.75, 0.75]);
    expect(of('any')).toEqual([1, 0.5, 0.1]);
    expect(of('cheap')).toEqual([0.7, 0.35, 0]);
  });

  describe('for what was kept and lacked something', () => {
    const MINUTE = HOUR / 60;
    const promising = make('pricing', 'sla-classes', {
      templates: { safe: 'gold', cheap: 'bronze' },
      gold: {
        lateGrace: '2m',
        lateFactor: 3,
        steps: [
          { below: 0.9, share: 0.3 },
          { below: 0.99, share: 0.1 },
        ],
        mostShare: 0.5,
      },
    });
    const owed = (template: string, instances: readonly [lateMinutes: number, outMinutes: number][]) =>
      promising.shortfall!(
        {
          proposal: proposal({ template }),
          priceMicros: CREDIT,
          openMs: 100 * MINUTE,
          instances: instances.map(([late, out]) => ({ lateMs: late * MINUTE, outMs: out * MINUTE })),
        },
        decision(),
      ) / CREDIT;

    test.each([
      [[[2, 0]], 0],
      // A minute late beyond the grace of a hundred, three times; availability is 0.99, which is not below.
      [[[3, 0]], 0.03],
      [[[0, 1.1]], 0.1],
      [[[0, 10]], 0.1],
      [[[0, 10.1]], 0.3],
      // What an instance lacks is shared by all: two of them, and one of them out for a tenth.
      [
        [
          [0, 10],
          [0, 0],
        ],
        0.1,
      ],
      [
        [
          [12, 0],
          [2, 0],
        ],
        0.1 + 3 * 0.05,
      ],
      [[[0, 100]], 0.3],
      [[[100, 0]], 0.5],
    ] as const)('%j minutes late and out of a hundred are worth %d of the price', (lacked, share) => {
      expect(owed('safe', lacked as never)).toBeCloseTo(share, 9);
      expect(owed('cheap', lacked as never)).toBe(0);
    });

    test('nothing is asked of who promises nothing of the kind', () => {
      expect(classes.shortfall).toBeUndefined();
    });
  });
});

test('advance-purchase keeps a fee of what is deleted late', () => {
  const policy = make('pricing', 'advance-purchase', { cancellationFee: 0.25, feeWithin: '1d' });
  const back = (leadMs: number) =>
    policy.cancellation!({ proposal: proposal(), priceMicros: 8 * CREDIT, leadMs }, decision()) / CREDIT;
  expect([back(24 * HOUR), back(24 * HOUR - 1), back(0)]).toEqual([8, 6, 6]);
});

describe('k-double', () => {
  test.each([
    [0, 8],
    [0.5, 10],
    [1, 12],
  ])('a bid of 12 for what 8 is asked for, at k = %d: %d', (k, agreed) => {
    expect(kPrice(k, { bid: 12, ask: 8 })).toBe(agreed);
    const asked = { durationMs: 8 * HOUR, maxPriceMicros: 12 * CREDIT };
    expect(price('k-double', asked, { k })).toBe(agreed * CREDIT);
  });

  test('a bid below what is asked, and none, meet what is asked', () => {
    expect(price('k-double', { maxPriceMicros: 0.9 * CREDIT })).toBe(CREDIT);
    expect(price('k-double', {})).toBe(CREDIT);
  });

  test('lies between what is asked and what is bid, and never falls when the bid is raised', () => {
    const micros = fc.integer({ min: CREDIT, max: 1000 * CREDIT });
    fc.assert(
      fc.property(micros, micros, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, k) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [first, second] = [low, high].map((maxPriceMicros) =>
          price('k-double', { maxPriceMicros }, { k }),
        );
        expect(first).toBeGreaterThanOrEqual(CREDIT);
        expect(first).toBeLessThanOrEqual(low);
        expect(second).toBeGreaterThanOrEqual(first!);
      }),
    );
  });
});

// Arrival processes have the rate and the burstiness that theory gives them, and cycles move arrivals without changing their number.
import fc from 'fast-check';
import { gamma } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { gapSampler, meanRate } from '../../../scenarios/generator/arrivals.ts';
import { BusinessClock } from '../../../scenarios/generator/cycle.ts';
import type { Arrivals } from '../../../scenarios/generator/spec.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const MONDAY_MS = Date.UTC(2009, 7, 17);

function gaps(arrivals: Arrivals, rate: number, count = 100_000): number[] {
  return Array.from({ length: count }, gapSampler(arrivals, rate, Rng.fromSeed('arrivals')));
}

function meanAndVariation(values: readonly number[]): { readonly mean: number; readonly variation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variation: Math.sqrt(variance) / mean };
}

describe('gaps', () => {
  test('Poisson: mean 1 / rate, coefficient of variation 1', () => {
    const { mean, variation } = meanAndVariation(gaps({ process: 'poisson' }, 1 / 60_000));
    expect(mean / 60_000).toBeCloseTo(1, 1);
    expect(variation).toBeCloseTo(1, 1);
  });

  test.each([0.5, 1, 3])('Weibull with shape %d: mean 1 / rate, variation of its formula', (shape) => {
    const { mean, variation } = meanAndVariation(gaps({ process: 'weibull', shape }, 1 / 60_000));
    const expected = Math.sqrt(gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2 - 1);
    expect(Math.abs(mean / 60_000 - 1)).toBeLessThan((5 * expected) / Math.sqrt(100_000));
    expect(Math.abs(variation / expected - 1)).toBeLessThan(0.05);
  });

  test('MMPP: the mean rate is that of the states, weighted by their stays', () => {
    const bursts: Arrivals = {
      process: 'mmpp',
      states: [
        { perHour: 60, meanStay: '6m' },
        { perHour: 2, meanStay: '30m' },
      ],
    };
    const rate = meanRate(bursts)!;
    expect(rate * HOUR_MS).toBeCloseTo(70 / 6, 10);
    const { mean, variation } = meanAndVariation(gaps(bursts, rate));
    expect(mean * rate).toBeCloseTo(1, 1);
    // Interrupted arrivals are burstier than Poisson.
    expect(variation).toBeGreaterThan(1.3);
    expect(meanAndVariation(gaps(bursts, 3 * rate)).mean * 3 * rate).toBeCloseTo(1, 1);
  });

  test('MMPP with one state is Poisson, and a state may be silent', () => {
    const one: Arrivals = { process: 'mmpp', states: [{ perHour: 60, meanStay: '1h' }] };
    expect(meanAndVariation(gaps(one, 1 / 60_000)).variation).toBeCloseTo(1, 1);
    const silent: Arrivals = {
      process: 'mmpp',
      states: [
        { perHour: 0, meanStay: '1h' },
        { perHour: 60, meanStay: '1h' },
      ],
    };
    expect(meanRate(silent)! * HOUR_MS).toBeCloseTo(30, 10);
    expect(meanAndVariation(gaps(silent, meanRate(silent)!)).mean / 120_000).toBeCloseTo(1, 1);
  });
});

describe('business clock', () => {
  const cycle = fc.record(
    {
      hours: fc
        .array(fc.constantFrom(0, 0.5, 1, 4), { minLength: 24, maxLength: 24 })
        .filter((all) => all.some((w) => w > 0)),
      weekdays: fc
        .array(fc.constantFrom(0, 1, 3), { minLength: 7, maxLength: 7 })
        .filter((all) => all.some((w) => w > 0)),
    },
    { requiredKeys: [] },
  );
  const start = fc.integer({ min: 0, max: 2 * WEEK_MS });

  test('a week of business is a week on the wall, whenever it starts', () => {
    fc.assert(
      fc.property(cycle, start, (drawn, startMs) => {
        expect(new BusinessClock(drawn, startMs, 'x').businessAt(WEEK_MS) / WEEK_MS).toBeCloseTo(1, 9);
      }),
    );
  });

  test('wall and business time are inverse to each other, in ascending order', () => {
    fc.assert(
      fc.property(cycle, start, fc.array(fc.nat({ max: 3 * WEEK_MS })), (drawn, startMs, times) => {
        const there = new BusinessClock(drawn, startMs, 'x');
        const back = new BusinessClock(drawn, startMs, 'x');
        let lastWallMs = 0;
        for (const businessMs of [...times].sort((a, b) => a - b)) {
          const wallMs = there.wallAt(businessMs);
          expect(wallMs).toBeGreaterThanOrEqual(lastWallMs);
          lastWallMs = wallMs;
          expect(Math.abs(back.businessAt(wallMs) - businessMs)).toBeLessThan(0.01);
        }
      }),
    );
  });

  test('arrivals come in proportion to the weights of hours and weekdays, none in hours of weight 0', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 0 : hour < 16 ? 3 : 1));
    const clock = new BusinessClock({ hours, weekdays: [1, 1, 1, 1, 1, 0, 0] }, MONDAY_MS, 'x');
    let nights = 0;
    let days = 0;
    let evenings = 0;
    let weekends = 0;
    for (let businessMs = 1; businessMs < 4 * WEEK_MS; businessMs += 60_000) {
      const wallHour = Math.floor(clock.wallAt(businessMs) / HOUR_MS);
      if (wallHour % 24 < 8) nights++;
      else if (wallHour % 24 < 16) days++;
      else evenings++;
      if (Math.floor(wallHour / 24) % 7 >= 5) weekends++;
    }
    expect({ nights, weekends }).toEqual({ nights: 0, weekends: 0 });
    expect(days / evenings).toBeCloseTo(3, 2);
  });
});

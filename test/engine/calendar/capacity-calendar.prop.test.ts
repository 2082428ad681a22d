// The capacity calendar against its oracle, on random histories and on those that once found a fault.

import fc from 'fast-check';
import { describe, test } from 'vitest';
import seeds from '../../seeds/calendar.json' with { type: 'json' };
import { compareWithNaive } from './comparison.ts';
import { type History, histories } from './history.ts';

describe('the capacity calendar', () => {
  test('answers as the naive calendar does after any history, and is never over capacity', () => {
    const small = histories({
      nodesMax: 5,
      capacityMax: 6,
      demandMax: 4,
      horizonMs: 40,
      lengthMsMax: 12,
      countMax: 6,
      stepsMax: 50,
    });
    fc.assert(fc.property(small, compareWithNaive), { numRuns: 3_000 });
  });

  test('answers as the naive calendar does when a booking lasts long or lies far ahead', () => {
    const long = histories({
      nodesMax: 3,
      capacityMax: 12,
      demandMax: 3,
      horizonMs: 120,
      lengthMsMax: 90,
      countMax: 9,
      stepsMax: 30,
    });
    fc.assert(fc.property(long, compareWithNaive), { numRuns: 100 });
  });

  test.each(seeds as { name: string; history: History }[])('still $name', ({ history }) => {
    compareWithNaive(history);
  });
});

import { expect, test } from 'vitest';
import { shareInterval } from '../../../reports/statistics/share-interval.ts';

test('Wilson’s interval has its published values', () => {
  // R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998, table I: method 3.
  const rounded = (count: number, of: number) =>
    shareInterval(count, of)!.map((end) => Number(end.toFixed(4)));
  expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
  expect(rounded(15, 148)).toEqual([0.0624, 0.1605]);
  expect(rounded(0, 20)).toEqual([0, 0.1611]);
  expect(rounded(1, 29)).toEqual([0.0061, 0.1718]);
});

test('all is 1, and of nothing there is none', () => {
  expect(shareInterval(20, 20)).toEqual([expect.closeTo(0.8389, 4), 1]);
  expect(shareInterval(0, 0)).toBeNull();
});

import { describe, expect, test } from 'vitest';
import {
  formatAmount,
  formatClock,
  formatCount,
  formatDateTime,
  formatDay,
  formatHours,
  formatNumber,
  formatPart,
  formatShare,
  formatSpan,
} from '../../reports/format.ts';

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

describe('formats for people', () => {
  test.each([
    [0, 0, '0'],
    [999, 0, '999'],
    [5401, 0, '5,401'],
    [1_234_567.891, 2, '1,234,567.89'],
    [-1234.5, 1, '−1,234.5'],
    [-0.001, 1, '0.0'],
    [null, 0, '–'],
  ])('write the number %s with %i decimals as %s', (value, decimals, text) => {
    expect(formatNumber(value, decimals)).toBe(text);
  });

  test.each([
    [0.8312, '83.1 %'],
    [0, '0.0 %'],
    [1, '100.0 %'],
    [0.0001, '< 0.1 %'],
    [0.99999, '> 99.9 %'],
    [4.708, '470.8 %'],
    [null, '–'],
  ])('write the share %s as %s', (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  test.each([
    [0, '0 s'],
    [250, '250 ms'],
    [3200, '3.2 s'],
    [59 * S, '59 s'],
    [59.97 * S, '1 min'],
    [H - 1, '1 h'],
    [D - 1, '1 d'],
    [46 * MIN + 50 * S, '46 min 50 s'],
    [4 * H, '4 h'],
    [2 * H + 13 * MIN, '2 h 13 min'],
    [2 * H + 59 * MIN + 45 * S, '3 h'],
    [D + 10 * H + 20 * MIN, '1 d 10 h'],
    [-90 * MIN, '−1 h 30 min'],
    [null, '–'],
  ])('write the span %s as %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  test('write times in UTC and counts with their nouns', () => {
    const ms = Date.UTC(2026, 2, 1, 14, 5, 7);
    expect(formatDateTime(ms)).toBe('1 Mar 2026, 14:05:07 UTC');
    expect(formatDateTime(ms - 7 * S)).toBe('1 Mar 2026, 14:05 UTC');
    expect([formatDay(ms), formatClock(ms)]).toEqual(['1 Mar', '14:05']);
    expect([formatCount(1, 'node'), formatCount(2, 'node')]).toEqual(['1 node', '2 nodes']);
    expect([formatAmount(56.9), formatAmount(75_452.7), formatAmount(0)]).toEqual(['56.90', '75,453', '0']);
    expect([formatPart(1, 3), formatPart(0, 0)]).toEqual(['33.3 %', '–']);
    expect([formatHours(347_678 * H), formatHours(90 * MIN)]).toEqual(['347,678 h', '1 h 30 min']);
  });
});

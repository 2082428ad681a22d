import { describe, expect, test } from 'vitest';
import {
  ceilTo,
  formatCountdown,
  formatExactly,
  formatMoment,
  formatRelative,
  formatSpan,
  formatWindow,
  formatZone,
  fromLocalField,
  toLocalField,
} from '../../../../live/portal/src/text/time.ts';

const BERLIN = 'Europe/Berlin';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MS = Date.parse('2026-11-23T13:30:05Z');

describe('instants', () => {
  test('are shown in the named zone', () => {
    expect(formatMoment(MS, BERLIN)).toBe('Mon 23 Nov, 14:30');
    expect(formatMoment(MS, 'UTC')).toBe('Mon 23 Nov, 13:30');
    expect(formatExactly(MS, BERLIN)).toBe('Mon 23 Nov 2026, 14:30:05 CET');
  });

  test('are shown with the offset of their own day, not of today', () => {
    expect(formatMoment(Date.parse('2026-07-01T12:00:00Z'), BERLIN)).toBe('Wed 1 Jul, 14:00');
    expect(formatZone(Date.parse('2026-07-01T12:00:00Z'), BERLIN)).toBe('Europe/Berlin (CEST)');
    expect(formatZone(MS, BERLIN)).toBe('Europe/Berlin (CET)');
    expect(formatZone(MS, 'UTC')).toBe('UTC');
  });

  test('have midnight as 00:00', () => {
    expect(formatMoment(Date.parse('2026-11-22T23:00:00Z'), BERLIN)).toBe('Mon 23 Nov, 00:00');
  });

  test('of a window name the day twice only when it differs', () => {
    expect(formatWindow(MS, MS + 2 * HOUR, BERLIN)).toBe('Mon 23 Nov, 14:30 – 16:30');
    expect(formatWindow(MS, MS + 12 * HOUR, BERLIN)).toBe('Mon 23 Nov, 14:30 – Tue 24 Nov, 02:30');
  });
});

test.each([
  [0, '0 s'],
  [45_000, '45 s'],
  [59_600, '1 min'],
  [90_000, '1 min 30 s'],
  [25 * MINUTE + 31_000, '26 min'],
  [2 * HOUR, '2 h'],
  [2 * HOUR + 13 * MINUTE, '2 h 13 min'],
  [59.9 * MINUTE, '1 h'],
  [26 * HOUR, '1 d 2 h'],
  [-2 * HOUR, '2 h'],
])('%d ms are spoken of as %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test('what is near is "now", what is not is told by its distance', () => {
  expect(formatRelative(MS + 20_000, MS)).toBe('now');
  expect(formatRelative(MS - 29_000, MS)).toBe('now');
  expect(formatRelative(MS + 2 * HOUR, MS)).toBe('in 2 h');
  expect(formatRelative(MS - 5 * MINUTE - 4000, MS)).toBe('5 min ago');
});

test.each([
  [872_000, '14:32'],
  [3_725_000, '1:02:05'],
  [1, '0:01'],
  [0, '0:00'],
  [-5000, '0:00'],
])('a countdown of %d ms shows %s', (ms, text) => {
  expect(formatCountdown(ms)).toBe(text);
});

test('a local field gives back the minute that was put into it', () => {
  const minute = ceilTo(MS, MINUTE);
  expect(fromLocalField(toLocalField(minute))).toBe(minute);
  expect(fromLocalField('')).toBeNull();
  expect(fromLocalField('2026-11-23')).toBeNull();
  expect(fromLocalField('2026-13-45T10:00')).toBeNull();
});

// Starts in words, in zones whose clocks are put forward and back.
import { expect, test } from 'vitest';
import {
  clockShiftWords,
  oddTimeWords,
  startPicks,
  startWords,
} from '../../../../live/portal/src/text/start-words.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const picksAt = (text: string, zone = BERLIN) =>
  startPicks(at(text), zone).map(({ label, ms }) => `${label} = ${new Date(ms).toISOString().slice(0, 16)}Z`);

test('usual starts lie ahead, by the clock of the zone, each once', () => {
  // A Sunday.
  expect(picksAt('2026-11-29T08:12:00Z')).toEqual([
    'In an hour = 2026-11-29T09:15Z',
    'Tonight, 20:00 = 2026-11-29T19:00Z',
    'Tomorrow, 9:00 = 2026-11-30T08:00Z',
    'Next Thursday, 9:00 = 2026-12-03T08:00Z',
  ]);
  // A Thursday, late.
  expect(picksAt('2026-12-03T22:30:00Z')).toEqual([
    'In an hour = 2026-12-03T23:30Z',
    'Tomorrow, 9:00 = 2026-12-04T08:00Z',
    'Next Monday, 9:00 = 2026-12-07T08:00Z',
    'Next Thursday, 9:00 = 2026-12-10T08:00Z',
  ]);
  // The clocks go forward in between.
  expect(picksAt('2026-03-28T12:00:00Z')).toContain('Tomorrow, 9:00 = 2026-03-29T07:00Z');
});

test('a start says its weekday, how far it is, and whose clock it is by', () => {
  expect(startWords(at('2026-12-03T08:00:00Z'), at('2026-11-29T08:00:00Z'), BERLIN)).toBe(
    'Thu 3 Dec, in 4 d; times in Europe/Berlin (CET).',
  );
});

test('a time that the clock skips, or shows twice, is said to be', () => {
  expect(oddTimeWords('2026-03-29T02:30', BERLIN)).toBe(
    'The clocks are put forward that night and skip 02:30: 03:30 is meant.',
  );
  expect(oddTimeWords('2026-10-25T02:30', BERLIN)).toBe(
    'The clocks are put back that night and show 02:30 twice: the first is meant.',
  );
  for (const usual of ['2026-03-29T01:59', '2026-03-29T03:00', '2026-10-25T01:59', '2026-10-25T03:00'])
    expect(oddTimeWords(usual, BERLIN)).toBeUndefined();
  expect(oddTimeWords('2026-03-29T02:30', 'UTC')).toBeUndefined();
  expect(oddTimeWords('', BERLIN)).toBeUndefined();
});

test('a window over such a night says how long it really is', () => {
  expect(clockShiftWords(at('2026-10-24T10:00:00Z'), at('2026-10-25T11:00:00Z'), BERLIN)).toBe(
    'In between the clocks are put back 1 h: it lasts 1 d 1 h, though they show 1 d.',
  );
  expect(clockShiftWords(at('2026-03-28T11:00:00Z'), at('2026-03-29T10:00:00Z'), BERLIN)).toBe(
    'In between the clocks are put forward 1 h: it lasts 23 h, though they show 1 d.',
  );
  expect(clockShiftWords(at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'), BERLIN)).toBeUndefined();
});

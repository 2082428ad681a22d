import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatInstant } from '../../engine/index.ts';
import { formatDuration, parseDuration, parseInstant } from '../../written/time-text.ts';

test.each([
  ['90s', 90_000],
  ['1h 30m', 5_400_000],
  ['1.5h', 5_400_000],
  [' 2w ', 1_209_600_000],
  ['250ms', 250],
  ['90', undefined],
  ['-5m', undefined],
  ['1h30', undefined],
  ['', undefined],
])('the duration "%s"', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['2009-08-21T10:00:00Z', '2009-08-21T10:00:00Z'],
  ['2009-08-21T12:00+02:00', '2009-08-21T10:00:00Z'],
  ['2009-08-21', '2009-08-21T00:00:00Z'],
  ['2009-08-21T10:00:00.250Z', '2009-08-21T10:00:00.250Z'],
  // Without a zone it could be anywhere.
  ['2009-08-21T10:00:00', undefined],
  ['21.8.2009', undefined],
])('the instant "%s"', (text, inUtc) => {
  const ms = parseInstant(text);
  expect(ms === undefined ? undefined : formatInstant(ms)).toBe(inUtc);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
  expect(formatDuration(-5_400_000)).toBe('-1h 30m');
  expect(formatDuration(Number.POSITIVE_INFINITY)).toBe('unlimited');
});

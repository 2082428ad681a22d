import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, LONGEST_MS, parseDuration } from '../../written/time-text.ts';

test.each([
  ['90s', 90_000],
  ['1h 30m', 5_400_000],
  ['1.5h', 5_400_000],
  [' 2w ', 1_209_600_000],
  ['250ms', 250],
  ['PT1H', 3_600_000],
  ['P1DT1H30M', 91_800_000],
  ['P2W', 1_209_600_000],
  ['PT0.25S', 250],
  ['P1W2DT3H4M5.5S', 788_645_500],
  // A month has no fixed length.
  ['P1M', undefined],
  ['P1Y', undefined],
  ['P', undefined],
  ['PT', undefined],
  ['P1DT', undefined],
  ['1H', undefined],
  ['01:00:00', undefined],
  ['3650000d', 3650000 * 86_400_000],
  ['3650001d', undefined],
  ['99999999999999999999999999999w', undefined],
  ['90', undefined],
  ['-5m', undefined],
  ['1h30', undefined],
  ['', undefined],
])('the duration "%s"', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LONGEST_MS }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
  expect(formatDuration(-5_400_000)).toBe('-1h 30m');
  expect(formatDuration(Number.POSITIVE_INFINITY)).toBe('unlimited');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatInstant } from '../../../engine/index.ts';

const DAY_MS = 86_400_000;

/** As the platform writes it, without milliseconds when there are none. */
function naive(ms: number): string {
  return new Date(Math.trunc(ms)).toISOString().replace('.000Z', 'Z');
}

test('instants are written as the platform writes them, in whatever order they come', () => {
  // Many days that the formatter may keep in one place, before and after the epoch.
  const day = fc.oneof(
    fc.integer({ min: -4, max: 4 }).map((n) => n * 64),
    fc.integer({ min: -3_000_000, max: 3_000_000 }),
  );
  const instant = fc
    .tuple(day, fc.integer({ min: 0, max: DAY_MS - 1 }))
    .map(([days, ofDayMs]) => days * DAY_MS + ofDayMs);
  fc.assert(
    fc.property(fc.array(instant, { minLength: 1, maxLength: 20 }), (instants) => {
      for (const ms of instants) expect(formatInstant(ms)).toBe(naive(ms));
    }),
  );
});

// Recurrences against an oracle that looks at the clock every quarter of an hour.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { occurrencesOf, ZoneClock } from '../../written/recurrence.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUARTER = HOUR / 4;

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
] as const;

/** "2026-03-29 03:30" of the clock on that wall, from the locale that writes it so. */
function clockText(zone: string, atMs: number): string {
  const clock = CLOCKS.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { ...MINUTES, timeZone: zone });
  CLOCKS.set(zone, clock);
  return clock.format(atMs);
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();
const MINUTES = { dateStyle: 'short', timeStyle: 'short' } as const;

/** The first instant at which the clock shows that; else as long after the skip as the text is after what was shown last. */
function naiveInstant(zone: string, text: string): number {
  const aboutMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  let last = Number.NaN;
  for (let atMs = aboutMs - 16 * HOUR; atMs <= aboutMs + 16 * HOUR; atMs += QUARTER) {
    const shown = clockText(zone, atMs);
    if (shown === text) return atMs;
    if (shown < text) last = atMs;
    else if (!Number.isNaN(last)) {
      const lastText = clockText(zone, last);
      return last + aboutMs - Date.parse(`${lastText.replace(' ', 'T')}Z`);
    }
  }
  throw new Error(`${zone} never shows ${text}`);
}

const startOf = fc
  .integer({ min: Date.UTC(2024, 0, 1) / QUARTER, max: Date.UTC(2028, 0, 1) / QUARTER })
  .map((quarters) => quarters * QUARTER);

test('every occurrence is at the same time of the clock, as one who watches the clock finds it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      startOf,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 6 }),
      (zone, startMs, everyDays, times) => {
        const wall = Date.parse(`${clockText(zone, startMs).replace(' ', 'T')}Z`);
        const expected = Array.from({ length: times }, (_, index) => {
          if (index === 0) return startMs;
          const text = new Date(wall + index * everyDays * DAY).toISOString().slice(0, 16).replace('T', ' ');
          return naiveInstant(zone, text);
        });
        expect(occurrencesOf({ zone, startMs, everyDays, times }, 100)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

describe.each([
  ['Europe/Berlin', '2026-03-29', '2026-10-25'],
  ['America/New_York', '2026-03-08', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-10-04', '2026-04-05'],
])('in %s', (zone, ...nights) => {
  test.each(nights)('every quarter of an hour of the night of %s has its instant', (night) => {
    const clock = new ZoneClock(zone);
    for (
      let wallMs = Date.parse(`${night}T00:00Z`);
      wallMs < Date.parse(`${night}T04:00Z`);
      wallMs += QUARTER
    ) {
      const text = new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ');
      expect(clock.instantOf(wallMs), text).toBe(naiveInstant(zone, text));
    }
  });
});

test('the rule ends with its number, its end or the most there may be, whichever is first', () => {
  const rule = { zone: 'Europe/Berlin', startMs: Date.parse('2026-10-22T10:00+02:00'), everyDays: 7 };
  const second = Date.parse('2026-10-29T10:00+01:00');
  expect(occurrencesOf({ ...rule, times: 2 }, 9)).toEqual([rule.startMs, second]);
  expect(occurrencesOf({ ...rule, untilMs: second }, 9)).toEqual([rule.startMs]);
  expect(occurrencesOf({ ...rule, untilMs: second + 1 }, 9)).toEqual([rule.startMs, second]);
  expect(occurrencesOf({ ...rule, times: 5, untilMs: second + 1 }, 1)).toEqual([rule.startMs]);
  expect(occurrencesOf({ ...rule, untilMs: rule.startMs }, 9)).toEqual([]);
});

test('a time that the clock skips is later by what it is put forward, and the next is at its time again', () => {
  const starts = occurrencesOf(
    { zone: 'Europe/Berlin', startMs: Date.parse('2026-03-28T02:30+01:00'), everyDays: 1, times: 3 },
    9,
  );
  expect(starts.map((ms) => new Date(ms).toISOString())).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
});

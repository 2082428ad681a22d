// Instants: what is read, and what is said about what the calendar does not have.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant } from '../../engine/index.ts';
import { parseInstant, readInstant, readWireInstant } from '../../written/instant.ts';

test.each([
  ['2009-08-21T10:00:00Z', '2009-08-21T10:00:00Z'],
  ['2009-08-21T12:00+02:00', '2009-08-21T10:00:00Z'],
  ['2009-08-21T10:00:00+14:00', '2009-08-20T20:00:00Z'],
  ['2009-08-21', '2009-08-21T00:00:00Z'],
  ['2009-08-21T10:00:00.250Z', '2009-08-21T10:00:00.250Z'],
  ['2009-08-21T24:00:00Z', '2009-08-22T00:00:00Z'],
  ['2008-02-29', '2008-02-29T00:00:00Z'],
  ['0099-01-01', '0099-01-01T00:00:00Z'],
])('the instant "%s"', (text, inUtc) => {
  const ms = parseInstant(text);
  expect(ms === undefined ? undefined : formatInstant(ms)).toBe(inUtc);
});

test.each([
  ['2018-02-29', 'is not a date of the calendar: Feb 2018 has 28 days'],
  ['2018-04-31T10:00:00Z', 'is not a date of the calendar: Apr 2018 has 30 days'],
  ['2018-02-30T25:00:00Z', 'is not a date of the calendar: Feb 2018 has 28 days'],
  ['2100-02-29', 'is not a date of the calendar: Feb 2100 has 28 days'],
  ['2018-13-01', 'is not a date of the calendar: there is no month 13'],
  ['2018-00-01', 'is not a date of the calendar: there is no month 0'],
  ['2018-01-00', 'is not a date of the calendar: Jan 2018 has 31 days'],
  ['2018-01-01T25:00:00Z', 'is not a time of the day: there is no hour 25'],
  ['2018-01-01T24:00:01Z', 'is not a time of the day: there is no hour 24'],
  ['2018-01-01T10:60:00Z', 'is not a time of the day: there is no minute 60'],
  ['2018-01-01T10:00:60Z', 'is not a time of the day: there is no second 60'],
  ['2018-01-01T10:00:00+14:01', 'has the zone +14:01, which is none; expected one from -14:00 to +14:00'],
  ['2018-01-01T10:00:00-99:00', 'has the zone -99:00, which is none; expected one from -14:00 to +14:00'],
  ['2018-01-01T10:00:00+01:60', 'has the zone +01:60, which is none; expected one from -14:00 to +14:00'],
  // Without a zone it could be anywhere.
  ['2009-08-21T10:00:00', 'names no zone; expected one, such as 2009-08-21T10:00Z'],
  ['21.8.2009', 'is not an instant; expected one such as 2009-08-21T10:00:00Z'],
  ['', 'is not an instant; expected one such as 2009-08-21T10:00:00Z'],
])('"%s" %s', (text, problem) => {
  expect(readInstant(text)).toEqual({ problem });
});

describe('on the wire', () => {
  test.each([
    ['Tue, 17 Aug 2009 04:49:03 GMT', 'contradicts itself: 17 Aug 2009 is a Mon, not a Tue'],
    ['Tue, 30 Feb 2027 10:00:00 GMT', 'is not a date of the calendar: Feb 2027 has 28 days'],
    ['Foo, 17 Aug 2009 04:49:03 GMT', 'is not a date: there is no weekday "Foo"'],
    ['17 Foo 2009 04:49:03 GMT', 'is not a date: there is no month "Foo"'],
    ['Mon, 17 Aug 2009 04:49:03', 'names no zone; expected "GMT", or one such as "+0200"'],
    [
      'Mon, 17 Aug 2009 04:49:03 +1401',
      'has the zone +1401, which is none; expected one from -14:00 to +14:00',
    ],
    ['2009-08-17', 'is a date without a time and a zone; expected 2009-08-21T10:00:00Z'],
    ['tomorrow', 'is not a date like "Mon, 17 Aug 2009 04:49:03 GMT" or "2009-08-17T04:49:03Z"'],
    ['2009-02-30', 'is not a date of the calendar: Feb 2009 has 28 days'],
  ])('"%s" %s', (text, problem) => {
    expect(readWireInstant(text)).toEqual({ problem });
  });
});

test('what is read is the instant that was written, in every zone; whatever is not a date of the calendar is refused', () => {
  const two = (n: number) => String(Math.abs(n)).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.nat({ max: 13 }),
      fc.nat({ max: 32 }),
      fc.integer({ min: -14 * 60, max: 14 * 60 }),
      (year, month, day, offset) => {
        const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
        const ms = parseInstant(`${date}T12:00:00${zone}`);
        // The platform's own calendar as the oracle: a date that it would move is none.
        const oracle = new Date(0);
        oracle.setUTCFullYear(year, month - 1, day);
        const isReal = oracle.getUTCMonth() === month - 1 && oracle.getUTCDate() === day;
        expect(ms).toBe(isReal ? oracle.getTime() + (720 - offset) * 60_000 : undefined);
      },
    ),
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EARLIEST_DATE_MS,
  formatHttpDate,
  formatStartDate,
  LATEST_DATE_MS,
  readWireDate,
} from '../../../live/api/wire-dates.ts';

const FIGURE_4_1_MS = Date.UTC(2009, 7, 17, 4, 49, 3);

describe('a date on the wire', () => {
  test('is written as in the papers', () => {
    expect(formatHttpDate(FIGURE_4_1_MS + 999)).toBe('Mon, 17 Aug 2009 04:49:03 GMT');
    expect(formatStartDate(FIGURE_4_1_MS)).toBe('Mon, 17 Aug 2009 04:49:03 GMT');
    expect(formatStartDate(FIGURE_4_1_MS + 1)).toBe('Mon, 17 Aug 2009 04:49:04 GMT');
  });

  test.each([
    'Mon, 17 Aug 2009 04:49:03 GMT',
    'mon, 17 aug 2009 04:49:03 gmt',
    '17 Aug 2009 04:49:03 UTC',
    'Mon, 17 Aug 2009 14:49:03 +1000',
    'Sun, 16 Aug 2009 23:49:03 -0500',
    '2009-08-17T04:49:03Z',
    '2009-08-17T04:49:03.000Z',
    '2009-08-17T14:49:03+10:00',
    ' 2009-08-17T04:49:03Z ',
  ])('is read from "%s"', (text) => {
    expect(readWireDate(text)).toEqual({ ms: FIGURE_4_1_MS });
  });

  test.each([
    '',
    'now',
    '0',
    'Mon, 17 Aug 2009 04:49:03',
    'Mon, 17 Aug 2009 04:49:03 EST',
    'Mon, 17 Foo 2009 04:49:03 GMT',
    'Mon, 32 Aug 2009 04:49:03 GMT',
    'Mon, 31 Jun 2009 04:49:03 GMT',
    'Mon, 17 Aug 2009 24:00:00 GMT',
    'Mon, 17 Aug 2009 04:60:03 GMT',
    'Mon, 17 Aug 2009 04:49:60 GMT',
    '2009-08-17T04:49:03',
    '2009-08-17',
    '2009-02-29T04:49:03Z',
    'Tue, 17 Aug 2009 04:49:03 GMT',
    'Foo, 17 Aug 2009 04:49:03 GMT',
    'Mon, 17 Aug 2009 04:49:03 +1401',
    '2009-08-17T04:49:03+15:00',
    '2009-13-17T04:49:03Z',
    'Fri, 31 Dec 1999 23:59:59 GMT',
    'Wed, 01 Jan 2200 00:00:01 GMT',
  ])('is not read from "%s"', (text) => {
    expect(readWireDate(text)).toEqual({ problem: expect.any(String) });
  });

  test('comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: EARLIEST_DATE_MS / 1000, max: LATEST_DATE_MS / 1000 }), (second) => {
        expect(readWireDate(formatHttpDate(second * 1000))).toEqual({ ms: second * 1000 });
      }),
    );
  });

  test('of a start is never before the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: EARLIEST_DATE_MS, max: LATEST_DATE_MS - 1000 }), (startMs) => {
        const sentMs = msOf(readWireDate(formatStartDate(startMs)));
        expect(sentMs - startMs).toBeGreaterThanOrEqual(0);
        expect(sentMs - startMs).toBeLessThan(1000);
      }),
    );
  });
});

function msOf(reading: ReturnType<typeof readWireDate>): number {
  return 'ms' in reading ? reading.ms : Number.NaN;
}

// The times of a series, as they are said at the terminal.
import { expect, test } from 'vitest';
import { type SeriesArguments, timesOf } from '../../cli/series.ts';

const START = Date.parse('2026-10-22T10:00Z');
const read = (args: SeriesArguments, startMs: number | undefined = START) =>
  timesOf(args, startMs, (_, text) => Date.parse(text));

test('a series has so many times, or those until then, by the clock of a zone', () => {
  expect(read({})).toBeUndefined();
  const berlin = { every: 'week', zone: 'Europe/Berlin' };
  const weekly = { startTime: '2026-10-22T10:00:00.000Z', everyDays: 7, zone: 'Europe/Berlin' };
  expect(read({ ...berlin, times: 3 })).toEqual({ ...weekly, times: 3 });
  expect(read({ ...berlin, until: '2026-11-12T11:00Z' })).toEqual({
    ...weekly,
    until: '2026-11-12T11:00:00.000Z',
  });
  expect(read({ every: '14d', zone: 'UTC', times: 2 })).toEqual(read({ every: '2w', zone: 'UTC', times: 2 }));
  expect(read({ every: 'day', times: 2 })).toMatchObject({ everyDays: 1, zone: expect.any(String) });
});

test.each<[string, SeriesArguments, RegExp]>([
  ['without end', { every: 'day' }, /either --times or --until/],
  ['with two ends', { every: 'day', times: 2, until: '2027-01-01' }, /either --times or --until/],
  ['of parts of days', { every: '90m', times: 2 }, /--every: expected .*found "90m"/],
  ['of no days', { every: '0d', times: 2 }, /--every: expected .*found "0d"/],
  ['that is none', { take: 'fitting' }, /--take is of a series/],
])('a series %s is refused in words', (_, args, said) => {
  expect(() => read(args)).toThrow(said);
});

test('a series has a first time', () => {
  expect(() => timesOf({ every: 'day', times: 2 }, undefined, () => 0)).toThrow(/--start/);
});

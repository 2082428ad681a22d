// The times of a series, as they are said at the terminal.
import { expect, test } from 'vitest';
import { type SeriesArguments, startsOf } from '../../cli/series.ts';

const START = Date.parse('2026-10-22T10:00Z');
const read = (args: SeriesArguments, startMs: number | undefined = START) =>
  startsOf(args, startMs, (_, text) => Date.parse(text))?.map((ms) => new Date(ms).toISOString());

test('a series has so many times, or those until then, at the same time of the clock', () => {
  expect(read({})).toBeUndefined();
  const berlin = { every: 'week', zone: 'Europe/Berlin' };
  const starts = ['2026-10-22T10:00:00.000Z', '2026-10-29T11:00:00.000Z', '2026-11-05T11:00:00.000Z'];
  expect(read({ ...berlin, times: 3 })).toEqual(starts);
  expect(read({ ...berlin, until: '2026-11-12T11:00Z' })).toEqual(starts);
  expect(read({ every: '14d', zone: 'UTC', times: 2 })).toEqual(read({ every: '2w', zone: 'UTC', times: 2 }));
  expect(read({ every: 'day', zone: 'UTC', times: 366 })).toHaveLength(366);
});

test.each<[string, SeriesArguments, RegExp]>([
  ['without end', { every: 'day' }, /either --times or --until/],
  ['with two ends', { every: 'day', times: 2, until: '2027-01-01' }, /either --times or --until/],
  ['of parts of days', { every: '90m', times: 2 }, /--every: expected .*found "90m"/],
  ['of no days', { every: '0d', times: 2 }, /--every: expected .*found "0d"/],
  ['in a zone that is none', { every: 'day', times: 2, zone: 'Mars' }, /--zone: expected .*found "Mars"/],
  ['of half a time', { every: 'day', times: 1.5 }, /--times: expected .*found 1.5/],
  ['of too many times', { every: 'day', times: 367 }, /--times: expected .*found 367/],
  ['until too long from now', { every: 'day', until: '2028-01-01' }, /--until: expected at most 366/],
  ['that is over before it begins', { every: 'day', until: '2026-01-01' }, /--until: expected a time after/],
  ['that is none', { take: 'fitting' }, /--take is of a series/],
])('a series %s is refused in words', (_, args, said) => {
  expect(() => read(args)).toThrow(said);
});

test('a series has a first time', () => {
  expect(() => startsOf({ every: 'day', times: 2 }, undefined, () => 0)).toThrow(/--start/);
});

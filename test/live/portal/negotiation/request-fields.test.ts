import { describe, expect, test } from 'vitest';
import {
  emptyFields,
  fieldsOf,
  type KnownTerms,
  otherStartsOf,
  otherStartsText,
  readRequest,
} from '../../../../live/portal/src/negotiation/request-fields.ts';
import { toLocalField } from '../../../../live/portal/src/text/time.ts';
import { registrationErrors } from '../../../../live/wire/registration.ts';

const NOW = Date.parse('2026-11-23T13:30:20Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BLANK = emptyFields('SMALL', 'PEX Debian 12');

describe('the request form', () => {
  test('as it opens asks for one instance for two hours, as soon as possible', () => {
    expect(readRequest(BLANK, NOW)).toEqual({
      errors: {},
      needed: 1,
      series: null,
      window: { fromMs: NOW, toMs: NOW + 2 * HOUR },
      proposal: {
        type: 'SMALL',
        duration: 2 * HOUR,
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startsItself: true,
        template: 'PEX Debian 12',
      },
    });
  });

  test('counts the duration up to a chosen end', () => {
    const start = NOW + 40_000 + HOUR;
    const fields = {
      ...BLANK,
      startKind: 'at',
      start: toLocalField(start),
      lengthKind: 'until',
      end: toLocalField(start + 90 * MINUTE),
      earliest: toLocalField(start - 30 * MINUTE),
      maxPrice: '2.5',
    } as const;
    expect(readRequest(fields, NOW).proposal).toMatchObject({
      startTime: new Date(start).toISOString(),
      earliestStartTime: new Date(start - 30 * MINUTE).toISOString(),
      duration: 90 * MINUTE,
      maxPriceMicros: 2_500_000,
    });
  });

  test('names the other starts that will do, in their order, and leaves out what is not filled in', () => {
    const [first, second, third] = [1, 5, 3].map((hours) => toLocalField(NOW + 40_000 + hours * HOUR));
    const otherStarts = otherStartsText([second!, '', third!]);
    expect(otherStartsOf(otherStarts)).toEqual([second, '', third]);
    expect([otherStartsOf(otherStartsText([''])), otherStartsOf('')]).toEqual([[''], []]);
    const fields = { ...BLANK, startKind: 'at', start: first!, otherStarts } as const;
    expect(readRequest(fields, NOW).proposal?.otherwise).toEqual([
      { startTime: new Date(NOW + 40_000 + 5 * HOUR).toISOString() },
      { startTime: new Date(NOW + 40_000 + 3 * HOUR).toISOString() },
    ]);
    // Who does not choose a start has no second choice of one.
    expect(readRequest({ ...fields, startKind: 'soon' }, NOW).proposal).not.toHaveProperty('otherwise');
  });

  test.each([
    ['otherStarts', { startKind: 'at', start: toLocalField(NOW + HOUR), otherStarts: 'soon ' }],
    [
      'otherStarts',
      { startKind: 'at', start: toLocalField(NOW + HOUR), otherStarts: `${toLocalField(NOW - HOUR)} ` },
    ],
    [
      'otherStarts',
      { startKind: 'at', start: toLocalField(NOW + HOUR), otherStarts: `${toLocalField(NOW + HOUR)} ` },
    ],
    ['start', { startKind: 'at', start: '' }],
    ['start', { startKind: 'at', start: toLocalField(NOW - 5 * MINUTE) }],
    ['length', { length: '0' }],
    ['length', { length: '' }],
    ['end', { lengthKind: 'until', end: '' }],
    ['end', { lengthKind: 'until', end: toLocalField(NOW - HOUR) }],
    ['fixed', { fixed: '0' }],
    ['fixed', { fixed: '1.5' }],
    ['optional', { optional: '-1' }],
    ['maxPrice', { maxPrice: 'cheap' }],
    [
      'earliest',
      { startKind: 'at', start: toLocalField(NOW + HOUR), earliest: toLocalField(NOW + 2 * HOUR) },
    ],
  ] as const)('complains about the field "%s" of %j', (field, changes) => {
    const reading = readRequest({ ...BLANK, ...changes }, NOW);
    expect(Object.keys(reading.errors)).toEqual([field]);
    expect(reading.proposal).toBeNull();
  });

  test('filled in with known terms asks for them again, to the second', () => {
    const terms = {
      type: 'LARGE',
      template: 'PEX Compute',
      startTimeMs: NOW + HOUR,
      duration: 90 * MINUTE,
      numInstancesFixed: 3,
      numInstancesOption: 1,
      maxPriceMicros: 2_500_000,
    };
    const fields = fieldsOf(terms, NOW);
    expect(fields).toMatchObject({ length: '1.5', lengthUnit: 'h', maxPrice: '2.5' });
    expect(readRequest(fields, NOW).proposal).toEqual({
      type: 'LARGE',
      template: 'PEX Compute',
      startTime: new Date(NOW + HOUR).toISOString(),
      duration: 90 * MINUTE,
      numInstancesFixed: 3,
      numInstancesOption: 1,
      startsItself: true,
      maxPriceMicros: 2_500_000,
    });
  });

  test('names the sites of which one will do, and is filled in so again', () => {
    const { proposal } = readRequest({ ...BLANK, sites: ' south,north ,' }, NOW);
    expect(proposal).toMatchObject({ sites: ['south', 'north'] });
    const again = fieldsOf(
      { ...proposal!, type: 'SMALL', template: '', startTimeMs: NOW } as KnownTerms,
      NOW,
    );
    expect(again.sites).toBe('south, north');
  });

  test('turns a start that has passed into one as soon as possible', () => {
    const terms = {
      ...BLANK,
      sites: [],
      startTimeMs: NOW - HOUR,
      duration: 7 * MINUTE,
      numInstancesFixed: 1,
      numInstancesOption: 0,
    };
    expect(fieldsOf(terms, NOW)).toMatchObject({ startKind: 'soon', length: '7', lengthUnit: 'min' });
  });

  test('asks for a lease with a deadline, and for one within limits, and is filled in so again', () => {
    const at = (hours: number) => Math.ceil(NOW / MINUTE) * MINUTE + hours * HOUR;
    const by = { ...BLANK, startKind: 'by', deadline: toLocalField(at(5)) } as const;
    expect(readRequest(by, NOW).proposal).toMatchObject({
      kind: 'deadline',
      deadline: new Date(at(5)).toISOString(),
    });
    expect(readRequest({ ...by, deadline: toLocalField(at(1)) }, NOW).errors).toHaveProperty('deadline');
    expect(readRequest({ ...by, deadline: '' }, NOW).errors).toHaveProperty('deadline');
    const within = {
      ...BLANK,
      startKind: 'within',
      start: toLocalField(at(1)),
      latest: toLocalField(at(4)),
      fixed: '3',
      minLength: '0.5',
      minFixed: '2',
    } as const;
    const { proposal } = readRequest(within, NOW);
    expect(proposal).toMatchObject({
      kind: 'flexible',
      startTime: new Date(at(1)).toISOString(),
      latestStartTime: new Date(at(4)).toISOString(),
      minDuration: HOUR / 2,
      minInstances: 2,
    });
    for (const wrong of [{ minLength: '3' }, { minFixed: '4' }, { latest: toLocalField(at(0)) }])
      expect(Object.keys(readRequest({ ...within, ...wrong }, NOW).errors)).toEqual(Object.keys(wrong));
    const terms = {
      ...proposal!,
      ...{ template: 'PEX Debian 12', startTimeMs: at(1), numInstancesOption: 0 },
      leeway: { latestStartTimeMs: at(4), minDuration: HOUR / 2, minInstances: 2 },
    };
    expect(readRequest(fieldsOf(terms, NOW), NOW).proposal).toEqual(proposal);
  });

  test('asks for a start now or not at all, and is filled in so again', () => {
    const { proposal, window } = readRequest({ ...BLANK, startKind: 'now' }, NOW);
    expect(proposal).toMatchObject({ kind: 'immediate' });
    expect(proposal).not.toHaveProperty('startTime');
    expect(window).toEqual({ fromMs: NOW, toMs: NOW + 2 * HOUR });
    const terms = {
      ...BLANK,
      sites: [],
      kind: 'immediate',
      duration: HOUR,
      numInstancesFixed: 1,
      numInstancesOption: 0,
    };
    for (const startTimeMs of [NOW - HOUR, NOW + HOUR]) {
      expect(fieldsOf({ ...terms, startTimeMs }, NOW)).toMatchObject({ startKind: 'now', start: '' });
    }
  });
});

describe('the registration form', () => {
  const GOOD = {
    username: 'ada',
    fullName: 'Ada Lovelace',
    email: 'ada@example.org',
    password: 'a long password',
    repeated: 'a long password',
  };

  test('lets a good registration through', () => {
    expect(registrationErrors(GOOD)).toEqual({});
  });

  test.each([
    ['username', 'a b'],
    ['username', 'ab'],
    ['fullName', ' '],
    ['email', 'ada'],
    ['repeated', 'another password'],
  ] as const)('complains about the field "%s" being "%s"', (field, value) => {
    expect(Object.keys(registrationErrors({ ...GOOD, [field]: value }))).toEqual([field]);
  });

  test('complains about a short password', () => {
    expect(Object.keys(registrationErrors({ ...GOOD, password: 'short', repeated: 'short' }))).toEqual([
      'password',
    ]);
  });

  test('asks for a series at a chosen time, without what one of several cannot have', () => {
    const start = NOW + HOUR;
    const weekly = {
      ...BLANK,
      startKind: 'at',
      start: toLocalField(start),
      earliest: toLocalField(NOW + 2 * MINUTE),
      waitUntil: toLocalField(start),
      repeat: '7',
      times: '3',
    } as const;
    const { errors, proposal, series } = readRequest(weekly, NOW);
    expect(errors).toEqual({});
    expect(proposal).not.toHaveProperty('earliestStartTime');
    expect(proposal).not.toHaveProperty('waitUntil');
    expect(series).toMatchObject({ times: { everyDays: 7, times: 3, zone: expect.any(String) } });
    expect(series?.startsMs).toHaveLength(3);
    const lastDay = toLocalField(series!.startsMs[1]!).slice(0, 10);
    const until = readRequest({ ...weekly, repeatEnd: 'until', lastDay }, NOW).series;
    expect(until?.startsMs).toEqual(series?.startsMs.slice(0, 2));
    expect(readRequest({ ...weekly, startKind: 'soon' }, NOW).series).toBeNull();
    for (const [wrong, field] of [
      [{ times: '1' }, 'times'],
      [{ times: '367' }, 'times'],
      [{ repeatEnd: 'until' }, 'lastDay'],
      [{ repeatEnd: 'until', lastDay: '2026-11-22' }, 'lastDay'],
      [{ repeatEnd: 'until', lastDay: '2040-01-01' }, 'lastDay'],
    ] as const)
      expect(Object.keys(readRequest({ ...weekly, ...wrong }, NOW).errors)).toEqual([field]);
  });
});

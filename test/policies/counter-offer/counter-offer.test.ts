import { describe, expect, test } from 'vitest';
import { calendarOf, HOUR, make, proposal } from '../views.ts';

const asked = proposal({ startMs: 10 * HOUR, numInstancesFixed: 3, numInstancesOption: 2 });

describe('earliest-start', () => {
  test('offers the first later start and changes nothing else', () => {
    const calendar = calendarOf([5 * HOUR, 13 * HOUR, 12 * HOUR]);
    expect(make('counter-offer', 'earliest-start').alternative(asked, calendar)).toEqual({
      ...asked,
      startMs: 12 * HOUR,
    });
    expect(calendar.queries).toEqual([
      { demand: asked.demand, count: 3, durationMs: HOUR, notBeforeMs: 10 * HOUR },
    ]);
  });

  test('never offers an earlier start on its own', () => {
    const calendar = calendarOf([9 * HOUR, 30 * HOUR]);
    expect(make('counter-offer', 'earliest-start').alternative(asked, calendar)?.startMs).toBe(30 * HOUR);
  });

  test('offers an earlier start that the user allowed when it is closer', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 8 * HOUR });
    const calendar = calendarOf([8 * HOUR, 9 * HOUR, 12 * HOUR]);
    expect(make('counter-offer', 'earliest-start').alternative(flexible, calendar)?.startMs).toBe(9 * HOUR);
  });

  test('offers the later start when it is closer than the earlier one', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 5 * HOUR });
    const calendar = calendarOf([7 * HOUR, 12 * HOUR]);
    expect(make('counter-offer', 'earliest-start').alternative(flexible, calendar)?.startMs).toBe(12 * HOUR);
  });

  test('of two starts at the same distance the earlier one wins', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 5 * HOUR });
    const calendar = calendarOf([8 * HOUR, 12 * HOUR]);
    expect(make('counter-offer', 'earliest-start').alternative(flexible, calendar)?.startMs).toBe(8 * HOUR);
  });

  test('does not go below the earliest start of the user, nor into the past', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 2 * HOUR });
    expect(
      make('counter-offer', 'earliest-start').alternative(flexible, calendarOf([HOUR, 40 * HOUR]))?.startMs,
    ).toBe(40 * HOUR);
    const late = calendarOf([3 * HOUR, 40 * HOUR], 4 * HOUR);
    expect(make('counter-offer', 'earliest-start').alternative(flexible, late)?.startMs).toBe(40 * HOUR);
  });

  test('has nothing to offer when no start fits', () => {
    expect(make('counter-offer', 'earliest-start').alternative(asked, calendarOf([]))).toBeUndefined();
  });

  test('moves no start further than maxDisplacement, in either direction', () => {
    const policy = make('counter-offer', 'earliest-start', { maxDisplacement: '2h' });
    const flexible = proposal({ ...asked, earliestStartMs: 0 });
    expect(policy.alternative(flexible, calendarOf([7 * HOUR, 13 * HOUR]))).toBeUndefined();
    expect(policy.alternative(flexible, calendarOf([7 * HOUR, 12 * HOUR]))?.startMs).toBe(12 * HOUR);
    expect(policy.alternative(flexible, calendarOf([8 * HOUR, 13 * HOUR]))?.startMs).toBe(8 * HOUR);
  });
});

describe('none', () => {
  test('offers nothing, whatever fits', () => {
    expect(make('counter-offer', 'none').alternative(asked, calendarOf([12 * HOUR]))).toBeUndefined();
  });
});

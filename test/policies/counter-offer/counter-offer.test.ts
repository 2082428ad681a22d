import { describe, expect, test } from 'vitest';
import type { DraftOffer, NegotiationAsk, NegotiationView, Proposal } from '../../../engine/index.ts';
import { ask, calendarOf, decision, HOUR, make, proposal } from '../views.ts';

function offers(
  name: string,
  terms: Proposal,
  view: NegotiationView,
  { options = {}, ...about }: Partial<NegotiationAsk> & { options?: Record<string, unknown> } = {},
): readonly DraftOffer[] {
  return make('counter-offer', name, options).respond(ask(terms, about), view, decision());
}

const asked = proposal({ startMs: 10 * HOUR, numInstancesFixed: 3, numInstancesOption: 2 });

describe('earliest-start', () => {
  test('offers the first later start and changes nothing else', () => {
    const calendar = calendarOf([5 * HOUR, 13 * HOUR, 12 * HOUR]);
    expect(offers('earliest-start', asked, calendar)).toEqual([{ startMs: 12 * HOUR }]);
    expect(calendar.queries).toEqual([
      { demand: asked.demand, count: 3, durationMs: HOUR, notBeforeMs: 10 * HOUR },
    ]);
  });

  test('never offers an earlier start on its own', () => {
    const calendar = calendarOf([9 * HOUR, 30 * HOUR]);
    expect(offers('earliest-start', asked, calendar)).toEqual([{ startMs: 30 * HOUR }]);
  });

  test('offers an earlier start that the user allowed when it is closer', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 8 * HOUR });
    const calendar = calendarOf([8 * HOUR, 9 * HOUR, 12 * HOUR]);
    expect(offers('earliest-start', flexible, calendar)).toEqual([{ startMs: 9 * HOUR }]);
  });

  test('offers the later start when it is closer than the earlier one', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 5 * HOUR });
    const calendar = calendarOf([7 * HOUR, 12 * HOUR]);
    expect(offers('earliest-start', flexible, calendar)).toEqual([{ startMs: 12 * HOUR }]);
  });

  test('of two starts at the same distance the earlier one wins', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 5 * HOUR });
    const calendar = calendarOf([8 * HOUR, 12 * HOUR]);
    expect(offers('earliest-start', flexible, calendar)).toEqual([{ startMs: 8 * HOUR }]);
  });

  test('does not go below the earliest start of the user, nor into the past', () => {
    const flexible = proposal({ ...asked, earliestStartMs: 2 * HOUR });
    expect(offers('earliest-start', flexible, calendarOf([HOUR, 40 * HOUR]))).toEqual([
      { startMs: 40 * HOUR },
    ]);
    const late = calendarOf([3 * HOUR, 40 * HOUR], 4 * HOUR);
    expect(offers('earliest-start', flexible, late)).toEqual([{ startMs: 40 * HOUR }]);
  });

  test('has no other start to offer for a price that is too high', () => {
    expect(offers('earliest-start', asked, calendarOf([12 * HOUR]), { reason: 'price' })).toEqual([]);
  });

  test('has nothing to offer when no start fits', () => {
    expect(offers('earliest-start', asked, calendarOf([]))).toEqual([]);
  });

  test('moves no start further than maxDisplacement, in either direction', () => {
    const near = (starts: number[]) =>
      offers('earliest-start', flexible, calendarOf(starts), { options: { maxDisplacement: '2h' } });
    const flexible = proposal({ ...asked, earliestStartMs: 0 });
    expect(near([7 * HOUR, 13 * HOUR])).toEqual([]);
    expect(near([7 * HOUR, 12 * HOUR])).toEqual([{ startMs: 12 * HOUR }]);
    expect(near([8 * HOUR, 13 * HOUR])).toEqual([{ startMs: 8 * HOUR }]);
  });
});

describe('none', () => {
  test('offers nothing, whatever fits', () => {
    expect(offers('none', asked, calendarOf([12 * HOUR]))).toEqual([]);
  });
});

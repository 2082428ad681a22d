import { describe, expect, test } from 'vitest';
import type { Offer, UserRequest } from '../../../engine/index.ts';
import { decision, HOUR, make, offer, proposal, userRequest } from '../views.ts';

function answer(policy: string, made: Offer, request: UserRequest, options = {}): string {
  const answered = make('buyer', policy, options).respond(made, request, 1, decision());
  return answered.reply === 'REJECT' ? answered.reason : answered.reply;
}

const asksTen = userRequest({ latestStartMs: 14 * HOUR });

describe('exact-or-nothing', () => {
  test('takes exactly what was asked for', () => {
    expect(answer('exact-or-nothing', offer({}), asksTen)).toBe('ACCEPT');
  });

  test('turns down another start, even one that the request would allow', () => {
    expect(answer('exact-or-nothing', offer({ startMs: 11 * HOUR }), asksTen)).toBe('other-start');
  });

  test.each([
    { durationMs: 2 * HOUR },
    { numInstancesFixed: 2 },
    { numInstancesOption: 1 },
    { type: 'MEDIUM' },
    { template: 'other' },
    { demand: { milliCpus: 1000, memoryMib: 768, diskGib: 20 } },
  ])('turns down other terms: %o', (terms) => {
    expect(answer('exact-or-nothing', offer(terms), asksTen)).toBe('other-terms');
  });
});

describe('earliest-slot', () => {
  test('takes a start up to and including the latest one of the request', () => {
    expect(answer('earliest-slot', offer({ startMs: 14 * HOUR }), asksTen)).toBe('ACCEPT');
    expect(answer('earliest-slot', offer({ startMs: 14 * HOUR + 1 }), asksTen)).toBe('too-late');
  });

  test('takes any later start when the request names no latest one', () => {
    expect(answer('earliest-slot', offer({ startMs: 9999 * HOUR }), userRequest())).toBe('ACCEPT');
  });

  test('maxDisplacement limits what the request would allow', () => {
    const options = { maxDisplacement: '1h' };
    expect(answer('earliest-slot', offer({ startMs: 11 * HOUR }), asksTen, options)).toBe('ACCEPT');
    expect(answer('earliest-slot', offer({ startMs: 12 * HOUR }), asksTen, options)).toBe('too-late');
  });

  test('takes an earlier start only as far as the request allows it', () => {
    expect(answer('earliest-slot', offer({ startMs: 9 * HOUR }), asksTen)).toBe('too-early');
    const flexible = userRequest({ proposal: proposal({ earliestStartMs: 9 * HOUR }) });
    expect(answer('earliest-slot', offer({ startMs: 9 * HOUR }), flexible)).toBe('ACCEPT');
  });

  test('turns down an offer that changes more than the start', () => {
    expect(answer('earliest-slot', offer({ startMs: 11 * HOUR, durationMs: 1 }), asksTen)).toBe(
      'other-terms',
    );
  });
});

test.each(['exact-or-nothing', 'earliest-slot'])('%s pays up to the named price and no more', (policy) => {
  const thrifty = userRequest({ proposal: proposal({ maxPriceMicros: 500_000 }) });
  expect(answer(policy, offer({}, 500_000), thrifty)).toBe('ACCEPT');
  expect(answer(policy, offer({}, 500_001), thrifty)).toBe('price-too-high');
  expect(answer(policy, offer({}, 500_001), userRequest())).toBe('ACCEPT');
});

describe('what a user said they take as well', () => {
  const picky = userRequest({
    latestStartMs: 10 * HOUR,
    proposal: proposal({
      otherwise: [{ startMs: 20 * HOUR }, { numInstancesFixed: 2, durationMs: HOUR / 2 }],
    }),
  });

  test.each(['exact-or-nothing', 'earliest-slot', 'time-flexible', 'price-minimiser'])(
    '%s takes it, and nothing between',
    (buyer) => {
      const options = buyer === 'time-flexible' ? { slack: 0 } : {};
      expect(answer(buyer, offer({ startMs: 20 * HOUR }), picky, options)).toBe('ACCEPT');
      expect(answer(buyer, offer({ numInstancesFixed: 2, durationMs: HOUR / 2 }), picky, options)).toBe(
        'ACCEPT',
      );
      for (const other of [{ startMs: 19 * HOUR }, { numInstancesFixed: 2 }, { durationMs: HOUR / 2 }])
        expect(answer(buyer, offer(other), picky, options)).not.toBe('ACCEPT');
    },
  );

  test('bargainer bids for it as for the first', () => {
    const bids = { ...picky, proposal: { ...picky.proposal, maxPriceMicros: 100 } };
    expect(answer('bargainer', offer({ startMs: 20 * HOUR }, 30), bids)).toBe('ACCEPT');
    expect(answer('bargainer', offer({ startMs: 19 * HOUR }, 30), bids)).toBe('too-late');
  });
});

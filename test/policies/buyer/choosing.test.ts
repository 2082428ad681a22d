// Buyers who weigh what they are offered.
import { describe, expect, test } from 'vitest';
import type { Alternative, Proposal } from '../../../engine/index.ts';
import { decision, HOUR, make, offer, proposal, userRequest } from '../views.ts';

const asked = proposal({ numInstancesFixed: 4, durationMs: 2 * HOUR });
const request = userRequest({ proposal: asked, latestStartMs: 14 * HOUR });
const alternative = (terms: Partial<Proposal>, priceMicros = 0): Alternative => ({
  proposal: { ...asked, ...terms },
  priceMicros,
});

function answer(
  name: string,
  terms: Partial<Proposal>,
  { alternatives = [] as Alternative[], options = {}, priceMicros = 0, of = request } = {},
) {
  const made = { ...offer({ ...asked, ...terms }, priceMicros), alternatives };
  return make('buyer', name, options).respond(made, of, 1, decision());
}

describe('size-flexible', () => {
  test('takes enough of it, and no less', () => {
    expect(answer('size-flexible', { numInstancesFixed: 2 })).toEqual({ reply: 'ACCEPT' });
    expect(answer('size-flexible', { numInstancesFixed: 1 })).toEqual({
      reply: 'REJECT',
      reason: 'other-terms',
    });
    expect(answer('size-flexible', { durationMs: HOUR, numInstancesFixed: 3 })).toMatchObject({
      reply: 'REJECT',
    });
  });

  test('asks for the alternative that is more of it, if that is in time', () => {
    const alternatives = [alternative({ numInstancesFixed: 3 }), alternative({ startMs: 15 * HOUR })];
    expect(answer('size-flexible', { numInstancesFixed: 2 }, { alternatives })).toEqual({
      reply: 'COUNTER',
      proposal: { ...asked, numInstancesFixed: 3 },
    });
  });

  test('keeps what is held when another is as good', () => {
    const alternatives = [alternative({ durationMs: HOUR })];
    expect(answer('size-flexible', { numInstancesFixed: 2 }, { alternatives })).toEqual({ reply: 'ACCEPT' });
  });
});

describe('price-minimiser', () => {
  test('asks for the cheapest start in time, of the very terms', () => {
    const alternatives = [
      alternative({ startMs: 12 * HOUR }, 700),
      alternative({ startMs: 15 * HOUR }, 100),
      alternative({ numInstancesFixed: 1 }, 200),
    ];
    expect(answer('price-minimiser', { startMs: 11 * HOUR }, { alternatives, priceMicros: 900 })).toEqual({
      reply: 'COUNTER',
      proposal: { ...asked, startMs: 12 * HOUR },
    });
    expect(answer('price-minimiser', { startMs: 11 * HOUR }, { priceMicros: 900 })).toEqual({
      reply: 'ACCEPT',
    });
  });

  test('pays no more than its maximum', () => {
    const of = userRequest({ ...request, proposal: { ...asked, maxPriceMicros: 800 } });
    expect(answer('price-minimiser', {}, { of, priceMicros: 900 })).toEqual({
      reply: 'REJECT',
      reason: 'price-too-high',
    });
  });
});

test('time-flexible waits as long as it has slack', () => {
  const slack = (shiftMs: number) =>
    answer('time-flexible', { startMs: asked.startMs + shiftMs }, { options: { slack: 0.5 } });
  expect(slack(HOUR)).toEqual({ reply: 'ACCEPT' });
  expect(slack(-HOUR)).toEqual({ reply: 'ACCEPT' });
  expect(slack(HOUR + 1)).toEqual({ reply: 'REJECT', reason: 'too-late' });
  expect(slack(-HOUR - 1)).toEqual({ reply: 'REJECT', reason: 'too-early' });
});

test('zero-intelligence bids within its budget, anew for each decision, and leaves in time', () => {
  const rich = userRequest({ proposal: { ...asked, maxPriceMicros: 1000 } });
  const policy = make('buyer', 'zero-intelligence');
  const bids = Array.from(
    { length: 200 },
    (_, seed) => policy.open!(rich, decision({}, seed)).maxPriceMicros!,
  );
  expect(Math.max(...bids)).toBeLessThanOrEqual(1000);
  expect(Math.min(...bids)).toBeGreaterThanOrEqual(0);
  expect(new Set(bids).size).toBeGreaterThan(100);
  const dear = offer(asked, 5000);
  expect(policy.respond(dear, rich, 4, decision())).toEqual({ reply: 'REJECT', reason: 'price-too-high' });
  expect(policy.respond(dear, rich, 1, decision())).toMatchObject({ reply: 'COUNTER' });
});

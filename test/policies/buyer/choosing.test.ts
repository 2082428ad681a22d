// Buyers who weigh what they are offered.
import { describe, expect, test } from 'vitest';
import type { Alternative, Proposal } from '../../../engine/index.ts';
import { imitated } from '../../../policies/buyer/tit-for-tat.ts';
import { priceOfUtility, utilityOfPrice } from '../../../policies/buyer/trade-off.ts';
import { valueLeft } from '../../../policies/buyer/value-of-time.ts';
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

describe('tit-for-tat', () => {
  test.each([
    ['relative', [15, 12], 5 * (15 / 12)],
    ['absolute', [15, 12], 5 + 3],
    ['averaged', [16, 15, 12], 5 * (16 / 12)],
    ['averaged', [20, 16, 15, 12], 5 * (16 / 12)],
    ['averaged', [15, 12], 5 * (15 / 12)],
    ['relative', [15], 5],
    ['absolute', [12, 15], 2],
  ] as const)('%s, after %j were asked for: from 5 to %d', (form, asked, next) => {
    expect(imitated(5, asked, { form, window: 2 })).toBeCloseTo(next, 12);
  });

  const CREDIT = 1_000_000;
  const wants = userRequest({ proposal: { ...asked, maxPriceMicros: 10 * CREDIT } });

  /** Bids in credits against prices asked for, and how it ends. */
  function talk(prices: readonly number[], options = {}): (number | string)[] {
    const policy = make('buyer', 'tit-for-tat', options);
    const memory = { talks: {} };
    const said: (number | string)[] = [policy.open!(wants, decision(memory)).maxPriceMicros! / CREDIT];
    for (const [i, credits] of prices.entries()) {
      const answered = policy.respond(offer(asked, credits * CREDIT), wants, i + 1, decision(memory));
      said.push(answered.reply === 'COUNTER' ? answered.proposal.maxPriceMicros! / CREDIT : answered.reply);
    }
    expect(Object.keys(memory.talks)).toHaveLength(
      said.at(-1) === 'ACCEPT' || said.at(-1) === 'REJECT' ? 0 : 1,
    );
    return said;
  }

  test('answers a concession in kind, and holding out with holding out', () => {
    expect(talk([16, 12.8, 12.8, 6.4])).toEqual([4, 4, 5, 5, 'ACCEPT']);
    expect(talk([16, 13, 13], { form: 'absolute' })).toEqual([4, 4, 7, 7]);
    // A price that goes up takes back what was given, down to the first bid.
    expect(talk([16, 12.8, 20])).toEqual([4, 4, 5, 4]);
  });

  test('in its last round takes what it can pay, and never more', () => {
    expect(talk([16, 9], { rounds: 2 })).toEqual([4, 4, 'ACCEPT']);
    expect(talk([16, 10.1], { rounds: 2 })).toEqual([4, 4, 'REJECT']);
  });
});

describe('value-of-time', () => {
  test.each([
    ['constant', 9, 1],
    ['linear', 0, 1],
    ['linear', 1, 0.8],
    ['linear', 4, 0.2],
    ['linear', 5, 0.2],
    ['step', 4, 1],
    ['step', 4.01, 0.2],
  ] as const)('%s, %d hours off: %d of the value is left', (shape, hours, left) => {
    expect(valueLeft(hours * HOUR, { shape, deadlineMs: 4 * HOUR, rest: 0.2 })).toBeCloseTo(left, 12);
  });

  const wants = userRequest({ proposal: { ...asked, maxPriceMicros: 1000 }, latestStartMs: 20 * HOUR });
  const alternatives = [alternative({ startMs: 12 * HOUR }, 300), alternative({ startMs: 13 * HOUR }, 100)];
  const at = (shape: string, priceMicros: number) =>
    answer('value-of-time', {}, { alternatives, priceMicros, options: { shape }, of: wants });

  test('waits when what it saves is worth more than what waiting costs', () => {
    // Worth 1000 now, 500 at twelve, 250 at one: 300, 200 and 150 beyond the price.
    expect(at('linear', 700)).toEqual({ reply: 'ACCEPT' });
    expect(at('linear', 900)).toEqual({ reply: 'COUNTER', proposal: { ...asked, startMs: 12 * HOUR } });
    expect(at('step', 700)).toEqual({ reply: 'COUNTER', proposal: { ...asked, startMs: 13 * HOUR } });
  });

  test('turns down what costs more than it is worth by then', () => {
    const late = { startMs: 13 * HOUR };
    const reply = (priceMicros: number) => answer('value-of-time', late, { priceMicros, of: wants });
    expect(reply(250)).toEqual({ reply: 'ACCEPT' });
    expect(reply(251)).toEqual({ reply: 'REJECT', reason: 'not-worth-it' });
  });
});

describe('trade-off', () => {
  const range = { firstMicros: 5, reserveMicros: 12, leastUtility: 0.01 };

  test.each([
    [5, 1],
    [8.5, 0.505],
    [12, 0.01],
  ])('a price of %d between 5 and 12 is worth %d', (price, utility) => {
    expect(utilityOfPrice(price, range)).toBeCloseTo(utility, 12);
    expect(priceOfUtility(utility, range)).toBeCloseTo(price, 12);
  });

  const paying = userRequest({
    proposal: { ...asked, maxPriceMicros: 1000 },
    latestStartMs: asked.startMs + 4 * HOUR,
  });
  const options = { firstShare: 0.4, leastUtility: 0, deadline: 8, timeDeadline: '4h' };
  const later = (hours: number) => ({ startMs: asked.startMs + hours * HOUR });
  const answerTo = (hours: number, priceMicros: number, more = {}) =>
    answer('trade-off', later(hours), { priceMicros, of: paying, options: { ...options, ...more } });
  // In round 1 the target is 1 - 2 / 8.
  const utilityOf = (hours: number, price: number) => (1000 - price) / 600 / 2 + (1 - hours / 4) / 2;

  test('opens with its first bid', () => {
    expect(make('buyer', 'trade-off', options).open?.(paying, decision())).toMatchObject({
      ...asked,
      maxPriceMicros: 400,
    });
  });

  test.each([0, 1, 2])('bids what leaves it as well off, for a start %d h later', (hours) => {
    const bid = answerTo(hours, 1000);
    expect(bid).toMatchObject({ reply: 'COUNTER', proposal: later(hours) });
    if (bid.reply !== 'COUNTER') throw new Error('no bid');
    expect(utilityOf(hours, bid.proposal.maxPriceMicros!)).toBeCloseTo(0.75, 2);
    // It takes what it would bid, and no more.
    expect(answerTo(hours, bid.proposal.maxPriceMicros!)).toEqual({ reply: 'ACCEPT' });
    expect(answerTo(hours, bid.proposal.maxPriceMicros! + 2).reply).toBe('COUNTER');
  });

  test('bids for the one whose price is nearest to the curve', () => {
    const alternatives = [alternative(later(2), 450), alternative(later(1), 900)];
    const told = answer('trade-off', {}, { priceMicros: 1200, alternatives, of: paying, options });
    expect(told).toEqual({
      reply: 'COUNTER',
      proposal: { ...asked, ...later(2), maxPriceMicros: 400 },
    });
  });

  test('asks for the alternative that is worth more than what is held', () => {
    const alternatives = [alternative(later(1), 200)];
    const told = answer('trade-off', {}, { priceMicros: 690, alternatives, of: paying, options });
    expect(told).toMatchObject({ reply: 'COUNTER', proposal: { ...later(1), maxPriceMicros: 1000 } });
  });

  test('asks again for the start it wants when no price would do for another', () => {
    expect(answerTo(4, 1, { priceWeight: 0.1 })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: asked.startMs },
    });
  });

  describe('in a burst', () => {
    const burst = { ...options, burst: 3, burstStep: '1h' };
    const bidsOf = ({ maxPriceMicros, otherwise = [], startMs }: Proposal) =>
      [{ startMs, maxPriceMicros }, ...otherwise].map((bid) => [
        (bid.startMs! - asked.startMs) / HOUR,
        bid.maxPriceMicros!,
      ]);
    const bidIn = (answered: ReturnType<typeof answer>) => {
      if (answered.reply !== 'COUNTER') throw new Error(`no bid: ${answered.reply}`);
      return bidsOf(answered.proposal);
    };

    test('bids for several starts at once, each worth the same to it', () => {
      const opened = bidsOf(make('buyer', 'trade-off', burst).open!(paying, decision()));
      // An hour costs a quarter of the utility of time, which is 150 of the 600 between the first bid and the most.
      expect(opened).toEqual([
        [0, 400],
        [1, 250],
        [2, 100],
      ]);
      const bids = bidIn(answer('trade-off', {}, { priceMicros: 2000, of: paying, options: burst }));
      expect(bids).toHaveLength(3);
      for (const [hours, price] of bids) expect(utilityOf(hours!, price!)).toBeCloseTo(0.75, 2);
    });

    test('first those that are offered, the nearest price first, and each start once', () => {
      const alternatives = [alternative(later(2), 450), alternative(later(1.5), 900)];
      const bids = bidIn(
        answer('trade-off', {}, { priceMicros: 1200, alternatives, of: paying, options: burst }),
      );
      expect(bids.map(([hours]) => hours)).toEqual([2, 1.5, 0]);
    });

    test('names no start after the latest, and none that no price would do for', () => {
      const soon = { ...paying, latestStartMs: asked.startMs + HOUR };
      expect(bidsOf(make('buyer', 'trade-off', burst).open!(soon, decision()))).toHaveLength(2);
      const picky = { ...burst, burst: 11, priceWeight: 0.1 };
      const opened = bidsOf(make('buyer', 'trade-off', picky).open!(paying, decision()));
      // With a weight of 0.1 an hour costs 0.225 / 0.1 of the utility of prices: more than there is.
      expect(opened).toEqual([[0, 400]]);
    });

    test('its own second choices come last, ten in all', () => {
      const otherwise = [{ startMs: 40 * HOUR }, { numInstancesFixed: 2 }];
      const flexible = { ...paying, proposal: { ...paying.proposal, otherwise } };
      const three = make('buyer', 'trade-off', burst).open!(flexible, decision());
      expect(three.otherwise).toEqual([expect.anything(), expect.anything(), ...otherwise]);
      const many = { ...burst, burst: 10, burstStep: '6m' };
      const eleven = make('buyer', 'trade-off', many).open!(flexible, decision());
      expect(eleven.otherwise).toHaveLength(10);
      expect(eleven.otherwise!.at(-1)).toEqual(otherwise[0]);
      // What is of use to it is no other start.
      const offered = answer('trade-off', { startMs: 40 * HOUR }, { priceMicros: 1, of: flexible, options });
      expect(offered).toEqual({ reply: 'ACCEPT' });
    });

    test('one at a time bids as it does without', () => {
      const one = { ...options, burst: 1 };
      expect(bidIn(answer('trade-off', {}, { priceMicros: 2000, of: paying, options: one }))).toHaveLength(1);
    });
  });

  test('at the deadline takes what it can pay, and leaves otherwise', () => {
    expect(answerTo(4, 1000, { deadline: 2 })).toEqual({ reply: 'ACCEPT' });
    expect(answerTo(4, 1001, { deadline: 2 })).toEqual({ reply: 'REJECT', reason: 'price-too-high' });
    expect(answerTo(5, 1)).toEqual({ reply: 'REJECT', reason: 'too-late' });
  });

  test('who names no maximum takes the nearest start in time', () => {
    const alternatives = [alternative(later(1))];
    const told = answer('trade-off', later(3), { alternatives });
    expect(told).toEqual({ reply: 'COUNTER', proposal: { ...asked, ...later(1) } });
    expect(answer('trade-off', later(1))).toEqual({ reply: 'ACCEPT' });
  });
});

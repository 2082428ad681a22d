import { describe, expect, test } from 'vitest';
import type { BrokerPolicy, MarketQuote, MarketView, UserRequest } from '../../../engine/index.ts';
import { decision, HOUR, make, proposal, userRequest } from '../views.ts';

const ASKED = userRequest({ proposal: proposal({ startMs: 10 * HOUR }), latestStartMs: 14 * HOUR });
const REJECT: MarketQuote = { reply: 'REJECT' };

const accepts = (priceMicros: number): MarketQuote => ({
  reply: 'ACCEPT',
  proposal: ASKED.proposal,
  priceMicros,
});
const counters = (priceMicros: number, terms: Parameters<typeof proposal>[0]): MarketQuote => ({
  reply: 'COUNTER',
  proposal: proposal(terms),
  priceMicros,
});

/** The order in which the providers are asked whose quotes are given, by their positions, and of whom a quote was asked. */
function orderOf(
  name: string,
  quotes: readonly MarketQuote[],
  {
    options = {},
    request = ASKED,
    seed = 1,
  }: { options?: object; request?: UserRequest; seed?: number } = {},
) {
  const quoted: number[] = [];
  const markets = quotes.map(
    (quote, index): MarketView => ({
      index,
      provider: `p${index}`,
      get quote() {
        quoted.push(index);
        return quote;
      },
    }),
  );
  const policy: BrokerPolicy = make('broker', name, { ...options });
  const order = policy.order(request, markets, decision({}, seed)).map(({ index }) => index);
  return { order, quoted: [...new Set(quoted)].sort() };
}

test('in-order asks for no quotes', () => {
  expect(orderOf('in-order', [accepts(3), accepts(1), accepts(2)])).toEqual({ order: [0, 1, 2], quoted: [] });
});

describe('cheapest', () => {
  test('by price, whether at the time asked for or later in time; the others come last', () => {
    const quotes = [REJECT, accepts(30), counters(20, { startMs: 14 * HOUR }), accepts(10)];
    expect(orderOf('cheapest', quotes)).toEqual({ order: [3, 2, 1, 0], quoted: [0, 1, 2, 3] });
  });

  test('a quote that starts too late, too early or is of other terms is of no use, however cheap', () => {
    const quotes = [
      counters(1, { startMs: 14 * HOUR + 1 }),
      counters(1, { startMs: 10 * HOUR - 1 }),
      counters(1, { durationMs: HOUR / 2 }),
      accepts(9),
    ];
    expect(orderOf('cheapest', quotes).order).toEqual([3, 0, 1, 2]);
  });

  test('among equals the order of the world', () => {
    expect(orderOf('cheapest', [accepts(2), accepts(1), accepts(2), accepts(1)]).order).toEqual([1, 3, 0, 2]);
  });

  test('with fewer quotes the best of those that were drawn comes first, and the rest in the order of the world', () => {
    const quotes = [accepts(4), accepts(3), accepts(2), accepts(1)];
    const firsts = Array.from({ length: 60 }, (_, seed) => {
      const { order, quoted } = orderOf('cheapest', quotes, { options: { quotes: 2 }, seed });
      expect(quoted).toHaveLength(2);
      expect(order.slice(0, 2)).toEqual([...quoted].reverse());
      expect(order.slice(2)).toEqual([0, 1, 2, 3].filter((index) => !quoted.includes(index)));
      return order[0];
    });
    // The better of two of four is the best half the time, and never the worst.
    expect(firsts.filter((index) => index === 3).length).toBeGreaterThan(20);
    expect(firsts.filter((index) => index === 3).length).toBeLessThan(40);
    expect(firsts).not.toContain(0);
  });
});

test('soonest goes by the distance to the start asked for, in either direction, then by price', () => {
  const early = userRequest({
    proposal: proposal({ startMs: 10 * HOUR, earliestStartMs: 8 * HOUR }),
    latestStartMs: 14 * HOUR,
  });
  const quotes = [
    counters(1, { startMs: 12 * HOUR }),
    counters(9, { startMs: 9 * HOUR }),
    counters(5, { startMs: 11 * HOUR }),
    REJECT,
    accepts(50),
  ];
  expect(orderOf('soonest', quotes, { request: early }).order).toEqual([4, 2, 1, 0, 3]);
});

test('random leads to each provider equally often, and to all of them in the end', () => {
  const counts = [0, 0, 0];
  for (let seed = 0; seed < 300; seed++) {
    const { order, quoted } = orderOf('random', [accepts(1), accepts(2), REJECT], { seed });
    expect([...order].sort()).toEqual([0, 1, 2]);
    expect(quoted).toEqual([]);
    counts[order[0]!]! += 1;
  }
  // 100 +- 5 deviations of 8.2
  for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(41);
});

// Price-time priority, against an oracle that keeps every order ever made and sorts them anew for each.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Resources } from '../../../../engine/index.ts';
import { type Ask, type Bid, OrderBook } from '../../../../engine/simulation/exchange/order-book.ts';
import { runs } from '../../../support/fast-check.ts';

const SMALL = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };
const MEDIUM = { milliCpus: 2000, memoryMib: 1536, diskGib: 20 };

/** What was asked for to begin with, or is needed. */
const PLACES = [
  ...Array.from({ length: 5 }, () => ({})),
  { site: 'hill' },
  { models: { gpu: ['T4'] } },
  { site: 'vale', models: { gpu: ['A10', 'T4'] } },
];

const aWindow = fc
  .record({
    startMs: fc.integer({ min: 0, max: 12 }),
    lengthMs: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 2 }),
    demand: fc
      .tuple(fc.constantFrom(SMALL, SMALL, MEDIUM), fc.constantFrom(...PLACES))
      .map(([size, place]) => ({ ...size, ...place })),
    sites: fc.constantFrom(undefined, undefined, undefined, ['hill', 'vale'], ['vale']),
    template: fc.constantFrom('debian', 'debian', 'debian', 'debian', 'debian', 'plan9'),
  })
  .map(({ lengthMs, ...window }) => ({ ...window, endMs: window.startMs + lengthMs }));

const anOrder = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 1),
  isAsk: fc.boolean(),
  window: aWindow,
  micros: fc.integer({ min: 0, max: 12 }),
  user: fc.constantFrom('ann', 'ben', 'cid'),
  provider: fc.constantFrom('north', 'south'),
  onlyNorth: fc.constantFrom(false, false, true),
  patienceMs: fc.integer({ min: 0, max: 20 }),
  falls: fc.constantFrom(false, false, false, false, true),
  /** Of those for sale: that one is withheld from now on, or is not any more. */
  turns: fc.option(fc.nat(3), { nil: undefined }),
});

interface Order {
  readonly id: string;
  readonly ask?: Ask;
  readonly bid?: Bid;
  isOpen: boolean;
}

/** What is asked for what is left. */
function left({ askMicros, window: { endMs, startMs } }: Ask, nowMs: number): number {
  return nowMs <= startMs ? askMicros : Math.round((askMicros * (endMs - nowMs)) / (endMs - startMs));
}

function fits(ask: Ask, bid: Bid, nowMs: number): boolean {
  const { window } = ask;
  const { needed } = bid;
  const { models: sold, site } = window.demand as Resources;
  const { models: wanted } = needed.demand;
  const conditions = [
    needed.sites === undefined || needed.sites.some((each) => each === site),
    wanted === undefined || (sold !== undefined && sold.gpu!.every((model) => wanted.gpu!.includes(model))),
    ask.userId !== bid.userId,
    bid.providers === undefined || bid.providers.includes(ask.provider),
    window.startMs <= needed.startMs && needed.endMs <= window.endMs,
    needed.startMs >= nowMs && bid.untilMs > nowMs && window.endMs > nowMs,
    needed.count <= window.count,
    needed.demand.milliCpus <= window.demand.milliCpus,
    needed.template === window.template,
    left(ask, nowMs) <= bid.bidMicros,
  ];
  return conditions.every((holds) => holds);
}

/** The best first. */
function bidsFor(all: readonly Order[], ask: Ask, nowMs: number): Order[] {
  return all
    .filter(({ bid, isOpen }) => isOpen && bid !== undefined && fits(ask, bid, nowMs))
    .sort((a, b) => b.bid!.bidMicros - a.bid!.bidMicros);
}

test('an order that comes has the best of those that rest, and of equals the oldest, at its price; what was withheld comes back as if it came then', () => {
  let traded = 0;
  let afterwards = 0;
  fc.assert(
    fc.property(fc.array(anOrder, { minLength: 10, maxLength: 40, size: 'max' }), (orders) => {
      const gone = new Set<string>();
      const withheld = new Set<string>();
      /** And somebody was there meanwhile. */
      const missed = new Set<string>();
      const book = new OrderBook<Ask, Bid>(({ reservationId }) =>
        gone.has(reservationId) ? 'gone' : withheld.has(reservationId) ? 'withheld' : 'for-sale',
      );
      const all: Order[] = [];
      let nowMs = 0;
      for (const [i, order] of orders.entries()) {
        const { afterMs, falls, isAsk, micros, onlyNorth, patienceMs, provider, turns, user, window } = order;
        nowMs += afterMs;
        // Now and then a window that is for sale is lost.
        const lost = falls ? all.find(({ ask, isOpen }) => isOpen && ask !== undefined) : undefined;
        if (lost !== undefined) {
          gone.add(lost.id);
          lost.isOpen = false;
        }
        const turned = all.filter(({ ask, isOpen }) => isOpen && ask !== undefined)[turns ?? -1];
        if (turned !== undefined && !withheld.delete(turned.id)) withheld.add(turned.id);
        const back = all.filter(({ id, isOpen }) => isOpen && missed.has(id) && !withheld.has(id));
        const expected = back.flatMap((order) => {
          const [bid] = bidsFor(all, order.ask!, nowMs);
          if (bid === undefined) return [];
          bid.isOpen = false;
          order.isOpen = false;
          return [`${order.id} ${bid.id} ${bid.bid!.bidMicros}`];
        });
        const returned = book.returned(nowMs);
        expect(
          returned.map(({ ask, bid, priceMicros }) => `${ask.reservationId} ${bid.requestId} ${priceMicros}`),
        ).toEqual(expected);
        afterwards += returned.length;
        missed.clear();
        for (const each of withheld) missed.add(each);
        const id = String(i);
        if (isAsk) {
          // What is sold is larger than what is needed, more often than not.
          const larger = { ...window, startMs: Math.max(0, window.startMs - 4), endMs: window.endMs + 2 };
          const ask: Ask = { provider, reservationId: id, userId: user, window: larger, askMicros: micros };
          const bids = bidsFor(all, ask, nowMs);
          const trade = book.sell(ask, nowMs);
          expect(trade?.bid.requestId).toBe(bids[0]?.id);
          expect(trade?.priceMicros).toBe(bids[0]?.bid?.bidMicros);
          if (bids[0] !== undefined) bids[0].isOpen = false;
          all.push({ id, ask, isOpen: bids.length === 0 });
          traded += bids.length > 0 ? 1 : 0;
        } else {
          // Nobody says of their needs which site it is to be, but of which sites one.
          const { site: _, ...anywhere } = window.demand as Resources;
          const bid: Bid = {
            ...{ requestId: id, userId: user, needed: { ...window, demand: anywhere }, bidMicros: micros },
            untilMs: nowMs + patienceMs,
            ...(onlyNorth && { providers: ['north'] }),
          };
          const asks = all
            .filter(
              ({ ask, id, isOpen }) =>
                isOpen && ask !== undefined && !withheld.has(id) && fits(ask, bid, nowMs),
            )
            .sort((a, b) => left(a.ask!, nowMs) - left(b.ask!, nowMs));
          const trade = book.buy(bid, nowMs);
          expect(trade?.ask.reservationId).toBe(asks[0]?.id);
          expect(trade?.priceMicros).toBe(asks[0]?.ask && left(asks[0].ask, nowMs));
          if (asks[0] !== undefined) asks[0].isOpen = false;
          all.push({ id, bid, isOpen: asks.length === 0 });
          traded += asks.length > 0 ? 1 : 0;
        }
      }
    }),
    { numRuns: runs(160), seed: 14 },
  );
  expect(traded).toBeGreaterThan(50);
  expect(afterwards).toBeGreaterThan(5);
});

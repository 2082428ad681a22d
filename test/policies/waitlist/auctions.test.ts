// Auctions over counted room: the vectors of the literature, and what honest bidders may expect of each of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuctionView, Award, Bid } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';
import { decision, HOUR, make, proposal } from '../views.ts';

const CREDIT = 1_000_000;

/** So many CPUs for an hour, and what is bid for them in credits. */
type Wish = readonly [cpus: number, bid: number];

function bidsOf(wishes: readonly Wish[]): Bid[] {
  return wishes.map(([cpus, credits], index) => ({
    index,
    proposal: proposal({ numInstancesFixed: cpus, durationMs: HOUR }),
    sinceMs: 0,
    bidMicros: Math.round(credits * CREDIT),
  }));
}

/** So many CPUs, all of them free. */
function roomOf(cpus: number): AuctionView {
  return {
    nowMs: 0,
    room: () => {
      let free = cpus;
      return {
        take({ proposal: { numInstancesFixed } }) {
          if (numInstancesFixed > free) return false;
          free -= numInstancesFixed;
          return true;
        },
      };
    },
  };
}

function sold(name: string, wishes: readonly Wish[], cpus: number, reserve = 0): readonly Award[] {
  return make('waitlist', name, { reserve }).clear!(bidsOf(wishes), roomOf(cpus), decision());
}

/** Who wins, and at how many credits. */
function payments(awards: readonly Award[]): Record<number, number> {
  return Object.fromEntries(awards.map(({ index, priceMicros }) => [index, priceMicros / CREDIT]));
}

describe('ca-provision', () => {
  const WISHES: readonly Wish[] = [
    [2, 10],
    [2, 9],
    [3, 12],
    [4, 8],
    [4, 14],
    [1, 1],
  ];

  test('each winner pays the densest bid that it keeps out', () => {
    const awards = sold('ca-provision', WISHES, 8, 1);
    expect(payments(awards)).toEqual({ 0: 2, 1: 2, 2: 10.5, 5: 1 });
    // In use a CPU-hour costs 1.5, idle 0.5: the reserve is the difference. All eight are used.
    const revenue = awards.reduce((sum, { priceMicros }) => sum + priceMicros / CREDIT, 0);
    expect(revenue - 1.5 * 8).toBe(3.5);
  });

  test('of units that are all alike the price is the first bid that loses', () => {
    const wishes = [9, 7, 5, 3].map((bid): Wish => [1, bid]);
    expect(payments(sold('ca-provision', wishes, 2, 1))).toEqual({ 0: 5, 1: 5 });
    // Of one unit: Vickrey.
    expect(payments(sold('ca-provision', wishes, 1))).toEqual({ 0: 7 });
  });

  test('what bids less than the reserve waits in vain', () => {
    expect(payments(sold('ca-provision', [[2, 1.9]], 8, 1))).toEqual({});
    expect(payments(sold('ca-provision', [[2, 2]], 8, 1))).toEqual({ 0: 2 });
  });
});

test('ca-greedy gives a large bid more of a chance', () => {
  // By the CPU-hour 4 against 3 and 3.5; by the square root 4, 6 and 7.
  const wishes: readonly Wish[] = [
    [1, 4],
    [4, 12],
    [4, 14],
  ];
  expect(payments(sold('ca-provision', wishes, 4))).toEqual({ 0: 3.5 });
  expect(payments(sold('ca-greedy', wishes, 4))).toEqual({ 2: 12 });
});

describe('uniform-price', () => {
  const WISHES = [0.1, 0.08, 0.07, 0.05, 0.03].map((bid): Wish => [1, bid]);

  test.each([
    [2, 0.07, 2],
    [3, 0.05, 3],
    [4, 0.04, 4],
    [5, 0.04, 4],
  ])('%d CPUs at a reserve of 0.04: %d for each of %d', (cpus, price, winners) => {
    const awards = sold('uniform-price', WISHES, cpus, 0.04);
    expect(awards).toHaveLength(winners);
    for (const { priceMicros } of awards) expect(priceMicros).toBe(price * CREDIT);
  });
});

const wishes = fc.array(
  fc.record({ cpus: fc.integer({ min: 1, max: 5 }), bid: fc.integer({ min: 0, max: 40 }) }),
  { minLength: 1, maxLength: 9 },
);

describe.each(['ca-provision', 'ca-greedy', 'uniform-price'])('%s', (name) => {
  test('sells no more than there is, at no less than the reserve and no more than the bid', () => {
    fc.assert(
      fc.property(
        wishes,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 5 }),
        (all, cpus, reserve) => {
          const asked = all.map(({ bid, cpus: size }): Wish => [size, bid]);
          const awards = sold(name, asked, cpus, reserve);
          let used = 0;
          for (const { index, priceMicros } of awards) {
            const [size, bid] = asked[index]!;
            used += size;
            expect(priceMicros).toBeLessThanOrEqual(bid * CREDIT);
            expect(priceMicros).toBeGreaterThanOrEqual(reserve * size * CREDIT);
          }
          expect(used).toBeLessThanOrEqual(cpus);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe.each(['ca-provision', 'ca-greedy'])('%s', (name) => {
  test('raising a bid that wins changes neither what it pays nor who wins', () => {
    fc.assert(
      fc.property(
        wishes,
        fc.integer({ min: 1, max: 12 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 50 }),
        (all, cpus, at, more) => {
          const asked = all.map(({ bid, cpus: size }): Wish => [size, bid]);
          const before = sold(name, asked, cpus);
          const mine = before[at % Math.max(1, before.length)];
          if (mine === undefined) return;
          const raised = asked.map(([size, bid], i): Wish => [size, i === mine.index ? bid + more : bid]);
          const after = sold(name, raised, cpus);
          expect(after.find(({ index }) => index === mine.index)).toEqual(mine);
          expect(Object.keys(payments(after))).toEqual(Object.keys(payments(before)));
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test('who loses would have had to pay more than it is worth to them', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 1, max: 12 }), fc.nat(8), (all, cpus, at) => {
        const asked = all.map(({ bid, cpus: size }): Wish => [size, bid]);
        const me = at % asked.length;
        const honest = sold(name, asked, cpus).find(({ index }) => index === me);
        const worth = asked[me]![1] * CREDIT;
        for (const lie of [0, 0.5, 0.9, 1.1, 2, 100]) {
          const lied = asked.map(([size, bid], i): Wish => [size, i === me ? bid * lie : bid]);
          const instead = sold(name, lied, cpus).find(({ index }) => index === me);
          const gain = (award: Award | undefined) => (award === undefined ? 0 : worth - award.priceMicros);
          // To the rounding of one price.
          expect(gain(instead)).toBeLessThanOrEqual(gain(honest) + 1);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});

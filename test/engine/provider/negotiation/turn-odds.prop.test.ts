// The odds of a turn, against the product-limit as its definition says it: a factor for each instant at which anybody had a turn.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ObservedWait, turnOdds } from '../../../../engine/provider/negotiation/turn-odds.ts';
import { runs } from '../../../support/fast-check.ts';

/** Whoever waits longer than `fromMs` waits longer than `toMs` as well, with that chance. */
function naiveSurvival(waits: readonly ObservedWait[], fromMs: number, toMs: number): number {
  const instants = new Set(waits.filter(({ hadTurn }) => hadTurn).map(({ waitedMs }) => waitedMs));
  return [...instants]
    .filter((ms) => ms > fromMs && ms <= toMs)
    .reduce((product, ms) => {
      const atRisk = waits.filter(({ waitedMs }) => waitedMs >= ms).length;
      const turns = waits.filter(({ hadTurn, waitedMs }) => hadTurn && waitedMs === ms).length;
      return product * (1 - turns / atRisk);
    }, 1);
}

// From a small pool, so that turns and ends fall together.
const waitsOf = fc.array(fc.record({ waitedMs: fc.integer({ min: 0, max: 20 }), hadTurn: fc.boolean() }), {
  maxLength: 60,
});
const query = fc.record({
  waitedMs: fc.integer({ min: 0, max: 12 }),
  moreMs: fc.integer({ min: 0, max: 12 }),
  confidence: fc.constantFrom(0.5, 0.8, 0.9, 0.99),
});

test('chance and interval are those of the product-limit, in whatever order the waits are told', () => {
  fc.assert(
    fc.property(waitsOf, query, (waits, { confidence, moreMs, waitedMs }) => {
      const longestMs = waitedMs + moreMs;
      const odds = turnOdds(waits, { waitedMs, longestMs, confidence });
      const goneBy = (ms: number) => 1 - naiveSurvival(waits, waitedMs, ms);
      expect(odds.chance).toBeCloseTo(goneBy(longestMs), 9);
      expect(turnOdds([...waits].reverse(), { waitedMs, longestMs, confidence })).toEqual(odds);
      const { fromWaitMs, toWaitMs } = odds;
      expect(waitedMs <= fromWaitMs && fromWaitMs <= toWaitMs && toWaitMs <= longestMs).toBe(true);
      // Of all that had their turn within these bounds, and one more that may be anywhere, the tails hold at most what they may.
      const counted = waits.filter((wait) => {
        return wait.hadTurn && wait.waitedMs > waitedMs && wait.waitedMs <= longestMs;
      });
      if (counted.length === 0) {
        expect(odds).toEqual({ chance: 0, fromWaitMs: waitedMs, toWaitMs: longestMs });
        return;
      }
      const whole = (goneBy(longestMs) * (counted.length + 1)) / counted.length;
      const tail = (whole * (1 - confidence)) / 2;
      const before = goneBy(fromWaitMs - 1);
      if (fromWaitMs > waitedMs) expect(before).toBeLessThanOrEqual(tail + 1e-6);
      const isLast = toWaitMs === longestMs;
      if (!isLast) expect(goneBy(toWaitMs)).toBeGreaterThanOrEqual(whole - tail - 1e-6);
    }),
    { numRuns: runs(400) },
  );
});

test('it is as published: Kaplan and Meier 1958, section 2', () => {
  // Months; deaths at 0.8, 3.1, 5.4 and 9.2, losses at 1.0, 2.7, 7.0 and 12.1.
  const waits = [
    ...[800, 3100, 5400, 9200].map((waitedMs) => ({ waitedMs, hadTurn: true })),
    ...[1000, 2700, 7000, 12_100].map((waitedMs) => ({ waitedMs, hadTurn: false })),
  ];
  const survival = [1000, 4000, 6000, 10_000].map(
    (longestMs) => 1 - turnOdds(waits, { waitedMs: 0, longestMs, confidence: 0.9 }).chance,
  );
  for (const [i, expected] of [7 / 8, 7 / 10, 21 / 40, 21 / 80].entries())
    expect(survival[i]).toBeCloseTo(expected, 12);
});

test('of nineteen turns and no wait in vain, nine of ten fall between the first and the last', () => {
  const waits = Array.from({ length: 19 }, (_, i) => ({ waitedMs: i + 1, hadTurn: true }));
  const asked = { waitedMs: 0, longestMs: 100 };
  expect(turnOdds(waits, { ...asked, confidence: 0.9 })).toMatchObject({ fromWaitMs: 1, toWaitMs: 19 });
  expect(turnOdds(waits, { ...asked, confidence: 0.8 })).toMatchObject({ fromWaitMs: 2, toWaitMs: 18 });
  // They cannot tell what comes true more often.
  expect(turnOdds(waits, { ...asked, confidence: 0.95 })).toMatchObject({ fromWaitMs: 0, toWaitMs: 100 });
});

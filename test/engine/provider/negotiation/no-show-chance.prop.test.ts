// The chance that is learned, against every record that there may be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastNoShowChance } from '../../../../engine/provider/negotiation/no-show-chance.ts';
import { shortfallChance } from '../../../../engine/provider/negotiation/overbooking.ts';

/** Chances of 0, 1 … count of them, each with that chance: by the rule of Pascal. */
function binomial(count: number, chance: number): readonly number[] {
  let row = [1];
  for (let i = 0; i < count; i += 1)
    row = Array.from({ length: row.length + 1 }, (_, k) => {
      return (row[k] ?? 0) * (1 - chance) + (row[k - 1] ?? 0) * chance;
    });
  return row;
}

const recorded = fc.record({
  came: fc.integer({ min: 0, max: 60 }),
  stayedAway: fc.integer({ min: 0, max: 60 }),
});
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

test('it is the chance of which so many or more are as unlikely as is doubted', () => {
  fc.assert(
    fc.property(recorded, between(1e-6, 0.5), ({ came, stayedAway }, doubt) => {
      const chance = leastNoShowChance({ came, stayedAway }, doubt);
      if (stayedAway === 0) {
        expect(chance).toBe(0);
        return;
      }
      const asMany = binomial(came + stayedAway, chance)
        .slice(stayedAway)
        .reduce((sum, each) => sum + each, 0);
      expect(asMany / doubt).toBeCloseTo(1, 6);
      expect(chance).toBeLessThan(stayedAway / (came + stayedAway));
    }),
  );
});

test('it is as published: 5 of 20, one side of 95 % and of 97.5 %', () => {
  expect(leastNoShowChance({ came: 15, stayedAway: 5 }, 0.05)).toBeCloseTo(0.10408, 5);
  expect(leastNoShowChance({ came: 15, stayedAway: 5 }, 0.025)).toBeCloseTo(0.08657, 5);
});

test('it grows with what is known, up to the share itself, and stays a number for long records', () => {
  const chances = [10, 100, 1_000, 4_000].map((n) =>
    leastNoShowChance({ came: n * 0.85, stayedAway: n * 0.15 }, 0.0005),
  );
  expect(chances).toEqual([...chances].sort((a, b) => a - b));
  expect(chances.at(-1)).toBeGreaterThan(0.13);
  expect(chances.at(-1)).toBeLessThan(0.15);
});

test('whatever the true chance, promises by what was learned of it are broken no more often than is risked', () => {
  fc.assert(
    fc.property(
      between(0.01, 0.9),
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      between(0.001, 0.5),
      (truth, seen, rooms, needed, risk) => {
        const broken = binomial(seen, truth).map((weight, stayedAway) => {
          const chance = leastNoShowChance({ came: seen - stayedAway, stayedAway }, risk / 2);
          const isSold = chance > 0 && shortfallChance(rooms, needed, chance) <= risk / 2;
          return isSold ? weight * shortfallChance(rooms, needed, truth) : 0;
        });
        expect(broken.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(risk + 1e-12);
      },
    ),
  );
});

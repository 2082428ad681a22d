// The chance that is learned, against every record that there may be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../../../engine/index.ts';
import {
  leastNoShowChance,
  ownNoShowChance,
  weightOfAll,
} from '../../../../engine/provider/negotiation/no-show-chance.ts';
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
        const each = (chance: number) => rooms.map((left) => ({ rooms: left, chance }));
        const broken = binomial(seen, truth).map((weight, stayedAway) => {
          const chance = leastNoShowChance({ came: seen - stayedAway, stayedAway }, risk / 2);
          const isSold = chance > 0 && shortfallChance(each(chance), needed) <= risk / 2;
          return isSold ? weight * shortfallChance(each(truth), needed) : 0;
        });
        expect(broken.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(risk + 1e-12);
      },
    ),
  );
});

test('of one user it lies between that of all and their own share, and is that of all where nothing is known', () => {
  fc.assert(
    fc.property(recorded, between(0, 1), between(1, 1e6), ({ came, stayedAway }, chance, weight) => {
      const own = ownNoShowChance({ came, stayedAway }, { chance, weight });
      const count = came + stayedAway;
      const share = count === 0 ? chance : stayedAway / count;
      expect(own).toBeGreaterThanOrEqual(Math.min(chance, share) - 1e-12);
      expect(own).toBeLessThanOrEqual(Math.max(chance, share) + 1e-12);
      expect(ownNoShowChance({ came: 0, stayedAway: 0 }, { chance, weight })).toBeCloseTo(chance, 12);
      expect(ownNoShowChance({ came, stayedAway }, { chance, weight: Number.POSITIVE_INFINITY })).toBe(
        chance,
      );
    }),
  );
});

/** What users did who have these chances, each so many times. */
function recordOf(chances: readonly number[], times: number, seed: number) {
  const rng = Rng.fromSeed(seed).stream('attendance');
  return chances.map((chance) => {
    let stayedAway = 0;
    for (let i = 0; i < times; i += 1) if (rng.next() < chance) stayedAway += 1;
    return { came: times - stayedAway, stayedAway };
  });
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test('users who are alike are hardly ever taken for different ones, and the record of all stays worth everything', () => {
  const alike = Array<number>(60).fill(0.2);
  const weights = SEEDS.map((seed) => weightOfAll(recordOf(alike, 8, seed)));
  expect(weights.filter((weight) => weight === Number.POSITIVE_INFINITY).length).toBeGreaterThanOrEqual(9);
  expect(Math.min(...weights)).toBeGreaterThan(50);
  expect(weightOfAll([])).toBe(Number.POSITIVE_INFINITY);
  expect(weightOfAll([{ came: 0, stayedAway: 3 }])).toBe(Number.POSITIVE_INFINITY);
  expect(weightOfAll([{ came: 2, stayedAway: 3 }])).toBe(Number.POSITIVE_INFINITY);
});

test('where chances are a beta distribution, the weight comes to be alpha + beta of it', () => {
  // Beta(1, 1) is uniform, Beta(1, 3) the cube root of it from above.
  const quantiles = Array.from({ length: 4_000 }, (_, i) => (i + 0.5) / 4_000);
  const uniform = quantiles;
  const skewed = quantiles.map((u) => 1 - (1 - u) ** (1 / 3));
  for (const seed of SEEDS.slice(0, 3)) {
    expect(weightOfAll(recordOf(uniform, 20, seed))).toBeCloseTo(2, 0);
    expect(Math.abs(weightOfAll(recordOf(skewed, 20, seed)) - 4)).toBeLessThan(1);
  }
});

test('of two kinds of users that differ much it says better who comes than one chance for all does', () => {
  const chances = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.02 : 0.6));
  /** What an answer is expected to cost: the logarithmic score, less is better. */
  const costOf = (said: (user: number) => number) =>
    chances.reduce(
      (sum, truth, user) => sum - truth * Math.log(said(user)) - (1 - truth) * Math.log1p(-said(user)),
      0,
    );
  for (const seed of SEEDS)
    for (const times of [5, 10]) {
      const users = recordOf(chances, times, seed);
      const count = (of: (user: { came: number; stayedAway: number }) => number) =>
        users.reduce((sum, user) => sum + of(user), 0);
      const all = { came: count(({ came }) => came), stayedAway: count(({ stayedAway }) => stayedAway) };
      const chance = leastNoShowChance(all, 0.01);
      const weight = weightOfAll(users);
      const ofAll = costOf(() => all.stayedAway / (all.came + all.stayedAway));
      expect(costOf((user) => ownNoShowChance(users[user]!, { chance, weight }))).toBeLessThan(0.9 * ofAll);
    }
});

test('what is sold on it is broken no more often than is risked, and more is sold where it is better known who stays away', () => {
  const chances = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.02 : 0.6));
  const risk = 0.05;
  const sold = { 'that of all': 0, 'their own': 0 };
  const broken = { 'that of all': 0, 'their own': 0 };
  let asked = 0;
  for (const seed of SEEDS) {
    const users = recordOf(chances, 6, seed);
    const rng = Rng.fromSeed(seed).stream('groups');
    const all = users.reduce((sum, user) => ({
      came: sum.came + user.came,
      stayedAway: sum.stayedAway + user.stayedAway,
    }));
    const chance = leastNoShowChance(all, risk / 2);
    const weight = weightOfAll(users);
    for (let group = 0; group < 200; group += 1) {
      // Mostly of one kind, as those are who meet at a time of day.
      const kind = rng.integer(0, 1);
      const present = Array.from(
        { length: 8 },
        () => 2 * rng.integer(0, 19) + (rng.next() < 0.8 ? kind : 1 - kind),
      );
      const truth = shortfallChance(
        present.map((user) => ({ rooms: 1, chance: chances[user]! })),
        1,
      );
      const said = {
        'that of all': () => chance,
        'their own': (user: number) => ownNoShowChance(users[user]!, { chance, weight }),
      };
      asked += 1;
      for (const by of ['that of all', 'their own'] as const) {
        const leaving = present.map((user) => ({ rooms: 1, chance: said[by](user) }));
        if (shortfallChance(leaving, 1) > risk / 2) continue;
        sold[by] += 1;
        broken[by] += truth;
      }
    }
  }
  expect(broken['their own'] / asked).toBeLessThan(risk);
  expect(broken['their own'] / sold['their own']).toBeLessThan(risk);
  expect(sold['their own']).toBeGreaterThan(0.25 * asked);
  expect(sold['that of all']).toBeLessThan(0.5 * sold['their own']);
});

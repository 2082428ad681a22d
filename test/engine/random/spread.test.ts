import fc from 'fast-check';
import { quantileSorted } from 'simple-statistics';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/random/rng.ts';
import { drawSpread, longerBy, type Spread } from '../../../engine/random/spread.ts';

const DRAWS = 4_000;

test('what is drawn is distributed as the quantiles say', () => {
  const quantilesMs = [1_000, 1_100, 1_500, 4_000, 20_000];
  const rng = Rng.fromSeed(7);
  const drawn = Array.from({ length: DRAWS }, () =>
    drawSpread(rng, { minMs: 1_000, maxMs: 20_000, quantilesMs }),
  ).sort((a, b) => a - b);
  for (const [index, quantileMs] of quantilesMs.entries()) {
    const share = index / (quantilesMs.length - 1);
    // Of 4,000 draws the share below a quantile has a standard deviation of at most 0.8 %.
    const below = drawn.filter((ms) => ms <= quantileMs).length / DRAWS;
    expect(Math.abs(below - share)).toBeLessThan(0.03);
  }
  expect(quantileSorted(drawn, 0.875)).toBeGreaterThan(10_500);
  expect(quantileSorted(drawn, 0.875)).toBeLessThan(13_500);
});

test('it is a whole number of milliseconds, never shorter or longer than any quantile', () => {
  const ascending = fc
    .array(fc.nat(100_000), { minLength: 2, maxLength: 12 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(ascending, fc.nat(), (quantilesMs, seed) => {
      const [minMs, maxMs] = [quantilesMs[0]!, quantilesMs.at(-1)!];
      const ms = drawSpread(Rng.fromSeed(seed), { minMs, maxMs, quantilesMs });
      expect(Number.isInteger(ms) && ms >= minMs && ms <= maxMs).toBe(true);
    }),
  );
});

test('two quantiles are an even spread, and one value is drawn without chance', () => {
  const rng = Rng.fromSeed(1);
  const before = rng.stream('x').next();
  expect(drawSpread(rng, { minMs: 5, maxMs: 5, quantilesMs: [5, 5] })).toBe(5);
  expect(rng.stream('x').next()).toBe(before);
  const halves = Array.from({ length: 2_000 }, () =>
    drawSpread(rng, { minMs: 0, maxMs: 1_000, quantilesMs: [0, 1_000] }),
  );
  expect(halves.filter((ms) => ms < 500).length / 2_000).toBeCloseTo(0.5, 1);
});

test('what takes so much longer is drawn as before, and so much later', () => {
  for (const spread of [
    { minMs: 5, maxMs: 5 },
    { minMs: 5, maxMs: 90 },
    { minMs: 5, maxMs: 90, quantilesMs: [5, 10, 90] },
  ]) {
    const drawn = (of: Spread) => {
      const rng = Rng.fromSeed(3);
      return Array.from({ length: 50 }, () => drawSpread(rng, of));
    };
    expect(drawn(longerBy(spread, 1_000))).toEqual(drawn(spread).map((ms) => ms + 1_000));
    expect(longerBy(spread, 0)).toBe(spread);
  }
});

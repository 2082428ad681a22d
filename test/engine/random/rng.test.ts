// Random streams: what makes a run repeatable and its sources of chance independent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/random/rng.ts';

function draws(rng: Rng, count = 20): number[] {
  return Array.from({ length: count }, () => rng.next());
}

describe('determinism', () => {
  test('the numbers of a seed and a name are these, for ever and everywhere', () => {
    // Computed apart from this code: FNV-1a, SplitMix64 and xoroshiro128+ in Python integers.
    expect(draws(Rng.fromSeed(42).stream('arrivals'), 4)).toEqual([
      0.019852088416962732, 0.6943563612447408, 0.8395561428783855, 0.9390599083060425,
    ]);
  });

  test('one seed and one name give the same numbers each time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.string()), fc.string(), (seed, name) => {
        expect(draws(Rng.fromSeed(seed).stream(name))).toEqual(draws(Rng.fromSeed(seed).stream(name)));
      }),
    );
  });

  test('a number and its decimal text are one seed', () => {
    expect(draws(Rng.fromSeed(42))).toEqual(draws(Rng.fromSeed('42')));
  });
});

describe('independence', () => {
  test('neither drawing from a stream nor making other streams shifts what a stream draws', () => {
    const alone = draws(Rng.fromSeed(1).stream('arrivals'));
    const root = Rng.fromSeed(1);
    draws(root);
    draws(root.stream('a source that was added'));
    expect(draws(root.stream('arrivals'))).toEqual(alone);
  });

  test('streams of other names, seeds and depths begin with other numbers', () => {
    const streams = ['', '0', '1', '10', 'a', 'b', 'ab', 'é', '1000000'].flatMap((text) => [
      Rng.fromSeed(text),
      Rng.fromSeed(text).stream(text),
      ...['', 'a', 'b', 'ab'].map((name) => Rng.fromSeed(`seed ${text}`).stream(name)),
    ]);
    streams.push(Rng.fromSeed('seed ').stream('a').stream('b'), Rng.fromSeed('seed ').stream('').stream(''));
    expect(new Set(streams.map((stream) => stream.next())).size).toBe(streams.length);
  });

  test('streams whose names differ in their last letter are not correlated', () => {
    const root = Rng.fromSeed(7);
    const count = 20_000;
    const a = draws(root.stream('node-1'), count);
    const b = draws(root.stream('node-2'), count);
    const covariance = a.reduce((sum, value, index) => sum + (value - 0.5) * (b[index]! - 0.5), 0) / count;
    // The standard error of the correlation of independent draws is 1 / sqrt(count).
    expect(Math.abs(covariance * 12)).toBeLessThan(4 / Math.sqrt(count));
  });
});

describe('distributions', () => {
  test('next is in [0, 1), a multiple of 2^-53, and uniform', () => {
    const values = draws(Rng.fromSeed('uniform'), 100_000);
    const cells = new Array<number>(64).fill(0);
    for (const value of values) {
      expect(value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53)).toBe(true);
      cells[Math.floor(value * 64)]!++;
    }
    expect(chiSquare(cells)).toBeLessThan(chiSquare63At1e4);
    // Some value needs the last bit: 53 bits are drawn, not 32.
    expect(values.some((value) => (value * 2 ** 53) % 2 === 1)).toBe(true);
  });

  test('integer reaches both ends of its range and nothing beyond', () => {
    const rng = Rng.fromSeed('dice');
    const seen = new Set(Array.from({ length: 1000 }, () => rng.integer(-2, 3)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    expect(rng.integer(5, 5)).toBe(5);
  });

  test('integer stays within any range of safe integers', () => {
    const bound = fc.oneof(fc.maxSafeInteger(), fc.integer());
    fc.assert(
      fc.property(fc.string(), bound, bound, (seed, a, b) => {
        const [min, max] = a < b ? [a, b] : [b, a];
        fc.pre(max - min < 2 ** 53);
        const value = Rng.fromSeed(seed).integer(min, max);
        expect(Number.isSafeInteger(value) && value >= min && value <= max).toBe(true);
      }),
    );
  });

  test('integer is as likely in every part of a range that does not divide 2^53', () => {
    // Three quarters of 2^53: taking a remainder instead would make the lowest third twice as likely as each
    // other one.
    const max = 3 * 2 ** 51 - 1;
    const rng = Rng.fromSeed('thirds');
    const cells = [0, 0, 0];
    for (let draw = 0; draw < 30_000; draw++) cells[Math.floor(rng.integer(0, max) / 2 ** 51)]!++;
    expect(chiSquare(cells)).toBeLessThan(chiSquare2At1e4);
  });

  test.each([
    [3, 2],
    [0.5, 2],
    [0, Number.POSITIVE_INFINITY],
    [Number.NaN, 1],
    [-1, Number.MAX_SAFE_INTEGER],
  ])('integer(%d, %d) has nothing to draw from', (min, max) => {
    expect(() => Rng.fromSeed(1).integer(min, max)).toThrow(RangeError);
  });

  test('exponential has its mean and its median, and is never negative or infinite', () => {
    const rng = Rng.fromSeed('gaps');
    const count = 100_000;
    const values = Array.from({ length: count }, () => rng.exponential(250));
    expect(values.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    expect(Math.abs(mean - 250)).toBeLessThan((4 * 250) / Math.sqrt(count));
    const belowMedian = values.filter((value) => value < 250 * Math.LN2).length / count;
    expect(Math.abs(belowMedian - 0.5)).toBeLessThan(2 / Math.sqrt(count));
  });

  test('pick takes each item as often as the others', () => {
    const rng = Rng.fromSeed('pick');
    const items = ['a', 'b', 'c', 'd', 'e'];
    const cells = items.map(() => 0);
    for (let draw = 0; draw < 50_000; draw++) cells[items.indexOf(rng.pick(items))]!++;
    expect(chiSquare(cells)).toBeLessThan(chiSquare4At1e4);
    expect(() => rng.pick([])).toThrow(RangeError);
  });
});

/** Quantiles of chi-square at 1 - 1e-4, by degrees of freedom. */
const chiSquare2At1e4 = 18.42;
const chiSquare4At1e4 = 23.51;
const chiSquare63At1e4 = 113.5;

function chiSquare(cells: readonly number[]): number {
  const expected = cells.reduce((sum, count) => sum + count, 0) / cells.length;
  return cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

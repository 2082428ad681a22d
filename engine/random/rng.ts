// Seeded randomness for everything that draws: arrivals, durations, faults, random policies. Each source of
// chance gets its own named stream, so that adding one, or drawing more from one, never shifts what another
// draws.

import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * A stream of random numbers that is a pure function of its seed and its name: the same on every machine and
 * Node version, since all of it is integer arithmetic but for `Math.log` in `exponential`, which V8 computes
 * in software.
 *
 *     const rng = Rng.fromSeed(42);
 *     const arrivals = rng.stream('arrivals');
 *     const gapMs = Math.round(arrivals.exponential(60_000));
 *
 * Generator: xoroshiro128+ (Blackman and Vigna 2018). Not for secrets.
 */
export class Rng {
  /** Identifies the stream; drawing does not change it. */
  private readonly key: bigint;
  private readonly generator: RandomGenerator;

  private constructor(key: bigint) {
    this.key = key;
    this.generator = xoroshiro128plusFromState(expand(key));
  }

  /** The root of a run's streams. A number and its decimal text are the same seed: 42 and '42'. */
  static fromSeed(seed: number | string): Rng {
    return new Rng(hash(fnvBasis, String(seed)));
  }

  /**
   * The stream of that name below this one, from its beginning: two calls with one name draw the same
   * numbers. It does not depend on what was drawn here before, and drawing from it changes nothing here.
   */
  stream(name: string): Rng {
    return new Rng(hash(this.key, name));
  }

  /** Uniform in [0, 1): a multiple of 2^-53. Fits as the source of d3-random: `() => rng.next()`. */
  next(): number {
    return this.bits53() * 2 ** -53;
  }

  /**
   * Uniform in min..max, both included, without bias.
   * @throws RangeError unless min <= max are safe integers less than 2^53 apart
   */
  integer(min: number, max: number): number {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max || max - min >= 2 ** 53) {
      throw new RangeError(`no integers to draw from: ${min}..${max}`);
    }
    const count = max - min + 1;
    // Equal shares of the 2^53 values; those left over are drawn again, which takes less than two tries on
    // average.
    const share = Math.floor(2 ** 53 / count);
    for (;;) {
      const index = Math.floor(this.bits53() / share);
      if (index < count) return min + index;
    }
  }

  /** Exponentially distributed with that mean, by inversion; for the gaps of a Poisson process. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /**
   * One of the items, each equally likely.
   * @throws RangeError when there are none
   */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.integer(0, items.length - 1)]!;
  }

  /** 53 of the 64 bits of two draws; the low bits of xoroshiro128+ are its weakest and are left out. */
  private bits53(): number {
    const high = this.generator.next() >>> 5;
    const low = this.generator.next() >>> 6;
    return high * 2 ** 26 + low;
  }
}

const fnvBasis = 0xcbf29ce484222325n;
const fnvPrime = 0x100000001b3n;

/**
 * FNV-1a, 64 bits, over the UTF-8 of `text` and a closing 0xff, which UTF-8 never contains: so ('ab') differs
 * from ('a', 'b').
 */
function hash(basis: bigint, text: string): bigint {
  let state = basis;
  for (const byte of new TextEncoder().encode(text))
    state = BigInt.asUintN(64, (state ^ BigInt(byte)) * fnvPrime);
  return BigInt.asUintN(64, (state ^ 0xffn) * fnvPrime);
}

/**
 * Two outputs of SplitMix64, as Blackman and Vigna recommend for seeding, in four words of 32 bits: high and
 * low of each.
 */
function expand(key: bigint): number[] {
  const words: number[] = [];
  for (let round = 1n; round <= 2n; round++) {
    let z = BigInt.asUintN(64, key + round * 0x9e3779b97f4a7c15n);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    words.push(Number(z >> 32n) | 0, Number(z & 0xffffffffn) | 0);
  }
  return words;
}

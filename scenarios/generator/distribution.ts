// Drawing from the distributions of a specification. Families with rejection (normal, gamma) draw a varying number of times, so each
// sampler owns its random stream.
import {
  randomExponential,
  randomGamma,
  randomLogNormal,
  randomNormal,
  randomPareto,
  randomUniform,
  randomWeibull,
} from 'd3-random';
import { assertNever, type Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import type { DurationDistribution, NumberDistribution } from './distribution-schema.ts';

/** Draws the next value; at least 0. */
export type Sampler = () => number;

/** @throws InputError (PEX_GENERATOR_INVALID) when the parameters do not go together; `path` says where they are written */
export function numberSampler(distribution: NumberDistribution, rng: Rng, path: string): Sampler {
  if (typeof distribution === 'number') return () => distribution;
  const draw = familySampler(distribution, rng, path);
  const { atLeast = 0, atMost = Number.POSITIVE_INFINITY, step } = distribution;
  if (atLeast > atMost) throw invalid(path, 'atLeast is more than atMost');
  return () => {
    const value = Math.min(Math.max(draw(), atLeast), atMost);
    return step === undefined || step === 0 ? value : Math.ceil(value / step) * step;
  };
}

/** Like {@link numberSampler}, in whole milliseconds. */
export function durationSampler(distribution: DurationDistribution, rng: Rng, path: string): Sampler {
  const draw = numberSampler(inMilliseconds(distribution), rng, path);
  return () => Math.round(draw());
}

/** Draws an index in proportion to its weight. */
export function weightedIndex(weights: readonly number[], rng: Rng, path: string): Sampler {
  const cumulative: number[] = [];
  let total = 0;
  for (const weight of weights) {
    total += weight;
    cumulative.push(total);
  }
  if (!(total > 0)) throw invalid(path, 'the weights are all 0; expected one above 0');
  return () => firstAbove(cumulative, rng.next() * total);
}

export function invalid(path: string, problem: string): InputError {
  return new InputError('PEX_GENERATOR_INVALID', problem, { path });
}

type Family = Exclude<NumberDistribution, number>;

function familySampler(family: Family, rng: Rng, path: string): Sampler {
  const source = () => rng.next();
  switch (family.distribution) {
    case 'constant':
      return () => family.value;
    case 'uniform':
      if (family.min > family.max) throw invalid(path, 'min is more than max');
      return randomUniform.source(source)(family.min, family.max);
    case 'exponential':
      return scaled(randomExponential.source(source)(1), family.mean);
    case 'normal':
      return randomNormal.source(source)(family.mean, family.deviation);
    case 'lognormal':
      return scaled(randomLogNormal.source(source)(0, family.sigma), family.median);
    case 'weibull':
      return scaled(randomWeibull.source(source)(family.shape), family.scale);
    case 'gamma':
      return scaled(randomGamma.source(source)(family.shape), family.scale);
    case 'pareto':
      return scaled(randomPareto.source(source)(family.shape), family.scale);
    case 'hyperexponential': {
      sameLength(path, 'means', family.means, 'weights', family.weights);
      const choose = weightedIndex(family.weights, rng, path);
      return () => rng.exponential(family.means[choose()]!);
    }
    case 'discrete': {
      sameLength(path, 'values', family.values, 'weights', family.weights);
      const choose = weightedIndex(family.weights, rng, path);
      return () => family.values[choose()]!;
    }
    case 'quantiles':
      return quantileSampler(family, rng, path);
    default:
      return assertNever(family);
  }
}

const scaled =
  (draw: Sampler, factor: number): Sampler =>
  () =>
    draw() * factor;

/** Inversion of a distribution function that is linear between the given quantiles. */
function quantileSampler(
  { values, at }: { readonly values: readonly number[]; readonly at: readonly number[] },
  rng: Rng,
  path: string,
): Sampler {
  sameLength(path, 'values', values, 'at', at);
  if (at[0] !== 0 || at.at(-1) !== 1) throw invalid(path, '"at" must begin with 0 and end with 1');
  if (!isAscending(at)) throw invalid(path, '"at" must ascend');
  if (!isAscending(values)) throw invalid(path, '"values" must ascend');
  return () => {
    const share = rng.next();
    const above = firstAbove(at, share);
    const [low, high] = [at[above - 1]!, at[above]!];
    const [from, to] = [values[above - 1]!, values[above]!];
    return from + ((share - low) / (high - low)) * (to - from);
  };
}

/** The first index whose value is above `limit`, in an ascending list that ends above it. O(log n). */
function firstAbove(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

const isAscending = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value >= values[index - 1]!);

function sameLength(
  path: string,
  nameA: string,
  a: readonly unknown[],
  nameB: string,
  b: readonly unknown[],
): void {
  if (a.length === b.length) return;
  throw invalid(path, `${a.length} ${nameA} but ${b.length} ${nameB}; expected as many`);
}

/** The two kinds of distribution differ only in how amounts are written: all texts but the name of the family are durations. */
function inMilliseconds(distribution: DurationDistribution): NumberDistribution {
  if (typeof distribution === 'string') return durationMs(distribution);
  const toMs = (value: unknown): unknown => (typeof value === 'string' ? durationMs(value) : value);
  const entries = Object.entries(distribution).map(([key, value]) => {
    if (key === 'distribution') return [key, value];
    return [key, Array.isArray(value) ? value.map(toMs) : toMs(value)];
  });
  return Object.fromEntries(entries);
}

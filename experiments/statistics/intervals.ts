// What replications say about a mean and about a difference of two: Student's t (W. S. Gosset 1908), as simulation studies use it (A. M. Law,
// Simulation Modeling and Analysis, ch. 9 and 10).
import jstat from 'jstat';
import { mean, sampleStandardDeviation } from 'simple-statistics';

const { studentt } = jstat;

/** Of intervals and of tests. */
export const CONFIDENCE = 0.95;

export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  /** Of the sample (n - 1); null for a single value. */
  readonly deviation: number | null;
  /** The interval is mean +/- this: t(0.975, n - 1) s / sqrt(n). Null for a single value. */
  readonly halfWidth: number | null;
}

/** @param values one for each seed; at least one */
export function meanInterval(values: readonly number[]): MeanInterval {
  const n = values.length;
  const average = mean([...values]);
  if (n < 2) return { n, mean: average, deviation: null, halfWidth: null };
  const deviation = sampleStandardDeviation([...values]);
  return { n, mean: average, deviation, halfWidth: halfWidthOf(deviation, n) };
}

export interface PairedDifference extends MeanInterval {
  /** Two-sided p of the paired t test of no difference; null for a single pair, and where all differences are alike. */
  readonly p: number | null;
  /** Cohen's d of paired samples: the mean difference in standard deviations of the differences. Null as `p`. */
  readonly effect: number | null;
  /** Of the interval that as many runs would give under seeds of their own (B. L. Welch 1947): what pairing saves. Null for a single pair. */
  readonly unpairedHalfWidth: number | null;
  /** So many seeds would make an interval around this mean that leaves out 0, if the spread stays; null where there is none, or no end of them. */
  readonly seedsNeeded: number | null;
}

/**
 * Of runs under common random numbers: both of a pair had the same seed.
 * @param pairs one for each seed; at least one
 */
export function pairedDifference(
  pairs: ReadonlyArray<readonly [value: number, other: number]>,
): PairedDifference {
  const interval = meanInterval(pairs.map(([value, other]) => value - other));
  const { deviation, mean: difference, n } = interval;
  const unpairedHalfWidth = welchHalfWidth(
    pairs.map(([value]) => value),
    pairs.map(([, other]) => other),
  );
  if (deviation === null || deviation === 0) {
    return { ...interval, p: null, effect: null, unpairedHalfWidth, seedsNeeded: null };
  }
  const t = (difference / deviation) * Math.sqrt(n);
  return {
    ...interval,
    p: Math.min(1, 2 * (1 - studentt.cdf(Math.abs(t), n - 1))),
    effect: difference / deviation,
    unpairedHalfWidth,
    seedsNeeded: seedsNeeded(Math.abs(difference), deviation),
  };
}

/** Two independent samples of one size: Welch's interval, with the degrees of freedom of Welch and Satterthwaite. */
function welchHalfWidth(values: readonly number[], others: readonly number[]): number | null {
  const n = values.length;
  if (n < 2) return null;
  const [a, b] = [values, others].map((sample) => sampleStandardDeviation([...sample]) ** 2 / n) as [
    number,
    number,
  ];
  if (a + b === 0) return 0;
  const freedom = ((a + b) ** 2 * (n - 1)) / (a ** 2 + b ** 2);
  return studentt.inv(1 - (1 - CONFIDENCE) / 2, freedom) * Math.sqrt(a + b);
}

const SEEDS_MAX = 1_000_000;

function seedsNeeded(difference: number, deviation: number): number | null {
  return leastSeeds((n) => halfWidthOf(deviation, n) < difference);
}

/** The least number, from 2 on, that is enough; null: a million are not. @param isEnough of every number above one that is */
function leastSeeds(isEnough: (n: number) => boolean): number | null {
  if (!isEnough(SEEDS_MAX)) return null;
  let tooFew = 1;
  let enough = SEEDS_MAX;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function halfWidthOf(deviation: number, n: number): number {
  return (studentt.inv(1 - (1 - CONFIDENCE) / 2, n - 1) * deviation) / Math.sqrt(n);
}

/**
 * The p values of a family of tests, each made so large that all together keep the level: S. Holm, A Simple Sequentially Rejective Multiple Test
 * Procedure, 1979. Null stays null and is not of the family.
 */
export function holm(ps: ReadonlyArray<number | null>): (number | null)[] {
  const order = ps
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const adjusted: (number | null)[] = ps.map(() => null);
  let least = 0;
  for (const [rank, { p, index }] of order.entries()) {
    least = Math.min(1, Math.max(least, p * (order.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

/**
 * How likely chance alone makes a mean of differences exceed a tolerance by as much: the p of the t test of "it does not", one-sided, or of its
 * size, two-sided. Where all differences are alike nothing is left to chance: 0 or 1.
 * @param values one for each seed; at least two
 */
export function excessP(
  values: readonly number[],
  { tolerance, twoSided }: { readonly tolerance: number; readonly twoSided: boolean },
): number {
  const { deviation, mean: average, n } = meanInterval(values);
  const excess = (twoSided ? Math.abs(average) : average) - tolerance;
  if (deviation === null || deviation === 0) return excess > 1e-12 ? 0 : 1;
  const tail = 1 - studentt.cdf((excess / deviation) * Math.sqrt(n), n - 1);
  return twoSided ? Math.min(1, 2 * tail) : tail;
}

/** With this probability a loss is found that is there. */
const POWER = 0.95;

/**
 * The excess that a one-sided test of that level finds with a probability of 95 % (the usual sum of two quantiles of t, as in A. M. Law and
 * others; the noncentral t differs by little).
 */
export function foundLoss(deviation: number, n: number, level: number): number {
  const quantiles = studentt.inv(1 - level, n - 1) + studentt.inv(POWER, n - 1);
  return (quantiles * deviation) / Math.sqrt(n);
}

/** How many seeds find an excess of that size; null: a million do not. */
export function seedsToFind(
  loss: number,
  { deviation, level }: { readonly deviation: number; readonly level: number },
): number | null {
  return leastSeeds((n) => foundLoss(deviation, n, level) <= loss);
}

/** The least number of seeds, from 2 on, whose interval is that narrow if the spread stays; a million at most. */
export function seedsForHalfWidth(deviation: number, halfWidth: number): number {
  return leastSeeds((n) => halfWidthOf(deviation, n) <= halfWidth) ?? SEEDS_MAX;
}

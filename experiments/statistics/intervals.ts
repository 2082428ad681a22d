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
  if (deviation === null || deviation === 0) return { ...interval, p: null, effect: null, seedsNeeded: null };
  const t = (difference / deviation) * Math.sqrt(n);
  return {
    ...interval,
    p: Math.min(1, 2 * (1 - studentt.cdf(Math.abs(t), n - 1))),
    effect: difference / deviation,
    seedsNeeded: seedsNeeded(Math.abs(difference), deviation),
  };
}

const SEEDS_MAX = 1_000_000;

function seedsNeeded(difference: number, deviation: number): number | null {
  if (halfWidthOf(deviation, SEEDS_MAX) >= difference) return null;
  let tooFew = 1;
  let enough = SEEDS_MAX;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (halfWidthOf(deviation, middle) < difference) enough = middle;
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

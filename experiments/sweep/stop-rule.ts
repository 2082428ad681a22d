// How many seeds a stop rule asks for next: sequential sampling on the half-width of an interval (A. M. Law, Simulation Modeling and Analysis, ch.
// 9.4.1), by stages whose size the spread so far suggests. What it asks for follows from the results alone, so a sweep that was interrupted asks
// for the same.
import { compare } from '../compare/comparison.ts';
import type { Experiment, StopRule } from '../definition/experiment.ts';
import type { Combination } from '../definition/factors.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import { seedsForHalfWidth } from '../statistics/intervals.ts';

export interface Precision {
  /** The difference that is known least exactly. */
  readonly combination: Combination;
  readonly against: Combination;
  readonly n: number;
  /** Null: of one seed there is none, or some run has nothing to measure. */
  readonly halfWidth: number | null;
  readonly isEnough: boolean;
  /** How many seeds to have next, more than there are; null: it is enough, or there may be no more. */
  readonly next: number | null;
}

/** @param runs all of the experiment. Null: no difference of the rule can be measured in any run */
export function precisionOf(
  { baseline, seeds }: Pick<Experiment, 'baseline' | 'seeds'>,
  { halfWidth, metric, of, seedsMax }: StopRule,
  runs: readonly RunOfSweep[],
): Precision | null {
  const differences = compare(runs, { baseline, figures: [metric] }).differences.filter(({ combination }) =>
    Object.entries(of).every(([factor, level]) => combination[factor] === level),
  );
  const [worst] = differences.toSorted((a, b) => widthOf(b) - widthOf(a));
  if (worst === undefined) return null;
  const isEnough = worst.halfWidth !== null && worst.halfWidth <= halfWidth;
  const wanted = Math.max(
    ...differences.map(({ deviation }) =>
      deviation === null ? MOST_GROWTH * seeds.length : seedsForHalfWidth(deviation, halfWidth),
    ),
  );
  const next = Math.min(seedsMax, MOST_GROWTH * seeds.length, Math.max(seeds.length + 1, wanted));
  const { against, combination, n } = worst;
  return {
    combination,
    against,
    n,
    halfWidth: worst.halfWidth,
    isEnough,
    next: isEnough || next <= seeds.length ? null : next,
  };
}

/** A spread that a few seeds happen to show is not believed for more than this. */
const MOST_GROWTH = 2;

function widthOf({ halfWidth }: { readonly halfWidth: number | null }): number {
  return halfWidth ?? Number.POSITIVE_INFINITY;
}

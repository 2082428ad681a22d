// What a check finds: each guarded figure of each combination, as it was recorded and as it is, and whether it is worse than it may be.
import type { Combination } from '../definition/factors.ts';
import type { Figure } from '../results/figures.ts';
import { excessP, foundLoss, holm, meanInterval, seedsToFind } from '../statistics/intervals.ts';
import type { RunPair } from './baseline.ts';
import type { GuardedMetric, Rules } from './baseline-file.ts';

/**
 * same: unchanged in every run. within: changed, by no more than is tolerated, or than chance explains. better: beyond that, the way that
 * is wanted. worse: beyond that otherwise; such a check fails.
 */
export type State = 'same' | 'within' | 'better' | 'worse';

interface Finding {
  readonly combination: Combination;
  readonly state: State;
}

/** Means over the seeds. */
export interface FigureVerdict extends Finding {
  readonly kind: 'figure';
  readonly figure: string;
  readonly better: GuardedMetric['better'];
  /** Null: in some run there is nothing to measure. */
  readonly before: Figure;
  readonly now: Figure;
  /** So far may it go the wrong way, in the unit of the figure. */
  readonly tolerance: number;
  readonly rule: Pick<GuardedMetric, 'absolute' | 'relative'>;
  readonly n: number;
  /** Absent: nothing is tested. */
  readonly test?: {
    /** That chance alone makes it so much worse than tolerated, corrected for all that is tested (Holm). */
    readonly p: number;
    readonly level: number;
    /** With a probability of 95 % the test finds a loss of so much, and this many seeds find one of 2 %; null where runs do not differ. */
    readonly found: number | null;
    readonly seedsForTwoPercent: number | null;
  };
}

export interface DigestVerdict extends Finding {
  readonly kind: 'digest';
  /** Those of which some decision changed. */
  readonly changed: ReadonlyArray<{ readonly seed: number; readonly before: string; readonly now: string }>;
  readonly n: number;
}

export type Verdict = FigureVerdict | DigestVerdict;

/** By combination in the order of the runs: the digest, then the metrics in the order of the rules. */
export function judge(pairs: readonly RunPair[], rules: Rules): Verdict[] {
  const groups = groupsOf(pairs);
  const losses = groups.flatMap((group) =>
    Object.entries(rules.metrics).map(([figure, metric]) => lossOf(group, figure, metric)),
  );
  const { significance } = rules;
  const ps =
    significance === undefined
      ? undefined
      : holm(
          losses.map(({ loss, tolerance, twoSided }) =>
            loss === null ? null : excessP(loss, { tolerance, twoSided }),
          ),
        );
  const figures = losses.map((loss, index) => verdictOf(loss, significance, ps?.[index] ?? null));
  const perGroup = Object.keys(rules.metrics).length;
  return groups.flatMap((group, index) => [
    ...(rules.digest ? [digestVerdict(group)] : []),
    ...figures.slice(index * perGroup, (index + 1) * perGroup),
  ]);
}

function groupsOf(pairs: readonly RunPair[]): RunPair[][] {
  const groups = new Map<string, RunPair[]>();
  for (const pair of pairs) {
    const name = JSON.stringify(pair.combination);
    groups.set(name, [...(groups.get(name) ?? []), pair]);
  }
  return [...groups.values()];
}

interface Loss {
  readonly figure: string;
  readonly metric: GuardedMetric;
  readonly combination: Combination;
  readonly n: number;
  readonly before: Figure;
  readonly now: Figure;
  readonly tolerance: number;
  /** By how much it is worse, for each seed; null where it cannot be said of every one. */
  readonly loss: readonly number[] | null;
  readonly twoSided: boolean;
  readonly isSame: boolean;
}

function lossOf(group: readonly RunPair[], figure: string, metric: GuardedMetric): Loss {
  const pairs = group.map(({ before, now }) => [
    before.figures.get(figure) ?? null,
    now.figures.get(figure) ?? null,
  ]) as [Figure, Figure][];
  const known = pairs.filter((pair): pair is [number, number] => pair.every((value) => value !== null));
  const isSame = pairs.every(([before, now]) => before === now);
  const isComparable = pairs.every(([before, now]) => (before === null) === (now === null));
  const sign = metric.better === 'lower' ? -1 : 1;
  const before = meanOf(isComparable ? known.map(([value]) => value) : pairs.map(([value]) => value));
  const now = meanOf(isComparable ? known.map(([, value]) => value) : pairs.map(([, value]) => value));
  return {
    figure,
    metric,
    combination: group[0]!.combination,
    n: pairs.length,
    before,
    now,
    tolerance: Math.max(metric.absolute, metric.relative * Math.abs(before ?? 0)),
    // Figures have six decimals: what is finer is no difference.
    loss: isComparable && known.length > 0 ? known.map(([was, is]) => rounded(sign * (was - is))) : null,
    twoSided: metric.better === 'same',
    isSame,
  };
}

function verdictOf(
  { combination, figure, isSame, loss, metric, n, before, now, tolerance, twoSided }: Loss,
  level: number | undefined,
  p: number | null,
): FigureVerdict {
  const { absolute, better, relative } = metric;
  const rule = { absolute, relative };
  const found = { kind: 'figure', combination, figure, better, before, now, tolerance, rule, n } as const;
  if (isSame) return { ...found, state: 'same' };
  // Nothing can be said of a figure that is there in one of the two only, and so nothing good.
  if (loss === null) return { ...found, state: 'worse' };
  const { deviation, mean } = meanInterval(loss);
  const isBeyond = (excess: number) => excess > tolerance * (1 + 1e-9) + 1e-12;
  if (level === undefined || p === null) {
    if (isBeyond(twoSided ? Math.abs(mean) : mean)) return { ...found, state: 'worse' };
    return { ...found, state: isBeyond(-mean) ? 'better' : 'within' };
  }
  const isGain =
    !twoSided &&
    excessP(
      loss.map((value) => -value),
      { tolerance, twoSided },
    ) < level;
  const test = {
    p,
    level,
    found: deviation === null || deviation === 0 ? null : foundLoss(deviation, n, level) + tolerance,
    seedsForTwoPercent:
      deviation === null || deviation === 0 || before === null || 0.02 * Math.abs(before) <= tolerance
        ? null
        : seedsToFind(0.02 * Math.abs(before) - tolerance, { deviation, level }),
  };
  return { ...found, test, state: p < level ? 'worse' : isGain ? 'better' : 'within' };
}

function digestVerdict(group: readonly RunPair[]): DigestVerdict {
  const changed = group
    .filter(({ before, now }) => before.digest !== now.digest)
    .map(({ before, now, seed }) => ({ seed, before: before.digest, now: now.digest }));
  return {
    kind: 'digest',
    combination: group[0]!.combination,
    changed,
    n: group.length,
    state: changed.length > 0 ? 'worse' : 'same',
  };
}

function meanOf(values: readonly Figure[]): Figure {
  if (values.length === 0) return null;
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : meanInterval(known).mean;
}

function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

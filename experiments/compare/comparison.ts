// What a sweep says: every figure of every combination with its interval, and how each combination differs from its counterpart in the
// baseline, seed by seed.
import { mean } from 'simple-statistics';
import type { Combination } from '../definition/factors.ts';
import { type Figure, figuresOf } from '../results/figures.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import { betterOf, type Direction } from '../results/usual-direction.ts';
import {
  holm,
  type MeanInterval,
  meanInterval,
  type PairedDifference,
  pairedDifference,
} from '../statistics/intervals.ts';

/** One combination of levels under its seeds. */
export interface Group {
  readonly combination: Combination;
  /** By name of figure; absent where some run has none. */
  readonly figures: ReadonlyMap<string, MeanInterval>;
}

/** One figure of a combination against the same in its counterpart, which has the levels of the baseline and is otherwise alike. */
export interface Difference extends PairedDifference {
  readonly figure: string;
  readonly combination: Combination;
  readonly against: Combination;
  /** Of all differences of this figure together (Holm); null as `p`. */
  readonly adjustedP: number | null;
}

export interface Comparison {
  /** Which way each of its figures is better. */
  readonly better: Readonly<Record<string, Direction>>;
  readonly groups: readonly Group[];
  /** By figure, then in the order of the groups. */
  readonly differences: readonly Difference[];
  /**
   * The same of the choices: combinations of the factors that the baseline names. Each is the mean over all settings of the other factors, which count
   * alike, and differs seed by seed. Empty where the choices did not meet the same settings.
   */
  readonly overall: readonly Difference[];
}

/**
 * @param runs of one sweep, in its order
 * @param baseline levels of some factors; without any there is nothing to compare with
 * @param figures those to compare, by their dotted names
 * @param better of those that are better otherwise than usual
 */
export function compare(
  runs: readonly RunOfSweep[],
  {
    baseline,
    better,
    figures,
  }: {
    readonly baseline: Combination;
    readonly better?: Readonly<Record<string, Direction>> | undefined;
    readonly figures: readonly string[];
  },
): Comparison {
  const samples = samplesOf(runs);
  const groups = [...samples.values()].map(({ combination, bySeed }) => ({
    combination,
    figures: new Map(
      figures.flatMap((figure): [string, MeanInterval][] => {
        const values = [...bySeed.values()].map((run) => run.get(figure) ?? null);
        return values.every((value) => value !== null) ? [[figure, meanInterval(values)]] : [];
      }),
    ),
  }));
  const choices = choicesOf(samples, Object.keys(baseline));
  const against = (of: ReadonlyMap<string, Sample>) =>
    figures.flatMap((figure) => differencesOf(figure, of, baseline));
  return {
    better: Object.fromEntries(figures.map((figure) => [figure, betterOf(figure, better)])),
    groups,
    differences: against(samples),
    overall: against(choices),
  };
}

interface Sample {
  readonly combination: Combination;
  readonly bySeed: Map<number, ReadonlyMap<string, Figure>>;
}

function samplesOf(runs: readonly RunOfSweep[]): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const { combination, seed, summary } of runs) {
    const name = nameOf(combination);
    let sample = samples.get(name);
    if (sample === undefined) {
      sample = { combination, bySeed: new Map() };
      samples.set(name, sample);
    }
    sample.bySeed.set(seed, figuresOf(summary));
  }
  return samples;
}

/** For each choice the means over the settings that all choices met. */
function choicesOf(samples: ReadonlyMap<string, Sample>, factors: readonly string[]): Map<string, Sample> {
  const byChoice = new Map<string, { readonly choice: Combination; readonly met: Map<string, Sample> }>();
  for (const sample of samples.values()) {
    const [choice, setting] = split(sample.combination, factors);
    const name = nameOf(choice);
    const known = byChoice.get(name) ?? { choice, met: new Map() };
    byChoice.set(name, known);
    known.met.set(nameOf(setting), sample);
  }
  const all = [...byChoice.values()];
  const common = [...(all[0]?.met.keys() ?? [])].filter((setting) =>
    all.every(({ met }) => met.has(setting)),
  );
  if (common.length === 0) return new Map();
  return new Map(
    Array.from(byChoice, ([name, { choice, met }]) => [
      name,
      { combination: choice, bySeed: meansOf(common.map((setting) => met.get(setting)!)) },
    ]),
  );
}

function split(combination: Combination, factors: readonly string[]): [own: Combination, rest: Combination] {
  const parts = [true, false].map((isOwn) =>
    Object.fromEntries(Object.entries(combination).filter(([factor]) => factors.includes(factor) === isOwn)),
  );
  return [parts[0]!, parts[1]!];
}

/** Of each figure that all of them have, under each seed that all of them have. */
function meansOf(samples: readonly Sample[]): Sample['bySeed'] {
  const [first, ...others] = samples;
  const means: Sample['bySeed'] = new Map();
  for (const [seed, run] of first!.bySeed) {
    const runs = [run, ...others.map(({ bySeed }) => bySeed.get(seed) ?? new Map<string, Figure>())];
    const figures = Array.from(run.keys(), (figure): [string, Figure] => {
      const values = runs.map((each) => each.get(figure) ?? null);
      return [figure, values.every((value) => value !== null) ? mean(values) : null];
    });
    means.set(seed, new Map(figures));
  }
  return means;
}

function differencesOf(
  figure: string,
  samples: ReadonlyMap<string, Sample>,
  baseline: Combination,
): Difference[] {
  const found: Omit<Difference, 'adjustedP'>[] = [];
  for (const { combination, bySeed } of samples.values()) {
    const against = { ...combination, ...baseline };
    const counterpart = samples.get(nameOf(against));
    if (counterpart === undefined || nameOf(against) === nameOf(combination)) continue;
    const pairs = [...bySeed].flatMap(([seed, run]): [number, number][] => {
      const value = run.get(figure) ?? null;
      const other = counterpart.bySeed.get(seed)?.get(figure) ?? null;
      return value === null || other === null ? [] : [[value, other]];
    });
    if (pairs.length > 0) found.push({ figure, combination, against, ...pairedDifference(pairs) });
  }
  const adjusted = holm(found.map(({ p }) => p));
  return found.map((difference, index) => ({ ...difference, adjustedP: adjusted[index]! }));
}

function nameOf(combination: Combination): string {
  return JSON.stringify(Object.entries(combination).sort(([a], [b]) => (a < b ? -1 : 1)));
}

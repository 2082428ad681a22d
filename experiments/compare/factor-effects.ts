// How much each factor moves a figure on the whole: the main effects of a crossed design (D. C. Montgomery, Design and Analysis of Experiments, ch. 5; A.
// M. Law, Simulation Modeling and Analysis, ch. 12.2).
import type { Combination } from '../definition/factors.ts';
import type { Group } from './comparison.ts';

export interface FactorEffect {
  readonly factor: string;
  /** In the order of the experiment: how far the mean over all combinations with that level lies from the mean over all of them. */
  readonly levels: ReadonlyArray<{ readonly label: string; readonly effect: number }>;
  /** Of the variation between the combinations, 0..1: what this factor explains by itself; null: they are all alike. */
  readonly share: number | null;
}

/**
 * @param factors with two levels or more are looked at
 * @returns empty unless every level meets every level of the others, and each combination has the figure
 */
export function factorEffects(
  figure: string,
  groups: readonly Group[],
  factors: ReadonlyArray<{ readonly name: string; readonly levels: readonly string[] }>,
): FactorEffect[] {
  const cells = groups.flatMap(({ combination, figures }) => {
    const mean = figures.get(figure)?.mean;
    return mean === undefined ? [] : [{ combination, mean }];
  });
  const size = factors.reduce((product, { levels }) => product * levels.length, 1);
  if (cells.length === 0 || cells.length !== size) return [];
  const grand = meanOf(cells);
  const total = cells.reduce((sum, { mean }) => sum + (mean - grand) ** 2, 0);
  return factors
    .filter(({ levels }) => levels.length > 1)
    .map(({ levels, name }) => {
      const effects = levels.map((label) => ({
        label,
        effect: meanOf(cells.filter(({ combination }) => combination[name] === label)) - grand,
      }));
      const squares =
        effects.reduce((sum, { effect }) => sum + effect ** 2, 0) * (cells.length / levels.length);
      return { factor: name, levels: effects, share: total === 0 ? null : squares / total };
    });
}

function meanOf(cells: ReadonlyArray<{ readonly combination: Combination; readonly mean: number }>): number {
  return cells.reduce((sum, { mean }) => sum + mean, 0) / cells.length;
}

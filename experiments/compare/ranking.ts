// Which level of a factor does best: ranked run by run against the others that met the same requests.
import { figuresOf } from '../results/figures.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import type { Direction } from '../results/usual-direction.ts';

export interface Rank {
  readonly level: string;
  /** Over all seeds and settings of the other factors: 1 is the best; levels that are alike share the mean of their ranks. */
  readonly meanRank: number;
  /** Share of these in which it was the best, or as good as the best. */
  readonly best: number;
}

/** @returns the best first; empty where no two levels can be ranked */
export function ranking(
  runs: readonly RunOfSweep[],
  { better, factor, figure }: { factor: string; figure: string; better: Exclude<Direction, 'same'> },
): Rank[] {
  const contests = new Map<string, Array<{ readonly level: string; readonly value: number }>>();
  for (const { combination, seed, summary } of runs) {
    const value = figuresOf(summary).get(figure) ?? null;
    if (value === null) continue;
    const { [factor]: level, ...rest } = combination;
    const name = JSON.stringify([rest, seed]);
    const contest = contests.get(name) ?? [];
    contests.set(name, contest);
    contest.push({ level: level!, value: better === 'higher' ? value : -value });
  }
  const totals = new Map<string, { ranks: number; best: number; count: number }>();
  for (const contest of contests.values()) {
    if (contest.length < 2) continue;
    for (const { level, value } of contest) {
      const above = contest.filter((other) => other.value > value).length;
      const alike = contest.filter((other) => other.value === value).length;
      const total = totals.get(level) ?? { ranks: 0, best: 0, count: 0 };
      totals.set(level, total);
      total.ranks += above + (alike + 1) / 2;
      total.best += above === 0 ? 1 : 0;
      total.count += 1;
    }
  }
  return Array.from(totals, ([level, { best, count, ranks }]) => ({
    level,
    meanRank: ranks / count,
    best: best / count,
  })).sort((a, b) => a.meanRank - b.meanRank);
}

// results.csv: one row for each run of a sweep, in the order of the experiment: its key, its levels, its seed, and every figure.
import { csvLine } from '../../reports/files/csv-writer.ts';
import type { Summary } from '../../reports/summary.ts';
import type { Combination } from '../definition/factors.ts';
import { figuresOf } from './figures.ts';

export interface RunOfSweep {
  readonly key: string;
  readonly combination: Combination;
  readonly seed: number;
  readonly summary: Summary;
}

/** An empty field is a figure that the run does not have. */
export function resultsTable(factors: readonly string[], runs: readonly RunOfSweep[]): string {
  const rows = runs.map((run) => ({ ...run, figures: figuresOf(run.summary) }));
  // Reasons may differ from run to run.
  const names = [...new Set(rows.flatMap(({ figures }) => [...figures.keys()]))];
  const header = csvLine(['run', ...factors, 'seed', 'end', 'digest', ...names]);
  const lines = rows.map(({ key, combination, seed, summary, figures }) =>
    csvLine([
      key,
      ...factors.map((factor) => combination[factor] ?? null),
      seed,
      summary.end,
      summary.digest,
      ...names.map((name) => figures.get(name) ?? null),
    ]),
  );
  return header + lines.join('');
}

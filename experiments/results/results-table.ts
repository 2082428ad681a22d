// results.csv: one row for each run of a sweep, in the order of the experiment: its key, its levels, its seed, and every figure.
import type { Summary } from '../../reports/summary.ts';
import type { Combination } from '../definition/factors.ts';
import { figuresOf } from './figures.ts';

export interface RunOfSweep {
  readonly key: string;
  readonly combination: Combination;
  readonly seed: number;
  readonly summary: Summary;
}

/** @returns CSV (RFC 4180) with a line feed after each row; an empty field is a figure that the run does not have */
export function resultsTable(factors: readonly string[], runs: readonly RunOfSweep[]): string {
  const rows = runs.map((run) => ({ ...run, figures: figuresOf(run.summary) }));
  // Maps of reasons may differ from run to run.
  const names = [...new Set(rows.flatMap(({ figures }) => [...figures.keys()]))];
  const lines = [['run', ...factors, 'seed', 'end', 'digest', ...names]];
  for (const { key, combination, seed, summary, figures } of rows) {
    lines.push([
      key,
      ...factors.map((factor) => combination[factor] ?? ''),
      String(seed),
      summary.end,
      summary.digest,
      ...names.map((name) => String(figures.get(name) ?? '')),
    ]);
  }
  return lines.map((fields) => `${fields.map(quoted).join(',')}\n`).join('');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

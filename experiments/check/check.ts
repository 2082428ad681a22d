// A check: every run of a scenario or an experiment, then what the baseline says of them.
import type { Experiment } from '../definition/experiment.ts';
import { type SweepOptions, sweep } from '../sweep/sweep.ts';
import type { SweepDirectory } from '../sweep/sweep-directory.ts';
import type { Baseline } from './baseline.ts';
import type { CheckFindings } from './check-report.ts';
import { judge } from './verdicts.ts';

export interface CheckOptions extends SweepOptions {
  readonly baseline: Baseline;
  /** Writes the baseline anew. Nothing is written when a run failed. */
  readonly update: boolean;
}

export type CheckOutcome =
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'checked';
      readonly findings: CheckFindings;
      /** Of an update: whether the file says something else now. */
      readonly isRewritten: boolean;
    };

/**
 * @param directory where the runs are left, empty so far
 * @throws InputError PEX_BASELINE_INVALID, PEX_FILE_UNWRITABLE
 */
export async function check(
  experiment: Experiment,
  directory: SweepDirectory,
  { baseline, update, ...options }: CheckOptions,
): Promise<CheckOutcome> {
  const { failures, isInterrupted } = await sweep(experiment, directory, options);
  if (isInterrupted) return { kind: 'interrupted' };
  const about = { name: experiment.name, baseline: baseline.file, runs: experiment.cells.length, failures };
  if (failures.length > 0)
    return { kind: 'checked', findings: { ...about, verdicts: [] }, isRewritten: false };
  const runs = directory.runs();
  const pairs = update ? baseline.pairIfOfThese(runs) : baseline.pair(experiment, runs);
  const verdicts = judge(pairs, baseline.rules);
  const findings: CheckFindings = { ...about, verdicts };
  return { kind: 'checked', findings, isRewritten: update && baseline.record(experiment, runs) };
}

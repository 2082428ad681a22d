// A sweep: every cell of an experiment that is not done yet, by a crew; then the table of all results.
import type { Combination } from '../definition/factors.ts';
import { resultsTable } from '../results/results-table.ts';
import type { CellFailure } from './cell-worker.ts';
import type { Crew } from './crew.ts';
import type { SweepDirectory, SweepPlan } from './sweep-directory.ts';

export interface FailedCell extends CellFailure {
  readonly combination: Combination;
  readonly seed: number;
  /** Where its scenario is: running it repeats the failure. */
  readonly directory: string;
}

export interface SweepProgress {
  /** Cells that are over, those that an earlier sweep had done not included. */
  readonly done: number;
  readonly failed: number;
  /** Cells that this sweep has to run. */
  readonly toDo: number;
}

export interface SweepOptions {
  readonly crew: Crew;
  /** Stops at the first failure. */
  readonly failFast?: boolean;
  readonly onProgress?: (progress: SweepProgress) => void;
  readonly onFailure?: (failure: FailedCell) => void;
  /** Begins no further cell; those that run are left. */
  readonly signal?: AbortSignal;
}

export interface SweepOutcome {
  /** All cells that are done, of this sweep and of earlier ones. */
  readonly finished: number;
  /** Found done. */
  readonly reused: number;
  readonly failures: readonly FailedCell[];
  readonly isInterrupted: boolean;
  /** Absent unless every cell is done. */
  readonly resultsFile?: string;
}

/** What has to be known of an experiment to run it: itself, or the plan that a directory keeps of it. */
export type SweepWork = Pick<SweepPlan, 'cells' | 'version'> & {
  readonly factors: ReadonlyArray<{ readonly name: string }>;
};

/** @throws InputError PEX_FILE_UNWRITABLE; finished cells are kept, as they are whatever happens */
export async function sweep(
  work: SweepWork,
  directory: SweepDirectory,
  options: SweepOptions,
): Promise<SweepOutcome> {
  directory.dropResults();
  const outcome = await runCells(work, directory, options);
  if (outcome.finished < work.cells.length) return outcome;
  return { ...outcome, resultsFile: collect(work, directory) };
}

/** The table of all results. @returns its place. @throws InputError PEX_RESULTS_INVALID unless every run is done */
export function collect({ factors }: Pick<SweepWork, 'factors'>, directory: SweepDirectory): string {
  const names = factors.map(({ name }) => name);
  return directory.putResults(resultsTable(names, directory.runs()));
}

/** One of several parts of a sweep that are as good as equal: every so manieth run, from that number on, counted from 0. */
export function partOf(work: SweepWork, { part, of }: { part: number; of: number }): SweepWork {
  return { ...work, cells: work.cells.filter((_, index) => index % of === part) };
}

/** Those of the cells that are not done yet. Others may run other cells of the same directory meanwhile. */
export async function runCells(
  { cells, version }: SweepWork,
  directory: SweepDirectory,
  { crew, failFast = false, onProgress, onFailure, signal }: SweepOptions,
): Promise<SweepOutcome> {
  const toDo = cells.filter(({ key }) => !directory.isDone(key));
  const failures: FailedCell[] = [];
  let done = 0;
  let next = 0;
  const isOver = () => signal?.aborted === true || (failFast && failures.length > 0);
  const interrupted = new Promise<'interrupted'>((resolve) => {
    signal?.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const workOn = async (): Promise<void> => {
    while (next < toDo.length && !isOver()) {
      const { combination, key, seed } = toDo[next]!;
      next += 1;
      const place = directory.cellPath(key);
      const end = await Promise.race([crew.run({ directory: place, version }), interrupted]);
      if (end === 'interrupted') return;
      if (end.kind === 'done') done += 1;
      else {
        const failure = { ...end, combination, seed, directory: place };
        failures.push(failure);
        onFailure?.(failure);
      }
      onProgress?.({ done, failed: failures.length, toDo: toDo.length });
    }
  };
  await Promise.all(Array.from({ length: crew.size }, workOn));
  const reused = cells.length - toDo.length;
  return {
    finished: reused + done,
    reused,
    failures,
    isInterrupted: signal?.aborted === true,
  };
}

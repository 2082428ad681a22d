// The directory of a sweep: what it is (sweep.json), a folder for each cell, and the table of all results (results.csv). Whatever is there is
// whole: files are written beside their place and moved into it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { putFile } from '../../reports/files/put-file.ts';
import { writing } from '../../reports/files/run-directory.ts';
import type { Summary } from '../../reports/summary.ts';
import { InputError } from '../../written/input-error.ts';
import type { Cell, Experiment } from '../definition/experiment.ts';
import type { Combination } from '../definition/factors.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import type { Direction } from '../results/usual-direction.ts';
import { type CellSeries, type Course, courseOf } from './cell-series.ts';
import { CELL_NOTES, CELL_SCENARIO, CELL_SERIES, CELL_SUMMARY } from './run-cell.ts';

const PLAN = 'sweep.json';
const RESULTS = 'results.csv';

/** A sweep as its directory keeps it. */
export interface SweepPlan {
  readonly name: string;
  readonly description: string;
  /** Of OpenPEX. */
  readonly version: string;
  readonly factors: ReadonlyArray<{ readonly name: string; readonly levels: readonly string[] }>;
  readonly seeds: readonly number[];
  readonly baseline: Combination;
  readonly metrics: readonly string[];
  /** Figures that are better otherwise than usual; absent: none. */
  readonly better?: Readonly<Record<string, Direction>>;
  /** The scenario that is varied, every setting written out. */
  readonly base: unknown;
  readonly cells: ReadonlyArray<Pick<Cell, 'key' | 'combination' | 'seed'>>;
}

export class SweepDirectory {
  readonly path: string;
  readonly plan: SweepPlan;

  private constructor(path: string, plan: SweepPlan) {
    this.path = path;
    this.plan = plan;
  }

  static isAt(path: string): boolean {
    return existsSync(join(path, PLAN));
  }

  /** @throws InputError PEX_RESULTS_INVALID */
  static read(path: string): SweepDirectory {
    const file = join(path, PLAN);
    try {
      return new SweepDirectory(path, JSON.parse(readFileSync(file, 'utf8')));
    } catch (cause) {
      throw new InputError('PEX_RESULTS_INVALID', 'is not the plan of a sweep', { file }, { cause });
    }
  }

  /**
   * Makes the directory, or goes on in one that is there; finished cells of the same inputs are kept.
   * @param goesOn with what a sweep left there
   * @throws InputError PEX_FILE_UNWRITABLE when something else is there, PEX_SWEEP_CHANGED when the experiment is another one
   */
  static prepare(path: string, experiment: Experiment, goesOn: boolean): SweepDirectory {
    const plan = planOf(experiment);
    const isThere = SweepDirectory.isAt(path);
    if (isThere && !goesOn) {
      throw new InputError(
        'PEX_FILE_UNWRITABLE',
        'holds a sweep: go on with --resume, or choose another --out',
        {
          file: path,
        },
      );
    }
    if (isThere) {
      const before = SweepDirectory.read(path);
      before.checkVersion(plan.version);
      checkUnchanged(before.plan, plan, path);
    } else if (writing(path, () => existsSync(path) && readdirSync(path).length > 0)) {
      throw new InputError(
        'PEX_FILE_UNWRITABLE',
        `holds files, but no sweep (no ${PLAN}): empty it, or choose another place with --out`,
        { file: path },
      );
    }
    const directory = new SweepDirectory(path, plan);
    writing(path, () => {
      mkdirSync(path, { recursive: true });
      for (const cell of experiment.cells) {
        const place = directory.cellPath(cell.key);
        mkdirSync(place, { recursive: true });
        putFile(join(place, CELL_SCENARIO), cell.scenarioYaml);
      }
      putFile(join(path, PLAN), `${JSON.stringify(plan, null, 2)}\n`);
    });
    return directory;
  }

  /** Cells of two versions are not comparable. @throws InputError PEX_SWEEP_CHANGED */
  checkVersion(version: string): void {
    if (this.plan.version === version) return;
    throw changed(this.path, `was begun with OpenPEX ${this.plan.version}, and this is ${version}`);
  }

  cellPath(key: string): string {
    return join(this.path, 'cells', key);
  }

  /** Is there once every run is done. */
  get resultsFile(): string {
    return join(this.path, RESULTS);
  }

  isDone(key: string): boolean {
    return existsSync(join(this.cellPath(key), CELL_SUMMARY));
  }

  /** Without what depends on the machine. */
  #summaryOf(key: string): Summary {
    return readJson(join(this.cellPath(key), CELL_SUMMARY), 'is not the summary of a run');
  }

  /** All runs, in the order of the plan. @throws InputError PEX_RESULTS_INVALID unless every one is done */
  runs(): RunOfSweep[] {
    const missing = this.plan.cells.filter(({ key }) => !this.isDone(key)).length;
    if (missing > 0) {
      const problem = `${missing} of ${this.plan.cells.length} runs are not done; go on with openpex sweep --resume`;
      throw new InputError('PEX_RESULTS_INVALID', problem, { file: this.path });
    }
    return this.plan.cells.map((cell) => ({ ...cell, summary: this.#summaryOf(cell.key) }));
  }

  /** How full the cluster was in all runs of each combination, in the order of the plan; runs that older versions left have nothing. */
  courses(): ReadonlyArray<{ readonly combination: Combination; readonly course: Course }> {
    const series = new Map<string, { combination: Combination; runs: CellSeries[] }>();
    for (const { combination, key } of this.plan.cells) {
      const file = join(this.cellPath(key), CELL_SERIES);
      if (!existsSync(file)) continue;
      const name = JSON.stringify(combination);
      const found = series.get(name) ?? { combination, runs: [] };
      series.set(name, found);
      found.runs.push(readJson(file, 'is not the course of a run'));
    }
    return [...series.values()].map(({ combination, runs }) => ({ combination, course: courseOf(runs) }));
  }

  /** What there is to say about the workloads of the runs that are done: each text once, with the number of runs that it is of. */
  notes(): ReadonlyMap<string, number> {
    const notes = new Map<string, number>();
    for (const { key } of this.plan.cells) {
      const file = join(this.cellPath(key), CELL_NOTES);
      if (!this.isDone(key) || !existsSync(file)) continue;
      const text = readFileSync(file, 'utf8');
      notes.set(text, (notes.get(text) ?? 0) + 1);
    }
    return notes;
  }

  /** @returns where the table was put */
  putResults(text: string): string {
    const file = this.resultsFile;
    putFile(file, text);
    return file;
  }

  /** What is not of this plan any more does not stand beside it. */
  dropResults(): void {
    writing(this.path, () => rmSync(this.resultsFile, { force: true }));
  }
}

function planOf({ cells, factors, findsWarmUp: _, providers: __, ...rest }: Experiment): SweepPlan {
  return {
    ...rest,
    factors: factors.map(({ name, levels }) => ({ name, levels: levels.map(({ label }) => label) })),
    cells: cells.map(({ key, combination, seed }) => ({ key, combination, seed })),
  };
}

/** @throws InputError PEX_RESULTS_INVALID */
function readJson<Value>(file: string, problem: string): Value {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InputError('PEX_RESULTS_INVALID', problem, { file }, { cause });
  }
}

/** Factors and seeds may grow; the version and the scenario must be the same, or finished cells would not be comparable with new ones. */
function checkUnchanged(before: SweepPlan, now: SweepPlan, path: string): void {
  const field = firstDifference(before.base, now.base, '');
  if (field === undefined) return;
  const [name, was, is] = field;
  throw changed(path, `its scenario had ${name}: ${JSON.stringify(was)}, and now has ${JSON.stringify(is)}`);
}

function changed(path: string, what: string): InputError {
  return new InputError('PEX_SWEEP_CHANGED', `${what}; choose another --out for another sweep`, {
    file: path,
  });
}

type Difference = readonly [path: string, before: unknown, now: unknown];

function firstDifference(before: unknown, now: unknown, path: string): Difference | undefined {
  if (Object.is(before, now)) return undefined;
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) {
    return [path, before, now];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  const isList = Array.isArray(before);
  for (const key of keys) {
    const part = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const difference = firstDifference(
      (before as Record<string, unknown>)[key],
      (now as Record<string, unknown>)[key],
      part,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}

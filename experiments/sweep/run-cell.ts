// One run of a sweep, from a scenario file to a summary beside it: pure, so that it can be run anywhere and again.
import { join } from 'node:path';
import { putFile } from '../../reports/files/put-file.ts';
import type { RunFigures } from '../../reports/run-metrics.ts';
import { WALL_CLOCK_FIELDS } from '../../reports/summary.ts';
import { WorkloadNotes } from '../../scenarios/formats/workload-notes.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { ScenarioRun } from '../run-scenario.ts';
import { type CellSeries, seriesOf } from './cell-series.ts';

/** What a worker thread is handed. */
export interface CellTask {
  /** Holds {@link CELL_SCENARIO}. */
  readonly directory: string;
  /** Of OpenPEX. */
  readonly version: string;
}

export const CELL_SCENARIO = 'scenario.yaml';
/** Is there once the run is over, and as a whole: it is the mark of completion. */
export const CELL_SUMMARY = 'summary.json';

/** What there is to say about the rows of its workloads; absent: nothing. */
export const CELL_NOTES = 'notes.txt';

/** How full the cluster was over time, see {@link CellSeries}. */
export const CELL_SERIES = 'series.json';

/** What the machine took is left out: a cell depends on its inputs and nothing else. */
const NO_MACHINE = { nowMs: () => 0, peakRssMib: () => 0 };

/** @throws what loading and running the scenario throws, and InputError PEX_FILE_UNWRITABLE; nothing half-written is left then */
export async function runCell({ directory, version }: CellTask): Promise<void> {
  const file = join(directory, CELL_SCENARIO);
  const scenario = await loadScenario(file);
  const run = ScenarioRun.open({ scenario, version, reproduceCommand: `openpex run ${file}` });
  const listener = new WorkloadNotes();
  let series: CellSeries | undefined;
  const onFigures = (figures: RunFigures) => {
    series = seriesOf(figures);
  };
  const summary: Record<string, unknown> = {
    ...(await run.run({ machine: NO_MACHINE, listener, onFigures })),
  };
  for (const field of WALL_CLOCK_FIELDS) delete summary[field];
  const notes = listener.describe();
  if (notes !== '') putFile(join(directory, CELL_NOTES), notes);
  putFile(join(directory, CELL_SERIES), `${JSON.stringify(series)}\n`);
  putFile(join(directory, CELL_SUMMARY), `${JSON.stringify(summary, null, 2)}\n`);
}

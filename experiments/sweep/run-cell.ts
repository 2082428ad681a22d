// One run of a sweep, from a scenario file to a summary beside it: pure, so that it can be run anywhere and again.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../../reports/files/run-directory.ts';
import { WALL_CLOCK_FIELDS } from '../../reports/summary.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { ScenarioRun } from '../run-scenario.ts';

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

/** What the machine took is left out: a cell depends on its inputs and nothing else. */
const NO_MACHINE = { nowMs: () => 0, peakRssMib: () => 0 };

/** @throws what loading and running the scenario throws, and InputError PEX_FILE_UNWRITABLE; nothing half-written is left then */
export async function runCell({ directory, version }: CellTask): Promise<void> {
  const file = join(directory, CELL_SCENARIO);
  const scenario = await loadScenario(file);
  const run = ScenarioRun.open({ scenario, version, reproduceCommand: `openpex run ${file}` });
  const summary: Record<string, unknown> = { ...(await run.run({ machine: NO_MACHINE })) };
  for (const field of WALL_CLOCK_FIELDS) delete summary[field];
  const target = join(directory, CELL_SUMMARY);
  writing(target, () => {
    const draft = `${target}.draft`;
    writeFileSync(draft, `${JSON.stringify(summary, null, 2)}\n`, { flush: true });
    renameSync(draft, target);
  });
}

// What runs in each thread of the fuzzer: one case, from its files to what was found.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { CASE_SCENARIO, CASE_WORKLOAD, type Disturbance } from './fuzz-case.ts';

export interface FuzzTask {
  /** Holds the scenario; of one thread at a time. */
  readonly folder: string;
  /** To be put there first; absent: they are there. */
  readonly files?: { readonly scenario: string; readonly workload: string };
  readonly disturbance: Disturbance;
  /** For each question to a policy, in real time; absent: as long as the run may take. */
  readonly patienceMs?: number;
}

/** An error travels as what people see of it. */
export type FuzzEnd = Evaluation | { readonly code: string; readonly message: string };

export default async function work({ disturbance, files, folder, patienceMs }: FuzzTask): Promise<FuzzEnd> {
  if (files !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, CASE_SCENARIO), files.scenario);
    writeFileSync(join(folder, CASE_WORKLOAD), files.workload);
  }
  try {
    return await evaluate(await loadScenario(join(folder, CASE_SCENARIO)), disturbance, patienceMs);
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
}

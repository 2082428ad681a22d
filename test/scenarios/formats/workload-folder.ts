// Workload files of one test file, outside of the repository: what they are read as, and what is said about bad ones.
import { Rng, type UserRequest } from '../../../engine/index.ts';
import { TYPES_OF_THE_PAPERS } from '../../../scenarios/formats/instance-size.ts';
import { type KnownResources, NO_NAMED } from '../../../scenarios/formats/named-amounts.ts';
import { readRows, readWorkload } from '../../../scenarios/formats/read-workload.ts';
import type { RequestIds } from '../../../scenarios/formats/request-ids.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { WorkloadSource } from '../../../scenarios/formats/source.ts';
import { InputError } from '../../../written/input-error.ts';
import { complete, findProblems } from '../../../written/written-value.ts';
import { ScenarioFolder } from '../scenario-folder.ts';

/** Monday. */
export const START_MS = Date.UTC(2009, 7, 17);
export const HOUR_MS = 3_600_000;

/** An entry under `workloads` with its defaults, as the scenario loader hands it on. */
export function workload(entry: object): WorkloadSource {
  const completed = complete(WorkloadSource, entry);
  const problems = findProblems(WorkloadSource, completed);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return completed as WorkloadSource;
}

export class WorkloadFolder {
  private readonly folder: ScenarioFolder;
  /** What `lenient` left out since the last reading began, the folder written as ~. */
  skipped: string[] = [];
  /** What was done with how many odd rows. */
  odd: Record<string, number> = {};
  hints: string[] = [];
  /** What rows may name beside CPU, memory and disk. */
  resources: KnownResources = NO_NAMED;

  private constructor(folder: ScenarioFolder) {
    this.folder = folder;
  }

  static async make(): Promise<WorkloadFolder> {
    return new WorkloadFolder(await ScenarioFolder.make());
  }

  remove(): Promise<void> {
    return this.folder.remove();
  }

  get path(): string {
    return this.folder.path;
  }

  /** Writes a file; a first line break, for looks, is left out. */
  write(name: string, text: string): Promise<string> {
    return this.folder.write(name, text);
  }

  /** The rows of a file of that name and text. */
  async rows(name: string, text: string, settings: object = {}): Promise<WorkloadRow[]> {
    return this.rowsOf({ file: await this.write(name, text), ...settings });
  }

  async rowsOf(entry: object, ids?: RequestIds): Promise<WorkloadRow[]> {
    this.forget();
    const rows: WorkloadRow[] = [];
    for await (const row of readRows(workload(entry), { ...this.context(), ids })) rows.push(row);
    return rows;
  }

  async requests(name: string, text: string, settings: object = {}): Promise<UserRequest[]> {
    this.forget();
    const source = workload({ file: await this.write(name, text), ...settings });
    const requests: UserRequest[] = [];
    for await (const request of readWorkload(source, this.context())) requests.push(request);
    return requests;
  }

  /** Code and message of the error of reading that text, the folder written as ~. */
  async problem(name: string, text: string, settings: object = {}): Promise<string> {
    return this.problemOf({ file: await this.write(name, text), ...settings });
  }

  async problemOf(entry: object, ids?: RequestIds): Promise<string> {
    try {
      await this.rowsOf(entry, ids);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return `${error.code}\n${error.message}`.replaceAll(this.path, '~');
    }
    throw new Error('the workload was read');
  }

  private forget(): void {
    this.skipped = [];
    this.odd = {};
    this.hints = [];
  }

  private context() {
    return {
      startMs: START_MS,
      instanceTypes: TYPES_OF_THE_PAPERS,
      template: 'debian',
      resources: this.resources,
      rng: Rng.fromSeed(1),
      onSkipped: (problem: InputError) => {
        this.skipped.push(problem.message.replaceAll(this.path, '~'));
      },
      onOdd: (_file: string, what: string) => {
        this.odd[what] = (this.odd[what] ?? 0) + 1;
      },
      onHint: (hint: string) => {
        this.hints.push(hint.replaceAll(this.path, '~'));
      },
    };
  }
}

// A folder for scenario files of one test file, outside of the repository, and the messages that loading them gives.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadOptions, loadScenario } from '../../scenarios/load/scenario.ts';
import { InputError } from '../../written/input-error.ts';

export class ScenarioFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<ScenarioFolder> {
    return new ScenarioFolder(await mkdtemp(join(tmpdir(), 'openpex-scenario-')));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true });
  }

  /** Writes a file; a first line break, for looks, is left out. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text.replace(/^\n/, ''));
    return path;
  }

  /** Code and message of the error of loading that text, the folder written as ~. */
  async problem(text: string, options: LoadOptions = {}, name = 'day.yaml'): Promise<string> {
    const file = await this.write(name, text);
    try {
      await loadScenario(file, { env: {}, ...options });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return `${error.code}\n${error.message}`.replaceAll(this.path, '~');
    }
    throw new Error('the scenario was loaded');
  }
}

/** The least that a scenario needs, to which tests add what they are about. */
export const LEAST = `
cluster:
  nodes:
    - { group: n, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }
workloads:
  - file: day.csv
`;

export const DAY_CSV = `
id,submit,start,duration,type,instances,buyer
a,0,3600,7200,SMALL,2,
b,60,3600,7200,SMALL,7,exact-or-nothing
`;

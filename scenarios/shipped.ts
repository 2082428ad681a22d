// The files that ship: scenarios, and the specifications of their generators. Each can be asked for by its name.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../written/input-error.ts';
import { suggestion } from '../written/suggestion.ts';

/** This folder in the sources; the compiled file is in dist/scenarios, the files that ship are not. */
const FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '.' : '../../scenarios/', import.meta.url),
);
const SPECIFICATION = '.workload.yaml';
const SCENARIO = '.yaml';
const EXPERIMENTS = 'experiments';
/** A scenario for each system of the papers, and the experiment over all of them: `papers/NAME`. */
const PAPERS = 'papers';
const ALL_PAPERS = `${PAPERS}/all`;

/** Names of the scenarios that ship, in alphabetical order. */
export async function shippedScenarios(): Promise<string[]> {
  return namesOf(
    (await readdir(FOLDER)).filter((file) => !file.endsWith(SPECIFICATION)),
    SCENARIO,
  );
}

/** @throws InputError PEX_FILE_UNREADABLE when it is neither a file of YAML or JSON nor the name of a scenario that ships */
export async function findScenario(fileOrName: string): Promise<string> {
  return find(
    fileOrName,
    [...(await shippedScenarios()), ...(await systemsOfPapers())],
    SCENARIO,
    'scenario',
  );
}

/** Names of the scenarios of the papers' systems, in alphabetical order. */
export async function systemsOfPapers(): Promise<string[]> {
  const files = (await readdir(join(FOLDER, PAPERS))).filter((file) => !file.endsWith(SPECIFICATION));
  return namesOf(files, SCENARIO)
    .map((name) => `${PAPERS}/${name}`)
    .filter((name) => name !== ALL_PAPERS);
}

/** The same for an experiment. */
export async function findExperiment(fileOrName: string): Promise<string> {
  if (fileOrName === ALL_PAPERS) return join(FOLDER, `${ALL_PAPERS}${SCENARIO}`);
  const names = namesOf(await readdir(join(FOLDER, EXPERIMENTS)), SCENARIO);
  return find(fileOrName, names, SCENARIO, 'experiment', EXPERIMENTS);
}

/** What has that name: `isExperiment` is known of those that ship; of a file only what it says tells. */
export async function findScenarioOrExperiment(
  fileOrName: string,
): Promise<{ readonly file: string; readonly isExperiment?: boolean }> {
  if (isFile(fileOrName)) return { file: fileOrName };
  const experiments = namesOf(await readdir(join(FOLDER, EXPERIMENTS)), SCENARIO);
  if (experiments.includes(fileOrName)) return { file: await findExperiment(fileOrName), isExperiment: true };
  if (fileOrName === ALL_PAPERS) return { file: await findExperiment(fileOrName), isExperiment: true };
  const names = [...(await shippedScenarios()), ...(await systemsOfPapers()), ...experiments];
  return { file: find(fileOrName, names, SCENARIO, 'scenario or experiment'), isExperiment: false };
}

/** The same for a generator specification. */
export async function findSpecification(fileOrName: string): Promise<string> {
  return find(fileOrName, namesOf(await readdir(FOLDER), SPECIFICATION), SPECIFICATION, 'specification');
}

/**
 * A scenario or a specification: a file of either kind, the name of a scenario that ships, or that of a specification with its ending, such as
 * "campus-month.workload".
 */
export async function findScenarioOrSpecification(fileOrName: string): Promise<string> {
  const names = namesOf(await readdir(FOLDER), SCENARIO);
  return find(fileOrName, names, SCENARIO, 'scenario or specification');
}

function namesOf(files: readonly string[], ending: string): string[] {
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** A file rather than the name of one that ships. */
export function isFile(fileOrName: string): boolean {
  return (
    /\.(ya?ml|json)$/.test(fileOrName) || (/[/\\]/.test(fileOrName) && !/^papers\/[\w-]+$/.test(fileOrName))
  );
}

function find(
  fileOrName: string,
  shipped: readonly string[],
  ending: string,
  what: string,
  folder = '.',
): string {
  if (isFile(fileOrName)) return fileOrName;
  if (shipped.includes(fileOrName)) return join(FOLDER, folder, `${fileOrName}${ending}`);
  throw new InputError(
    'PEX_FILE_UNREADABLE',
    `there is no ${what} "${fileOrName}"${suggestion(fileOrName, shipped)}; a file of your own ends in .yaml or .json`,
  );
}

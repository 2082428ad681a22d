// An experiment file with everything that it names, checked: every combination of its levels is a scenario that can run.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type LoadedScenario,
  type LoadOptions,
  loadScenario,
  type ScenarioChange,
} from '../../scenarios/load/scenario.ts';
import { findExperiment, findScenarioOrExperiment, isFile } from '../../scenarios/shipped.ts';
import { WrittenDocument } from '../../written/document.ts';
import type { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { complete, findProblems, type PathPart } from '../../written/written-value.ts';
import { problemOfFigure, problemOfProvider } from '../results/figures.ts';
import type { Direction } from '../results/usual-direction.ts';
import { ExperimentFile, USUAL_METRICS } from './experiment-file.ts';
import {
  type Combination,
  changesOf,
  combinationsOf,
  type Factor,
  factorsOf,
  type Level,
} from './factors.ts';

/** One run: a combination of levels under one seed. */
export interface Cell {
  /** A hash of everything that the run depends on: the version, the scenario with its seed, the files that it names. */
  readonly key: string;
  readonly combination: Combination;
  readonly seed: number;
  /** A scenario file in which nothing is left open. */
  readonly scenarioYaml: string;
}

/** Until when further seeds are added. */
export interface StopRule {
  readonly metric: string;
  /** In the unit of the figure. */
  readonly halfWidth: number;
  /** Levels of the combinations that are looked at; empty: all that differ from the baseline. */
  readonly of: Combination;
  readonly seedsMax: number;
}

export interface Experiment {
  readonly name: string;
  readonly description: string;
  /** Of OpenPEX. */
  readonly version: string;
  readonly factors: readonly Factor[];
  readonly seeds: readonly number[];
  /** Levels of some of the factors; empty without factors. */
  readonly baseline: Combination;
  readonly metrics: readonly string[];
  /** Figures that are better otherwise than usual; absent: none. */
  readonly better?: Readonly<Record<string, Direction>>;
  /** Absent: the seeds are those of the file. */
  readonly until?: StopRule;
  /** These are pilot runs, without a warm-up: what they show says which one to load the experiment with. */
  readonly findsWarmUp: boolean;
  /** Names of providers in runs that have several. */
  readonly providers: readonly string[];
  /** The scenario that is varied, every setting written out: plain data. */
  readonly base: unknown;
  /** Combinations in the order of the file, the seeds of each in their order. */
  readonly cells: readonly Cell[];
}

/** `policies` and `set` are laid over every run, and over what is varied. */
export interface ExperimentOptions extends Pick<LoadOptions, 'policies' | 'set'> {
  readonly version: string;
  /** Instead of the file's: the seeds 1 to this. */
  readonly seeds?: number | undefined;
  /** What pilot runs found, where the file asks for them. */
  readonly warmUp?: string | undefined;
}

/** How a file asks for pilot runs. */
const FOUND_WARM_UP = 'mser-5';
const PILOT_SEEDS = 5;

/**
 * An experiment, or a scenario as an experiment in which nothing is varied and the seed is its own.
 * @param fileOrName as {@link loadExperiment} takes it, or as {@link loadScenario} does
 * @throws InputError as these do
 */
export async function loadExperimentOrScenario(
  fileOrName: string,
  options: ExperimentOptions,
): Promise<Experiment> {
  const { file, isExperiment = await namesScenario(file) } = await findScenarioOrExperiment(fileOrName);
  if (isExperiment) {
    const experiment = await loadExperiment(file, options);
    if (!experiment.findsWarmUp) return experiment;
    const document = await WrittenDocument.read(file);
    throw fault(
      document,
      ['warmUp'],
      'is mser-5, which depends on pilot runs; expected a duration here, such as openpex sweep finds',
    );
  }
  const { version } = options;
  const scenario = await loadScenario(file, options);
  const { description, name, resolved, resolvedYaml, seed } = scenario;
  const key = await keyOf(scenario, version, new FileDigests());
  return {
    name,
    description,
    version,
    factors: [],
    seeds: [seed],
    baseline: {},
    metrics: USUAL_METRICS,
    findsWarmUp: false,
    providers: severalOf(scenario),
    base: resolved,
    cells: [{ key, combination: {}, seed, scenarioYaml: resolvedYaml }],
  };
}

/** An experiment names the scenario that it varies; a scenario has no such setting. */
async function namesScenario(file: string): Promise<boolean> {
  return (await WrittenDocument.read(file)).get(['scenario']) !== undefined;
}

/**
 * @param fileOrName a .yaml, .yml or .json file, or the name of an experiment that ships, such as "allocation"
 * @throws InputError PEX_EXPERIMENT_INVALID, and what {@link loadScenario} throws, with the line of the experiment where a level is at fault
 */
export async function loadExperiment(
  fileOrName: string,
  { version, seeds, warmUp, ...overrides }: ExperimentOptions,
): Promise<Experiment> {
  const file = await findExperiment(fileOrName);
  const document = await WrittenDocument.read(file);
  const completed = complete(ExperimentFile, document.value);
  const problems = findProblems(ExperimentFile, completed);
  if (problems.length > 0) throw document.error('PEX_EXPERIMENT_INVALID', problems);
  const written = completed as ExperimentFile;
  const factors = factorsOf(written, document);
  checkMetrics(written, document);
  const baseline = levelsAt(['baseline'], written.baseline, factors, document) ?? usualBaseline(factors);
  const until = untilOf(written, { baseline, document, factors });
  const findsWarmUp = written.warmUp === FOUND_WARM_UP && warmUp === undefined;
  const fixed = [
    ...changesOf(written.set, document, ['set']),
    ...warmUpChanges(written, findsWarmUp ? '0s' : warmUp, document),
  ];
  const scenarioFile = locate(written.scenario, file);
  const base = await loadScenario(scenarioFile, { ...overrides, changes: fixed });
  checkSeeds(written, document);
  const seedList = findsWarmUp ? pilotSeeds(written) : seedsOf(seeds ?? written.seeds);
  const digests = new FileDigests();
  const cells: Cell[] = [];
  const providers = new Set<string>();
  const owners = new Map<string, Cell>();
  for (const levels of combinationsOf(factors, written.design, document)) {
    const changes: ScenarioChange[] = [...fixed, ...levels.flatMap((level) => level.changes)];
    const combination = combinationOf(factors, levels);
    const [own] = levels.flatMap(({ scenario }) => scenario ?? []);
    const cellFile = own === undefined ? scenarioFile : locate(own, file);
    for (const seed of seedList) {
      const scenario = await loadScenario(cellFile, { ...overrides, changes, seed });
      for (const name of severalOf(scenario)) providers.add(name);
      const key = await keyOf(scenario, version, digests);
      const cell: Cell = { key, combination, seed, scenarioYaml: scenario.resolvedYaml };
      const owner = owners.get(key);
      if (owner !== undefined) throw sameRun(owner, cell, document);
      owners.set(key, cell);
      cells.push(cell);
    }
  }
  checkProviders(written, [...providers], document);
  return {
    name: written.name ?? basename(file).replace(/\.[^.]*$/, ''),
    description: written.description,
    version,
    factors,
    seeds: seedList,
    baseline,
    metrics: written.metrics,
    ...(written.better === undefined ? {} : { better: written.better }),
    ...(until === undefined ? {} : { until }),
    findsWarmUp,
    providers: [...providers],
    base: base.resolved,
    cells,
  };
}

/** @param found instead of what the file asks for */
function warmUpChanges(
  { set, warmUp }: ExperimentFile,
  found: string | undefined,
  document: WrittenDocument,
): ScenarioChange[] {
  if (warmUp === undefined) return [];
  if ('warmUp' in set)
    throw fault(document, ['set', 'warmUp'], 'is there beside "warmUp"; expected one of them');
  return changesOf({ warmUp: found ?? warmUp }, document, []);
}

/** The same, however many follow. */
function pilotSeeds({ seeds }: ExperimentFile): readonly number[] {
  return seedsOf(typeof seeds === 'number' ? PILOT_SEEDS : seeds).slice(0, PILOT_SEEDS);
}

function locate(scenario: string, file: string): string {
  return isFile(scenario) && !isAbsolute(scenario) ? join(dirname(file), scenario) : scenario;
}

function seedsOf(seeds: number | readonly number[]): readonly number[] {
  if (typeof seeds !== 'number') return seeds;
  return Array.from({ length: seeds }, (_, index) => index + 1);
}

function checkSeeds({ seeds }: ExperimentFile, document: WrittenDocument): void {
  if (typeof seeds === 'number') return;
  const again = seeds.findIndex((seed, index) => seeds.indexOf(seed) < index);
  if (again >= 0)
    throw fault(document, ['seeds', again], `is ${seeds[again]} again; expected each seed once`);
}

function combinationOf(factors: readonly Factor[], levels: readonly Level[]): Combination {
  return Object.fromEntries(factors.map(({ name }, index) => [name, levels[index]!.label]));
}

function usualBaseline(factors: readonly Factor[]): Combination {
  const [first] = factors;
  return first === undefined ? {} : { [first.name]: first.levels[0]!.label };
}

interface UntilContext {
  readonly baseline: Combination;
  readonly document: WrittenDocument;
  readonly factors: readonly Factor[];
}

function untilOf(
  { seeds, until }: ExperimentFile,
  { baseline, document, factors }: UntilContext,
): StopRule | undefined {
  if (until === undefined) return undefined;
  const problem = problemOfFigure(until.metric);
  if (problem !== undefined) throw fault(document, ['until', 'metric'], problem);
  if (typeof seeds !== 'number') {
    throw fault(document, ['seeds'], 'is a list; expected a number to go on from, where there is an "until"');
  }
  if (Object.keys(baseline).every((name) => factors.find((each) => each.name === name)!.levels.length < 2)) {
    throw fault(document, ['until'], 'there is nothing to compare: no factor of the baseline has two levels');
  }
  const of = levelsAt(['until', 'of'], until.of, factors, document) ?? {};
  if (Object.entries(baseline).every(([name, label]) => of[name] === label)) {
    throw fault(document, ['until', 'of'], 'is the baseline itself; expected what is compared with it');
  }
  return { ...until, of };
}

/** Levels of some of the factors, by the names of these. */
function levelsAt(
  path: readonly PathPart[],
  written: Readonly<Record<string, unknown>> | undefined,
  factors: readonly Factor[],
  document: WrittenDocument,
): Combination | undefined {
  if (written === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      const factor = factors.find((candidate) => candidate.name === name);
      if (factor === undefined) {
        const known = factors.map((each) => each.name);
        throw fault(document, [...path, name], `there is no factor "${name}"${suggestion(name, known)}`);
      }
      const label = String(value);
      const labels = factor.levels.map((level) => level.label);
      if (!labels.includes(label)) {
        throw fault(
          document,
          [...path, name],
          `"${name}" has no level "${label}"${suggestion(label, labels)}`,
        );
      }
      return [name, label];
    }),
  );
}

function checkMetrics(written: ExperimentFile, document: WrittenDocument): void {
  for (const [path, figure] of figuresIn(written)) {
    const problem = problemOfFigure(figure);
    if (problem !== undefined) throw fault(document, path, problem);
  }
}

/** Every figure that is named, and where. */
function figuresIn({ better = {}, metrics }: ExperimentFile): [PathPart[], string][] {
  return [
    ...metrics.map((figure, index): [PathPart[], string] => [['metrics', index], figure]),
    ...Object.keys(better).map((figure): [PathPart[], string] => [['better', figure], figure]),
  ];
}

/** Figures of one of several providers are of one that some of the scenarios have. @param names of providers in such scenarios */
function checkProviders(written: ExperimentFile, names: readonly string[], document: WrittenDocument): void {
  const places = figuresIn(written);
  const { until } = written;
  if (until !== undefined) places.push([['until', 'metric'], until.metric]);
  for (const [path, metric] of places) {
    const problem = problemOfProvider(metric, names);
    if (problem !== undefined) throw fault(document, path, problem);
  }
}

/** One provider has no name in summary.json. */
function severalOf({ providers }: LoadedScenario): string[] {
  return providers.length > 1 ? providers.map(({ name }) => name) : [];
}

function sameRun(one: Cell, other: Cell, document: WrittenDocument): InputError {
  const text = ({ combination, seed }: Cell) =>
    [...Object.entries(combination).map(([name, label]) => `${name}=${label}`), `seed ${seed}`].join(', ');
  return fault(
    document,
    ['factors'],
    `(${text(one)}) and (${text(other)}) are the same run: the levels make no difference to the scenario`,
  );
}

function fault(document: WrittenDocument, path: readonly PathPart[], message: string): InputError {
  return document.error('PEX_EXPERIMENT_INVALID', [{ path, message }]);
}

async function keyOf(
  { resolvedYaml, files }: LoadedScenario,
  version: string,
  digests: FileDigests,
): Promise<string> {
  const hash = createHash('sha256').update(`${version}\n${resolvedYaml}`);
  for (const file of files) hash.update(await digests.of(file));
  return hash.digest('hex').slice(0, 20);
}

/** Of what files hold; each is read once. */
class FileDigests {
  readonly #known = new Map<string, Promise<string>>();

  of(file: string): Promise<string> {
    let digest = this.#known.get(file);
    if (digest === undefined) {
      digest = this.#read(file);
      this.#known.set(file, digest);
    }
    return digest;
  }

  async #read(file: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    return hash.digest('hex');
  }
}

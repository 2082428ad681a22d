// The way from a scenario file to a run: read, override, complete, check, resolve. The other files of this folder are its steps; what a scenario
// may contain is in schema/.
import { basename } from 'node:path';
import { type Incident, type PolicyKind, Rng, type World } from '../../engine/index.ts';
import { makePolicy } from '../../policies/resolve-policy.ts';
import { WrittenDocument } from '../../written/document.ts';
import { durationMs } from '../../written/duration.ts';
import { parseSetting, type Setting } from '../../written/setting.ts';
import type { Environment } from '../../written/variables.ts';
import { complete, findProblems, type PathPart, type Problem } from '../../written/written-value.ts';
import { yamlText } from '../../written/yaml-text.ts';
import { mergeWorkloads } from '../formats/merge.ts';
import {
  readRows,
  readWorkload,
  type WorkloadContext,
  type WorkloadListener,
} from '../formats/read-workload.ts';
import { RequestIds } from '../formats/request-ids.ts';
import type { WorkloadRow } from '../formats/row.ts';
import type { WorkloadSource } from '../formats/source.ts';
import { instantMs, momentMs, spreadMs } from '../schema/fields.ts';
import { ProviderFile } from '../schema/provider.ts';
import { ScenarioFile, WorldFile } from '../schema/scenario.ts';
import { findScenario } from '../shipped.ts';
import { layCalibrated } from './calibrated.ts';
import { findContradictions } from './check-scenario.ts';
import { NamedFiles } from './named-files.ts';
import {
  buyersByName,
  type ChosenBuyers,
  type ChosenPolicy,
  chooseBroker,
  chooseBuyers,
  makeBuyers,
} from './policies.ts';
import { type LoadedProvider, loadProvider, ONLY_PROVIDER } from './provider.ts';
import { layReservationRules } from './reservation-rules.ts';
import { applyPolicy, applyScenarioSetting, choosePolicyFor } from './settings.ts';

/** A setting, or another policy of a kind for all providers. */
export type ScenarioChange = Setting | (Omit<Setting, 'path'> & { readonly policy: PolicyKind });

export interface LoadOptions {
  /** A file of measured machines and users, laid over those of the scenario before anything else. */
  readonly calibrated?: string | undefined;
  /** Applied in order, before `policies` and `set`. */
  readonly changes?: readonly ScenarioChange[];
  /** `path=value`, applied in order, after the policies. */
  readonly set?: readonly string[];
  /** `KIND=NAME` or `KIND=FILE`. */
  readonly policies?: readonly string[];
  /** Instead of the scenario's. */
  readonly seed?: number;
  /** Replaces ${VARIABLES} in paths; absent: the environment of the process. */
  readonly env?: Environment;
}

/** Who hears of odd rows and the like while the workloads are read. */
export type SetupOptions = WorkloadListener;

/** A scenario file in which nothing is left open. */
export type ResolvedScenario = (ScenarioFile | WorldFile) & { readonly name: string };

export interface LoadedScenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly startMs: number;
  /** Infinity: until nothing is left to do. */
  readonly endMs: number;
  /** Reports leave out what was submitted earlier than this after `startMs`. */
  readonly warmUpMs: number;
  /** In the order in which they are written; at least one. */
  readonly providers: readonly LoadedProvider[];
  /** Every setting of the run with every default: plain data that matches the schema. */
  readonly resolved: ResolvedScenario;
  /** The same as a file. Loading it gives the same run and the same text, wherever it lies. */
  readonly resolvedYaml: string;
  /** The files beside it that the run depends on, as they were found on this machine: logs, node lists, policies of the user. */
  readonly files: readonly string[];
  /** A new world each time: policies keep no state from one to the next, workloads are read from their beginning. */
  world(options?: SetupOptions): World;
  /** The requests of such a world as the rows of a workload, in the order in which they are asked. */
  rows(options?: SetupOptions): AsyncIterable<WorkloadRow>;
}

/**
 * Loads a scenario and everything that it names, and checks that it can run. Only rows of workloads are not looked at yet.
 * @param fileOrName a .yaml, .yml or .json file, or the name of a scenario that ships, such as "openpex-2009"
 * @throws InputError with file, line, path, value and what was expected; all problems of one kind at once, up to ten
 */
export async function loadScenario(fileOrName: string, options: LoadOptions = {}): Promise<LoadedScenario> {
  const document = await WrittenDocument.read(await findScenario(fileOrName));
  const files = new NamedFiles(document, options.env ?? process.env);
  await includeFiles(document, files);
  if (options.calibrated !== undefined)
    await layCalibrated(document, options.calibrated, placesOfProviders(document));
  for (const change of options.changes ?? []) {
    if ('policy' in change) choosePolicyFor(document, change.policy, change);
    else applyScenarioSetting(document, change);
  }
  for (const choice of options.policies ?? []) applyPolicy(document, choice);
  for (const setting of options.set ?? []) applyScenarioSetting(document, parseSetting(setting));
  if (options.seed !== undefined) document.set(['seed'], options.seed, `--seed ${options.seed}`);

  for (const at of placesOfProviders(document)) layReservationRules(document, at);
  const written = checked(document);
  const providers: LoadedProvider[] = [];
  for (const { settings, ...where } of providersOf(written)) {
    providers.push(await loadProvider(settings, where, document, files));
  }
  const buyers = await chooseBuyers(written, document, files);
  const broker = await chooseBroker(written.policies, document, files);
  const startMs = instantMs(written.start);
  const warmUpMs = warmUpOf(written);
  const contradictions = findContradictions({ scenario: written, providers, startMs, warmUpMs });
  if (contradictions.length > 0) throw document.error('PEX_SCENARIO_INCONSISTENT', contradictions);
  const workloads: WorkloadSource[] = [];
  for (const [index, source] of written.workloads.entries()) {
    workloads.push(await files.locateWorkload(source, index));
  }
  const resolved = resolve(written, { document, providers, buyers, broker, files });
  const parts = { providers, buyers, broker, workloads };
  // A policy that cannot be made is found now rather than when the run begins.
  makeWorld(resolved, parts, {});

  return {
    name: resolved.name,
    description: resolved.description,
    seed: resolved.seed,
    startMs,
    endMs: startMs + durationMs(resolved.horizon),
    warmUpMs,
    providers,
    resolved,
    resolvedYaml: RESOLVED_HEADER + yamlText(resolved),
    files: files.located,
    world: (setupOptions = {}) => makeWorld(resolved, parts, setupOptions),
    rows: (setupOptions = {}) =>
      untilHorizon(
        mergeWorkloads(
          contextsOf(resolved, parts, setupOptions).map(({ source, context }) => readRows(source, context)),
        ),
        durationMs(resolved.horizon),
      ),
  };
}

const RESOLVED_HEADER =
  '# A scenario with every setting written out: `openpex run` on this file repeats the run.\n';

/** Puts the files of providers and generators that the scenario names into it, so that they can be overridden and are part of what is resolved. */
async function includeFiles(document: WrittenDocument, files: NamedFiles): Promise<void> {
  const include = async (path: readonly PathPart[]) => {
    const file = document.get(path);
    if (typeof file !== 'string' || file === '') return;
    document.include(path, await WrittenDocument.read(files.locate(file, path)));
  };
  for (const name of Object.keys(Object(document.get(['providers'])))) await include(['providers', name]);
  const workloads = document.get(['workloads']);
  if (!Array.isArray(workloads)) return;
  for (const index of workloads.keys()) await include(['workloads', index, 'generate']);
}

function placesOfProviders(document: WrittenDocument): PathPart[][] {
  const several = document.get(['providers']);
  return several === undefined ? [[]] : Object.keys(Object(several)).map((name) => ['providers', name]);
}

/** Complete, and as its schema says: that of several providers when it names any. */
function checked(document: WrittenDocument): ScenarioFile | WorldFile {
  const isWorld = document.get(['providers']) !== undefined;
  const schema = isWorld ? WorldFile : ScenarioFile;
  const completed = complete(schema, document.value);
  const problems = findProblems(schema, completed).map((problem) =>
    isWorld ? inWordsOfWorlds(problem) : problem,
  );
  if (problems.length > 0) throw document.error('PEX_SCENARIO_INVALID', problems);
  return completed as ScenarioFile | WorldFile;
}

/** What stands at the top where there is one provider is looked for there first. */
function inWordsOfWorlds(problem: Problem): Problem {
  const path = problem.path.join('.');
  const isOfProvider =
    problem.atKey === true &&
    (Object.hasOwn(ProviderFile.properties, path) ||
      (problem.path.length === 2 &&
        problem.path[0] === 'policies' &&
        Object.hasOwn(ProviderFile.properties.policies.properties, String(problem.path[1]))));
  if (!isOfProvider) return problem;
  return {
    ...problem,
    message: `is a setting of one provider; where there are several, write it as providers.NAME.${path}`,
  };
}

type WrittenProvider = Pick<LoadedProvider, 'name' | 'at'> & { readonly settings: ProviderFile };

function providersOf(written: ScenarioFile | WorldFile): WrittenProvider[] {
  if (!('providers' in written)) return [{ name: ONLY_PROVIDER, at: [], settings: written }];
  return Object.entries(written.providers).map(([name, settings]) => ({
    name,
    at: ['providers', name],
    // A file that was named has been put in its place.
    settings: settings as ProviderFile,
  }));
}

interface ResolveParts {
  readonly document: WrittenDocument;
  readonly providers: readonly LoadedProvider[];
  readonly buyers: ChosenBuyers;
  readonly broker: ChosenPolicy<'broker'>;
  readonly files: NamedFiles;
}

/** Everything written out: presets, the table of the papers, options of policies, paths that hold wherever the result lies. */
function resolve(
  written: ScenarioFile | WorldFile,
  { document, providers, buyers, broker, files }: ResolveParts,
): ResolvedScenario {
  const isWorld = 'providers' in written;
  const [only] = providers;
  const ofUsers = { buyer: buyers.usual.written, broker: broker.written };
  const { reservationRules: _, ...settings } = isWorld
    ? { reservationRules: undefined, ...written }
    : written;
  const resolved = {
    ...settings,
    ...(isWorld
      ? {
          providers: Object.fromEntries(providers.map(({ name, resolved }) => [name, resolved])),
          policies: ofUsers,
        }
      : { ...only?.resolved, policies: { ...only?.resolved.policies, ...ofUsers } }),
    name: written.name ?? basename(document.file).replace(/\.[^.]*$/, ''),
    buyers: Object.fromEntries([...buyers.named].map(([name, { written: choice }]) => [name, choice])),
    workloads: written.workloads.map((source, index) =>
      'file' in source
        ? { ...source, file: files.portable(source.file, ['workloads', index, 'file']) }
        : source,
    ),
  };
  // Once more through the schema: the keys get the order in which a resolved scenario is read back.
  return complete(isWorld ? WorldFile : ScenarioFile, resolved) as ResolvedScenario;
}

interface WorldParts {
  readonly providers: readonly LoadedProvider[];
  readonly buyers: ChosenBuyers;
  readonly broker: ChosenPolicy<'broker'>;
  readonly workloads: readonly WorkloadSource[];
}

/** Policies are made anew, workloads are read from their beginning: two worlds share nothing that changes. */
function makeWorld(scenario: ResolvedScenario, parts: WorldParts, listener: SetupOptions): World {
  const { broker, buyers, providers } = parts;
  const startMs = instantMs(scenario.start);
  const horizonMs = durationMs(scenario.horizon);
  const streams = contextsOf(scenario, parts, listener).map(({ source, context }) =>
    readWorkload(source, context),
  );
  const { thinkTime, noShow, lateness, claim, extend, exchange, movesOn } = scenario.users;
  return {
    seed: scenario.seed,
    startMs,
    endMs: startMs + horizonMs,
    // The chance of a provider does not depend on who else is there.
    providers: providers.map((provider) =>
      provider.setup('providers' in scenario ? `${scenario.seed}/${provider.name}` : scenario.seed),
    ),
    incidents: scenario.incidents
      .map((incident, index) => asIncident(incident, { startMs, maintenanceId: `M${index + 1}` }))
      .sort((a, b) => a.atMs - b.atMs),
    users: {
      thinkTime: spreadMs(thinkTime),
      noShow,
      lateness: spreadMs(lateness),
      claim,
      extend,
      ...(exchange !== undefined && { exchange: { ask: exchange.ask, feeShare: exchange.fee } }),
      movesOn: { waitedMs: durationMs(movesOn.waited), displacedMs: durationMs(movesOn.displaced) },
      buyer: makeBuyers(buyers),
      broker: makePolicy(broker),
    },
    requests: mergeWorkloads(streams),
  };
}

function asIncident(
  { at, from = at, kind, node: nodeId, provider = ONLY_PROVIDER, until }: ScenarioFile['incidents'][number],
  { maintenanceId, startMs }: { startMs: number; maintenanceId: string },
): Incident {
  const where = { atMs: momentMs(at, startMs), provider, nodeId };
  if (kind === 'maintenance') {
    // That it has an end is checked where contradictions are.
    const untilMs = momentMs(until ?? at, startMs);
    return { ...where, kind, maintenanceId, fromMs: momentMs(from, startMs), untilMs };
  }
  if (kind !== 'drain') return { ...where, kind };
  if (until === undefined) return { ...where, kind };
  return { ...where, kind, untilMs: until === 'never' ? null : momentMs(until, startMs) };
}

/** Each workload with what its rows depend on. They share the ids that are taken. */
function contextsOf(
  scenario: ResolvedScenario,
  { providers, buyers, workloads }: WorldParts,
  { onSkipped, onOdd, onHint }: SetupOptions,
): { readonly source: WorkloadSource; readonly context: WorkloadContext }[] {
  const horizonMs = durationMs(scenario.horizon);
  const rng = Rng.fromSeed(scenario.seed);
  const nodes = providers.flatMap(({ cluster }) => cluster.nodes);
  const ids = new RequestIds();
  return workloads.map((source, index) => ({
    source,
    context: {
      startMs: instantMs(scenario.start),
      instanceTypes: new Map(providers.flatMap(({ instanceTypes }) => [...instanceTypes])),
      resources: new Map(providers.flatMap(({ resources }) => [...resources])),
      buyers: [...buyersByName(buyers).keys()],
      providers: providers.map(({ name }) => name),
      sites: providers.flatMap(({ sites }) => sites),
      loadTraces: providers.flatMap(({ loadTraces }) => loadTraces),
      template: scenario.template,
      rng: rng.stream(`workloads/${index}`),
      ...(Number.isFinite(horizonMs) && { horizonMs }),
      capacityMilliCpus: nodes.reduce((sum, { capacity }) => sum + capacity.milliCpus, 0),
      ids,
      ...(onSkipped && { onSkipped }),
      ...(onOdd && { onOdd }),
      ...(onHint && { onHint }),
    },
  }));
}

/** What comes when the scenario is over is never asked. */
async function* untilHorizon(
  rows: AsyncIterable<WorkloadRow>,
  horizonMs: number,
): AsyncGenerator<WorkloadRow> {
  for await (const row of rows) {
    if (row.submitMs > horizonMs) return;
    yield row;
  }
}

function warmUpOf({ warmUp, horizon }: Pick<ScenarioFile, 'warmUp' | 'horizon'>): number {
  if (!warmUp.includes('%')) return durationMs(warmUp);
  return Math.round((Number.parseFloat(warmUp) / 100) * durationMs(horizon));
}

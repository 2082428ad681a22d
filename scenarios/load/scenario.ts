// The way from a scenario file to a run: read, override, complete, check, resolve. The other load-*.ts files are its steps; what a scenario
// may contain is in schema/.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type ClusterSpec, InputError, type RunSetup, suggestion } from '../../engine/index.ts';
import { WrittenDocument } from '../../written/document.ts';
import { durationMs } from '../../written/duration.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import type { WorkloadSource } from '../formats/source.ts';
import { instantMs } from '../schema/fields.ts';
import { PAPER_TYPES } from '../schema/instance-types.ts';
import { ScenarioFile } from '../schema/scenario.ts';
import { findContradictions } from './checks.ts';
import { makeCluster, withoutPreset } from './cluster.ts';
import { type Environment, portablePath, ScenarioPaths } from './paths.ts';
import { type ChosenPolicies, choosePolicies, makePolicies } from './policies.ts';
import { applyPolicy, applySetting } from './settings.ts';
import { makeSetup, type SetupOptions } from './setup.ts';

export interface LoadOptions {
  /** `path=value`, applied in order, after the policies. */
  readonly set?: readonly string[];
  /** `KIND=NAME` or `KIND=FILE`. */
  readonly policies?: readonly string[];
  /** Instead of the scenario's. */
  readonly seed?: number;
  /** Replaces ${VARIABLES} in paths; absent: the environment of the process. */
  readonly env?: Environment;
}

/** A scenario file in which nothing is left open. */
export type ResolvedScenario = ScenarioFile & { readonly name: string };

export interface LoadedScenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly startMs: number;
  /** Infinity: until nothing is left to do. */
  readonly endMs: number;
  /** Reports leave out what was submitted earlier than this after `startMs`. */
  readonly warmUpMs: number;
  readonly cluster: ClusterSpec;
  /** Every setting of the run with every default: plain data that matches the schema. */
  readonly resolved: ResolvedScenario;
  /** The same as a file. Loading it gives the same run and the same text, wherever it lies. */
  readonly resolvedYaml: string;
  /** A new run each time: policies keep no state from one to the next, workloads are read from their beginning. */
  setup(options?: SetupOptions): RunSetup;
}

/**
 * Loads a scenario and everything that it names, and checks that it can run. Only rows of workloads are not looked at yet.
 * @param fileOrName a .yaml, .yml or .json file, or the name of a scenario that ships, such as "openpex-2009"
 * @throws InputError with file, line, path, value and what was expected; all problems of one kind at once, up to ten
 */
export async function loadScenario(fileOrName: string, options: LoadOptions = {}): Promise<LoadedScenario> {
  const document = await WrittenDocument.read(await findScenario(fileOrName));
  const paths = new ScenarioPaths(document, options.env ?? process.env);
  await includeGenerators(document, paths);
  for (const choice of options.policies ?? []) applyPolicy(document, choice);
  for (const setting of options.set ?? []) applySetting(document, setting);
  if (options.seed !== undefined) document.set(['seed'], options.seed, `--seed ${options.seed}`);

  const written = completeScenario(document);
  const policies = await choosePolicies(written, document, paths);
  const resolved = resolveScenario(written, policies, document.file);

  const openb = written.cluster.nodesFrom?.openb;
  const cluster = await makeCluster(
    resolved.cluster,
    openb === undefined ? undefined : paths.locate(openb, ['cluster', 'nodesFrom', 'openb']),
  );
  const startMs = instantMs(resolved.start);
  const warmUpMs = warmUpOf(resolved);
  const contradictions = findContradictions({ scenario: resolved, cluster, startMs, warmUpMs });
  if (contradictions.length > 0) throw document.error('PEX_SCENARIO_INCONSISTENT', contradictions);

  const workloads: WorkloadSource[] = [];
  for (const [index, source] of written.workloads.entries()) {
    workloads.push(await paths.locateWorkload(source, index));
  }
  // A policy that cannot be made is found now rather than when the run begins.
  makePolicies(policies, resolved.seed);

  return {
    name: resolved.name,
    description: resolved.description,
    seed: resolved.seed,
    startMs,
    endMs: startMs + durationMs(resolved.horizon),
    warmUpMs,
    cluster,
    resolved,
    resolvedYaml: RESOLVED_HEADER + stringify(resolved, { lineWidth: 0, aliasDuplicateObjects: false }),
    setup: (setupOptions = {}) =>
      makeSetup(resolved, { cluster, startMs, policies, workloads }, setupOptions),
  };
}

/** Names of the scenarios that ship, in alphabetical order. */
export async function shippedScenarios(): Promise<string[]> {
  const files = await readdir(SHIPPED);
  return files
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.workload.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

const RESOLVED_HEADER =
  '# A scenario with every setting written out: `openpex run` on this file repeats the run.\n';

/** Above this folder in the sources; the compiled file is in dist/scenarios/load, the scenarios are not. */
const SHIPPED = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../../../scenarios/', import.meta.url),
);

async function findScenario(fileOrName: string): Promise<string> {
  if (/[/\\]|\.(ya?ml|json)$/.test(fileOrName)) return fileOrName;
  const shipped = await shippedScenarios();
  if (shipped.includes(fileOrName)) return join(SHIPPED, `${fileOrName}.yaml`);
  throw new InputError(
    'PEX_FILE_UNREADABLE',
    `there is no scenario "${fileOrName}"${suggestion(fileOrName, shipped)}; a file of your own ends in .yaml or .json`,
  );
}

/** Puts the generator specifications that the scenario names into it, so that they can be overridden and are part of what is resolved. */
async function includeGenerators(document: WrittenDocument, paths: ScenarioPaths): Promise<void> {
  const workloads = document.get(['workloads']);
  if (!Array.isArray(workloads)) return;
  for (const index of workloads.keys()) {
    const path = ['workloads', index, 'generate'];
    const file = document.get(path);
    if (typeof file !== 'string' || file === '') continue;
    document.include(path, await WrittenDocument.read(paths.locate(file, path)));
  }
}

function completeScenario(document: WrittenDocument): ScenarioFile {
  const completed = complete(ScenarioFile, document.value);
  const problems = findProblems(ScenarioFile, completed);
  if (problems.length > 0) throw document.error('PEX_SCENARIO_INVALID', problems);
  return completed as ScenarioFile;
}

/** Everything written out: presets, the table of the papers, options of policies, paths that hold wherever the result lies. */
function resolveScenario(written: ScenarioFile, policies: ChosenPolicies, file: string): ResolvedScenario {
  const portable = <T extends object>(entry: T): T =>
    'file' in entry && typeof entry.file === 'string'
      ? { ...entry, file: portablePath(entry.file, file) }
      : entry;
  const { nodesFrom, ...cluster } = withoutPreset(written.cluster);
  const resolved = {
    ...written,
    name: written.name ?? basename(file).replace(/\.[^.]*$/, ''),
    cluster: {
      ...cluster,
      ...(nodesFrom !== undefined && {
        nodesFrom: { ...nodesFrom, openb: portablePath(nodesFrom.openb, file) },
      }),
    },
    instanceTypes: { ...PAPER_TYPES, ...written.instanceTypes },
    policies: {
      allocation: portable(policies.allocation.written),
      counterOffer: portable(policies.counterOffer.written),
      pricing: portable(policies.pricing.written),
      buyer: portable(policies.buyer.written),
    },
    buyers: Object.fromEntries([...policies.buyers].map(([name, buyer]) => [name, portable(buyer.written)])),
    workloads: written.workloads.map(portable),
  };
  // Once more through the schema: the keys get the order in which a resolved scenario is read back.
  return complete(ScenarioFile, resolved) as ResolvedScenario;
}

function warmUpOf({ warmUp, horizon }: ScenarioFile): number {
  if (!warmUp.includes('%')) return durationMs(warmUp);
  return Math.round((Number.parseFloat(warmUp) / 100) * durationMs(horizon));
}

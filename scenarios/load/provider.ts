// The provider's half of a scenario on its own: its hardware, rules and policies, without users and workloads. It is what the
// configuration of a live service has in common with a scenario, under the same names.
import type { ClusterSpec, Resources, RunSetup } from '../../engine/index.ts';
import type { WrittenDocument } from '../../written/document.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { toResources } from '../formats/instance-size.ts';
import { PAPER_TYPES } from '../schema/instance-types.ts';
import { ScenarioFile } from '../schema/scenario.ts';
import { findContradictions } from './checks.ts';
import { makeCluster, withoutPreset } from './cluster.ts';
import { type Environment, ScenarioPaths } from './paths.ts';
import { choosePolicies, makePolicies } from './policies.ts';
import { makeSetup } from './setup.ts';

const { seed, cluster, instanceTypes, negotiation, manager, hypervisor, faults, policies } =
  ScenarioFile.properties;

/** The settings of a scenario that are about the provider. */
export const PROVIDER_FIELDS = {
  seed,
  cluster,
  instanceTypes,
  negotiation,
  manager,
  hypervisor,
  faults,
  policies,
};
const PROVIDER_KEYS = Object.keys(PROVIDER_FIELDS);

export interface Provider {
  readonly cluster: ClusterSpec;
  /** Sizes by name: those of the papers first. */
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  /** The settings with every default, as a scenario writes them. */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** What the engine runs; made anew for each life, because policies may keep state. */
  setup(): Pick<RunSetup, 'seed' | 'manager' | 'hypervisor' | 'faults' | 'policies'>;
}

/**
 * Reads the provider from a document that may hold other settings as well.
 * @throws InputError with file, line, path, value and what was expected
 */
export async function loadProvider(document: WrittenDocument, env: Environment): Promise<Provider> {
  const given = Object.fromEntries(
    PROVIDER_KEYS.map((key) => [key, document.get([key])]).filter(([, value]) => value !== undefined),
  );
  const completed = complete(ScenarioFile, { ...given, workloads: NO_WORKLOAD });
  const problems = findProblems(ScenarioFile, completed);
  if (problems.length > 0) throw document.error('PEX_SCENARIO_INVALID', problems);
  const written = completed as ScenarioFile;
  const paths = new ScenarioPaths(document, env);
  const chosen = await choosePolicies(written, document, paths);
  const scenario: ScenarioFile = {
    ...written,
    cluster: withoutPreset(written.cluster),
    instanceTypes: { ...PAPER_TYPES, ...written.instanceTypes },
    policies: {
      allocation: chosen.allocation.written,
      counterOffer: chosen.counterOffer.written,
      pricing: chosen.pricing.written,
      buyer: chosen.buyer.written,
    },
  };
  const openb = written.cluster.nodesFrom?.openb;
  const spec = await makeCluster(
    scenario.cluster,
    openb === undefined ? undefined : paths.locate(openb, ['cluster', 'nodesFrom', 'openb']),
  );
  const contradictions = findContradictions({ scenario, cluster: spec, startMs: 0, warmUpMs: 0 });
  if (contradictions.length > 0) throw document.error('PEX_SCENARIO_INCONSISTENT', contradictions);
  // A policy that cannot be made is found now rather than at the first request.
  makePolicies(chosen, scenario.seed);
  return {
    cluster: spec,
    instanceTypes: new Map(
      Object.entries(scenario.instanceTypes).map(([name, type]) => [name, toResources(type)]),
    ),
    resolved: Object.fromEntries(PROVIDER_KEYS.map((key) => [key, scenario[key as keyof ScenarioFile]])),
    setup: () => makeSetup(scenario, { cluster: spec, startMs: 0, policies: chosen, workloads: [] }, {}),
  };
}

/** A scenario must have a workload; a provider has none, and this one is never read. */
const NO_WORKLOAD = [{ file: 'live.csv' }];

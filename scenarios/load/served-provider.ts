// The provider of a service: without a scenario around it, users or workloads. Its settings are part of the configuration of the service; its
// journal keeps them, to be replayed under.
import type { SimulatedProvider, UserSettings } from '../../engine/index.ts';
import type { WrittenDocument } from '../../written/document.ts';
import type { Environment } from '../../written/variables.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { ServedProviderFile } from '../schema/provider.ts';
import { NamedFiles } from './named-files.ts';
import { chooseBuyers, makeBuyers } from './policies.ts';
import { type LoadedProvider, loadProvider, ONLY_PROVIDER } from './provider.ts';
import { layReservationRules } from './reservation-rules.ts';

export interface ServedProvider extends Pick<LoadedProvider, 'cluster' | 'resources' | 'instanceTypes'> {
  /** The settings with every default, and paths that hold wherever they are read. */
  readonly resolved: ServedProviderFile;
  /** What the engine runs; made anew for each life, because policies may keep state. */
  setup(): SimulatedProvider & { readonly seed: number };
  /** Its allocation policy reads what requests say of nodes. */
  readonly readsPreferences: boolean;
  /** How its users negotiate when they are simulated: a what-if on its recording. */
  buyer(): UserSettings['buyer'];
}

const KEYS = Object.keys(ServedProviderFile.properties);

/**
 * Reads the provider from a document that may hold other settings as well.
 * @throws InputError with file, line, path, value and what was expected
 */
export async function loadServedProvider(
  document: WrittenDocument,
  env: Environment,
): Promise<ServedProvider> {
  layReservationRules(document, []);
  const given = KEYS.map((key) => [key, document.get([key])]).filter(([, value]) => value !== undefined);
  const completed = complete(ServedProviderFile, Object.fromEntries(given));
  const problems = findProblems(ServedProviderFile, completed);
  if (problems.length > 0) throw document.error('PEX_SCENARIO_INVALID', problems);
  const written = completed as ServedProviderFile;
  const files = new NamedFiles(document, env);
  const provider = await loadProvider(written, { name: ONLY_PROVIDER, at: [] }, document, files);
  if (provider.problems.length > 0) throw document.error('PEX_SCENARIO_INCONSISTENT', provider.problems);
  const buyers = await chooseBuyers({ policies: written.policies, buyers: {} }, document, files);
  const setup = () => {
    // Its partners are services, and none of them is simulated with it.
    const { partners: _, ...made } = provider.setup(written.seed);
    // Behind its answers stand people, who want to know why.
    return { seed: written.seed, ...made, settings: { explains: true, ...made.settings } };
  };
  const buyer = () => makeBuyers(buyers);
  // A policy that cannot be made is found now rather than at the first request.
  const { policies: made } = setup();
  buyer();
  const { policies, ...settings } = provider.resolved;
  return {
    cluster: provider.cluster,
    resources: provider.resources,
    instanceTypes: provider.instanceTypes,
    resolved: { seed: written.seed, ...settings, policies: { ...policies, buyer: buyers.usual.written } },
    setup,
    buyer,
    readsPreferences: made.allocation.policy.suits !== undefined,
  };
}

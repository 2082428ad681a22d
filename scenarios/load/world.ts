// A world: providers, their users and what happens to their nodes, as plain values and policies.
import type {
  BuyerPolicy,
  Incident,
  Named,
  RunSetup,
  UserRequest,
  UserSettings,
} from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import type { ProviderSetup } from './provider.ts';

export interface World extends Pick<RunSetup, 'seed' | 'startMs' | 'endMs'> {
  /** At least one, in the order in which they are written. */
  readonly providers: readonly ProviderSetup[];
  /** In the order of their instants. */
  readonly incidents: readonly (Incident & { readonly provider: string })[];
  readonly users: Users;
}

interface Users extends UserSettings {
  /** The buyer policy of that name; the usual one when a request names none. Throws for an unknown name. */
  buyer(name: string | undefined): Named<BuyerPolicy>;
  /** In order of submitMs (equal ones in the order given); read lazily, one request ahead. */
  readonly requests: Iterable<UserRequest> | AsyncIterable<UserRequest>;
}

/**
 * The world as a run of its only provider.
 * @throws InputError PEX_SCENARIO_INCONSISTENT when there are several
 */
export function runSetupOf({ seed, startMs, endMs, providers, incidents, users }: World): RunSetup {
  const [provider, ...others] = providers;
  if (provider === undefined || others.length > 0) {
    throw new InputError(
      'PEX_SCENARIO_INCONSISTENT',
      `expected one provider, found ${providers.length}: several cannot be simulated together yet`,
      { path: 'providers' },
    );
  }
  const { thinkTime, noShow, claim, buyer, requests } = users;
  const { cluster, manager, hypervisor, faults, policies } = provider;
  return {
    seed,
    startMs,
    endMs,
    cluster,
    manager,
    hypervisor,
    faults,
    incidents: incidents.map(({ atMs, nodeId, kind }) => ({ atMs, nodeId, kind })),
    users: { thinkTime, noShow, claim },
    policies: { ...policies, buyer },
    requests,
  };
}

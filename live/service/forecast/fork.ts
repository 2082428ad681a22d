// A copy of the provider as it is, on simulated nodes and in virtual time: what it decides is what the provider would decide. Nothing fails
// there by chance.
import {
  type DomainEvent,
  EventQueue,
  Provider,
  type ProviderSetup,
  type ProviderSnapshot,
  VirtualClock,
  type VmObservation,
} from '../../../engine/index.ts';
import type { ServedProvider } from '../../../scenarios/load/served-provider.ts';
import { simulatedCluster } from '../../hypervisors/simulated.ts';
import { vmIdOf } from '../../vm-id.ts';

export interface Fork {
  /** At the instant of the snapshot. */
  readonly clock: VirtualClock;
  readonly copy: Provider;
  readonly queue: EventQueue;
}

/** @param idOfVm of those that are made there; default: as the service would call them */
export function forkOf(
  { cluster, setup: make }: Pick<ServedProvider, 'cluster' | 'setup'>,
  snapshot: ProviderSnapshot,
  onEvent: (event: DomainEvent) => void,
  idOfVm: ProviderSetup['vmIdOf'] = vmIdOf,
): Fork {
  const made = make();
  const faults = {
    ...made.faults,
    nodeMtbfMs: Number.POSITIVE_INFINITY,
    nodesOfGroup: {},
    operationFailure: 0,
  };
  // Nobody is there to be told why.
  const setup = { ...made, faults, settings: { ...made.settings, explains: false } };
  const clock = new VirtualClock(snapshot.atMs);
  const dispatcher = simulatedCluster({ clock, cluster, onPolicyError: () => undefined, setup, snapshot });
  // What the provider would say of a policy that fails, it says when it happens.
  const copy = new Provider({ ...setup, vmIdOf: idOfVm }, { snapshot, goesOnWithout: () => undefined });
  const queue = new EventQueue({
    clock,
    provider: copy,
    dispatcher,
    recorder: {
      record: ({ events }, onRecorded) => {
        for (const event of events) onEvent(event);
        onRecorded();
      },
    },
  });
  let inventory: readonly VmObservation[] = [];
  dispatcher.inventory().subscribe((seen) => {
    inventory = seen;
  });
  queue.begin(inventory);
  return { clock, copy, queue };
}

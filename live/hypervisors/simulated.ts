// The cluster of a service without machines of its own: simulated nodes that outlive the daemon. What ran when it stopped is set up
// again from the database, as real VMs would be found running on real hosts.
import { Type } from 'typebox';
import {
  type ExistingVm,
  lostNodesOf,
  type ProviderSnapshot,
  Rng,
  SimulatedHypervisor,
  scheduleNodeFaults,
  scheduleProvisioning,
} from '../../engine/index.ts';
import { hypervisor } from './definition.ts';
import type { Hypervisor, LifeWorld } from './hypervisor.ts';

export const simulated = hypervisor({
  name: 'simulated',
  summary: 'Nodes in memory, at any speed, with the durations and faults of a scenario.',
  isSimulated: true,
  // Its settings are those of the provider, as in a scenario.
  options: Type.Object({}),
  configure: () => ({ open: async () => SIMULATED }),
});

const SIMULATED: Hypervisor = {
  ready: () => Promise.resolve(),
  carry: (world) => {
    const cluster = simulatedCluster(world);
    // It lives on the clock of the life, and stands still with it.
    return { dispatcher: cluster, faults: cluster, end: () => undefined };
  },
  close: () => Promise.resolve(),
};

/** Guests run until they are stopped. */
export function simulatedCluster({
  clock,
  cluster,
  onPolicyError,
  setup,
  snapshot,
}: LifeWorld): SimulatedHypervisor {
  const rng = Rng.fromSeed(setup.seed);
  const nodeIds = new Set(cluster.nodes.map(({ nodeId }) => nodeId));
  // What ran on a node that is gone is gone with it.
  const existing = (snapshot === undefined ? [] : existingVms(snapshot)).filter(
    ({ power, spec }) => (power !== 'running' && power !== 'paused') || nodeIds.has(spec.nodeId),
  );
  let lastAddress = existing.reduce((last, { ipAddress }) => Math.max(last, numberOfAddress(ipAddress)), 0);
  const simulation = new SimulatedHypervisor({
    clock,
    nodes: cluster.nodes,
    settings: setup.hypervisor,
    faults: setup.faults,
    rng: rng.stream('hypervisor'),
    guestOf: () => ({ runTimeMs: Number.POSITIVE_INFINITY }),
    addressOf: () => {
      lastAddress = (lastAddress + 1) % ADDRESSES;
      return addressOfNumber(lastAddress);
    },
  });
  simulation.populate(existing, snapshot && lostNodesOf(snapshot).filter((nodeId) => nodeIds.has(nodeId)));
  scheduleProvisioning({
    clock,
    policy: setup.policies.provisioning,
    seed: setup.seed,
    target: simulation,
    everyMs: setup.hypervisor.standby?.everyMs,
    goesOnWithout: onPolicyError,
  });
  scheduleNodeFaults({
    clock,
    rng: rng.stream('node-faults'),
    faults: setup.faults,
    nodes: cluster.nodes,
    target: simulation,
  });
  return simulation;
}

/** What was being made when the daemon stopped does not exist; what was being started is halted. */
function existingVms({ reservations }: ProviderSnapshot): ExistingVm[] {
  const existing: ExistingVm[] = [];
  for (const { instances, proposal, reservationId, userId } of reservations) {
    if (proposal === null) continue;
    const { demand, template } = proposal;
    for (const { vm } of instances) {
      if (vm === null || vm.state === 'NOT_PROVISIONED' || vm.state === 'DELETED') continue;
      const { hung, ipAddress, loadPermille, nodeId, state, vmId } = vm;
      existing.push({
        spec: { vmId, reservationId, userId, nodeId, demand, template },
        power: powerOf(state),
        isHung: hung,
        ...(ipAddress === null ? {} : { ipAddress }),
        ...(loadPermille === 0 ? {} : { loadPermille }),
      });
    }
  }
  return existing;
}

function powerOf(state: string): ExistingVm['power'] {
  if (state === 'HALTED' || state === 'UNRECOGNIZED') return 'halted';
  if (state === 'PAUSED') return 'paused';
  return state === 'SUSPENDED' ? 'suspended' : 'running';
}

/** 10.0.0.1 to 10.255.255.254. */
const ADDRESSES = 2 ** 24 - 2;

function addressOfNumber(number: number): string {
  const n = number + 1;
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

function numberOfAddress(address: string | undefined): number {
  const match = /^10\.(\d+)\.(\d+)\.(\d+)$/.exec(address ?? '');
  if (match === null) return 0;
  const [, a, b, c] = match;
  return (Number(a) << 16) + (Number(b) << 8) + Number(c) - 1;
}

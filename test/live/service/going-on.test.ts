// A provider that goes on from a snapshot, at arbitrary instants of runs in which everything happens: nothing may be lost, doubled or
// left behind.
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import {
  type DomainEvent,
  EventQueue,
  Provider,
  type ProviderSnapshot,
  type UserRequest,
  type VmObservation,
  type World,
} from '../../../engine/index.ts';
import { Simulation } from '../../../engine/simulation/simulation.ts';
import { simulatedCluster } from '../../../live/hypervisors/simulated.ts';
import { eventful } from '../../support/eventful.ts';
import { HOUR, policy } from '../../support/setup.ts';

function goOn({ providers, seed }: World, snapshot: ProviderSnapshot) {
  const [setup] = providers;
  const clock = new VirtualClock(snapshot.atMs);
  // Without faults: the rest is to come to its end whatever is wanted of it.
  const faults = { ...setup!.faults, nodeMtbfMs: Number.POSITIVE_INFINITY, operationFailure: 0 };
  const { cluster } = setup!;
  const hypervisor = simulatedCluster({ clock, cluster, setup: { ...setup!, seed, faults }, snapshot });
  const events: DomainEvent[] = [];
  const provider = new Provider(setup!, { snapshot });
  const queue = new EventQueue({
    clock,
    provider,
    dispatcher: hypervisor,
    recorder: {
      record: (commit, onRecorded) => {
        events.push(...commit.events);
        onRecorded();
      },
    },
  });
  let inventory: readonly VmObservation[] = [];
  hypervisor.inventory().subscribe((seen) => {
    inventory = seen;
  });
  return { begin: () => queue.begin(inventory), clock, events, hypervisor, provider, queue };
}

/** Snapshots of a run every `every` steps, and whenever a VM is on its way, as a database would give them back. */
async function* snapshots(world: World, every: number) {
  const clock = new VirtualClock(world.startMs);
  const simulation = new Simulation(world, clock);
  await simulation.begin();
  const { provider } = simulation.running[0]!.queue;
  for (let step = 1; simulation.end === undefined && clock.step(); step++) {
    if (step % every !== 0 && !isMoving(provider)) continue;
    const snapshot: ProviderSnapshot = JSON.parse(JSON.stringify(provider.snapshot()));
    yield { snapshot, original: provider };
  }
}

function isMoving(provider: Provider): boolean {
  return [...provider.vms()].some(({ isUp, nodeIndex, targetIndex }) => isUp && nodeIndex !== targetIndex);
}

test('a provider goes on exactly where the last one stopped, and comes to an end', async () => {
  const seen = {
    ...{ reservations: 0, vms: 0, moving: 0, parked: 0, departing: 0, drained: 0, maintenance: 0 },
    ...{ suspended: 0, toGiveWay: 0 },
  };
  const plain = [1, 2, 3].map((seed) => eventful({ seed, requests: 120 }));
  for (const world of [...plain, withLeasesThatGiveWay(eventful({ seed: 4, requests: 120 }))]) {
    for await (const { original, snapshot } of snapshots(world, 97)) {
      const { begin, clock, hypervisor, provider } = goOn(world, snapshot);
      expect(withoutAddresses(provider.snapshot())).toEqual(withoutAddresses(snapshot));
      for (let node = 0; node < 5; node++) {
        for (const hours of [1, 3, 10, 40]) {
          const endMs = snapshot.atMs + hours * HOUR;
          const free = (of: Provider) => of.calendar.minFree(node, snapshot.atMs, endMs);
          expect(free(provider), `node ${node} at ${snapshot.atMs}`).toEqual(free(original));
        }
      }
      count(snapshot, seen);
      begin();
      // A node that is lost for good goes on being expected back.
      for (let steps = 0; !provider.isIdle && clock.step(); steps++) expect(steps).toBeLessThan(50_000);
      expect(provider.isIdle).toBe(true);
      expect(provider.snapshot().reservations).toEqual([]);
      expect(provider.calendar.bookingCount).toBe(0);
      expect(hypervisor.vmCount).toBe(0);
    }
  }
  // The runs must have come by everything that a snapshot can hold.
  for (const [what, number] of Object.entries(seen)) expect(number, what).toBeGreaterThan(0);
});

/** Half of the requests wait in a queue, and what has begun is suspended for the others. */
function withLeasesThatGiveWay(world: World): World {
  const requests = (world.requests as readonly UserRequest[]).map((request, i): UserRequest => {
    const proposal = { ...request.proposal, numInstancesOption: 0 };
    return i % 2 === 0 ? { ...request, kind: 'preemptible', proposal } : request;
  });
  const providers = world.providers.map((provider) => ({
    ...provider,
    settings: {
      ...provider.settings,
      suspension: {
        ...{ suspendMibPerS: 20, resumeMibPerS: 20, enactmentMs: 0 },
        ...{ exclusion: 'node' as const, threshold: 1 },
      },
    },
    policies: { ...provider.policies, preemption: policy('preemption', 'youngest') },
  }));
  return { ...world, requests, providers };
}

/** Guests of plain simulations have none; a simulated cluster gives them some. */
function withoutAddresses(snapshot: ProviderSnapshot): unknown {
  return JSON.parse(JSON.stringify(snapshot, (key, value) => (key === 'ipAddress' ? undefined : value)));
}

function count(snapshot: ProviderSnapshot, seen: Record<string, number>): void {
  const add = (what: string, number: number) => {
    seen[what] = (seen[what] ?? 0) + number;
  };
  for (const cause of ['drained', 'maintenance'])
    add(cause, snapshot.outages.filter((outage) => outage.cause === cause).length);
  for (const { end, instances, progress } of snapshot.reservations) {
    add('reservations', 1);
    add('suspended', progress?.isSuspended === true ? 1 : 0);
    add('toGiveWay', progress?.wayOut ? 1 : 0);
    add('departing', end === null ? 0 : 1);
    for (const { pieces, vm } of instances) {
      if (vm === null) continue;
      add('vms', 1);
      add('moving', vm.state === 'RUNNING' && pieces.length > 0 && vm.nodeId !== pieces[0]!.nodeId ? 1 : 0);
      add('parked', vm.parkedSinceMs === null ? 0 : 1);
    }
  }
}

test('a hold that ran out meanwhile comes at its own time', () => {
  const world = eventful({ requests: 0 });
  const first = goOn(world, { ...new Provider(world.providers[0]!).snapshot(), atMs: 0 });
  first.begin();
  const proposal = {
    type: 'SMALL',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: HOUR,
    durationMs: HOUR,
    template: 'debian',
  };
  first.queue.execute({ name: 'initiate', reservationId: 'R', userId: '1', origin: null });
  first.queue.execute({ name: 'request', reservationId: 'R', proposal });
  const second = goOn(world, first.provider.snapshot());
  second.begin();
  second.clock.runUntil(5 * HOUR);
  expect(second.events.filter(({ type }) => type === 'reservation-ended')).toMatchObject([
    { atMs: world.providers[0]!.settings.holdMs, reason: 'hold-expired' },
  ]);
});

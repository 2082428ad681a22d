// A manager that goes on from a snapshot, at arbitrary instants of runs in which everything happens: nothing may be lost, doubled or
// left behind.
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import {
  type DomainEvent,
  type ManagerSnapshot,
  OpenPexManager,
  type RunSetup,
  type VmObservation,
} from '../../../engine/index.ts';
import { Simulation } from '../../../engine/simulation/simulation.ts';
import { simulatedCluster } from '../../../live/hypervisors/simulated.ts';
import { eventful } from '../../support/eventful.ts';
import { HOUR } from '../../support/setup.ts';

function goOn(setup: RunSetup, snapshot: ManagerSnapshot) {
  const clock = new VirtualClock(snapshot.atMs);
  const { cluster } = setup;
  // Without faults: the rest is to come to its end whatever is wanted of it.
  const faults = { ...setup.faults, nodeMtbfMs: Number.POSITIVE_INFINITY, operationFailure: 0 };
  const hypervisor = simulatedCluster({ clock, cluster, setup: { ...setup, faults }, snapshot });
  const events: DomainEvent[] = [];
  const manager = new OpenPexManager({
    clock,
    cluster,
    settings: setup.manager,
    policies: setup.policies,
    dispatcher: hypervisor,
    persistence: {
      commit: (committed, done) => {
        events.push(...committed);
        done();
      },
    },
    nextReservationId: () => 'new',
  });
  let inventory: readonly VmObservation[] = [];
  hypervisor.inventory().subscribe((seen) => {
    inventory = seen;
  });
  manager.restore(snapshot, inventory);
  return { clock, events, hypervisor, manager };
}

/** Snapshots of a run every `every` steps, and whenever a VM is on its way, as a database would give them back. */
async function* snapshots(setup: RunSetup, every: number) {
  const clock = new VirtualClock(setup.startMs);
  const simulation = new Simulation(setup, clock);
  await simulation.begin();
  for (let step = 1; !simulation.isComplete && clock.step(); step++) {
    if (step % every !== 0 && !isMoving(simulation.manager)) continue;
    const snapshot: ManagerSnapshot = JSON.parse(JSON.stringify(simulation.manager.snapshot()));
    yield { snapshot, original: simulation.manager };
  }
}

function isMoving(manager: OpenPexManager): boolean {
  return [...manager.vms()].some(({ isUp, nodeIndex, targetIndex }) => isUp && nodeIndex !== targetIndex);
}

test('a manager goes on exactly where the last one stopped, and comes to an end', async () => {
  const seen = { reservations: 0, vms: 0, moving: 0, parked: 0, departing: 0, drained: 0 };
  for (const seed of [1, 2, 3]) {
    const setup = eventful({ seed, requests: 120 });
    for await (const { original, snapshot } of snapshots(setup, 97)) {
      const { clock, hypervisor, manager } = goOn(setup, snapshot);
      expect(withoutAddresses(manager.snapshot())).toEqual(withoutAddresses(snapshot));
      for (let node = 0; node < 5; node++) {
        for (const hours of [1, 3, 10, 40]) {
          const endMs = snapshot.atMs + hours * HOUR;
          const free = (of: OpenPexManager) => of.calendar.minFree(node, snapshot.atMs, endMs);
          expect(free(manager), `node ${node} at ${snapshot.atMs}`).toEqual(free(original));
        }
      }
      count(snapshot, seen);
      for (let steps = 0; clock.step(); steps++) expect(steps).toBeLessThan(50_000);
      expect(manager.isIdle).toBe(true);
      expect(manager.snapshot().reservations).toEqual([]);
      expect(manager.calendar.bookingCount).toBe(0);
      expect(hypervisor.vmCount).toBe(0);
    }
  }
  // The runs must have come by everything that a snapshot can hold.
  for (const [what, number] of Object.entries(seen)) expect(number, what).toBeGreaterThan(0);
});

/** Guests of plain simulations have none; a simulated cluster gives them some. */
function withoutAddresses(snapshot: ManagerSnapshot): unknown {
  return JSON.parse(JSON.stringify(snapshot, (key, value) => (key === 'ipAddress' ? undefined : value)));
}

function count(snapshot: ManagerSnapshot, seen: Record<string, number>): void {
  const add = (what: string, number: number) => {
    seen[what] = (seen[what] ?? 0) + number;
  };
  add('drained', snapshot.drainedNodeIds.length);
  for (const { end, instances } of snapshot.reservations) {
    add('reservations', 1);
    add('departing', end === null ? 0 : 1);
    for (const { nodeId, vm } of instances) {
      if (vm === null) continue;
      add('vms', 1);
      add('moving', vm.state === 'RUNNING' && vm.nodeId !== nodeId ? 1 : 0);
      add('parked', vm.parkedSinceMs === null ? 0 : 1);
    }
  }
}

test('a hold, a start and an end that fell due meanwhile come at their own times', () => {
  const setup = eventful({ requests: 0 });
  const first = goOn(setup, {
    atMs: 0,
    reservations: [],
    knownNodeIds: [],
    drainedNodeIds: [],
    lostNodeIds: [],
  });
  const proposal = {
    type: 'SMALL',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: HOUR,
    durationMs: HOUR,
    template: 'debian',
  };
  const id = (name: string) => ({ userId: name, origin: null, proposal });
  first.manager.openReservation(id('1'), () => undefined);
  const snapshot = first.manager.snapshot();
  const second = goOn(setup, snapshot);
  second.clock.runUntil(5 * HOUR);
  expect(second.events.filter(({ type }) => type === 'reservation-ended')).toMatchObject([
    { atMs: setup.manager.holdMs, reason: 'hold-expired' },
  ]);
});

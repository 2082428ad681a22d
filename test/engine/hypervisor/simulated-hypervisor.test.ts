// The simulated hypervisor by itself: operations take their time, look before they act, can be given up, and never use more of a node
// than it has.
import type { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import type { DispatcherError, Observation, VmObservation } from '../../../engine/hypervisor/dispatcher.ts';
import { SimulatedHypervisor } from '../../../engine/hypervisor/simulated/simulated-hypervisor.ts';
import type { Guest } from '../../../engine/hypervisor/simulated/simulated-vm.ts';
import {
  type FaultSettings,
  type HypervisorSettings,
  type MigrationSettings,
  type NodeSpec,
  Rng,
  type VmSpec,
} from '../../../engine/index.ts';
import { MINUTE, node, provider, SECOND } from '../../support/setup.ts';
import { SETTINGS } from './migration/migrations.ts';

const SMALL = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };
const seconds = (count: number) => ({ minMs: count * SECOND, maxMs: count * SECOND });
const FOREVER: Guest = { runTimeMs: Number.POSITIVE_INFINITY };

interface Pool {
  readonly clock: VirtualClock;
  readonly hypervisor: SimulatedHypervisor;
  readonly seen: Observation[];
}

function pool(
  options: {
    hypervisor?: Partial<HypervisorSettings>;
    faults?: Partial<FaultSettings>;
    guest?: Guest;
    nodes?: readonly NodeSpec[];
  } = {},
): Pool {
  const clock = new VirtualClock(0);
  const hypervisor = new SimulatedHypervisor({
    clock,
    nodes: options.nodes ?? [node('n1', 2), node('n2', 2)],
    settings: { ...provider().hypervisor, ...options.hypervisor },
    faults: { ...provider().faults, ...options.faults },
    rng: Rng.fromSeed(1),
    guestOf: () => options.guest ?? FOREVER,
  });
  const seen: Observation[] = [];
  hypervisor.observations$.subscribe((observation) => seen.push(observation));
  return { clock, hypervisor, seen };
}

function spec(vmId: string, nodeId = 'n1'): VmSpec {
  return { vmId, reservationId: 'r', userId: 'u', nodeId, demand: SMALL, template: 't' };
}

/** What an operation has come to so far. */
function watch(operation: Observable<VmObservation>) {
  const result: { seen?: VmObservation; error?: DispatcherError; give: () => void } = {
    give: () => undefined,
  };
  const subscription = operation.subscribe({
    next: (seen) => {
      result.seen = seen;
    },
    error: (error: DispatcherError) => {
      result.error = error;
    },
  });
  result.give = () => subscription.unsubscribe();
  return result;
}

function inventoryOf({ hypervisor }: Pool): readonly VmObservation[] {
  let found: readonly VmObservation[] = [];
  hypervisor.inventory().subscribe((vms) => {
    found = vms;
  });
  return found;
}

function running({ clock, hypervisor }: Pool, vmId: string, nodeId = 'n1'): void {
  watch(hypervisor.create(spec(vmId, nodeId)));
  watch(hypervisor.start(vmId, nodeId));
  clock.runUntil(clock.now());
}

describe('operations', () => {
  test('nothing happens before the subscription', () => {
    const { hypervisor } = pool();
    hypervisor.create(spec('a'));
    expect(hypervisor.vmCount).toBe(0);
    watch(hypervisor.create(spec('a')));
    expect(hypervisor.vmCount).toBe(1);
  });

  test('each takes the time that is set for it', () => {
    const { clock, hypervisor } = pool({ hypervisor: { create: seconds(10), start: seconds(20) } });
    const made = watch(hypervisor.create(spec('a')));
    clock.runUntil(10 * SECOND - 1);
    expect(made.seen).toBeUndefined();
    clock.runUntil(10 * SECOND);
    expect(made.seen).toMatchObject({ state: 'HALTED', nodeId: null });
    const started = watch(hypervisor.start('a', 'n1'));
    clock.runUntil(30 * SECOND);
    expect(started.seen).toMatchObject({ state: 'RUNNING', nodeId: 'n1', loadPermille: 1000 });
  });

  test('a VM takes longer to be made by the features that the closest template lacks, until it is one itself', () => {
    const customizer = {
      featureTimes: new Map([
        ['web', { addMs: 30 * SECOND, dropMs: 5 * SECOND }],
        ['mail', { addMs: 60 * SECOND, dropMs: 7 * SECOND }],
      ]),
      featuresByTemplate: new Map([
        ['plain', new Set<string>()],
        ['site', new Set(['web'])],
        ['office', new Set(['web', 'mail'])],
      ]),
      library: ['plain'],
    };
    const making = (reuses: boolean) => {
      const { clock, hypervisor } = pool({
        hypervisor: { create: seconds(10), destroy: seconds(0), customizer: { ...customizer, reuses } },
      });
      return {
        hypervisor,
        seconds: (vmId: string, template: string) => {
          const beganMs = clock.now();
          watch(hypervisor.create({ ...spec(vmId), template }));
          clock.run();
          return (clock.now() - beganMs) / SECOND;
        },
      };
    };
    const reused = making(true);
    expect(reused.seconds('a', 'office')).toBe(100);
    expect(reused.seconds('b', 'office')).toBe(10);
    // Mail is dropped.
    expect(reused.seconds('c', 'site')).toBe(17);
    for (const vmId of ['a', 'b']) watch(reused.hypervisor.destroy(vmId));
    // From the site that is left.
    expect(reused.seconds('d', 'office')).toBe(70);
    expect(reused.seconds('e', 'of-no-features')).toBe(10);

    const alone = making(false);
    expect(alone.seconds('a', 'office')).toBe(100);
    expect(alone.seconds('b', 'office')).toBe(100);
    expect(alone.seconds('c', 'plain')).toBe(10);
  });

  test('VMs that are found when a cluster is set up anew are there to make others from, one that is still being made is not', () => {
    const { clock, hypervisor } = pool({
      hypervisor: {
        create: seconds(10),
        customizer: {
          featureTimes: new Map([['web', { addMs: 30 * SECOND, dropMs: 0 }]]),
          featuresByTemplate: new Map([
            ['plain', new Set<string>()],
            ['site', new Set(['web'])],
            ['other-site', new Set(['web'])],
          ]),
          library: ['plain'],
          reuses: true,
        },
      },
    });
    const making = watch(hypervisor.create({ ...spec('a'), template: 'site' }));
    const besides = watch(hypervisor.create({ ...spec('b'), template: 'other-site' }));
    clock.runUntil(40 * SECOND - 1);
    expect([making.seen, besides.seen]).toEqual([undefined, undefined]);
    clock.run();
    hypervisor.populate([{ spec: { ...spec('c'), template: 'site' }, power: 'suspended', isHung: false }]);
    for (const vmId of ['a', 'b']) watch(hypervisor.destroy(vmId));
    clock.run();
    const beganMs = clock.now();
    watch(hypervisor.create({ ...spec('d'), template: 'other-site' }));
    clock.run();
    expect(clock.now() - beganMs).toBe(10 * SECOND);
  });

  test('times that are spread lie between their bounds, and are the same for the same seed', () => {
    const times = () => {
      const { clock, hypervisor } = pool({ hypervisor: { create: { minMs: 5, maxMs: 9 } } });
      return Array.from({ length: 50 }, (_, i) => {
        const beganMs = clock.now();
        const made = watch(hypervisor.create(spec(`vm${i}`)));
        while (made.seen === undefined) clock.step();
        return clock.now() - beganMs;
      });
    };
    expect(new Set(times())).toEqual(new Set([5, 6, 7, 8, 9]));
    expect(times()).toEqual(times());
  });

  test('what is done already is done at once', () => {
    const site = pool({ hypervisor: { stop: seconds(10), migrate: seconds(10), suspend: seconds(10) } });
    running(site, 'a');
    const { hypervisor } = site;
    expect(watch(hypervisor.start('a', 'n2')).seen).toMatchObject({ state: 'RUNNING', nodeId: 'n1' });
    expect(watch(hypervisor.migrate('a', 'n1')).seen).toMatchObject({ nodeId: 'n1' });
    watch(hypervisor.stop('a', 'hard'));
    expect(watch(hypervisor.stop('a', 'clean')).seen).toMatchObject({ state: 'HALTED' });
    expect(watch(hypervisor.destroy('never made')).seen).toMatchObject({ state: 'DELETED' });
  });

  test('what makes no sense in the state of the VM is refused', () => {
    const site = pool();
    const { hypervisor } = site;
    watch(hypervisor.create(spec('a')));
    for (const operation of [
      hypervisor.reboot('a'),
      hypervisor.suspend('a'),
      hypervisor.migrate('a', 'n2'),
    ]) {
      expect(watch(operation).error?.code).toBe('BAD_POWER_STATE');
    }
    expect(watch(hypervisor.resume('a', 'n1')).error?.code).toBe('BAD_POWER_STATE');
    watch(hypervisor.start('a', 'n1'));
    expect(watch(hypervisor.destroy('a')).error?.code).toBe('BAD_POWER_STATE');
    watch(hypervisor.suspend('a'));
    expect(watch(hypervisor.start('a', 'n1')).error?.code).toBe('BAD_POWER_STATE');
  });

  test('a node without room refuses, in every resource', () => {
    const site = pool();
    running(site, 'a');
    running(site, 'b');
    const { hypervisor } = site;
    watch(hypervisor.create(spec('c')));
    expect(watch(hypervisor.start('c', 'n1')).error?.code).toBe('NODE_FULL');
    running(site, 'd', 'n2');
    expect(watch(hypervisor.migrate('d', 'n1')).error?.code).toBe('NODE_FULL');
    watch(hypervisor.create({ ...spec('e'), demand: { milliCpus: 0, memoryMib: 4097, diskGib: 0 } }));
    expect(watch(hypervisor.start('e', 'n2')).error?.code).toBe('NODE_FULL');
    watch(hypervisor.stop('a', 'hard'));
    expect(watch(hypervisor.start('c', 'n1')).seen?.state).toBe('RUNNING');
  });

  test('a node has so much of what it has by name, and nothing to do with what is not on nodes', () => {
    const [plain, other] = [node('n1', 4), node('n2', 4)];
    const withGpu = { ...other, capacity: { ...other.capacity, named: { gpu: 1_000 } } };
    const { hypervisor } = pool({ nodes: [plain, withGpu] });
    for (const vmId of ['a', 'b', 'c']) {
      const named = { gpu: 600, licence: 1 };
      watch(hypervisor.create({ ...spec(vmId), demand: { ...SMALL, named } }));
    }
    expect(watch(hypervisor.start('a', 'n1')).error?.code).toBe('NODE_FULL');
    expect(watch(hypervisor.start('a', 'n2')).error).toBeUndefined();
    expect(watch(hypervisor.start('b', 'n2')).error?.code).toBe('NODE_FULL');
    watch(hypervisor.stop('a', 'hard'));
    expect(watch(hypervisor.start('b', 'n2')).error).toBeUndefined();
  });

  test('a booting VM uses its node already, and a boot that is given up does no longer', () => {
    const { hypervisor } = pool({ hypervisor: { start: seconds(60) } });
    for (const vmId of ['a', 'b', 'c']) watch(hypervisor.create(spec(vmId)));
    const first = watch(hypervisor.start('a', 'n1'));
    watch(hypervisor.start('b', 'n1'));
    expect(watch(hypervisor.start('c', 'n1')).error?.code).toBe('NODE_FULL');
    first.give();
    expect(watch(hypervisor.start('c', 'n1')).error).toBeUndefined();
  });

  test('a live migration uses both nodes until it is done, and only the old one when it is given up', () => {
    const site = pool({ hypervisor: { migrate: seconds(30), migrateDowntimeMs: 300 } });
    running(site, 'a');
    running(site, 'b', 'n2');
    const { clock, hypervisor } = site;
    watch(hypervisor.create(spec('c')));
    watch(hypervisor.create(spec('d')));
    const first = watch(hypervisor.migrate('a', 'n2'));
    expect(watch(hypervisor.start('c', 'n2')).error?.code).toBe('NODE_FULL');
    expect(watch(hypervisor.start('c', 'n1')).error).toBeUndefined();
    expect(watch(hypervisor.start('d', 'n1')).error?.code).toBe('NODE_FULL');
    first.give();
    const second = watch(hypervisor.migrate('a', 'n2'));
    clock.runUntil(clock.now() + 30 * SECOND);
    expect(second.seen).toMatchObject({ nodeId: 'n2', downtimeMs: 300 });
    expect(watch(hypervisor.start('d', 'n1')).error).toBeUndefined();
  });

  test('operations fail as often as is set, a hard stop never', () => {
    const { clock, hypervisor } = pool({ faults: { operationFailure: 0.3 } });
    let failures = 0;
    for (let i = 0; i < 1000; i++) {
      const made = watch(hypervisor.create(spec(`vm${i}`)));
      clock.runUntil(clock.now());
      if (made.error !== undefined) failures += 1;
    }
    // Binomial: mean 300, standard deviation 14.5.
    expect(Math.abs(failures - 300)).toBeLessThan(4 * 14.5);
    const vmIds = Array.from({ length: 100 }, (_, i) => `vm${i}`);
    expect(vmIds.every((vmId) => watch(hypervisor.stop(vmId, 'hard')).error === undefined)).toBe(true);
  });
});

describe('guests', () => {
  test('a guest shuts down when it has run long enough, without the time that it was suspended', () => {
    const site = pool({ guest: { runTimeMs: 60 * SECOND } });
    running(site, 'a');
    const { clock, hypervisor, seen } = site;
    clock.runUntil(20 * SECOND);
    watch(hypervisor.suspend('a'));
    clock.runUntil(100 * SECOND);
    watch(hypervisor.resume('a', 'n2'));
    clock.runUntil(140 * SECOND - 1);
    expect(seen).toEqual([]);
    clock.runUntil(140 * SECOND);
    expect(seen).toMatchObject([{ kind: 'vm', cause: 'guest-shutdown', vm: { vmId: 'a', state: 'HALTED' } }]);
  });

  test('a suspension that is given up lets the guest go on where it was', () => {
    const site = pool({ guest: { runTimeMs: 60 * SECOND }, hypervisor: { suspend: seconds(10) } });
    running(site, 'a');
    const { clock, hypervisor, seen } = site;
    clock.runUntil(20 * SECOND);
    const suspending = watch(hypervisor.suspend('a'));
    clock.runUntil(25 * SECOND);
    suspending.give();
    // Stood still for five seconds.
    clock.runUntil(65 * SECOND - 1);
    expect(seen).toEqual([]);
    clock.runUntil(65 * SECOND);
    expect(seen).toMatchObject([{ cause: 'guest-shutdown' }]);
  });

  test('a hang is reported after a while, and not at all when it was mended meanwhile', () => {
    const site = pool({ hypervisor: { hangDetectionMs: 30 * SECOND } });
    running(site, 'a');
    running(site, 'b');
    const { clock, hypervisor, seen } = site;
    hypervisor.hangGuest('a');
    hypervisor.hangGuest('b');
    hypervisor.hangGuest('b');
    watch(hypervisor.reboot('b'));
    expect(watch(hypervisor.stop('a', 'clean')).error?.code).toBe('OPERATION_FAILED');
    clock.runUntil(30 * SECOND);
    expect(seen).toMatchObject([
      { cause: 'guest-hang', vm: { vmId: 'a', state: 'RUNNING', loadPermille: 0 } },
    ]);
  });

  test('a guest that hangs does not shut down, nor does it after it was suspended and resumed', () => {
    const site = pool({ guest: { runTimeMs: 60 * SECOND } });
    running(site, 'a');
    const { clock, hypervisor, seen } = site;
    clock.runUntil(10 * SECOND);
    hypervisor.hangGuest('a');
    watch(hypervisor.suspend('a'));
    watch(hypervisor.resume('a', 'n1'));
    clock.runUntil(10 * MINUTE);
    expect(seen.map((each) => (each.kind === 'vm' ? each.cause : each.kind))).toEqual(['guest-hang']);
  });

  test('crashes come with the mean time that is set, and a crash ends the operation in progress', () => {
    const site = pool({
      faults: { guestCrashMtbfMs: 100 * SECOND },
      hypervisor: { migrate: seconds(1_000_000) },
    });
    const { clock, hypervisor, seen } = site;
    let upMs = 0;
    for (let i = 0; i < 400; i++) {
      running(site, `vm${i}`);
      const startMs = clock.now();
      const migration = watch(hypervisor.migrate(`vm${i}`, 'n2'));
      while (seen.length === i) clock.step();
      expect(migration.error?.code).toBe('BAD_POWER_STATE');
      upMs += clock.now() - startMs;
    }
    // Exponential: the mean of 400 has a standard deviation of 5 seconds.
    expect(Math.abs(upMs / 400 - 100 * SECOND)).toBeLessThan(4 * 5 * SECOND);
  });

  test('a crash or a hang of what does not run is nothing', () => {
    const { clock, hypervisor, seen } = pool();
    watch(hypervisor.create(spec('a')));
    hypervisor.crashGuest('a');
    hypervisor.hangGuest('a');
    hypervisor.crashGuest('b');
    clock.runUntil(MINUTE);
    expect(seen).toEqual([]);
  });

  test('loads are drawn between their bounds, once per VM', () => {
    const site = pool({ hypervisor: { guestLoadPermille: { min: 200, max: 300 } } });
    const loads = Array.from({ length: 20 }, (_, i) => {
      running(site, `vm${i}`);
      const load = watch(site.hypervisor.start(`vm${i}`, 'n1')).seen!.loadPermille;
      watch(site.hypervisor.stop(`vm${i}`, 'hard'));
      running(site, `vm${i}`);
      expect(watch(site.hypervisor.start(`vm${i}`, 'n1')).seen!.loadPermille).toBe(load);
      watch(site.hypervisor.stop(`vm${i}`, 'hard'));
      return load;
    });
    expect(Math.min(...loads)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...loads)).toBeLessThanOrEqual(300);
    expect(new Set(loads).size).toBeGreaterThan(5);
  });
});

describe('nodes', () => {
  test('a node that fails takes what runs on it down, ends its operations, and is reported after the detection delay', () => {
    const site = pool({ hypervisor: { nodeDetectionMs: 30 * SECOND, reboot: seconds(60) } });
    running(site, 'a');
    running(site, 'b', 'n2');
    const { clock, hypervisor, seen } = site;
    const reboot = watch(hypervisor.reboot('a'));
    hypervisor.failNode('n1');
    expect(reboot.error?.code).toBe('NODE_UNREACHABLE');
    expect(watch(hypervisor.start('a', 'n1')).error?.code).toBe('NODE_UNREACHABLE');
    expect(watch(hypervisor.create(spec('c'))).error?.code).toBe('NODE_UNREACHABLE');
    clock.runUntil(30 * SECOND - 1);
    expect(seen).toEqual([]);
    clock.runUntil(30 * SECOND);
    expect(seen).toEqual([{ kind: 'node-down', nodeId: 'n1' }]);
  });

  test('what died with a node does not answer until the loss is reported, and can then start elsewhere', () => {
    const site = pool({ hypervisor: { nodeDetectionMs: 30 * SECOND } });
    running(site, 'a');
    const { clock, hypervisor } = site;
    hypervisor.failNode('n1');
    clock.runUntil(20 * SECOND);
    hypervisor.returnNode('n1');
    clock.runUntil(30 * SECOND - 1);
    for (const operation of [
      hypervisor.start('a', 'n2'),
      hypervisor.stop('a', 'clean'),
      hypervisor.stop('a', 'hard'),
      hypervisor.reboot('a'),
      hypervisor.suspend('a'),
      hypervisor.resume('a', 'n2'),
      hypervisor.migrate('a', 'n2'),
      hypervisor.destroy('a'),
    ])
      expect(watch(operation).error?.code).toBe('NODE_UNREACHABLE');
    clock.runUntil(30 * SECOND);
    // Its disks are on shared storage.
    expect(watch(hypervisor.start('a', 'n2')).seen).toMatchObject({ state: 'RUNNING', nodeId: 'n2' });
  });

  test('a node that returns is empty', () => {
    const site = pool();
    running(site, 'a');
    running(site, 'b');
    const { hypervisor, seen } = site;
    hypervisor.failNode('n1');
    hypervisor.failNode('n1');
    hypervisor.returnNode('n1');
    hypervisor.returnNode('n1');
    running(site, 'c');
    running(site, 'd');
    expect(watch(hypervisor.start('d', 'n1')).seen?.state).toBe('RUNNING');
    expect(seen).toEqual([
      { kind: 'node-down', nodeId: 'n1' },
      { kind: 'node-up', nodeId: 'n1' },
    ]);
  });

  test('the loss of a destination ends a migration and leaves the VM where it was', () => {
    const site = pool({ hypervisor: { migrate: seconds(60) } });
    running(site, 'a');
    const { hypervisor } = site;
    const migration = watch(hypervisor.migrate('a', 'n2'));
    hypervisor.failNode('n2');
    expect(migration.error?.code).toBe('NODE_UNREACHABLE');
    expect(watch(hypervisor.start('a', 'n1')).seen).toMatchObject({ state: 'RUNNING', nodeId: 'n1' });
    hypervisor.returnNode('n2');
    running(site, 'b', 'n2');
    running(site, 'c', 'n2');
    expect(watch(hypervisor.start('c', 'n2')).seen?.state).toBe('RUNNING');
  });

  test('an unknown node is an error of the caller', () => {
    const { hypervisor } = pool();
    expect(() => hypervisor.failNode('n9')).toThrow(RangeError);
    expect(() => hypervisor.returnNode('n9')).toThrow(RangeError);
  });
});

describe('live migrations that copy memory', () => {
  const MEMORY = 768 * 2 ** 20;
  const LINK_MBIT = 100;
  const onePassMs = Math.ceil((MEMORY * 8) / (LINK_MBIT * 1e3));
  const copies = (settings: Partial<MigrationSettings> = {}) => ({
    hypervisor: { migration: { ...SETTINGS, linkBytesPerS: (LINK_MBIT * 1e6) / 8, ...settings } },
    nodes: [node('n1', 4), node('n2', 4), node('n3', 4)],
  });

  test('one alone takes what its memory takes, and tells what it sent', () => {
    const site = pool(copies());
    running(site, 'a');
    const moved = watch(site.hypervisor.migrate('a', 'n2'));
    site.clock.runUntil(onePassMs - 1);
    expect(moved.seen).toBeUndefined();
    site.clock.runUntil(onePassMs);
    expect(moved.seen).toMatchObject({ nodeId: 'n2', downtimeMs: 0, sentBytes: MEMORY, isConverged: true });
  });

  test('only memory in use is copied, the same of a VM each time', () => {
    const sent = () => {
      const site = pool(copies({ memoryInUse: { min: 0.25, max: 0.75 } }));
      running(site, 'a');
      const moved = watch(site.hypervisor.migrate('a', 'n2'));
      site.clock.run();
      return moved.seen!.sentBytes!;
    };
    expect(sent()).toBeGreaterThan(0.25 * MEMORY);
    expect(sent()).toBeLessThan(0.75 * MEMORY);
    expect(sent()).toBe(sent());
  });

  test('two from one node take twice as long, and one from elsewhere to elsewhere does not notice', () => {
    const site = pool(copies());
    running(site, 'a');
    running(site, 'b');
    running(site, 'c', 'n2');
    const ends = ['a', 'b', 'c'].map((vmId, i) => {
      const end: { atMs?: number } = {};
      site.hypervisor.migrate(vmId, ['n2', 'n3', 'n1'][i]!).subscribe(() => {
        end.atMs = site.clock.now();
      });
      return end;
    });
    site.clock.run();
    expect(ends.map(({ atMs }) => atMs)).toEqual([2 * onePassMs, 2 * onePassMs, onePassMs]);
  });

  test('a guest that writes faster than the link carries never converges, and stands still for its last round', () => {
    const site = pool(copies({ dirtyPagesPerS: { min: 1e6, max: 1e6 } }));
    running(site, 'a');
    const moved = watch(site.hypervisor.migrate('a', 'n2'));
    site.clock.run();
    expect(moved.seen).toMatchObject({ isConverged: false, sentBytes: 5 * MEMORY, downtimeMs: onePassMs });
  });

  test('a guest that stands still does no work meanwhile', () => {
    const site = pool({ ...copies({ model: 'stop-and-copy' }), guest: { runTimeMs: 70 * SECOND } });
    running(site, 'a');
    watch(site.hypervisor.migrate('a', 'n2'));
    site.clock.run();
    expect(site.clock.now()).toBe(70 * SECOND + onePassMs);
    expect(site.seen).toMatchObject([{ cause: 'guest-shutdown' }]);
  });

  test('the loss of the destination is nothing to a guest that is copied, and the end of one that has gone ahead', () => {
    for (const [model, isLost] of [
      ['xen', false],
      ['post-copy', true],
    ] as const) {
      const site = pool(copies({ model }));
      running(site, 'a');
      const moved = watch(site.hypervisor.migrate('a', 'n2'));
      site.clock.runUntil(10 * SECOND);
      site.hypervisor.failNode('n2');
      site.clock.run();
      expect(moved.error?.code).toBe('NODE_UNREACHABLE');
      const crashes = site.seen.filter((one) => one.kind === 'vm' && one.cause === 'guest-crash');
      expect(crashes).toHaveLength(isLost ? 1 : 0);
      expect(inventoryOf(site)).toMatchObject([{ state: isLost ? 'HALTED' : 'RUNNING' }]);
    }
  });

  test('one that is given up leaves its part of the link to the others', () => {
    const site = pool(copies());
    running(site, 'a');
    running(site, 'b');
    const first = watch(site.hypervisor.migrate('a', 'n2'));
    watch(site.hypervisor.migrate('b', 'n3'));
    site.clock.runUntil(20 * SECOND);
    first.give();
    site.clock.run();
    // Ten seconds' worth of the link in the first twenty.
    expect(site.clock.now()).toBe(onePassMs + 10 * SECOND);
    expect(inventoryOf(site)).toMatchObject([{ nodeId: 'n1' }, { nodeId: 'n3' }]);
  });
});

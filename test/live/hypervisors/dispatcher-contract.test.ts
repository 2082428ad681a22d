// The three drivers that ship, and the one of the documentation, keep the contract of the Dispatcher.
import { expect } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import { SimulatedHypervisor } from '../../../engine/hypervisor/simulated/simulated-hypervisor.ts';
import { Rng } from '../../../engine/index.ts';
import { MACHINE } from '../../../live/host-timers.ts';
import { WrittenDocument } from '../../../written/document.ts';
import { inMemory } from '../../extensions/hypervisor/in-memory.ts';
import { node, provider } from '../../support/setup.ts';
import { type ContractSite, dispatcherContract } from './dispatcher-contract.ts';
import { DEBIAN, drive, startPool } from './xapi/pool-under-test.ts';
import { NO_LOGINS, newNotes, SHARED, startHosts } from './xl/hosts-under-test.ts';

const inRealTime = (isOver: () => boolean) =>
  expect.poll(isOver, { timeout: 30_000, interval: 5 }).toBe(true);

dispatcherContract('simulated nodes', async (): Promise<ContractSite> => {
  const clock = new VirtualClock(0);
  let runTimeMs = Number.POSITIVE_INFINITY;
  const dispatcher = new SimulatedHypervisor({
    clock,
    nodes: [node('n1', 4), node('n2', 4)],
    settings: provider().hypervisor,
    faults: provider().faults,
    rng: Rng.fromSeed(1),
    guestOf: () => ({ runTimeMs }),
  });
  runTimeMs = Number.POSITIVE_INFINITY;
  return {
    dispatcher,
    nodeIds: ['n1', 'n2'],
    template: 'any',
    until: async (isOver) => {
      for (let minute = 0; minute < 60 && !isOver(); minute += 1) clock.runUntil(clock.now() + 60_000);
      expect(isOver()).toBe(true);
    },
  };
});

dispatcherContract('the documentation', async (): Promise<ContractSite> => {
  const clock = new VirtualClock(0);
  const configured = await inMemory.configure(
    { operationTime: '4s' },
    { document: WrittenDocument.parse('in-memory: {}', 'openpex.yaml'), env: {} },
  );
  const cluster = { nodes: [node('n1', 4), node('n2', 4)] };
  const log = { info: () => undefined, warn: () => undefined };
  const hypervisor = await configured.open({
    cluster,
    isHandsOff: false,
    notes: newNotes(),
    logins: NO_LOGINS,
    log,
    host: MACHINE,
  });
  const life = { clock, cluster, setup: { ...provider(), seed: 1 }, snapshot: undefined };
  return {
    dispatcher: hypervisor.carry(life).dispatcher,
    nodeIds: ['n1', 'n2'],
    template: 'any',
    until: async (isOver) => {
      for (let second = 0; second < 60 && !isOver(); second += 1) clock.runUntil(clock.now() + 1000);
      expect(isOver()).toBe(true);
    },
    nextLife: async () => hypervisor.carry(life).dispatcher,
  };
});

dispatcherContract('a Xen pool', async (): Promise<ContractSite> => {
  const { carrier, cluster, hypervisor, server, settings } = await startPool({
    server: { durations: { guestBoot: 1e6 } },
  });
  return {
    dispatcher: carrier.dispatcher,
    nodeIds: ['xen1', 'xen2'],
    template: DEBIAN,
    until: inRealTime,
    shutDownInside: async (vmId) => {
      const vm = server.inventory().vms.find(({ name }) => name.endsWith(vmId));
      await server.faults.shutDownInside({ vm: vm?.name ?? '' });
    },
    nextLife: async () => {
      carrier.end();
      await hypervisor.close();
      return (await drive(settings, cluster)).carrier.dispatcher;
    },
  };
});

dispatcherContract('plain Xen hosts', async (): Promise<ContractSite> => {
  const notes = newNotes();
  const { carrier, hypervisor, xen } = await startHosts({ section: SHARED, notes });
  return {
    dispatcher: carrier.dispatcher,
    nodeIds: ['xen1', 'xen2'],
    template: 'Debian',
    until: inRealTime,
    shutDownInside: (vmId) => {
      const host = ['xen1', 'xen2'].find((name) => xen.domains(name).some(({ uuid }) => uuid === vmId));
      xen.end(host ?? '', vmId, 'poweroff');
    },
    nextLife: async () => {
      carrier.end();
      await hypervisor.close();
      return (await startHosts({ xen, section: SHARED, notes })).carrier.dispatcher;
    },
  };
});

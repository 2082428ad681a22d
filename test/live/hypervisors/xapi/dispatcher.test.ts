// The Dispatcher against a pool in memory, through the real client library, over both wires.
import { describe, expect, test } from 'vitest';
import { DEBIAN, done, failure, spec, startPool, WINDOWS } from './pool-under-test.ts';

describe.each(['json-rpc', 'xml-rpc'] as const)('over %s', (transport) => {
  test('a VM lives its whole life and leaves nothing behind', async () => {
    const { carrier, server } = await startPool({ settings: { transport } });
    const { dispatcher } = carrier;
    const before = server.inventory();
    const vm = spec(1);
    expect(await done(dispatcher.create(vm))).toMatchObject({ vmId: vm.vmId, state: 'HALTED', nodeId: null });
    const [made] = server.inventory().vms.filter(({ name }) => name.endsWith(vm.vmId));
    expect(made).toMatchObject({ isTemplate: false, powerState: 'Halted' });
    expect(await done(dispatcher.start(vm.vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });
    const moved = await done(dispatcher.migrate(vm.vmId, 'xen1'));
    expect(moved).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
    // A downtime that is not known is not 0.
    expect(moved).not.toHaveProperty('downtimeMs');
    expect(await done(dispatcher.suspend(vm.vmId))).toMatchObject({ state: 'SUSPENDED', nodeId: null });
    expect(await done(dispatcher.resume(vm.vmId, 'xen2'))).toMatchObject({
      state: 'RUNNING',
      nodeId: 'xen2',
    });
    expect(await done(dispatcher.reboot(vm.vmId))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });
    expect(await done(dispatcher.stop(vm.vmId, 'clean'))).toMatchObject({ state: 'HALTED', nodeId: null });
    expect(await done(dispatcher.destroy(vm.vmId))).toMatchObject({ state: 'DELETED' });
    await expect.poll(() => server.inventory()).toEqual(before);
  });
});

test('each operation can be repeated, and does what is done only once', async () => {
  const { carrier, server } = await startPool();
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  await Promise.all([done(dispatcher.create(spec(1))), done(dispatcher.create(spec(1)))]);
  expect(server.inventory().vms.filter(({ name }) => name.endsWith(vmId))).toHaveLength(1);
  await done(dispatcher.start(vmId, 'xen1'));
  expect(await done(dispatcher.start(vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
  await done(dispatcher.stop(vmId, 'hard'));
  await done(dispatcher.stop(vmId, 'clean'));
  await done(dispatcher.destroy(vmId));
  expect(await done(dispatcher.destroy(vmId))).toMatchObject({ state: 'DELETED' });
});

test('a VM is sized as its type says, whatever its template has', async () => {
  const { carrier, server } = await startPool();
  for (const [number, milliCpus] of [1, 2].entries()) {
    const demand = { milliCpus: milliCpus * 1000, memoryMib: 1536, diskGib: 20 };
    await done(
      carrier.dispatcher.create(spec(number, { demand, template: number === 0 ? DEBIAN : WINDOWS })),
    );
    await done(carrier.dispatcher.start(spec(number).vmId, 'xen1'));
  }
  const free = server.inventory().freeMemory;
  expect((free['xen2'] ?? 0) - (free['xen1'] ?? 0)).toBeGreaterThan(2 * 1536 * 2 ** 20);
});

test('a guest that does not answer is given its grace, then loses its power', async () => {
  const { carrier, server } = await startPool({ settings: { stopGraceMs: 100 } });
  const { vmId } = spec(1);
  await done(carrier.dispatcher.create(spec(1)));
  await done(carrier.dispatcher.start(vmId, 'xen1'));
  await server.faults.setDeaf({ deaf: true });
  expect(await done(carrier.dispatcher.stop(vmId, 'clean'))).toMatchObject({ state: 'HALTED' });
});

test('what cannot be done is refused with the reason that the manager knows', async () => {
  const { carrier, server } = await startPool();
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  expect(await failure(dispatcher.start(vmId, 'xen1'))).toBe('UNKNOWN_VM');
  expect(await failure(dispatcher.create(spec(1, { template: 'PEX None' })))).toBe('OPERATION_FAILED');
  await done(dispatcher.create(spec(1)));
  expect(await failure(dispatcher.suspend(vmId))).toBe('BAD_POWER_STATE');
  expect(await failure(dispatcher.start(vmId, 'nowhere'))).toBe('NODE_UNREACHABLE');
  await server.faults.leaveMemory({ host: 'xen1', freeMib: 100 });
  expect(await failure(dispatcher.start(vmId, 'xen1'))).toBe('NOT_NOW');
});

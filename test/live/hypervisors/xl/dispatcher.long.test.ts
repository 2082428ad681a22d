// The Dispatcher on hosts without Xen: lives of VMs, over each kind of storage, and what is refused.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { done, failure, SHARED, spec, startHosts } from './hosts-under-test.ts';

describe.each([
  ['files', {}],
  ['a shared store', SHARED],
  ['files, through sudo', { sudo: true }],
])('on %s', (_name, section) => {
  test('a VM lives its whole life and leaves nothing behind', async () => {
    const { carrier, xen } = await startHosts({ section });
    const { dispatcher } = carrier;
    const place = section === SHARED ? 'shared' : 'xen1';
    const vm = spec(1);
    expect(await done(dispatcher.create(vm))).toEqual({
      vmId: vm.vmId,
      state: 'HALTED',
      nodeId: null,
      loadPermille: 0,
    });
    expect(xen.files(place)).toEqual(
      expect.arrayContaining([`${vm.vmId}/disk.img`, `${vm.vmId}/vm.cfg`, `${vm.vmId}/vm.json`]),
    );
    expect(await done(dispatcher.start(vm.vmId, 'xen1'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
    expect(xen.domains('xen1')).toMatchObject([{ uuid: vm.vmId, memoryMib: 768, paused: false }]);
    const id = xen.domains('xen1')[0]?.id;
    expect(await done(dispatcher.reboot(vm.vmId))).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
    expect(xen.domains('xen1')[0]?.id).not.toBe(id);
    expect(await done(dispatcher.suspend(vm.vmId))).toMatchObject({ state: 'SUSPENDED', nodeId: null });
    expect(xen.domains('xen1')).toEqual([]);
    expect(xen.files(place)).toContain(`${vm.vmId}/image.save`);
    expect(await done(dispatcher.resume(vm.vmId, 'xen1'))).toMatchObject({
      state: 'RUNNING',
      nodeId: 'xen1',
    });
    expect(xen.files(place)).not.toContain(`${vm.vmId}/image.save`);
    expect(await done(dispatcher.stop(vm.vmId, 'clean'))).toMatchObject({ state: 'HALTED', nodeId: null });
    // Its domain is not left to say why it has ended: we know.
    expect(xen.domains('xen1')).toEqual([]);
    expect(await done(dispatcher.destroy(vm.vmId))).toMatchObject({ state: 'DELETED', nodeId: null });
    expect(xen.files(place)).toEqual([]);
  });
});

test('with LVM the disk of a VM is a volume of its own', async () => {
  const section = {
    storage: { kind: 'lvm', volumeGroup: 'guests' },
    templates: [{ name: 'Debian', type: 'pv', bootloader: 'pygrub', image: 'debian' }],
  };
  const { carrier, xen } = await startHosts({ section });
  const { vmId } = spec(1);
  await done(carrier.dispatcher.create(spec(1)));
  expect(xen.volumes('xen1')).toEqual(['debian', `openpex-${vmId}`]);
  expect(readFileSync(xen.path('xen1', 'fs/openpex/vms', vmId, 'vm.cfg'), 'utf8')).toContain(
    `target=/dev/guests/openpex-${vmId}`,
  );
  await done(carrier.dispatcher.start(vmId, 'xen1'));
  await done(carrier.dispatcher.stop(vmId, 'hard'));
  await done(carrier.dispatcher.destroy(vmId));
  expect(xen.volumes('xen1')).toEqual(['debian']);
});

test('on a shared store a VM runs where it is wanted, and moves without a break', async () => {
  const { carrier, xen } = await startHosts({ section: SHARED });
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen2'));
  const moved = await done(dispatcher.migrate(vmId, 'xen1'));
  expect(moved).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
  // A downtime that is not known is not 0.
  expect(moved).not.toHaveProperty('downtimeMs');
  expect(xen.domains('xen2')).toEqual([]);
  await done(dispatcher.suspend(vmId));
  expect(await done(dispatcher.resume(vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });
});

test('each operation can be repeated, and does what is done only once', async () => {
  const { carrier, xen } = await startHosts({ section: SHARED });
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  await Promise.all([done(dispatcher.create(spec(1))), done(dispatcher.create(spec(1)))]);
  await Promise.all([done(dispatcher.start(vmId, 'xen1')), done(dispatcher.start(vmId, 'xen2'))]);
  expect(xen.builds('xen1', vmId) + xen.builds('xen2', vmId)).toBe(1);
  await done(dispatcher.suspend(vmId));
  await done(dispatcher.suspend(vmId));
  await done(dispatcher.resume(vmId, 'xen1'));
  await done(dispatcher.resume(vmId, 'xen1'));
  await done(dispatcher.migrate(vmId, 'xen2'));
  await done(dispatcher.migrate(vmId, 'xen2'));
  await done(dispatcher.stop(vmId, 'hard'));
  await done(dispatcher.stop(vmId, 'clean'));
  await done(dispatcher.destroy(vmId));
  expect(await done(dispatcher.destroy(vmId))).toMatchObject({ state: 'DELETED' });
});

test('a guest that does not answer is given its grace, then loses its power', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  const vm = spec(1, { template: 'Deaf' });
  await done(dispatcher.create(vm));
  await done(dispatcher.start(vm.vmId, 'xen1'));
  const [before] = xen.domains('xen1');
  expect(await done(dispatcher.reboot(vm.vmId))).toMatchObject({ state: 'RUNNING' });
  expect(xen.domains('xen1')[0]?.id).not.toBe(before?.id);
  // It cannot be suspended, and runs on.
  expect(await failure(dispatcher.suspend(vm.vmId))).toBe('REFUSED no-guest-tools');
  expect(xen.files('xen1')).not.toContain(`${vm.vmId}/image.part`);
  expect(await done(dispatcher.stop(vm.vmId, 'clean'))).toMatchObject({ state: 'HALTED' });
});

test('a VM that somebody has paused is woken before it is asked to shut down, and is not suspended', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  xen.change('xen1', (domains) => domains.map((domain) => ({ ...domain, paused: true })));
  expect(await failure(dispatcher.suspend(vmId))).toBe('BAD_POWER_STATE');
  expect(await done(dispatcher.start(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  xen.change('xen1', (domains) => domains.map((domain) => ({ ...domain, paused: true })));
  expect(await done(dispatcher.stop(vmId, 'clean'))).toMatchObject({ state: 'HALTED' });
});

test('what cannot be done is refused with the reason that the manager knows, and the VM goes on', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  expect(await failure(dispatcher.start(vmId, 'xen1'))).toBe('UNKNOWN_VM');
  expect(await failure(dispatcher.create(spec(1, { template: 'None' })))).toBe('OPERATION_FAILED');
  expect(await failure(dispatcher.create(spec(1, { template: 'Missing' })))).toBe(
    'REFUSED storage-not-there',
  );
  expect(await failure(dispatcher.create(spec(1, { nodeId: 'nowhere' })))).toBe('NODE_UNREACHABLE');
  await done(dispatcher.create(spec(1)));
  expect(await failure(dispatcher.suspend(vmId))).toBe('BAD_POWER_STATE');
  expect(await failure(dispatcher.resume(vmId, 'xen1'))).toBe('BAD_POWER_STATE');
  expect(await failure(dispatcher.start(vmId, 'nowhere'))).toBe('NODE_UNREACHABLE');
  await done(dispatcher.start(vmId, 'xen1'));
  expect(await failure(dispatcher.destroy(vmId))).toBe('BAD_POWER_STATE');
  // Its disk cannot be reached from there.
  expect(await failure(dispatcher.migrate(vmId, 'xen2'))).toBe('REFUSED storage-not-there');
  xen.set('xen1', 'room', '1000');
  expect(await failure(dispatcher.suspend(vmId))).toBe('REFUSED no-suspend-storage');
  expect(await failure(dispatcher.create(spec(2)))).toBe('no failure but HALTED');
  const large = spec(3, { demand: { milliCpus: 1000, memoryMib: 4000, diskGib: 0 } });
  await done(dispatcher.create(large));
  expect(await failure(dispatcher.start(large.vmId, 'xen1'))).toBe('NOT_NOW memory-short');
  expect(xen.domains('xen1')).toHaveLength(1);
});

test('a Xen that cannot move guests says so, and the guest stays', async () => {
  const xenSays = async (prepare: (hosts: Awaited<ReturnType<typeof startHosts>>) => void) => {
    const hosts = await startHosts({ section: SHARED });
    const { dispatcher } = hosts.carrier;
    await done(dispatcher.create(spec(1)));
    await done(dispatcher.start(spec(1).vmId, 'xen1'));
    prepare(hosts);
    const said = await failure(dispatcher.migrate(spec(1).vmId, 'xen2'));
    expect(hosts.xen.domains('xen1')).toMatchObject([{ uuid: spec(1).vmId, paused: false }]);
    expect(hosts.xen.domains('xen2')).toEqual([]);
    return said;
  };
  // Only when it tries.
  expect(await xenSays(({ xen }) => xen.set('xen1', 'no-shadow'))).toBe('REFUSED not-supported');
  // The half that has arrived is taken away again.
  expect(await xenSays(({ xen }) => xen.set('xen1', 'move-fails'))).toBe('OPERATION_FAILED');
});

test('a VM that has never run is made anew where it is wanted; one that has run is not', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  const { vmId } = spec(1);
  await done(dispatcher.create(spec(1)));
  expect(await done(dispatcher.start(vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });
  expect(xen.files('xen1')).toEqual([]);
  await done(dispatcher.suspend(vmId));
  expect(await failure(dispatcher.resume(vmId, 'xen1'))).toBe('REFUSED storage-not-there');
  await done(dispatcher.stop(vmId, 'hard'));
  expect(await failure(dispatcher.start(vmId, 'xen1'))).toBe('REFUSED storage-not-there');
  expect(existsSync(xen.path('xen2', 'fs/openpex/vms', vmId, 'disk.img'))).toBe(true);
});

test('cards get addresses that follow from the VM, or those of the configuration, each once', async () => {
  const macsOf = async (section: object, count: number) => {
    const { carrier, xen } = await startHosts({ section: { bridge: 'xenbr0', ...section } });
    const failures: string[] = [];
    for (let number = 1; number <= count; number += 1)
      failures.push(await failure(carrier.dispatcher.create(spec(number))));
    const macs = Array.from({ length: count }, (_, index) => {
      const file = xen.path('xen1', 'fs/openpex/vms', spec(index + 1).vmId, 'vm.cfg');
      return existsSync(file) ? /mac=([^,]+),bridge=xenbr0/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
    });
    return { macs, last: failures.at(-1) };
  };
  const derived = await macsOf({}, 2);
  expect(derived.macs[0]).toMatch(/^00:16:3e:[0-7][0-9a-f](:[0-9a-f]{2}){2}$/);
  expect(derived.macs[0]).not.toBe(derived.macs[1]);
  const listed = await macsOf({ macs: ['00:16:3E:00:00:01', '00:16:3e:00:00:02'] }, 3);
  expect(listed).toEqual({
    macs: ['00:16:3e:00:00:01', '00:16:3e:00:00:02', undefined],
    last: 'OPERATION_FAILED',
  });
});

test('many VMs of one host are dealt with at once, in no more sessions than sshd allows', async () => {
  const { carrier, xen } = await startHosts({ section: { perHostConcurrency: 8 } });
  const { dispatcher } = carrier;
  const small = { milliCpus: 100, memoryMib: 64, diskGib: 0 };
  const vms = Array.from({ length: 12 }, (_, index) => spec(index + 1, { demand: small, template: 'Deaf' }));
  await Promise.all(vms.map((vm) => done(dispatcher.create(vm))));
  expect(xen.files('xen1').filter((name) => name.endsWith('vm.json'))).toHaveLength(12);
  await Promise.all(vms.map(({ vmId }) => done(dispatcher.destroy(vmId))));
  expect(xen.files('xen1')).toEqual([]);
  expect(xen.mostSessions('xen1')).toBeLessThanOrEqual(10);
});

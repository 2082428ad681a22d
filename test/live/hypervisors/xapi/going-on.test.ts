// A rehearsal that changes nothing in the pool, and daemons that go on where another one stopped.
import { expect, test } from 'vitest';
import { done, drive, failure, spec, startPool, startServer } from './pool-under-test.ts';
import { reserve, startXenDaemon } from './xen-daemon.ts';

test('a dry run answers users as if, and leaves the pool as it is', async () => {
  const server = await startServer();
  const before = server.inventory();
  const { call, register } = await startXenDaemon(server, { dryRun: true });
  await register('alice');
  const id = await reserve({ call }, 'alice', { instances: 2 });
  const statuses = async () =>
    (await call('alice', 'GET', `/reservations/${id}/instances`)).body.map(
      (vm: { status: string }) => vm.status,
    );
  await expect.poll(statuses, { timeout: 10_000 }).toEqual(['RUNNING', 'RUNNING']);
  expect(server.inventory()).toEqual(before);
});

test('another daemon of the same service finds what the first one made, and a configured address is given once', async () => {
  const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
  const { carrier, cluster, server, settings } = await startPool({ settings: { macs } });
  await done(carrier.dispatcher.create(spec(1)));
  await done(carrier.dispatcher.start(spec(1).vmId, 'xen2'));
  carrier.end();
  const second = await drive(settings, cluster);
  let found: unknown;
  second.carrier.dispatcher.inventory().subscribe((vms) => {
    found = vms.map(({ nodeId, state, vmId }) => ({ nodeId, state, vmId }));
  });
  expect(found).toEqual([{ vmId: spec(1).vmId, state: 'RUNNING', nodeId: 'xen2' }]);
  await done(second.carrier.dispatcher.create(spec(2)));
  const given = server
    .inventory()
    .vifs.map(({ mac }) => mac)
    .filter((mac) => macs.includes(mac));
  expect(given.sort()).toEqual(macs);
});

test('a removal that was interrupted after the VM and before its disks is finished by the next daemon', async () => {
  const { carrier, cluster, hypervisor, server, settings } = await startPool();
  const before = server.inventory();
  await done(carrier.dispatcher.create(spec(1)));
  await server.faults.fail({ method: 'VDI.destroy', error: ['INTERNAL_ERROR', 'interrupted'] });
  expect(await failure(carrier.dispatcher.destroy(spec(1).vmId))).toBe('OPERATION_FAILED');
  carrier.end();
  await hypervisor.close();
  expect(server.inventory().counts['VDI']).toBe((before.counts['VDI'] ?? 0) + 1);
  await drive(settings, cluster);
  await expect.poll(() => server.inventory().vdis, { timeout: 10_000 }).toEqual(before.vdis);
});

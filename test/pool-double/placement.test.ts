// Where VMs go, and that memory is promised once.
import { expect, test } from 'vitest';
import { codeOf, errorOf, PoolClient, startPool } from './pool-client.ts';

async function pool(options: Parameters<typeof startPool>[0] = {}) {
  const server = await startPool(options);
  return { server, client: await PoolClient.login(server.url) };
}

test('a VM takes its memory and its overhead of its host, and gives both back', async () => {
  const { client } = await pool();
  const [host = ''] = await client.hosts();
  const before = await client.freeMib(host);
  const vm = await client.makeVm('a', { memoryMib: 1024 });
  const overhead = Number(await client.call('VM.get_memory_overhead', vm)) / 2 ** 20;
  expect(overhead).toBeGreaterThan(0);
  await client.call('VM.start_on', vm, host, false, false);
  expect(await client.freeMib(host)).toBe(before - 1024 - overhead);
  await client.call('VM.suspend', vm);
  expect(await client.freeMib(host)).toBe(before);
});

test('memory is reserved from the moment a start begins', async () => {
  const { server, client } = await pool({ pool: { memoryMib: 4096 } });
  const [host = ''] = await client.hosts();
  const [first, second] = [
    await client.makeVm('a', { memoryMib: 2048 }),
    await client.makeVm('b', { memoryMib: 2048 }),
  ];
  await server.faults.slow({ method: 'VM.start_on', factor: 20 });
  const started = client.call('VM.start_on', first, host, false, false);
  await expect.poll(() => client.call('VM.get_scheduled_to_be_resident_on', first)).toBe(host);
  const refused = await errorOf(client.call('VM.start_on', second, host, false, false));
  const [needed, free] = refused.params.map(Number);
  expect(refused.code).toBe('HOST_NOT_ENOUGH_FREE_MEMORY');
  expect(needed).toBeGreaterThan(free ?? Number.NaN);
  expect(free).toBe(await client.call('host.compute_free_memory', host));
  await started;
});

test('a VM that may go anywhere goes where most memory is free', async () => {
  const { client } = await pool();
  const [first = '', second = ''] = await client.hosts();
  const vms = [await client.makeVm('a'), await client.makeVm('b')];
  for (const vm of vms) await client.call('VM.start', vm, false, false);
  const hosts = await Promise.all(vms.map((vm) => client.text('VM.get_resident_on', vm)));
  expect(hosts.sort()).toEqual([first, second].sort());
});

test('a full pool says how much memory lacks, an unusable one that there is no host', async () => {
  const { client } = await pool({ pool: { memoryMib: 2048 } });
  const vm = await client.makeVm('a', { memoryMib: 2048 });
  expect(await codeOf(client.call('VM.start', vm, false, false))).toBe('HOST_NOT_ENOUGH_FREE_MEMORY');
  for (const host of await client.hosts()) await client.call('host.disable', host);
  expect(await codeOf(client.call('VM.start', vm, false, false))).toBe('NO_HOSTS_AVAILABLE');
});

test('a disabled host takes no VM, and keeps those it has', async () => {
  const { client } = await pool();
  const [first = '', second = ''] = await client.hosts();
  const vm = await client.makeVm('a');
  await client.call('VM.start_on', vm, first, false, false);
  await client.call('host.disable', first);
  const other = await client.makeVm('b');
  const refused = await errorOf(client.call('VM.start_on', other, first, false, false));
  expect([refused.code, ...refused.params]).toEqual(['HOST_DISABLED', first]);
  await client.call('host.evacuate', first);
  expect(await client.call('VM.get_resident_on', vm)).toBe(second);
  await client.call('host.enable', first);
  await client.call('VM.start_on', other, first, false, false);
});

test('a VM needs its storage on the host: one on local storage stays where that is', async () => {
  const { client } = await pool();
  const [first = '', second = ''] = await client.hosts();
  const locals = await client.refs('SR.get_by_name_label', 'Local storage');
  const [template = ''] = await client.refs('VM.get_by_name_label', 'PEX Debian Etch 4.0 Template');
  const vm = await client.text('VM.copy', template, 'local', locals[0] ?? '');
  await client.call('VM.provision', vm);
  const refused = await errorOf(client.call('VM.start_on', vm, second, false, false));
  expect([refused.code, ...refused.params]).toEqual(['VM_REQUIRES_SR', vm, locals[0]]);
  await client.call('VM.start_on', vm, first, false, false);
  expect(await codeOf(client.call('VM.pool_migrate', vm, second, { live: 'true' }))).toBe('VM_REQUIRES_SR');
});

test('a VM with more processors than a host has cannot start there', async () => {
  const { client } = await pool();
  const [host = ''] = await client.hosts();
  const vm = await client.makeVm('a');
  await client.call('VM.set_VCPUs_max', vm, 9);
  const refused = await errorOf(client.call('VM.start_on', vm, host, false, false));
  expect([refused.code, ...refused.params]).toEqual(['HOST_NOT_ENOUGH_PCPUS', '9', '8']);
});

test('storage that is full takes no disk, and none is left of a copy that failed', async () => {
  const { server, client } = await pool({ pool: { localStorageGib: 4 } });
  const before = server.inventory();
  const [local = ''] = await client.refs('SR.get_by_name_label', 'Local storage');
  const [template = ''] = await client.refs('VM.get_by_name_label', 'PEX Debian Etch 4.0 Template');
  expect(await codeOf(client.call('VM.copy', template, 'a', local))).toBe('SR_FULL');
  expect(server.inventory()).toEqual(before);
});

test('a migration holds memory on both hosts until the VM is there', async () => {
  const { server, client } = await pool();
  const [first = '', second = ''] = await client.hosts();
  const vm = await client.makeVm('a');
  const idle = await client.freeMib(second);
  await client.call('VM.start_on', vm, first, false, false);
  await server.faults.slow({ method: 'VM.pool_migrate', factor: 20 });
  const migrated = client.call('VM.pool_migrate', vm, second, { live: 'true' });
  await expect.poll(() => client.freeMib(second)).toBeLessThan(idle);
  expect(await client.freeMib(first)).toBe(await client.freeMib(second));
  await migrated;
  expect(await client.freeMib(first)).toBe(idle);
});

// The whole life of reservations and their VMs, from the REST API down to a pool.
import { describe, expect, test } from 'vitest';
import { startServer } from './pool-under-test.ts';
import { reserve, startXenDaemon } from './xen-daemon.ts';

const WAIT = { timeout: 20_000, interval: 20 };

describe.each(['json-rpc', 'xml-rpc'])('over %s', (transport) => {
  test('a user reserves, uses and gives back VMs, and the pool is as it was before', async () => {
    const server = await startServer();
    const before = server.inventory();
    const { call, register, service } = await startXenDaemon(server, { transport });
    await register('alice');
    expect(service.isSimulated).toBe(false);
    const templates = await call('alice', 'GET', '/templates');
    expect(templates.body.map(({ name }: { name: string }) => name)).toEqual([
      'PEX Debian Etch 4.0 Template',
      'PEX Debian Sarge 3.1 Template',
      'PEX Windows XP SP2 Template',
    ]);
    const id = await reserve({ call }, 'alice', { instances: 2 });
    const instances = async () => (await call('alice', 'GET', `/reservations/${id}/instances`)).body;
    const statuses = async () => (await instances()).map(({ status }: { status: string }) => status);
    await expect.poll(statuses, WAIT).toEqual(['RUNNING', 'RUNNING']);
    const [{ vmID: first }, { vmID: second }] = await instances();

    const command = (vm: string, verb: string) => call('alice', 'PUT', `/instances/${vm}/${verb}`);
    await command(first, 'pause');
    await expect.poll(statuses, WAIT).toEqual(['PAUSED', 'RUNNING']);
    const states = () => server.inventory().vms.map(({ powerState }) => powerState);
    expect(states()).toContain('Paused');
    await command(first, 'unpause');
    await expect.poll(statuses, WAIT).toEqual(['RUNNING', 'RUNNING']);
    await command(first, 'suspend');
    await expect.poll(statuses, WAIT).toEqual(['SUSPENDED', 'RUNNING']);
    await command(first, 'resume');
    await command(second, 'stop');
    await expect.poll(statuses, WAIT).toEqual(['RUNNING', 'HALTED']);
    await command(second, 'start');
    await command(first, 'reboot');
    await expect.poll(statuses, WAIT).toEqual(['RUNNING', 'RUNNING']);

    // An operator empties a node: its VMs go elsewhere without a break.
    const { node } = (await instances())[0];
    await call('operator', 'PUT', `/nodes/${node}/drain`);
    const other = node === 'xen1' ? 'xen2' : 'xen1';
    const nodes = () =>
      server
        .inventory()
        .vms.filter(({ name }) => name.startsWith('openpex-'))
        .map((vm) => vm.residentOn);
    await expect.poll(nodes, WAIT).toEqual([other, other]);
    await call('operator', 'PUT', `/nodes/${node}/enable`);

    await call('alice', 'DELETE', `/instances/${second}`);
    await expect
      .poll(() => server.inventory().vms.filter(({ name }) => name.endsWith(second)), WAIT)
      .toEqual([]);
    await call('alice', 'DELETE', `/instances/${first}`);
    await expect.poll(() => server.inventory(), WAIT).toEqual(before);
    expect((await call('alice', 'GET', `/reservations/${id}`)).body.status).toBe('EXPIRED');
  });
});

test('a window that ends takes its VMs with it', async () => {
  const server = await startServer();
  const before = server.inventory();
  const { call, register } = await startXenDaemon(server);
  await register('bob');
  const id = await reserve({ call }, 'bob', { duration: 6_000, instances: 3 });
  const state = async () => (await call('bob', 'GET', `/reservations/${id}`)).body.status;
  const running = () =>
    server
      .inventory()
      .vms.filter(({ name, powerState }) => name.startsWith('openpex-') && powerState === 'Running').length;
  await expect.poll(running, WAIT).toBe(3);
  await expect.poll(state, WAIT).toBe('EXPIRED');
  await expect.poll(() => server.inventory(), WAIT).toEqual(before);
});

test('the console of a VM that is up is shown to whoever has it and to operators, and nobody else reaches it', async () => {
  const server = await startServer();
  const { call, register } = await startXenDaemon(server, {
    xen: 'console: "https://gateway.example/vms/{vmUuid}?node={node}#{vmId}"',
  });
  for (const user of ['alice', 'bob']) await register(user);
  const id = await reserve({ call }, 'alice');
  const instances = async (user: string, query = '') => (await call(user, 'GET', `/instances${query}`)).body;
  await expect.poll(async () => (await instances('alice'))[0].console, WAIT).not.toBe(null);

  const [{ console: shown, node, vmID }] = await instances('alice');
  const { uuid } = server.inventory().vms.find(({ name }) => name.endsWith(vmID))!;
  expect(shown).toBe(`https://gateway.example/vms/${uuid}?node=${node}#${vmID}`);
  expect((await call('alice', 'GET', `/reservations/${id}/instances`)).body[0].console).toBe(shown);
  expect((await instances('operator', '?all=true'))[0].console).toBe(shown);
  expect(await instances('bob')).toEqual([]);
  expect((await call('bob', 'GET', `/instances/${vmID}`)).status).toBe(404);

  await call('alice', 'PUT', `/instances/${vmID}/stop`);
  await expect.poll(async () => (await instances('alice'))[0].console, WAIT).toBe(null);
});

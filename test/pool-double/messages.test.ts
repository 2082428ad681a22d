// What the pool tells its administrators of VMs.
import { expect, test } from 'vitest';
import { isMap } from '../../pool-double/verbs.ts';
import { errorOf, PoolClient, startPool } from './pool-client.ts';

test('each deed of a client leaves a message when it is done, and what a guest does by itself leaves none', async () => {
  const server = await startPool();
  const client = await PoolClient.login(server.url);
  const vm = await client.makeVm('a');
  const uuid = await client.text('VM.get_uuid', vm);
  const names = async () => {
    const found = await client.call('message.get', 'VM', uuid, '19700101T00:00:00Z');
    return isMap(found) ? Object.values(found).map((message) => (isMap(message) ? message['name'] : '')) : [];
  };
  await client.call('VM.start', vm, false, false);
  await server.faults.shutDownInside({ vm: 'a' });
  expect(await names()).toEqual(['VM_STARTED']);
  await client.call('VM.start', vm, false, false);
  await client.call('VM.suspend', vm);
  await client.call('VM.resume', vm, false, false);
  await client.call('VM.hard_reboot', vm);
  await client.call('VM.hard_shutdown', vm);
  await client.call('VM.start', vm, false, false);
  await server.faults.crashGuest({ vm: 'a', action: 'destroy' });
  expect((await names()).slice(2)).toEqual([
    'VM_SUSPENDED',
    'VM_RESUMED',
    'VM_REBOOTED',
    'VM_SHUTDOWN',
    'VM_STARTED',
    'VM_CRASHED',
  ]);
  await client.call('VM.destroy', vm);
  expect(await names()).toHaveLength(8);
});

test('administrators may leave messages about what is there, and take them away', async () => {
  const server = await startPool();
  const client = await PoolClient.login(server.url);
  const [host = ''] = await client.hosts();
  const uuid = await client.text('host.get_uuid', host);
  const message = await client.text('message.create', 'NOTE', 4, 'Host', uuid, 'fans are loud');
  expect(await client.record('message', message)).toMatchObject({ name: 'NOTE', body: 'fans are loud' });
  await client.call('message.destroy', message);
  expect((await errorOf(client.call('message.get_record', message))).code).toBe('HANDLE_INVALID');
  expect((await errorOf(client.call('message.create', 'NOTE', 4, 'VM', uuid, ''))).code).toBe('UUID_INVALID');
});

// Hosts that are not alike, not yet as far as the others, and that leave and join.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { codeOf, NULL_REF, PoolClient, startPool } from './pool-client.ts';

async function pool(options: Parameters<typeof startPool>[0] = {}) {
  const server = await startPool(options);
  const client = await PoolClient.login(server.url);
  const [first = '', second = ''] = await client.hosts();
  return { server, client, first, second };
}

test('a guest goes on only where the processors can do all that it was told at its start', async () => {
  const { client, first, second, server } = await pool();
  const vm = await client.makeVm('a');
  await client.call('VM.start_on', vm, first, false, false);
  await server.faults.setCpu({ host: 'xen2', features: '17cbfbff-f7fa3223-00000000' });
  expect(await codeOf(client.call('VM.pool_migrate', vm, second, {}))).toBe('VM_INCOMPATIBLE_WITH_THIS_HOST');
  await client.call('VM.suspend', vm);
  expect(await codeOf(client.call('VM.resume_on', vm, second, false, false))).toBe(
    'VM_INCOMPATIBLE_WITH_THIS_HOST',
  );
  await client.call('VM.hard_shutdown', vm);
  // At its next start it is told of what all can do.
  await client.call('VM.start_on', vm, first, false, false);
  await client.call('VM.pool_migrate', vm, second, {});
  expect(await client.call('VM.get_resident_on', vm)).toBe(second);
});

test('while hosts are upgraded, VMs start where the master is, move to what is newer, and change in nothing', async () => {
  const { client, first, second, server } = await pool();
  const [vm, other] = [await client.makeVm('a'), await client.makeVm('b')];
  await client.call('VM.start_on', other, second, false, false);
  await server.faults.setVersion({ host: 'xen1', version: '8.4.0' });
  expect(await codeOf(client.call('VM.start_on', vm, second, false, false))).toBe(
    'VM_HOST_INCOMPATIBLE_VERSION',
  );
  expect(await codeOf(client.call('VM.snapshot', vm, 's'))).toBe('NOT_SUPPORTED_DURING_UPGRADE');
  expect(await codeOf(client.call('VM.set_memory', vm, 2 ** 29))).toBe('NOT_SUPPORTED_DURING_UPGRADE');
  expect(await client.call('VM.get_allowed_operations', vm)).not.toContain('snapshot');
  await client.call('VM.pool_migrate', other, first, {});
  expect(await codeOf(client.call('VM.pool_migrate', other, second, {}))).toBe(
    'NOT_SUPPORTED_DURING_UPGRADE',
  );
  await server.faults.setVersion({ host: 'xen2', version: '8.4.0' });
  await client.call('VM.pool_migrate', other, second, {});
  await client.call('VM.snapshot', vm, 's');
});

test('a host that is ejected is forgotten with what it alone had, and joins as another', async () => {
  const { client, first, second, server } = await pool();
  const vm = await client.makeVm('a');
  await client.call('VM.start_on', vm, second, false, false);
  expect(await codeOf(client.call('pool.eject', first))).toBe('OPERATION_NOT_ALLOWED');
  expect(await codeOf(client.call('pool.eject', second))).toBe('HOST_HAS_RESIDENT_VMS');
  await client.call('VM.pool_migrate', vm, first, {});
  const storage = await client.refs('SR.get_all');
  await client.call('pool.eject', second);
  expect(await client.hosts()).toEqual([first]);
  expect(await client.refs('SR.get_all')).toHaveLength(storage.length - 1);
  await server.faults.joinHost({ address: server.addresses[1] ?? '' });
  const [, joined = ''] = await client.hosts();
  expect(joined).not.toBe(second);
  expect(await client.call('host.get_name_label', joined)).toBe('xen2');
  await client.call('VM.pool_migrate', vm, joined, {});
  expect(await client.call('VM.get_resident_on', vm)).not.toBe(NULL_REF);
});

test('a host that joins waits for its port as long as something else has it for a moment', async () => {
  const { client, second, server } = await pool();
  const address = server.addresses[1] ?? '';
  await client.call('pool.eject', second);
  const other = createServer();
  // Its own door may take a moment to shut.
  while (!other.listening) {
    other.listen({ host: address, port: Number(new URL(server.url).port) });
    await Promise.race([once(other, 'listening'), once(other, 'error').catch(() => undefined)]).catch(
      () => undefined,
    );
  }
  const joined = server.faults.joinHost({ address });
  await new Promise((resolve) => setImmediate(resolve));
  other.close();
  await joined;
  expect(await client.hosts()).toHaveLength(2);
});

// Hosts that are not alike, are being upgraded, leave the pool or join it: what the manager is told.
import { expect, test } from 'vitest';
import { PoolClient } from '../../../pool-double/pool-client.ts';
import { done, spec, startPool } from './pool-under-test.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const { vmId } = spec(1);

test('another processor refuses a migration, and the VM runs on', async () => {
  const { carrier, server } = await startPool();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  await server.faults.setCpu({ host: 'xen2', features: '0' });
  await expect(done(dispatcher.migrate(vmId, 'xen2'))).rejects.toMatchObject({
    code: 'REFUSED',
    hindrance: 'cpu-mismatch',
  });
  expect(await done(dispatcher.reboot(vmId))).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
});

test('during an upgrade of the pool what cannot be done yet passes by itself', async () => {
  const { carrier, server } = await startPool();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await server.faults.setVersion({ host: 'xen1', version: '8.4.0' });
  const notYet = { code: 'NOT_NOW', hindrance: 'node-not-ready' };
  await expect(done(dispatcher.start(vmId, 'xen2'))).rejects.toMatchObject(notYet);
  await expect(done(dispatcher.create(spec(2)))).rejects.toMatchObject(notYet);
  await done(dispatcher.start(vmId, 'xen1'));
  await server.faults.setVersion({ host: 'xen2', version: '8.4.0' });
  await done(dispatcher.migrate(vmId, 'xen2'));
  await done(dispatcher.create(spec(2)));
});

test('a node whose host is ejected is lost, and is back when a host with its name joins', async () => {
  const { carrier, server, told } = await startPool();
  const { dispatcher } = carrier;
  const nodes = () => told.flatMap((news) => (news.kind === 'vm' ? [] : `${news.kind} ${news.nodeId}`));
  await done(dispatcher.create(spec(1)));
  const admin = await PoolClient.login(server.url);
  const [, host = ''] = await admin.hosts();
  await admin.call('pool.eject', host);
  await expect.poll(nodes, WAIT).toEqual(['node-down xen2']);
  await expect(done(dispatcher.start(vmId, 'xen2'))).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
  await server.faults.joinHost({ address: server.addresses[1] ?? '' });
  await expect.poll(nodes, WAIT).toEqual(['node-down xen2', 'node-up xen2']);
  expect(await done(dispatcher.start(vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });
});

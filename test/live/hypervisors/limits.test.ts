// What hosts cannot do is known before a service starts, as `cluster.limits` of its configuration.
import { expect, test } from 'vitest';
import { loadConfig } from '../../../live/config/load-config.ts';
import type { HypervisorCatalogue } from '../../../live/hypervisors/catalogue.ts';
import { xapi } from '../../../live/hypervisors/xapi/xapi.ts';
import { xlAt } from '../../../live/hypervisors/xl/xl.ts';
import { PoolClient } from '../../pool-double/pool-client.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';
import { startServer } from './xapi/pool-under-test.ts';
import { FakeXen } from './xl/fake-xen.ts';
import { SECTION, SHARED } from './xl/hosts-under-test.ts';

/** Of each node; null: nothing is beyond it. */
async function limits(configuration: object, hypervisors: HypervisorCatalogue): Promise<unknown> {
  // JSON is YAML.
  const file = write(temporaryFolder(), 'pex.yaml', JSON.stringify(configuration));
  const { provider } = await loadConfig(file, {}, { OPENPEX_XEN_PASSWORD: 'xen' }, hypervisors);
  return Object.fromEntries(provider.cluster.nodes.map(({ limits: each = null, nodeId }) => [nodeId, each]));
}

const NODES = { nodes: [{ group: 'xen', names: ['xen1', 'xen2'], cpus: 4, memoryMib: 4096 }] };
const XEN1_ONLY = { nodes: [{ group: 'xen', names: ['xen1'], cpus: 4, memoryMib: 4096 }] };

test('plain Xen hosts: a disk that is on one of them, a Xen that moves no guests, what is written', async () => {
  const xen = new FakeXen();
  const of = (more: object, section = {}) =>
    limits({ xl: { ...SECTION, ...section }, ...more }, [xlAt(xen.pace)]);
  expect(await of({}, SHARED)).toEqual({ xen1: null, xen2: null });
  const onItsOwn = (storage: string) => ({ liveMigration: true, suspension: true, storage });
  const apart = { xen1: onItsOwn('xen1'), xen2: onItsOwn('xen2') };
  expect(await of({})).toEqual(apart);
  expect(await of({ cluster: NODES })).toEqual(apart);
  expect(await of({ cluster: XEN1_ONLY })).toEqual({ xen1: apart.xen1 });
  xen.set('xen2', 'no-shadow');
  const unmoving = { liveMigration: false, suspension: true };
  expect(await of({}, SHARED)).toEqual({ xen1: null, xen2: unmoving });
  const written = { cluster: { ...NODES, limits: [{ of: ['xen'], liveMigration: false }] } };
  expect(await of(written)).toEqual({ xen1: unmoving, xen2: unmoving });
});

test('a Xen pool: a storage that is not attached to a host, none for suspended images', async () => {
  const server = await startServer({ pool: { hosts: 2 } });
  const of = () => limits({ xen: { url: server.url } }, [xapi]);
  expect(await of()).toEqual({ xen1: null, xen2: null });
  await server.faults.setStorage({ sr: 'NFS virtual disk storage', host: 'xen2', attached: false });
  expect(await of()).toEqual({
    xen1: null,
    xen2: { liveMigration: true, suspension: true, storage: 'xen2' },
  });
  await server.faults.setStorage({ sr: 'NFS virtual disk storage', host: 'xen2', attached: true });
  const admin = await PoolClient.login(server.url);
  const [pool = ''] = Object.keys(Object(await admin.call('pool.get_all_records')));
  await admin.call('pool.set_suspend_image_SR', pool, 'OpaqueRef:NULL');
  const without = { liveMigration: true, suspension: false };
  expect(await of()).toEqual({ xen1: without, xen2: without });
});

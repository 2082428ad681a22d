// What an administrator clones, copies, snapshots, takes off or makes of VMs of ours is the administrator's, whatever marks it carries.
import { describe, expect, test } from 'vitest';
import type { ProviderSnapshot, VmObservation } from '../../../../engine/index.ts';
import type { XapiServer } from '../../../../pool-double/server.ts';
import { isMap } from '../../../../pool-double/verbs.ts';
import { PoolClient } from '../../../pool-double/pool-client.ts';
import { done, drive, failure, spec, startPool } from './pool-under-test.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const NAME = `openpex-0badcafe-${spec(1).vmId}`;

/** A pool with one halted VM of ours, and an administrator. */
async function halted() {
  const pool = await startPool();
  const { vmId } = spec(1);
  await done(pool.carrier.dispatcher.create(spec(1)));
  const admin = await PoolClient.login(pool.server.url);
  const [vm = ''] = await admin.refs('VM.get_by_name_label', NAME);
  const [vbd = ''] = await admin.refs('VM.get_VBDs', vm);
  const disk = await admin.text('VBD.get_VDI', vbd);
  return { ...pool, vmId, admin, vm, vbd, disk, diskUuid: await admin.text('VDI.get_uuid', disk) };
}

function vmNames(server: XapiServer): string[] {
  return server.inventory().vms.map(({ name }) => name);
}

function diskUuids(server: XapiServer): string[] {
  return server.inventory().vdis.map(({ uuid }) => uuid);
}

/** At least two sweeps of the pool have gone over what is there now. */
async function sweptOver(server: XapiServer): Promise<void> {
  const before = server.calls('VM.get_all_records');
  await expect.poll(() => server.calls('VM.get_all_records'), WAIT).toBeGreaterThan(before + 2);
}

async function inventoryOf({ carrier }: Pick<Awaited<ReturnType<typeof startPool>>, 'carrier'>) {
  let found: readonly VmObservation[] = [];
  carrier.dispatcher.inventory().subscribe((vms) => {
    found = vms;
  });
  return found.map(({ state, vmId }) => `${vmId} ${state}`);
}

describe('when the VM is removed', () => {
  test.each(['VDI.copy', 'VDI.clone', 'VDI.snapshot'])('what %s made of its disk stays', async (method) => {
    const { admin, carrier, disk, diskUuid, server, vmId } = await halted();
    const sr = method === 'VDI.copy' ? [await admin.text('VDI.get_SR', disk)] : [{}];
    const backup = await admin.text(method, disk, ...sr);
    const uuid = await admin.text('VDI.get_uuid', backup);
    await sweptOver(server);
    // The removal stops in the middle, and what is made then has its mark, too.
    await server.faults.fail({ method: 'VDI.destroy', error: ['INTERNAL_ERROR', 'for a while'], times: 99 });
    expect(await failure(carrier.dispatcher.destroy(vmId))).toBe('OPERATION_FAILED');
    const late = await admin.text('VDI.get_uuid', await admin.text(method, disk, ...sr));
    await server.faults.clear();
    await done(carrier.dispatcher.destroy(vmId));
    await sweptOver(server);
    expect(diskUuids(server)).toEqual(expect.arrayContaining([uuid, late]));
    expect(diskUuids(server)).not.toContain(diskUuid);
  });

  test('its clone stays, with its disk, although the removal needs a second try', async () => {
    const { admin, carrier, server, vm, vmId } = await halted();
    const before = server.inventory().vdis.length;
    await admin.call('VM.clone', vm, 'backup');
    await server.faults.fail({ method: 'VM.destroy', error: ['INTERNAL_ERROR', 'once'] });
    expect(await failure(carrier.dispatcher.destroy(vmId))).toBe('OPERATION_FAILED');
    await done(carrier.dispatcher.destroy(vmId));
    await sweptOver(server);
    expect(vmNames(server)).toContain('backup');
    expect(vmNames(server)).not.toContain(NAME);
    expect(server.inventory().vdis).toHaveLength(before);
  });

  test('its snapshot stays, with the snapshot of its disk, and the log says so', async () => {
    const { admin, carrier, server, vm, vmId, warnings } = await halted();
    const before = server.inventory().vdis.length;
    await admin.call('VM.snapshot', vm, 'before the upgrade');
    await done(carrier.dispatcher.destroy(vmId));
    await sweptOver(server);
    expect(vmNames(server)).toContain('before the upgrade');
    expect(server.inventory().vdis).toHaveLength(before);
    expect(warnings).toContain('snapshots of a VM that goes stay behind');
    expect(warnings).toContain('snapshots of a disk that goes stay behind');
  });

  test('a disk that was taken off it stays, and the log says so once', async () => {
    const { admin, carrier, diskUuid, server, vbd, vmId, warnings } = await halted();
    await admin.call('VBD.destroy', vbd);
    await done(carrier.dispatcher.destroy(vmId));
    await sweptOver(server);
    expect(diskUuids(server)).toContain(diskUuid);
    const told = 'a disk was taken off its VM outside OpenPEX: it is left alone';
    await expect.poll(() => warnings.filter((message) => message === told), WAIT).toHaveLength(1);
  });

  test('a disk of others that was attached to it stays', async () => {
    const { admin, carrier, disk, server, vm, vmId, warnings } = await halted();
    const sr = await admin.text('VDI.get_SR', disk);
    const data = await admin.text('VDI.create', {
      SR: sr,
      virtual_size: 2 ** 30,
      type: 'user',
      name_label: 'data',
    });
    await admin.call('VBD.create', { VM: vm, VDI: data, userdevice: '1', mode: 'RW', type: 'Disk' });
    await done(carrier.dispatcher.destroy(vmId));
    expect(server.inventory().vdis.map(({ name }) => name)).toContain('data');
    expect(warnings).toContain('disks of others were attached to a VM that goes: they stay');
  });

  test('and a disk was attached elsewhere in the middle of that, it stays', async () => {
    const { admin, carrier, disk, diskUuid, server, vmId } = await halted();
    const rescue = await admin.makeVm('rescue');
    await server.faults.fail({ method: 'VDI.destroy', error: ['INTERNAL_ERROR', 'for a while'], times: 99 });
    expect(await failure(carrier.dispatcher.destroy(vmId))).toBe('OPERATION_FAILED');
    await admin.call('VBD.create', { VM: rescue, VDI: disk, userdevice: '5', mode: 'RW', type: 'Disk' });
    await server.faults.clear();
    await done(carrier.dispatcher.destroy(vmId));
    await sweptOver(server);
    expect(diskUuids(server)).toContain(diskUuid);
  });
});

test('a VM that was made a template is the administrator’s: it is told once, and its user’s removal leaves it alone', async () => {
  const { admin, carrier, diskUuid, server, told, vm, vmId, warnings } = await halted();
  await admin.call('VM.set_is_a_template', vm, true);
  await expect
    .poll(() => told.map((news) => news.kind === 'vm' && news.vm.state), WAIT)
    .toEqual(['NOT_PROVISIONED']);
  expect(await done(carrier.dispatcher.destroy(vmId))).toMatchObject({ state: 'DELETED' });
  await sweptOver(server);
  expect(vmNames(server)).toContain(NAME);
  expect(diskUuids(server)).toContain(diskUuid);
  expect(warnings.filter((message) => message.includes('made a template'))).toHaveLength(1);
  // The next one of the same id is another.
  await done(carrier.dispatcher.create(spec(1)));
  await done(carrier.dispatcher.destroy(vmId));
  expect(diskUuids(server)).toContain(diskUuid);
});

test('VMs are made of a template that was a VM of ours, and it outlives them', async () => {
  const { admin, carrier, diskUuid, server, vm } = await halted();
  await admin.call('VM.set_is_a_template', vm, true);
  await admin.call('VM.set_name_label', vm, 'PEX with tools');
  await expect
    .poll(
      () => done(carrier.dispatcher.create(spec(2, { template: 'PEX with tools' }))).catch(() => undefined),
      WAIT,
    )
    .toMatchObject({ state: 'HALTED' });
  expect(await inventoryOf({ carrier })).toContain(`${spec(2).vmId} HALTED`);
  await done(carrier.dispatcher.destroy(spec(2).vmId));
  await sweptOver(server);
  expect(vmNames(server)).toContain('PEX with tools');
  expect(diskUuids(server)).toContain(diskUuid);
});

test('a clone is not taken for the VM that it was made of when that is destroyed, nor by the next daemon', async () => {
  const { admin, carrier, cluster, server, settings, told, vm, vmId } = await halted();
  await admin.call('VM.clone', vm, NAME);
  await done(carrier.dispatcher.start(vmId, 'xen1'));
  carrier.end();
  const next = await drive(settings, cluster);
  expect(await inventoryOf(next)).toEqual([`${vmId} RUNNING`]);
  await sweptOver(server);
  expect(next.told.filter((news) => news.kind === 'vm' && news.vm.state !== 'RUNNING')).toEqual([]);
  await done(next.carrier.dispatcher.stop(vmId, 'hard'));
  await admin.call('VM.destroy', vm);
  await expect
    .poll(() => next.told.map((news) => news.kind === 'vm' && news.vm.state), WAIT)
    .toContain('NOT_PROVISIONED');
  await done(next.carrier.dispatcher.destroy(vmId));
  expect(vmNames(server)).toContain(NAME);
  expect(told.filter((news) => news.kind === 'vm' && news.vm.state === 'HALTED')).toEqual([]);
});

test.each([
  ['before', false],
  ['after', true],
])(
  'what was left half-made %s it was provisioned is gone on with by the next daemon, and is complete then',
  async (_when, afterEffect) => {
    const pool = await startPool();
    await pool.server.faults.fail({ method: 'VM.provision', error: ['INTERNAL_ERROR', 'once'], afterEffect });
    expect(await failure(pool.carrier.dispatcher.create(spec(1)))).toBe('OPERATION_FAILED');
    pool.carrier.end();
    const snapshot = { reservations: [{ instances: [{ vm: { vmId: spec(1).vmId } }] }], outages: [] };
    const next = await drive(pool.settings, pool.cluster, {
      snapshot: snapshot as unknown as ProviderSnapshot,
    });
    expect(await inventoryOf(next)).toEqual([]);
    await done(next.carrier.dispatcher.create(spec(1)));
    expect(vmNames(pool.server).filter((name) => name === NAME)).toHaveLength(1);
    const admin = await PoolClient.login(pool.server.url);
    const [vm = ''] = await admin.refs('VM.get_by_name_label', NAME);
    const marks = await admin.call('VM.get_other_config', vm);
    expect(isMap(marks) && marks['openpex:uuid']).toBe(await admin.text('VM.get_uuid', vm));
  },
);

describe('marks of 0.1.0, which do not name their bearer,', () => {
  /** Takes off what 0.1.0 did not write. */
  async function old() {
    const world = await halted();
    world.carrier.end();
    await world.hypervisor.close();
    const { admin, disk, vm } = world;
    await admin.call('VM.remove_from_other_config', vm, 'openpex:uuid');
    await admin.call('VDI.remove_from_other_config', disk, 'openpex:uuid');
    return world;
  }

  test('count when there is one VM with them and with our name, and are completed', async () => {
    const { cluster, diskUuid, server, settings, vm, vmId, admin } = await old();
    await admin.call('VM.clone', vm, 'backup');
    const next = await drive(settings, cluster);
    expect(await inventoryOf(next)).toEqual([`${vmId} HALTED`]);
    await admin.call('VM.clone', vm, NAME);
    await done(next.carrier.dispatcher.destroy(vmId));
    expect(vmNames(server).filter((name) => name === NAME)).toHaveLength(1);
    expect(vmNames(server)).toContain('backup');
    expect(diskUuids(server)).not.toContain(diskUuid);
  });

  test.each([
    ['a clone has them, too', 'VM.clone', NAME],
    ['the VM was renamed', 'VM.set_name_label', 'mine'],
  ] as const)('do not count when %s, until that is cleared up', async (_case, method, name) => {
    const { admin, cluster, diskUuid, server, settings, vm, vmId } = await old();
    const clone = await admin.text(method, vm, name);
    const next = await drive(settings, cluster);
    expect(next.warnings).toContain('a VM is not recognised: it is left alone');
    expect(await inventoryOf(next)).toEqual([`${vmId} UNRECOGNIZED`]);
    const { dispatcher } = next.carrier;
    for (const operation of [
      dispatcher.create(spec(1)),
      dispatcher.start(vmId, 'xen1'),
      dispatcher.destroy(vmId),
    ])
      await expect(done(operation)).rejects.toMatchObject({ code: 'REFUSED', hindrance: 'identity-unclear' });
    await sweptOver(server);
    expect(diskUuids(server)).toContain(diskUuid);
    if (method === 'VM.clone') await admin.call('VM.destroy', clone);
    else await admin.call('VM.set_name_label', vm, NAME);
    await expect
      .poll(() => next.told.map((news) => news.kind === 'vm' && `${news.vm.state} ${news.cause}`), WAIT)
      .toEqual(['HALTED outside']);
    expect(await done(dispatcher.start(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  });
});

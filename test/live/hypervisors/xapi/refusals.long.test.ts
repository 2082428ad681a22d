// What a pool refuses, or cannot do at present, never costs a VM, nor the others of its reservation: the codes with which a pool says so,
// from the REST API down to its disks. outcomes.long.test.ts has every way in which a VM can stop.
import { describe, expect, test } from 'vitest';
import { USUAL_POOL } from '../../../../pool-double/pool-description.ts';
import type { XapiServer } from '../../../../pool-double/server.ts';
import { startServer } from './pool-under-test.ts';
import { reserve, startXenDaemon } from './xen-daemon.ts';

const WAIT = { timeout: 20_000, interval: 20 };

const [DEBIAN, , WINDOWS] = USUAL_POOL.templates;
/** A guest with its own drivers to load, which nobody installed. */
const WITHOUT_TOOLS = { ...WINDOWS!, guest: null, diskGib: 8 };

async function threeRunning(template = DEBIAN!, server?: XapiServer, pool: Partial<typeof USUAL_POOL> = {}) {
  const used = server ?? (await startServer({ pool: { templates: [template], ...pool } }));
  const { call, register } = await startXenDaemon(used);
  await register('alice');
  const id = await reserve({ call }, 'alice', { instances: 3 });
  const instances = async () => (await call('alice', 'GET', `/reservations/${id}/instances`)).body;
  const statuses = async () => (await instances()).map(({ status }: { status: string }) => status);
  await expect.poll(statuses, WAIT).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  const [{ vmID, node }] = await instances();
  return {
    server: used,
    call,
    id,
    vmID: vmID as string,
    node: node as string,
    instances,
    statuses,
    reservation: async () => (await call('alice', 'GET', `/reservations/${id}`)).body.status as string,
    isNodeLost: async () =>
      (await call('operator', 'GET', '/nodes')).body.some(
        (each: { node: string; up: boolean }) => each.node === node && !each.up,
      ) as boolean,
    command: (verb: string) => call('alice', 'PUT', `/instances/${vmID}/${verb}`),
    trouble: async () => (await call('alice', 'GET', `/instances/${vmID}`)).body.trouble,
  };
}

/** Uuids of the disks of our VMs. */
function disks(server: XapiServer): string[] {
  const { vdis } = server.inventory();
  return vdis.filter(({ name }) => name.startsWith('openpex-')).map(({ uuid }) => uuid);
}

describe('of an operation that a user asks for', () => {
  test.each([
    [
      'suspend',
      'guests without tools',
      WITHOUT_TOOLS,
      undefined,
      { kind: 'refused', reason: 'no-guest-tools' },
    ],
    [
      'suspend',
      'VM_HAS_PCI_ATTACHED',
      DEBIAN,
      'VM_HAS_PCI_ATTACHED',
      { kind: 'refused', reason: 'device-attached' },
    ],
    [
      'suspend',
      'VM_NO_SUSPEND_SR',
      DEBIAN,
      'VM_NO_SUSPEND_SR',
      { kind: 'refused', reason: 'no-suspend-storage' },
    ],
    [
      'suspend',
      'VM_FAILED_SUSPEND_ACKNOWLEDGMENT',
      DEBIAN,
      'VM_FAILED_SUSPEND_ACKNOWLEDGMENT',
      { kind: 'failed', reason: 'failed' },
    ],
    ['suspend', 'TASK_CANCELLED', DEBIAN, 'TASK_CANCELLED', { kind: 'refused', reason: 'cancelled-outside' }],
    [
      'clean_reboot',
      'SR_BACKEND_FAILURE_46',
      DEBIAN,
      'SR_BACKEND_FAILURE_46',
      { kind: 'waits', reason: 'disk-in-use' },
    ],
    ['clean_reboot', 'INTERNAL_ERROR', DEBIAN, 'INTERNAL_ERROR', { kind: 'failed', reason: 'failed' }],
    ['clean_shutdown', 'INTERNAL_ERROR', DEBIAN, 'INTERNAL_ERROR', { kind: 'failed', reason: 'failed' }],
  ] as const)(
    'a %s that ends with %s leaves all three running, and says why',
    async (method, _name, template, error, trouble) => {
      const world = await threeRunning(template);
      const before = disks(world.server);
      if (error !== undefined)
        await world.server.faults.fail({ method: `VM.${method}`, error: [error, 'OpaqueRef:x'], times: 99 });
      await world.command(method.replace('clean_', '').replace('shutdown', 'stop'));
      await expect.poll(world.trouble, WAIT).toMatchObject(trouble);
      expect(await world.statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
      expect(await world.reservation()).toBe('ACTIVATED');
      expect(disks(world.server)).toEqual(before);
      expect(before).toHaveLength(3);
    },
  );
});

describe('of a node that is drained', () => {
  test('guests without tools run on there, and the node says why it is not empty', async () => {
    const world = await threeRunning(WITHOUT_TOOLS);
    await world.call('operator', 'PUT', `/nodes/${world.node}/drain`);
    const node = async () =>
      (await world.call('operator', 'GET', '/nodes')).body.find(
        (each: { node: string }) => each.node === world.node,
      );
    await expect.poll(async () => (await node()).notEmptied.length, WAIT).toBe(3);
    expect((await node()).notEmptied[0]).toMatchObject({ operation: 'migrate', reason: 'no-guest-tools' });
    expect(await world.statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    expect(await world.reservation()).toBe('ACTIVATED');
    await world.call('operator', 'PUT', `/nodes/${world.node}/enable`);
    expect((await node()).notEmptied).toEqual([]);
  });

  test('what failed to move goes when the node is drained again', async () => {
    const world = await threeRunning();
    await world.server.faults.fail({
      method: 'VM.pool_migrate',
      error: ['VM_INCOMPATIBLE_WITH_THIS_HOST', 'OpaqueRef:x', 'OpaqueRef:y', 'CPU'],
      times: 3,
    });
    await world.call('operator', 'PUT', `/nodes/${world.node}/drain`);
    await expect.poll(world.trouble, WAIT).toMatchObject({ operation: 'migrate', reason: 'cpu-mismatch' });
    const nodes = async () => new Set((await world.instances()).map(({ node }: { node: string }) => node));
    expect([...(await nodes())]).toEqual([world.node]);
    await world.call('operator', 'PUT', `/nodes/${world.node}/drain`);
    await expect.poll(async () => (await nodes()).has(world.node), WAIT).toBe(false);
    expect(await world.trouble()).toBeNull();
  });
});

describe('what passes by itself', () => {
  test.each([
    ['SR_BACKEND_FAILURE_46', 'disk-in-use'],
    ['NOT_SUPPORTED_DURING_UPGRADE', 'node-not-ready'],
    ['HOST_EVACUATE_IN_PROGRESS', 'node-not-ready'],
    ['HOST_NOT_ENOUGH_FREE_MEMORY', 'memory-short'],
    ['VM_REQUIRES_SR', 'storage-not-there'],
    ['TASK_CANCELLED', 'cancelled-outside'],
  ])('%s at a start is waited for, however often it comes', async (error, reason) => {
    const server = await startServer({ pool: { templates: [DEBIAN!] } });
    await server.faults.fail({ method: 'VM.start_on', error: [error, '1', '2'], times: 8 });
    const { call, register } = await startXenDaemon(server);
    await register('alice');
    const id = await reserve({ call }, 'alice');
    const instance = async () => (await call('alice', 'GET', `/reservations/${id}/instances`)).body[0];
    await expect.poll(async () => (await instance())?.trouble, WAIT).toMatchObject({ kind: 'waits', reason });
    await expect.poll(async () => (await instance()).status, WAIT).toBe('RUNNING');
    expect((await instance()).trouble).toBeNull();
  });

  test('a resumption whose image is on the storage of a lost host waits, and goes on when the host is back', async () => {
    const server = await startServer({
      pool: { templates: [DEBIAN!], suspendsTo: 'local' },
      durations: { heartbeatTimeout: 1000 },
    });
    // A loss of the master is another story.
    await server.faults.handOverMaster({ host: 'xen2' });
    const world = await threeRunning(DEBIAN, server);
    await world.command('suspend');
    await expect.poll(world.statuses, WAIT).toContain('SUSPENDED');
    const before = disks(server);
    expect(before).toHaveLength(3);
    await server.faults.crashHost({ host: world.node });
    await expect.poll(world.isNodeLost, WAIT).toBe(true);
    await world.command('resume');
    await expect.poll(world.trouble, WAIT).toMatchObject({ kind: 'waits', reason: 'image-out-of-reach' });
    expect(disks(server)).toEqual(before);
    await server.faults.returnHost({ host: world.node });
    await expect.poll(world.statuses, WAIT).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    expect(await world.trouble()).toBeNull();
    expect(disks(server)).toEqual(before);
  });

  test('a suspended VM whose image is out of reach is removed when its host is back', async () => {
    const server = await startServer({
      pool: { templates: [DEBIAN!], suspendsTo: 'local' },
      durations: { heartbeatTimeout: 1000 },
    });
    await server.faults.handOverMaster({ host: 'xen2' });
    const before = server.inventory();
    const world = await threeRunning(DEBIAN, server);
    for (const { vmID } of await world.instances())
      await world.call('alice', 'PUT', `/instances/${vmID}/suspend`);
    await expect.poll(world.statuses, WAIT).toEqual(['SUSPENDED', 'SUSPENDED', 'SUSPENDED']);
    await server.faults.crashHost({ host: world.node });
    await expect.poll(world.isNodeLost, WAIT).toBe(true);
    for (const { vmID } of await world.instances()) await world.call('alice', 'DELETE', `/instances/${vmID}`);
    await expect.poll(() => server.calls('VM.hard_shutdown'), WAIT).toBeGreaterThan(3);
    expect(disks(server)).toHaveLength(3);
    await server.faults.returnHost({ host: world.node });
    await expect.poll(() => server.inventory(), WAIT).toEqual(before);
  });

  test('what is suspended and out of reach is started afresh from its disk when its user says so', async () => {
    const world = await threeRunning();
    await world.command('suspend');
    await expect.poll(world.statuses, WAIT).toContain('SUSPENDED');
    await world.server.faults.fail({
      method: 'VM.resume_on',
      error: ['VM_REQUIRES_SR', 'a', 'b'],
      times: 999,
    });
    await world.command('resume');
    await expect.poll(world.trouble, WAIT).toMatchObject({ kind: 'waits' });
    await world.command('stop');
    await expect.poll(world.statuses, WAIT).toContain('HALTED');
    await world.command('start');
    await expect.poll(world.statuses, WAIT).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  });
});

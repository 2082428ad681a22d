// Every switch shows what a pool in that state shows.
import { describe, expect, test } from 'vitest';
import type { XapiServerOptions } from '../../pool-double/server.ts';
import { ConnectionLost, codeOf, errorOf, PoolClient, post, startPool } from './pool-client.ts';

async function pool(options: XapiServerOptions = {}) {
  const server = await startPool(options);
  return { server, client: await PoolClient.login(server.url) };
}

async function running(options: XapiServerOptions = {}) {
  const { server, client } = await pool(options);
  const vm = await client.makeVm('a');
  const [first = '', second = ''] = await client.hosts();
  await client.call('VM.start_on', vm, first, false, false);
  return { server, client, vm, first, second };
}

function urlOf(server: { addresses: readonly string[]; port: number }, host: number): string {
  return `http://${server.addresses[host]}:${server.port}`;
}

describe('a master', () => {
  test('that hands over loses its sessions and tasks, and sends clients to the new one', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    await server.faults.slow({ method: 'VM.start', factor: 1000 });
    await client.text('Async.VM.start', vm, false, false);
    await server.faults.handOverMaster({ host: 'xen2' });
    expect((await errorOf(client.call('VM.get_all'))).params).toEqual([server.addresses[1]]);
    expect(server.inventory().counts['task']).toBe(0);
    expect(await codeOf(PoolClient.login(server.url))).toBe('HOST_IS_SLAVE');
    const again = await PoolClient.login(urlOf(server, 1));
    const [poolRef = ''] = await again.refs('pool.get_all');
    expect(await again.text('pool.get_master', poolRef)).toBe((await again.hosts())[1]);
    expect(await again.record('VM', vm)).toMatchObject({ power_state: 'Halted', current_operations: {} });
  });

  test('is changed by a message, too', async () => {
    const { server, client } = await pool();
    await client.call('pool.designate_new_master', (await client.hosts())[1] ?? '');
    await expect
      .poll(() => PoolClient.login(urlOf(server, 1)).catch(() => undefined), { interval: 5 })
      .toBeInstanceOf(PoolClient);
    expect(await codeOf(PoolClient.login(server.url))).toBe('HOST_IS_SLAVE');
  });

  test.each([
    ['abandoned', 'Halted'],
    ['completed', 'Running'],
  ] as const)('that crashes forgets what was under way: %s, a VM is %s', async (inFlight, state) => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const free = server.inventory().freeMemory;
    await server.faults.slow({ method: 'VM.start', factor: 1000 });
    const lost = client.call('VM.start', vm, false, false).catch((error: unknown) => error);
    await expect
      .poll(() => server.inventory().vms.flatMap(({ operations }) => operations))
      .toEqual(['start']);
    await server.faults.crashMaster({ inFlight });
    expect(await lost).toBeInstanceOf(ConnectionLost);
    await expect(PoolClient.login(server.url)).rejects.toThrow(ConnectionLost);
    await server.faults.restartMaster();
    expect(await codeOf(client.call('VM.get_all'))).toBe('SESSION_INVALID');
    const again = await PoolClient.login(server.url);
    expect(await again.record('VM', vm)).toMatchObject({ power_state: state, current_operations: {} });
    expect(await again.call('VM.get_allowed_operations', vm)).toContain(
      state === 'Running' ? 'clean_shutdown' : 'start',
    );
    if (state === 'Halted') expect(server.inventory().freeMemory).toEqual(free);
  });

  test('that is booting answers every call with a bare array', async () => {
    const { server, client } = await pool();
    await server.faults.setEmergency({ host: server.addresses[0] ?? '' });
    expect(await post(server.url, 'session.login_with_password', ['root', 'xen'])).toEqual({
      jsonrpc: '2.0',
      error: ['HOST_STILL_BOOTING'],
      id: 1,
    });
    await server.faults.setEmergency({ host: 'xen1', error: null });
    expect(await client.hosts()).toHaveLength(2);
  });

  test('that died with its machine is replaced, and its VMs are declared dead', async () => {
    const { server, vm } = await running();
    await server.faults.crashHost({ host: 'xen1' });
    expect(await codeOf(PoolClient.login(urlOf(server, 1)))).toBe('HOST_IS_SLAVE');
    await server.faults.handOverMaster({ host: 'xen2' });
    const client = await PoolClient.login(urlOf(server, 1));
    const [first = ''] = await client.hosts();
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
    await client.call('host.declare_dead', first);
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
    await client.call('VM.start', vm, false, false);
    expect(await client.text('VM.get_resident_on', vm)).not.toBe(first);
  });
});

describe('a host', () => {
  async function onSecond(options: XapiServerOptions = {}) {
    const { server, client, vm, first, second } = await running(options);
    await client.call('VM.pool_migrate', vm, second, { live: 'true' });
    return { server, client, vm, first, second };
  }

  test('that dies is live, and its VMs Running, until the heartbeat has been missing long enough', async () => {
    const { server, client, vm, second } = await onSecond();
    const metrics = await client.text('host.get_metrics', second);
    await server.faults.crashHost({ host: 'xen2' });
    expect(await client.call('host_metrics.get_live', metrics)).toBe(true);
    expect(await codeOf(client.call('VM.suspend', vm))).toBe('CANNOT_CONTACT_HOST');
    await expect.poll(() => client.call('host_metrics.get_live', metrics)).toBe(false);
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
    const refused = await errorOf(client.call('VM.suspend', vm));
    expect([refused.code, ...refused.params]).toEqual(['HOST_OFFLINE', second]);
    expect(await codeOf(client.call('VM.start_on', await client.makeVm('b'), second, false, false))).toBe(
      'HOST_NOT_LIVE',
    );
    await client.call('VM.power_state_reset', vm);
    await client.call('VM.start', vm, false, false);
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
  });

  test('that dies under an operation lets it fail, and no memory stays reserved', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const [, second = ''] = await client.hosts();
    const free = server.inventory().freeMemory;
    await server.faults.slow({ method: 'VM.start_on', factor: 1000 });
    const started = codeOf(client.call('VM.start_on', vm, second, false, false));
    await expect.poll(() => server.inventory().freeMemory).not.toEqual(free);
    await server.faults.crashHost({ host: second });
    expect(await started).toBe('CANNOT_CONTACT_HOST');
    expect(server.inventory().freeMemory).toEqual(free);
  });

  test('that returns has none of the VMs that it had', async () => {
    const { server, client, vm, second } = await onSecond({ durations: { heartbeatTimeout: 20 } });
    await server.faults.crashHost({ host: 'xen2' });
    const metrics = await client.text('host.get_metrics', second);
    await expect.poll(() => client.call('host_metrics.get_live', metrics)).toBe(false);
    await server.faults.returnHost({ host: 'xen2' });
    expect(await client.call('host_metrics.get_live', metrics)).toBe(true);
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
    await client.call('VM.start_on', vm, second, false, false);
  });

  test('that is cut off refuses connections while its VMs run on', async () => {
    const { server, client, vm } = await running();
    await server.faults.setNetwork({ up: false });
    await expect(client.call('VM.get_all')).rejects.toThrow(ConnectionLost);
    await server.faults.setNetwork({ up: true });
    // The session outlives a broken wire.
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
  });

  test('that runs short of memory starts nothing more', async () => {
    const { server, client } = await pool();
    const [first = ''] = await client.hosts();
    const before = await client.freeMib(first);
    await server.faults.leaveMemory({ host: 'xen1', freeMib: 100 });
    expect(await client.freeMib(first)).toBe(100);
    const vm = await client.makeVm('a');
    const refused = await errorOf(client.call('VM.start_on', vm, first, false, false));
    expect([refused.code, refused.params[1]]).toEqual(['HOST_NOT_ENOUGH_FREE_MEMORY', String(100 * 2 ** 20)]);
    await server.faults.leaveMemory({ host: 'xen1', freeMib: null });
    expect(await client.freeMib(first)).toBe(before);
  });

  test('without the storage of a VM cannot start it', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const [first = '', second = ''] = await client.hosts();
    await server.faults.setStorage({ sr: 'NFS virtual disk storage', host: 'xen1', attached: false });
    expect(await codeOf(client.call('VM.start_on', vm, first, false, false))).toBe('VM_REQUIRES_SR');
    await client.call('VM.start', vm, false, false);
    expect(await client.call('VM.get_resident_on', vm)).toBe(second);
    await client.call('VM.hard_shutdown', vm);
    await server.faults.setStorage({ sr: 'NFS virtual disk storage', attached: false });
    expect(await codeOf(client.call('VM.start', vm, false, false))).toBe('NO_HOSTS_AVAILABLE');
  });
});

describe('a session', () => {
  test('that ends takes the wait for events with it', async () => {
    const { server, client } = await pool();
    const batch = client.call('event.from', ['VM'], '', 0);
    const { token } = (await batch) as { token: string };
    const waiting = codeOf(client.call('event.from', ['VM'], token, 30.5));
    // Served after the wait has begun: calls are taken in the order in which they come.
    await client.hosts();
    await server.faults.invalidateSessions();
    expect(await waiting).toBe('SESSION_INVALID');
    expect(await codeOf(client.call('VM.get_all'))).toBe('SESSION_INVALID');
  });

  test('of a role with few rights reads, and changes nothing', async () => {
    const users = [
      { name: 'reader', password: 'r', role: 'read-only' },
      { name: 'starter', password: 's', role: 'vm-operator' },
    ] as const;
    const server = await startPool({ users });
    const reader = await PoolClient.login(server.url, 'reader', 'r');
    const starter = await PoolClient.login(server.url, 'starter', 's');
    const [template = ''] = await reader.refs('VM.get_by_name_label', 'PEX Debian Etch 4.0 Template');
    const refused = await errorOf(reader.call('VM.clone', template, 'a'));
    expect([refused.code, refused.params[0]]).toEqual(['RBAC_PERMISSION_DENIED', 'vm.clone']);
    expect(await codeOf(reader.call('VM.set_name_label', template, 'mine'))).toBe('RBAC_PERMISSION_DENIED');
    expect(await codeOf(starter.call('Async.VM.clone', template, 'a'))).toBe('RBAC_PERMISSION_DENIED');
    expect(await codeOf(starter.call('VM.start', template, false, false))).toBe('VM_IS_TEMPLATE');
  });
});

describe('an operation', () => {
  test('fails as it is told to, as often as it is told to, before or after its effect', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const error = ['SR_BACKEND_FAILURE_46', '', 'The VDI is not available', ''] as const;
    await server.faults.fail({ method: 'VM.start', error, times: 2 });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const failed = await errorOf(client.call('VM.start', vm, false, false));
      expect([failed.code, ...failed.params]).toEqual(error);
    }
    await server.faults.fail({ method: 'VM.start', error: ['INTERNAL_ERROR', 'late'], afterEffect: true });
    expect(await codeOf(client.call('VM.start', vm, false, false))).toBe('INTERNAL_ERROR');
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
    await server.faults.fail({ method: '*', error: ['TOO_BUSY'] });
    await server.faults.clear();
    await client.call('VM.clean_shutdown', vm);
  });

  test('goes on when its task is lost', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    await server.faults.slow({ method: 'VM.start', factor: 10 });
    const task = await client.text('Async.VM.start', vm, false, false);
    expect(await server.faults.loseTasks({ method: 'VM.start' })).toBe(1);
    expect(await codeOf(client.call('task.get_status', task))).toBe('HANDLE_INVALID');
    await expect.poll(() => client.call('VM.get_power_state', vm)).toBe('Running');
    expect(await client.call('VM.get_current_operations', vm)).toEqual({});
  });

  test('tells how far it is', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    await server.faults.slow({ method: 'VM.start', factor: 10 });
    const task = await client.text('Async.VM.start', vm, false, false);
    await expect.poll(() => client.call('task.get_progress', task), { interval: 5 }).toBe(0.5);
    await expect.poll(() => client.call('task.get_status', task)).toBe('success');
    expect(await client.record('task', task)).toMatchObject({ progress: 1, result: '' });
  });

  test('answers late when the wire is slow', async () => {
    const { server, client } = await pool();
    await server.faults.setLatency({ ms: 60 });
    const startMs = performance.now();
    await client.hosts();
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(55);
  });
});

describe('a guest', () => {
  test('that does not hear makes a clean shutdown fail, and is shut down by force', async () => {
    const { server, client, vm } = await running();
    await server.faults.setDeaf({ vm: 'a', deaf: true });
    const failed = await errorOf(client.call('VM.clean_shutdown', vm));
    expect([failed.code, ...failed.params]).toEqual(['VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT', vm]);
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
    await client.call('VM.hard_shutdown', vm);
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
  });

  test('that crashes is restarted, unless its VM says otherwise', async () => {
    const { server, client, vm } = await running();
    await expect.poll(() => client.addresses(vm)).toHaveProperty('0/ip');
    const before = await client.record('VM', vm);
    await server.faults.crashGuest({ vm: 'a' });
    const after = await client.record('VM', vm);
    expect(after['power_state']).toBe('Running');
    expect(after['domid']).not.toBe(before['domid']);
    expect(after['guest_metrics']).not.toBe(before['guest_metrics']);
    await client.call('VM.set_actions_after_crash', vm, 'destroy');
    await server.faults.crashGuest({ vm: 'a' });
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
  });

  test('can be shut down from inside, and gives back what its VM took', async () => {
    const { server, client, vm } = await running();
    const before = server.inventory().freeMemory['xen1'] ?? 0;
    await server.faults.shutDownInside({ vm: 'a' });
    expect(await client.record('VM', vm)).toMatchObject({ power_state: 'Halted', domid: -1, consoles: [] });
    expect(server.inventory().freeMemory['xen1']).toBeGreaterThan(before);
  });

  test('that shuts down while it is migrated does not arrive', async () => {
    const { server, client, vm, second } = await running();
    const free = await client.freeMib(second);
    await server.faults.slow({ method: 'VM.pool_migrate', factor: 10 });
    const migrated = codeOf(client.call('VM.pool_migrate', vm, second, { live: 'true' }));
    await expect.poll(() => client.call('VM.get_current_operations', vm)).not.toEqual({});
    await server.faults.shutDownInside({ vm: 'a' });
    expect(await migrated).toBe('VM_BAD_POWER_STATE');
    expect(await client.freeMib(second)).toBe(free);
  });

  test('is moved and shut down by others, too', async () => {
    const { server, client, vm, second } = await running();
    await server.faults.atAnotherConsole({ vm: 'a', method: 'VM.pool_migrate', host: 'xen2' });
    expect(await client.call('VM.get_resident_on', vm)).toBe(second);
    await server.faults.atAnotherConsole({ vm: 'a', method: 'VM.hard_shutdown' });
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
  });
});

describe('the control port', () => {
  async function control() {
    const { server, client } = await pool({ control: { port: 0, token: 'secret' } });
    const ask = (path: string, body?: object, token = 'secret') =>
      fetch(`${server.controlUrl}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    return { server, client, ask };
  }

  test('turns switches from another process, and shows the inventory', async () => {
    const { server, client, ask } = await control();
    const vm = await client.makeVm('a');
    const turned = await ask('/_faults', { fault: 'fail', method: 'VM.start', error: ['TOO_BUSY'] });
    expect(turned.status).toBe(200);
    expect(await codeOf(client.call('VM.start', vm, false, false))).toBe('TOO_BUSY');
    expect(await (await ask('/_inventory')).json()).toEqual(server.inventory());
    await ask('/_faults', { fault: 'setEmergency', host: 'xen1' });
    expect(await codeOf(client.hosts())).toBe('HOST_STILL_BOOTING');
    await ask('/_faults', { fault: 'setEmergency', host: 'xen1', error: null });
    expect(await client.hosts()).toHaveLength(2);
  });

  test('says what it does not understand, and serves nobody without the token', async () => {
    const { ask } = await control();
    const unknown = await ask('/_faults', { fault: 'earthquake' });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining('crashMaster')]);
    const wrong = await ask('/_faults', { fault: 'setLatency', ms: 'long' });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('ms: expected a number'),
    ]);
    const nobody = await ask('/_faults', { fault: 'crashHost', host: 'xen9' });
    expect([nobody.status, await nobody.text()]).toEqual([400, expect.stringContaining('xen9')]);
    expect((await ask('/_inventory', undefined, 'guess')).status).toBe(401);
  });
});

// The npm package xen-api, unmodified, against the pool: over JSON-RPC, over XML-RPC, and left to choose.

import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, type Xapi, type XapiOptions } from 'xen-api';
import type { XapiServer } from '../../pool-double/server.ts';
import { DEBIAN, MIB, startPool } from './pool-client.ts';

async function connect(server: XapiServer, options: Partial<XapiOptions> = {}): Promise<Xapi> {
  const xapi = createClient({
    url: server.url,
    auth: { user: 'root', password: 'xen' },
    debounce: 2,
    eventPollDelay: 20,
    ...options,
  });
  onTestFinished(() => xapi.disconnect());
  await xapi.connect();
  if (options.watchEvents !== false) await xapi.objectsFetched;
  return xapi;
}

async function refs(xapi: Xapi, method: string, ...args: readonly unknown[]): Promise<string[]> {
  const value = await xapi.call(method, ...args);
  return Array.isArray(value) ? value.map(String) : [];
}

describe.each(['json-rpc', 'xml-rpc', 'auto'] as const)('xen-api over %s', (transport) => {
  test('takes a VM through its whole life, and nothing is left of it', async () => {
    const server = await startPool();
    const before = server.inventory();
    const xapi = await connect(server, { transport });
    const [template = ''] = await refs(xapi, 'VM.get_by_name_label', DEBIAN);
    const [first = '', second = ''] = await refs(xapi, 'host.get_all');

    const vm = String(await xapi.callAsync('VM.clone', template, 'a'));
    await xapi.callAsync('VM.provision', vm);
    await xapi.call('VM.set_memory_limits', vm, 512 * MIB, 512 * MIB, 512 * MIB, 512 * MIB);
    await xapi.call('VM.set_VCPUs_max', vm, 2);
    await xapi.call('VM.add_to_other_config', vm, 'owner', 'alice & <bob>');
    await xapi.call('VM.add_tags', vm, 'class');
    await xapi.callAsync('VM.start_on', vm, first, false, false);
    expect(await xapi.call('VM.get_resident_on', vm)).toBe(first);

    // The cache hears of the guest by events alone.
    const cached = (ref: unknown) => xapi.getObjectByRef(String(ref), undefined);
    await expect
      .poll(() => cached(cached(vm)?.['guest_metrics'])?.['networks'], { interval: 5 })
      .toMatchObject({
        '0/ip': expect.stringMatching(/^10\./),
        '0/ipv6/0': expect.stringMatching(/^fe80::/),
      });
    expect(cached(vm)).toMatchObject({ tags: ['class'], other_config: { owner: 'alice & <bob>' } });

    await xapi.callAsync('VM.suspend', vm);
    await xapi.callAsync('VM.resume_on', vm, second, false, false);
    await xapi.callAsync('VM.pool_migrate', vm, first, { live: 'true' });
    await xapi.barrier();
    expect(cached(vm)).toMatchObject({ power_state: 'Running', resident_on: first });
    await xapi.callAsync('VM.clean_shutdown', vm);

    const vbds = await refs(xapi, 'VM.get_VBDs', vm);
    const vdis = await Promise.all(vbds.map((vbd) => xapi.call('VBD.get_VDI', vbd)));
    await xapi.callAsync('VM.destroy', vm);
    for (const vdi of vdis) if (vdi !== 'OpaqueRef:NULL') await xapi.callAsync('VDI.destroy', vdi);
    await xapi.barrier();
    expect(cached(vm)).toBeUndefined();
    await expect.poll(() => server.inventory(), { interval: 5 }).toEqual(before);
  });

  test('gets errors with their code and parameters, of calls and of tasks', async () => {
    const server = await startPool();
    const xapi = await connect(server, { transport });
    const [template = ''] = await refs(xapi, 'VM.get_by_name_label', DEBIAN);
    const vm = String(await xapi.call('VM.clone', template, 'a'));
    const expected = { code: 'VM_IS_TEMPLATE', params: [vm, 'start'] };
    await expect(xapi.call('VM.start', vm, false, false)).rejects.toMatchObject(expected);
    await expect(xapi.callAsync('VM.start', vm, false, false)).rejects.toMatchObject(expected);
  });
});

describe('xen-api', () => {
  test('chooses JSON-RPC, because the content type is exactly what it asks for', async () => {
    const server = await startPool();
    const xapi = await connect(server, { watchEvents: false });
    const [host] = await refs(xapi, 'host.get_all');
    // XML-RPC would bring digits in a string.
    expect(await xapi.call('host.compute_free_memory', host)).toBeTypeOf('number');
  });

  test('follows a slave to its master when it logs in', async () => {
    const server = await startPool();
    const [, slave] = server.addresses;
    const xapi = await connect(server, { url: `http://${slave}:${server.port}`, watchEvents: false });
    expect(await refs(xapi, 'host.get_all')).toHaveLength(2);
  });

  test('stays with a master that is one no more, until it is told to connect anew', async () => {
    const server = await startPool({ timeScale: 0.01 });
    const xapi = await connect(server, { watchEvents: false });
    await server.faults.handOverMaster({ host: 'xen2' });
    await expect(xapi.call('host.get_all')).rejects.toMatchObject({
      code: 'HOST_IS_SLAVE',
      params: [server.addresses[1]],
    });
    expect(xapi.status).toBe('connected');
    await xapi.disconnect();
    await xapi.connect();
    expect(await refs(xapi, 'host.get_all')).toHaveLength(2);
  });

  test('logs in again by itself when its session is gone', async () => {
    const server = await startPool();
    const xapi = await connect(server, { watchEvents: false });
    const session = xapi.sessionId;
    await server.faults.invalidateSessions();
    expect(await refs(xapi, 'host.get_all')).toHaveLength(2);
    expect(xapi.sessionId).not.toBe(session);
  });

  test('waits for ever for a task that died with the master, whatever becomes of the operation', async () => {
    const server = await startPool();
    const xapi = await connect(server);
    const [template = ''] = await refs(xapi, 'VM.get_by_name_label', DEBIAN);
    const vm = String(await xapi.callAsync('VM.clone', template, 'a'));
    await xapi.call('VM.provision', vm);
    await server.faults.slow({ method: 'VM.start', factor: 1000 });
    // Nothing tells the client that the task exists before it does not any more.
    await server.faults.stallEvents({ stalled: true });
    let settled = false;
    const settle = () => {
      settled = true;
    };
    xapi.callAsync('VM.start', vm, false, false).then(settle, settle);
    await expect
      .poll(() => server.inventory().vms.find(({ name }) => name === 'a')?.operations)
      .toEqual(['start']);
    await server.faults.crashMaster({ inFlight: 'completed' });
    await server.faults.stallEvents({ stalled: false });
    await server.faults.restartMaster();
    await expect
      .poll(() => xapi.getObjectByRef(vm, undefined)?.['power_state'], { timeout: 10_000 })
      .toBe('Running');
    expect(settled).toBe(false);
  });

  test('cannot make an API error of the answers of a toolstack in emergency mode', async () => {
    const server = await startPool();
    const xapi = await connect(server, { watchEvents: false });
    await server.faults.setEmergency({ host: 'xen1' });
    const error: unknown = await xapi.call('host.get_all').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('params');
    await server.faults.setEmergency({ host: 'xen1', error: null });
    expect(await refs(xapi, 'host.get_all')).toHaveLength(2);
  });

  test('is refused with a wrong password', async () => {
    const server = await startPool();
    const auth = { user: 'root', password: 'wrong' };
    await expect(connect(server, { auth, watchEvents: false })).rejects.toMatchObject({
      code: 'SESSION_AUTHENTICATION_FAILED',
      params: ['root', expect.any(String)],
    });
  });
});

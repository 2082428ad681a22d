// What happens in a pool without OpenPEX having asked for it, and what the manager is told of it.
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../../engine/index.ts';
import { addressOf } from '../../../../live/hypervisors/xapi/addresses.ts';
import { parseLoads } from '../../../../live/hypervisors/xapi/load.ts';
import { done, failure, type PoolUnderTest, spec, startPool } from './pool-under-test.ts';

const WAIT = { timeout: 10_000, interval: 10 };

async function running(
  options: Parameters<typeof startPool>[0] = {},
): Promise<PoolUnderTest & { vmId: string; name: string }> {
  const pool = await startPool(options);
  const { vmId } = spec(1);
  await done(pool.carrier.dispatcher.create(spec(1)));
  await done(pool.carrier.dispatcher.start(vmId, 'xen1'));
  const name = pool.server.inventory().vms.find((vm) => vm.name.endsWith(vmId))?.name ?? '';
  return { ...pool, vmId, name };
}

/** Of VMs, as `STATE node cause`. */
function story(told: readonly Observation[]): string[] {
  return told.map((news) =>
    news.kind === 'vm' ? `${news.vm.state} ${news.vm.nodeId} ${news.cause}` : `${news.kind} ${news.nodeId}`,
  );
}

test('a guest tells its address when it has one, and not the one of its life before', async () => {
  // Later than the result of the start, on a busy machine, too.
  const { carrier, told, vmId } = await running({ server: { durations: { guestBoot: 20_000 } } });
  const addresses = () => told.flatMap((news) => (news.kind === 'vm' ? (news.vm.ipAddress ?? []) : []));
  await expect.poll(addresses, WAIT).toHaveLength(1);
  expect(addresses()[0]).toMatch(/^10\.\d+\.\d+\.\d+$/);
  await done(carrier.dispatcher.stop(vmId, 'hard'));
  expect(await done(carrier.dispatcher.start(vmId, 'xen1'))).not.toHaveProperty('ipAddress');
  await expect.poll(addresses, WAIT).toHaveLength(2);
});

test('a guest that shuts down by itself has done so by itself', async () => {
  const { name, server, told } = await running({ server: { durations: { guestBoot: 1e6 } } });
  await server.faults.shutDownInside({ vm: name });
  await expect.poll(() => story(told), WAIT).toEqual(['HALTED null guest-shutdown']);
});

test('a VM that somebody stops, starts or moves at another console is seen where it is', async () => {
  const { name, server, told } = await running({ server: { durations: { guestBoot: 1e6 } } });
  await server.faults.slow({ method: '*', factor: 10 });
  await server.faults.atAnotherConsole({ vm: name, method: 'VM.pool_migrate', host: 'xen2' });
  await expect.poll(() => story(told), WAIT).toEqual(['RUNNING xen2 outside']);
  await server.faults.atAnotherConsole({ vm: name, method: 'VM.hard_shutdown' });
  await expect.poll(() => story(told).slice(1), WAIT).toEqual(['HALTED null outside']);
  await server.faults.atAnotherConsole({ vm: name, method: 'VM.start_on', host: 'xen1' });
  await expect.poll(() => story(told).slice(2), WAIT).toEqual(['RUNNING xen1 outside']);
});

test('a VM that somebody destroys is told as not there', async () => {
  const { carrier, name, server, told, vmId } = await running({ server: { durations: { guestBoot: 1e6 } } });
  await done(carrier.dispatcher.stop(vmId, 'hard'));
  await server.faults.atAnotherConsole({ vm: name, method: 'VM.destroy' });
  await expect.poll(() => story(told), WAIT).toEqual(['NOT_PROVISIONED null outside']);
});

test('what is asked for is never told as if it had happened outside', async () => {
  const { carrier, told, vmId } = await running({ server: { durations: { guestBoot: 1e6 } } });
  for (let round = 0; round < 3; round += 1) {
    await done(carrier.dispatcher.migrate(vmId, 'xen2'));
    await done(carrier.dispatcher.suspend(vmId));
    await done(carrier.dispatcher.resume(vmId, 'xen1'));
    await done(carrier.dispatcher.stop(vmId, 'clean'));
    await done(carrier.dispatcher.start(vmId, 'xen1'));
  }
  expect(story(told)).toEqual([]);
});

describe('a VM that goes down', () => {
  const STILL = { server: { durations: { guestBoot: 1e6 } } };

  test('while the events stand still is seen, and not taken for the wish of its guest', async () => {
    const { name, server, told } = await running(STILL);
    await server.faults.stallEvents({ stalled: true });
    await server.faults.shutDownInside({ vm: name });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null outside']);
  });

  test('at another console, too fast for the events, was not the wish of its guest: the pool has a message', async () => {
    const { name, server, told } = await running(STILL);
    await server.faults.atAnotherConsole({ vm: name, method: 'VM.hard_shutdown' });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null outside']);
  });

  test('where the pool does not say who did it was not shown to be the wish of its guest', async () => {
    const { name, server, told } = await running(STILL);
    await server.faults.fail({ method: 'message.get', error: ['RBAC_PERMISSION_DENIED'], times: 9 });
    await server.faults.shutDownInside({ vm: name });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null outside']);
  });

  test('because its guest crashed is told so', async () => {
    const { name, server, told } = await running(STILL);
    await server.faults.crashGuest({ vm: name, action: 'destroy' });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null guest-crash']);
  });

  test('while something is done to it was not shown to be the wish of its guest', async () => {
    const { carrier, name, server, told, vmId } = await running(STILL);
    await server.faults.slow({ method: 'VM.pool_migrate', factor: 50 });
    const moved = failure(carrier.dispatcher.migrate(vmId, 'xen2'));
    const moves = () => server.inventory().vms.find((vm) => vm.name === name)?.operations;
    await expect.poll(moves, WAIT).toEqual(['pool_migrate']);
    await server.faults.shutDownInside({ vm: name });
    expect(await moved).toBe('BAD_POWER_STATE');
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null outside']);
  });

  test('while nobody could see it was not shown to be the wish of its guest', async () => {
    const { name, server, told } = await running(STILL);
    await server.faults.setNetwork({ up: false });
    await server.faults.shutDownInside({ vm: name });
    await server.faults.setNetwork({ up: true });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null outside']);
  });

  test('after the connection was lost and its guest was seen again has shut down by itself', async () => {
    const { name, server, told } = await running(STILL);
    const logins = server.calls('session.login_with_password');
    await server.faults.setNetwork({ up: false });
    await server.faults.setNetwork({ up: true });
    await expect.poll(() => server.calls('session.login_with_password'), WAIT).toBeGreaterThan(logins);
    const sweeps = server.calls('VM.get_all_records');
    // The first is the client's own; when the next but two begins, what the one before it saw is known.
    await expect.poll(() => server.calls('VM.get_all_records'), WAIT).toBeGreaterThan(sweeps + 3);
    await server.faults.shutDownInside({ vm: name });
    await expect.poll(() => story(told), WAIT).toEqual(['HALTED null guest-shutdown']);
  });
});

test('a host that is lost is told when the pool knows, and its VM is left alone until it is declared dead', async () => {
  const { carrier, server, told, vmId } = await running({
    server: { durations: { guestBoot: 1e6, heartbeatTimeout: 1000 } },
  });
  await done(carrier.dispatcher.migrate(vmId, 'xen2'));
  await server.faults.crashHost({ host: 'xen2' });
  await expect.poll(() => story(told), WAIT).toEqual(['node-down xen2']);
  const start = carrier.dispatcher.start(vmId, 'xen1');
  await expect(done(start)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
  await server.faults.returnHost({ host: 'xen2' });
  await expect.poll(() => story(told), WAIT).toContain('node-up xen2');
  await expect.poll(() => story(told), WAIT).toContain('HALTED null outside');
  expect(await done(start)).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
});

test('with resetLostVms, a VM of a dead host is started elsewhere', async () => {
  const { carrier, server, told, vmId } = await running({
    server: { durations: { guestBoot: 1e6, heartbeatTimeout: 1000 } },
    settings: { resetLostVms: true },
  });
  await done(carrier.dispatcher.migrate(vmId, 'xen2'));
  await server.faults.crashHost({ host: 'xen2' });
  await expect.poll(() => story(told), WAIT).toContain('node-down xen2');
  expect(await done(carrier.dispatcher.start(vmId, 'xen1'))).toMatchObject({
    state: 'RUNNING',
    nodeId: 'xen1',
  });
});

test('users are told the address that they can reach', () => {
  expect(addressOf({})).toBeUndefined();
  expect(addressOf({ '0/ipv6/0': 'fe80::1' })).toBeUndefined();
  expect(addressOf({ '0/ip': '169.254.0.7', '1/ip': '10.0.0.9' })).toBe('10.0.0.9');
  expect(addressOf({ '0/ipv6/0': 'fe80::1', '0/ipv6/1': '2001:db8::7' })).toBe('2001:db8::7');
  expect(addressOf({ '1/ip': '10.0.0.8', '0/ipv6/0': '2001:db8::7', '0/ipv4/0': '10.0.0.7' })).toBe(
    '10.0.0.7',
  );
});

test('the load of a VM is the mean of its CPUs in the newest row that says anything', () => {
  const legend = ['AVERAGE:vm:a1:cpu0', 'AVERAGE:vm:a1:cpu1', 'AVERAGE:vm:b2:cpu0', 'AVERAGE:vm:a1:memory'];
  const data = [
    { t: 10, values: ['NaN', 'NaN', 'NaN', '7'] },
    { t: 5, values: ['0.5', '0.25', 'NaN', '7'] },
    { t: 0, values: ['1', '1', 'NaN', '7'] },
  ];
  expect(parseLoads({ meta: { legend }, data })).toEqual(new Map([['a1', 375]]));
});

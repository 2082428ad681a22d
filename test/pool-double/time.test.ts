// A pool in the time of another machine: hours pass in no time, and nothing happens by itself.
import { expect, test } from 'vitest';
import { VirtualMachine } from '../support/virtual-machine.ts';
import { PoolClient, startPool } from './pool-client.ts';

const NOON_MS = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;

test('an operation takes as long as the machine of the pool says, and records bear its time', async () => {
  const machine = new VirtualMachine(NOON_MS);
  const server = await startPool({ machine, timeScale: 1, durations: { clone: HOUR_MS } });
  const client = await PoolClient.login(server.url);
  const [template = ''] = await client.refs('VM.get_by_name_label', 'PEX Debian Etch 4.0 Template');
  const task = await client.text('Async.VM.clone', template, 'slow');

  machine.pass(HOUR_MS / 2);
  expect(await client.record('task', task)).toMatchObject({ status: 'pending', progress: 0.5 });
  machine.pass(HOUR_MS / 2 - 1);
  expect(await client.record('task', task)).toMatchObject({
    status: 'pending',
    created: '20260301T12:00:00Z',
  });
  machine.pass(1);
  expect(await client.record('task', task)).toMatchObject({
    status: 'success',
    finished: '20260301T13:00:00Z',
  });
  expect(await client.refs('VM.get_by_name_label', 'slow')).toHaveLength(1);
  const [host = ''] = await client.hosts();
  expect(await client.call('host.get_servertime', host)).toBe('20260301T13:00:00Z');
});

test('a pool that was closed wakes nobody', async () => {
  const machine = new VirtualMachine(NOON_MS);
  const server = await startPool({ machine, timeScale: 1 });
  const client = await PoolClient.login(server.url);
  const news = client.call('event.from', ['VM'], '', 60).catch(() => undefined);
  await client.hosts();
  await server.close();
  await news;
  expect(machine.clock.pending).toBe(0);
});

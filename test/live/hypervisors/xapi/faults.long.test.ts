// Everything that can go wrong with a pool, while reservations begin and while they end: what was promised is kept or reported, nothing
// is started twice, nothing is left behind, and the daemon goes on without a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Faults } from '../../../../pool-double/faults.ts';
import { startServer } from './pool-under-test.ts';
import { reserve, startXenDaemon } from './xen-daemon.ts';

const WAIT = { timeout: 40_000, interval: 30 };
const INSTANCES = 3;

/** Strikes while things are under way, and leaves the pool in order. */
type Trouble = (faults: Faults) => Promise<unknown>;

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'the master’s toolstack dies with what it was doing': async (faults) => {
    await faults.crashMaster({ inFlight: 'abandoned' });
    await pause(200);
    await faults.restartMaster();
  },
  'the master’s toolstack dies, and what it was doing is done all the same': async (faults) => {
    await faults.crashMaster({ inFlight: 'completed' });
    await pause(200);
    await faults.restartMaster();
  },
  'another host becomes master': (faults) => faults.handOverMaster({ host: 'xen2' }),
  'all sessions are lost': (faults) => faults.invalidateSessions(),
  'the toolstack is still booting': async (faults) => {
    await faults.setEmergency({ host: 'xen1' });
    await faults.setEmergency({ host: 'xen2' });
    await pause(300);
    await faults.setEmergency({ host: 'xen1', error: null });
    await faults.setEmergency({ host: 'xen2', error: null });
  },
  'the event stream stands still': (faults) => faults.stallEvents({ stalled: true }),
  'tasks vanish': (faults) => faults.loseTasks({}),
  'the network is down': async (faults) => {
    await faults.setNetwork({ up: false });
    await pause(200);
    await faults.setNetwork({ up: true });
  },
  'answers are late': (faults) => faults.setLatency({ ms: 40 }),
  'guests do not listen': (faults) => faults.setDeaf({ deaf: true }),
};

const FAILURES = [
  ['VM.clone', true],
  ['VM.set_other_config', false],
  ['VM.set_memory_limits', false],
  ['VM.provision', false],
  ['VM.provision', true],
  ['VM.start_on', false],
  ['VM.start_on', true],
  ['VM.hard_shutdown', true],
  ['VM.destroy', true],
  ['VDI.destroy', false],
] as const;
function failing([method, afterEffect]: (typeof FAILURES)[number]): [string, Trouble] {
  const failure = { method, afterEffect, error: ['INTERNAL_ERROR', 'injected'] as const };
  return [
    `${method} fails ${afterEffect ? 'after it has taken effect' : 'once'}`,
    (faults) => faults.fail(failure),
  ];
}

describe.each([...Object.entries(TROUBLES), ...FAILURES.map(failing)])('when %s', (_name, strike) => {
  test('reservations are kept, and nothing is doubled or left behind', async () => {
    const server = await startServer({
      timeScale: 0.2,
      durations: { cleanShutdownTimeout: 1000, guestBoot: 1 },
    });
    const before = server.inventory();
    const { call, register } = await startXenDaemon(server);
    await register('carol');
    const id = await reserve({ call }, 'carol', { instances: INSTANCES });
    await strike(server.faults);
    const ours = () => server.inventory().vms.filter(({ name }) => name.startsWith('openpex-'));
    const instances = async (): Promise<{ status: string; vmID: string }[]> =>
      (await call('carol', 'GET', `/reservations/${id}/instances`)).body;
    const statuses = async () => (await instances()).map(({ status }) => status);
    await expect.poll(statuses, WAIT).toEqual(Array(INSTANCES).fill('RUNNING'));
    await expect
      .poll(() => ours().map(({ powerState }) => powerState), WAIT)
      .toEqual(Array(INSTANCES).fill('Running'));
    await server.faults.clear();

    for (const { vmID } of await instances()) await call('carol', 'DELETE', `/instances/${vmID}`);
    await strike(server.faults);
    await expect.poll(() => server.inventory(), WAIT).toEqual(before);
    await expect
      .poll(async () => (await call('carol', 'GET', `/reservations/${id}`)).body.status, WAIT)
      .toBe('EXPIRED');
  });
});

test.each([
  [
    'memory is short',
    (faults: Faults) =>
      Promise.all(['xen1', 'xen2'].map((host) => faults.leaveMemory({ host, freeMib: 10 }))),
  ],
  [
    'the storage is cut off',
    (faults: Faults) => faults.setStorage({ sr: 'NFS virtual disk storage', attached: false }),
  ],
])(
  'when %s for good, the reservation waits to the end of its window, then fails, and its VMs go',
  async (_name, strike) => {
    const server = await startServer();
    const before = server.inventory();
    const { call, register } = await startXenDaemon(server);
    await register('dave');
    await strike(server.faults);
    const id = await reserve({ call }, 'dave', { duration: 8_000, instances: 2 });
    await expect
      .poll(async () => (await call('dave', 'GET', `/reservations/${id}`)).body.status, WAIT)
      .toBe('FAILED');
    const { freeMemory: _before, ...stock } = before;
    await expect.poll(() => server.inventory(), WAIT).toMatchObject(stock);
  },
);

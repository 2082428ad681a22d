// A service that is started again with other nodes than it had: what is gone is let go of where nothing is booked on it, and told.
import { afterEach, describe, expect, test } from 'vitest';
import { repeat } from '../../../live/replay/replay.ts';
import {
  StoppedTime,
  startTestDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../support/daemon.ts';
import { databases, openForTest } from '../../support/databases.ts';
import { HOUR, MINUTE } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const clusterOf = (...names: string[]) =>
  `cluster: { nodes: [${names.map((name) => `{ group: ${name}, cpus: 4, memoryMib: 4096, diskGib: 100 }`).join(', ')}] }\n`;

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

describe.each(databases())('on $name', ({ url }) => {
  async function start(yaml: string, options: TestDaemonOptions): Promise<TestDaemon> {
    await daemon?.pause();
    daemon = await startTestDaemon({
      ...options,
      ...(daemon === undefined ? {} : { folder: daemon.folder }),
      yaml,
    });
    return daemon;
  }

  /** Three nodes: one is drained, one is lost. */
  async function begin() {
    const host = new StoppedTime(START);
    const options = { host, databaseUrl: await url() };
    const { call, register, service } = await start(clusterOf('a', 'b', 'c'), options);
    const pass = (ms: number) =>
      host.moveTo(host.now() + ms, async () => void (await service.commandInstance('none', 'stop')));
    await register('ada');
    const offer = await call('ada', 'POST', '/reservations', {
      type: 'LARGE',
      duration: 3 * HOUR,
      numInstancesFixed: 1,
    });
    const path = `/reservations/${offer.body.proposal.id}`;
    expect((await call('ada', 'PUT', path, { reply: 'CONFIRM' })).body.reply).toBe('REQUEST_SUCCESS');
    await call('ada', 'PUT', `${path}/activate`);
    await call('operator', 'PUT', '/nodes/b/drain');
    await call('operator', 'PUT', '/nodes/c/fail');
    await pass(MINUTE);
    return { options, path };
  }

  const typesOf = async ({ call }: TestDaemon) => {
    const { body } = await call('operator', 'GET', '/journal?after=0&limit=500');
    return body.map(({ event }: { event: { type: string; nodeId?: string } }) =>
      event.nodeId === undefined ? event.type : `${event.type} ${event.nodeId}`,
    );
  };

  test('a drained node and a lost one that are gone are let go of, and what runs elsewhere goes on', async () => {
    const { options, path } = await begin();
    let again = await start(clusterOf('a', 'd'), options);
    expect((await typesOf(again)).slice(-4)).toEqual([
      'provider-joined',
      'node-left b',
      'node-left c',
      'node-joined d',
    ]);
    const nodes = (await again.call('operator', 'GET', '/nodes')).body;
    expect(nodes).toMatchObject([
      { node: 'a', up: true, inService: true },
      { node: 'd', up: true, inService: true },
    ]);
    expect((await again.call('ada', 'GET', path)).body.status).toBe('ACTIVATED');

    // One that comes again is as a new one, and the next life has nothing more to say of it.
    again = await start(clusterOf('a', 'b', 'd'), options);
    expect((await typesOf(again)).slice(-2)).toEqual(['provider-joined', 'node-joined b']);
    again = await start(clusterOf('a', 'b', 'd'), options);
    expect((await typesOf(again)).at(-1)).toBe('provider-joined');
    const status = (await again.call('operator', 'GET', '/nodes')).body;
    expect(status.map(({ inService }: { inService: boolean }) => inService)).toEqual([true, true, true]);
    const report = await again.call('operator', 'GET', '/report');
    expect(report.status).toBe(200);

    const database = await openForTest(options.databaseUrl, 'read');
    const result = await repeat({ database, version: 'test', env: {}, command: 'openpex replay openpex.db' });
    expect(result.requests).toBe(1);
  });

  test('one that is booked is not let go of: the service does not begin, and says what to do', async () => {
    const { options } = await begin();
    await expect(start(clusterOf('d'), options)).rejects.toThrow(
      /booked on node "a", which the cluster does not have any more; put it back, drain it/,
    );
    await start(clusterOf('a', 'b', 'c'), options);
  });
});

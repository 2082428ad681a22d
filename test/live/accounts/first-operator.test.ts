// When the first operator is made: before the service can be called at all, and told even where it then cannot listen.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../live/config/load-config.ts';
import { startDaemon } from '../../../live/daemon.ts';
import { temporaryDirectory } from '../../support/databases.ts';

test('the first operator exists before anybody can call, and its password is told where the port is taken', async () => {
  const database = `sqlite:${join(temporaryDirectory(), 'openpex.db')}`;
  const announcements: string[] = [];
  const start = async (port: number) =>
    startDaemon({
      config: await loadConfig(undefined, { port, database }, {}),
      log: pino({ level: 'silent' }),
      version: 'test',
      portalDir: null,
      env: {},
      announce: (announcement) => announcements.push(announcement),
    });
  const inTheWay = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void inTheWay.close());
  await once(inTheWay, 'listening');

  await expect(start((inTheWay.address() as AddressInfo).port)).rejects.toThrow(/cannot listen/);
  expect(announcements).toEqual([
    expect.stringMatching(/^First operator: operator, with the password \S{16}\. /),
  ]);
  const password = /password (\S{16})\./.exec(announcements[0]!)![1]!;

  const daemon = await start(0);
  onTestFinished(() => daemon.stop());
  const { status } = await fetch(`${daemon.url}/OpenPEX/reservations`, {
    headers: { authorization: `Basic ${btoa(`operator:${password}`)}` },
  });
  expect(status).toBe(200);
  expect(announcements).toHaveLength(1);
});

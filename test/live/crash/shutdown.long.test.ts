import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../live/database/open-database.ts';
import { caller, PASSWORD } from '../../support/daemon.ts';
import { databases, temporaryDirectory } from '../../support/databases.ts';
import { DaemonProcess, eventually } from './daemon-process.ts';

const COMMAND = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const GRACE_MS = 3_000;
const CONFIGURATION = `
cluster: { preset: openpex-2009 }
shutdownGrace: ${GRACE_MS / 1000}s
accounts: { quota: { reservations: 100000, vcpus: 1000000 } }
security: { requestsPerMinute: 1000000 }
`;
const HOUR_OF_ONE = { type: 'SMALL', duration: 3_600_000, numInstancesFixed: 1 };
const AUTHORIZATION = `Basic ${btoa(`operator:${PASSWORD}`)}`;

function startDaemonProcess(databaseUrl: string): DaemonProcess {
  const file = join(temporaryDirectory(), 'openpex.yaml');
  writeFileSync(file, CONFIGURATION);
  return new DaemonProcess({ args: [COMMAND, 'live', file, '--db', databaseUrl, '--port', '0'] });
}

/** A connection on which these bytes were sent; what comes back is collected. */
async function connection(url: string, sent: string): Promise<{ socket: Socket; received(): string }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    received += piece;
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  return { socket, received: () => received };
}

describe.each(databases())('SIGTERM on $name', ({ url: freshUrl }) => {
  test('what is in progress is answered and stored, and the process ends in time whoever is connected', async () => {
    const databaseUrl = await freshUrl();
    const daemon = startDaemonProcess(databaseUrl);
    const url = await daemon.url();
    await eventually(
      () => fetch(`${url}/ready`),
      ({ ok }) => ok,
    );

    // Those who would keep it: an event stream, a connection kept alive, one that says nothing, one that never ends its request.
    const events = await fetch(`${url}/OpenPEX/events`, { headers: { authorization: AUTHORIZATION } });
    const streamEnded = text(events.body!);
    const idle = await connection(url, 'GET /health HTTP/1.1\r\nHost: openpex\r\n\r\n');
    await eventually(idle.received, (answer) => answer.includes('"alive"'));
    await connection(url, '');
    const endless = await connection(
      url,
      `POST /OpenPEX/reservations HTTP/1.1\r\nHost: openpex\r\nContent-Length: 9\r\n`,
    );

    // Those who ask until nobody answers any more.
    const granted: string[] = [];
    const others: unknown[] = [];
    const call = caller(url);
    const ask = async () => {
      for (;;) {
        const answer = await call('operator', 'POST', '/reservations', HOUR_OF_ONE).catch(() => undefined);
        if (answer === undefined) return;
        if (answer.status === 200) granted.push(answer.body.proposal.id);
        else others.push([answer.status, answer.body.code]);
      }
    };
    const asking = Array.from({ length: 8 }, ask);
    await eventually(
      () => granted.length,
      (count) => count >= 40,
    );

    // A request whose body is under way when the signal comes.
    const body = JSON.stringify(HOUR_OF_ONE);
    const { hostname, port } = new URL(url);
    const slow = request({
      hostname,
      port,
      path: '/OpenPEX/reservations',
      method: 'POST',
      headers: {
        authorization: AUTHORIZATION,
        'content-type': 'application/json',
        'content-length': body.length,
        expect: '100-continue',
      },
    });
    const slowAnswer = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      slow.once('error', reject);
      slow.once('response', async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }),
      );
    });
    slow.flushHeaders();
    await new Promise((resolve) => slow.once('continue', resolve));
    slow.write(body.slice(0, 10));

    const signalledMs = performance.now();
    const exit = daemon.end('SIGTERM');
    await eventually(
      () => daemon.log,
      (log) => log.includes('"stopping"'),
    );
    slow.end(body.slice(10));
    const answer = await slowAnswer;
    expect(answer.status, answer.body).toBe(200);
    granted.push(JSON.parse(answer.body).proposal.id);

    expect(await exit).toEqual({ code: 0, signal: null });
    // The one that never ends is cut off when the grace is over; the rest of the time is for a busy machine.
    expect(performance.now() - signalledMs).toBeLessThan(GRACE_MS + 10_000);
    await Promise.all(asking);
    expect(others).toEqual([]);
    expect(await streamEnded).toContain('event: ');
    expect(endless.received()).not.toContain('200 OK');

    const database = await openDatabase(databaseUrl, 'read');
    const rows: { request_id: string }[] = await database.reads('reservations').select('request_id');
    await database.close();
    const stored = new Set(rows.map((row) => row.request_id));
    expect(granted.filter((id) => !stored.has(id))).toEqual([]);
  });

  test('a second daemon on the same database is refused, and may start when the first has stopped', async () => {
    const databaseUrl = await freshUrl();
    const first = startDaemonProcess(databaseUrl);
    await first.url();
    const second = startDaemonProcess(databaseUrl);
    expect(await second.exited()).toEqual({ code: 2, signal: null });
    expect(second.log).toContain('another "openpex live" is running on it; stop that one first');
    expect(second.log).not.toContain('secret@');
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const third = startDaemonProcess(databaseUrl);
    await third.url();
    expect(await third.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

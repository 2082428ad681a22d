import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import knexPackage from 'knex';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../live/config/load-config.ts';
import { startDaemon } from '../../../live/daemon.ts';
import { caller, PASSWORD } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/databases.ts';
import { TinyDisk } from '../../support/tiny-disk.ts';
import { eventually } from './daemon-process.ts';
import { postgresqlPrograms, startPrivateServer } from './private-postgresql.ts';

const HOUR_OF_ONE = { type: 'SMALL', duration: 3_600_000, numInstancesFixed: 1 };
/** How often everything is asked while the database is away. */
const TRIES = 15;

async function startWithLog(databaseUrl: string) {
  const lines: string[] = [];
  const log = pino(
    { level: 'warn' },
    new Writable({
      write: (line, _encoding, done) => {
        lines.push(String(line));
        done();
      },
    }),
  );
  const config = await loadConfig(undefined, { port: 0, database: databaseUrl }, {});
  const env = { OPENPEX_OPERATOR_PASSWORD: PASSWORD };
  const daemon = await startDaemon({ config, log, version: 'test', portalDir: null, env });
  onTestFinished(() => daemon.stop());
  return { daemon, log: () => lines.join('') };
}

interface Failure {
  readonly databaseUrl: string;
  readonly fail: () => Promise<void> | void;
  readonly mend: () => Promise<void> | void;
  /** In the log, for operators. */
  readonly reason: RegExp;
}

/** What every failure must look like from outside, from the first moment to the recovery without a restart. */
async function failsAndRecovers({ databaseUrl, fail, mend, reason }: Failure): Promise<void> {
  const { daemon, log } = await startWithLog(databaseUrl);
  const call = caller(daemon.url);
  const asOperator = (method: string, path: string, body?: unknown) => call('operator', method, path, body);
  const request = async (key: string) => {
    const response = await fetch(`${daemon.url}/OpenPEX/reservations`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`operator:${PASSWORD}`)}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(HOUR_OF_ONE),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what the API answers is what the test is about
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  const { body: offer } = await request('before');
  const path = `/reservations/${offer.proposal.id}`;
  expect((await asOperator('PUT', path, { reply: 'CONFIRM' })).body.reply).toBe('REQUEST_SUCCESS');

  await fail();
  // Until something is to be stored nobody can know; what still fits is truly stored.
  const told = [offer.proposal.id];
  const lost = randomUUID();
  const noticed = await eventually(
    async () => {
      const key = told.length === 1 ? lost : `${lost}-${told.length}`;
      const answer = await request(key);
      if (answer.status === 200) told.push(answer.body.proposal.id);
      return { ...answer, key };
    },
    ({ status }) => status !== 200,
    { withinMs: 60_000, what: 'that the failure is noticed' },
  );
  const isUnavailable = (
    answer: { status: number; headers: Headers; body: { code?: string } },
    code: unknown = 'PEX_UNAVAILABLE',
  ) => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(503);
    expect(answer.body.code).toEqual(code);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  };
  // Who finds the database gone: whoever stores something, and cannot say whether it was stored, or the watch over it.
  isUnavailable(noticed, expect.stringMatching(/^PEX_(OUTCOME_UNKNOWN|UNAVAILABLE)$/));
  await eventually(
    () => fetch(`${daemon.url}/ready`),
    ({ status }) => status === 503,
    { what: 'not to be ready' },
  );

  const commands = [
    () => request(noticed.key),
    () => asOperator('PUT', `${path}/activate`),
    () => asOperator('DELETE', path),
    () => asOperator('PUT', '/nodes/leon/drain'),
    () => asOperator('POST', '/accounts/1/deposits', { amountMicros: 5, note: 'lost' }),
    () => asOperator('POST', '/quotes', HOUR_OF_ONE),
  ];
  for (let i = 0; i < TRIES; i++) {
    for (const command of commands) isUnavailable(await command());
    const health = await fetch(`${daemon.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'alive', state: 'recovering' }]);
    expect((await fetch(`${daemon.url}/ready`)).status).toBe(503);
    const read = await asOperator('GET', path);
    if (read.status !== 200) isUnavailable(read);
  }
  expect(log()).toMatch(reason);
  expect(log()).not.toContain(PASSWORD);

  await mend();
  await eventually(
    () => fetch(`${daemon.url}/ready`),
    ({ ok }) => ok,
    { withinMs: 60_000, what: 'the recovery' },
  );
  for (const id of told) expect((await asOperator('GET', `/reservations/${id}`)).status).toBe(200);
  expect((await asOperator('GET', path)).body.status).toBe('CONFIRMED');
  const repeated = await request(noticed.key);
  expect(repeated.status).toBe(200);
  const all: { id: string }[] = (await asOperator('GET', '/reservations?limit=500')).body;
  expect(new Set(all.map(({ id }) => id))).toEqual(new Set([...told, repeated.body.proposal.id]));
  expect((await asOperator('PUT', `${path}/activate`)).body.status).toBe('ACTIVATED');
  const { body: account } = await asOperator('GET', '/account');
  // No deposit was booked, and the confirmed one is paid once.
  expect(account.balanceMicros).toBe(1_000_000_000 - offer.priceMicros);
}

test('a full disk: nothing is promised, and the service goes on when there is room again', async (context) => {
  const disk = TinyDisk.mount(temporaryDirectory());
  if (disk === undefined) return context.skip('this user may not mount a disk of a few megabytes');
  await failsAndRecovers({
    databaseUrl: `sqlite:${join(disk.path, 'openpex.db')}`,
    fail: () => disk.fill(),
    mend: () => disk.makeRoom(),
    reason: /the disk is full/,
  });
});

test('a database file that another program locks: the service goes on when it lets go', async () => {
  const file = join(temporaryDirectory(), 'openpex.db');
  const other = knexPackage.knex({
    client: 'sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  onTestFinished(() => other.destroy());
  await failsAndRecovers({
    databaseUrl: `sqlite:${file}`,
    fail: async () => void (await other.raw('BEGIN IMMEDIATE')),
    mend: async () => void (await other.raw('COMMIT')),
    reason: /another process keeps it locked/,
  });
});

const programs = postgresqlPrograms();

test.skipIf(programs === undefined)(
  'a PostgreSQL server that crashes: the service goes on when it is back',
  async () => {
    const server = await startPrivateServer(programs!);
    await failsAndRecovers({
      databaseUrl: server.url,
      fail: server.crash,
      mend: server.start,
      reason:
        /the server crashed|the connection was lost|nothing answers there|the server closed the connection/,
    });
  },
);

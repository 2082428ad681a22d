// A service of version 0.1.0 is brought up to date with everything on that has come since; a backup of it is restored, and goes on as the
// original would have.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backupDatabase } from '../../../live/database/backup.ts';
import { Ledger } from '../../../live/database/ledger.ts';
import { runProgram } from '../../support/child-process.ts';
import { StoppedTime, startTestDaemon } from '../../support/daemon.ts';
import { layDownDatabaseOf010, SETTINGS_OF_010, SHOWN_BY_010 } from '../../support/database-of-0.1.0.ts';
import { openForTest, temporaryDirectory } from '../../support/databases.ts';
import { startWebHook } from '../../support/web-hook.ts';
import { postgresqlPrograms, startPrivateServer } from '../crash/private-postgresql.ts';

const HOUR_MS = 3_600_000;
const programs = postgresqlPrograms();

interface Place {
  readonly url: string;
  /** Makes a database of a backup. @returns its URL */
  restore(backup: string): string;
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  [
    'SQLite',
    async () => ({
      url: join(temporaryDirectory(), 'openpex.db'),
      restore: (backup) => backup,
    }),
  ],
  ...(programs === undefined
    ? []
    : [
        [
          'PostgreSQL',
          async () => {
            const { url } = await startPrivateServer(programs);
            const restored = url.replace(/[^/]*$/, 'restored');
            return {
              url,
              restore: (backup: string) => {
                const run = (program: string, ...args: string[]) =>
                  expect(runProgram(join(programs, program), args)).toMatchObject({ code: 0 });
                run('createdb', '--maintenance-db', url, 'restored');
                run('pg_restore', '--dbname', restored, backup);
                return restored;
              },
            };
          },
        ] as const,
      ]),
];

test.each(PLACES)(
  'on %s, with notifications, projects and approvals',
  { timeout: 120_000 },
  async (_name, place) => {
    const { restore, url } = await place();
    const hook = await startWebHook(() => ({ status: 200, body: '{"approved": true}' }));
    onTestFinished(() => hook.stop());
    await layDownDatabaseOf010(url);
    const yaml = `${SETTINGS_OF_010}
notifications: { webhooks: any }
approval: { url: ${JSON.stringify(hook.url)}, secret: s }
`;
    const begin = async (databaseUrl: string, nowMs: number) => {
      const host = new StoppedTime(nowMs);
      const daemon = await startTestDaemon({ yaml, host, databaseUrl });
      const settle = async () => {
        await daemon.service.commandInstance('none', 'stop');
        await daemon.told();
      };
      return { daemon, host, pass: (ms: number) => host.moveTo(host.now() + ms, settle) };
    };
    const { nowMs } = SHOWN_BY_010;
    const { daemon, host, pass } = await begin(url, nowMs);
    const { call } = daemon;
    const { body: project } = await call('operator', 'POST', '/projects', {
      name: 'astro',
      title: 'Astronomy',
      manager: 'ada',
    });
    await call('operator', 'POST', `/accounts/${project.userid}/deposits`, { amountMicros: 1e9 });
    const chosen = await call('ada', 'PATCH', '/account/notifications', {
      webhook: { url: hook.url, kinds: ['started'] },
    });
    expect(chosen.status).toBe(200);
    const asked = await call('ada', 'POST', '/reservations', {
      duration: HOUR_MS,
      numInstancesFixed: 1,
      type: 'SMALL',
      project: 'astro',
    });
    const id = asked.body.proposal.id;
    if (asked.body.reply === 'COUNTER') await call('ada', 'PUT', `/reservations/${id}`, { reply: 'ACCEPT' });
    expect((await call('ada', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' })).body.reply).toBe(
      'REQUEST_SUCCESS',
    );
    await pass(1.25 * HOUR_MS);
    const kinds = hook.calls.items.map(({ body }) => JSON.parse(body).kind ?? JSON.parse(body).action);
    expect(kinds).toEqual(expect.arrayContaining(['confirm', 'started']));

    const shown = async (of: typeof call) => {
      const paths = [
        '/accounts',
        `/projects/${project.userid}`,
        `/projects/${project.userid}/ledger`,
        '/reservations?all=true',
        '/nodes',
      ];
      return Promise.all(paths.map(async (path) => (await of('operator', 'GET', path)).body));
    };
    const before = await shown(call);
    const backup = join(temporaryDirectory(), 'backup');
    await backupDatabase(await openForTest(url, 'read'), backup);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    await daemon.stop();

    const restored = restore(backup);
    const second = await begin(restored, host.now());
    expect(await shown(second.daemon.call)).toEqual(before);
    expect((await second.daemon.call('ada', 'GET', '/account/notifications')).body.webhook.url).toBe(
      hook.url,
    );
    await second.pass(HOUR_MS / 4);
    await second.daemon.stop();
    const database = await openForTest(restored, 'read');
    const ledger = new Ledger(database);
    for (const [userId, balanceMicros] of await ledger.balances()) {
      const { items } = await ledger.page({ userId, limit: 500 });
      expect(
        items.reduce((sum, { amountMicros }) => sum + amountMicros, 0),
        `${userId}`,
      ).toBe(balanceMicros);
    }
  },
);

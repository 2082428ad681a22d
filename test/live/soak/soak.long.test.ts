// Two days of a busy service in virtual time, twice, with everything on that can grow: archives, notices, projects, the audit log. What it
// holds after two days it held after one: memory, descriptors, and the database but for what is kept.
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startWebHook } from '../../support/web-hook.ts';

const NOW_MS = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const USERS = ['ada', 'bob', 'cleo'];
const EACH_HOUR = 2;

const YAML = `
cluster: { nodes: [{ group: leon, count: 4, cpus: 4, memoryMib: 3584, diskGib: 200 }] }
negotiation: { hold: 5m }
accounts: { startingCredits: 1000000 }
retention: { keep: 12h }
notifications: { webhooks: any }
security: { requestsPerMinute: 1000000, auditKeep: 1h }
`;

interface Held {
  readonly heapMib: number;
  readonly descriptors: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly databaseMib: number;
}

test.each([1, 2])(
  'after two days a service holds what it held after one (seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const hook = await startWebHook();
    const host = new StoppedTime(NOW_MS);
    const daemon = await startTestDaemon({ yaml: YAML, host });
    const settle = async () => {
      await daemon.service.commandInstance('none', 'stop');
      await daemon.told();
      await daemon.service.archived();
    };
    try {
      for (const user of USERS) await daemon.register(user);
      await daemon.call('ada', 'PATCH', '/account/notifications', {
        webhook: { url: hook.url, kinds: ['offer-expiring', 'started', 'ending-soon', 'failed'] },
      });
      const { body: project } = await daemon.call('operator', 'POST', '/projects', {
        name: 'astro',
        title: 'Astronomy',
        manager: 'ada',
      });
      await daemon.call('operator', 'POST', `/accounts/${project.userid}/deposits`, {
        amountMicros: 1e12,
      });
      const rng = Rng.fromSeed(seed).stream('soak');
      const held: Held[] = [];
      for (let hour = 1; hour <= 48; hour++) {
        for (let i = 0; i < EACH_HOUR; i++) await act(daemon, host.now(), () => rng.next());
        await host.moveTo(NOW_MS + hour * HOUR_MS, settle);
        if (hour % 24 === 0) held.push(await heldBy(daemon));
      }
      const [oneDay, twoDays] = held as [Held, Held];
      expect(hook.calls.items.length).toBeGreaterThan(20);
      expect(readdirSync(join(daemon.folder, 'archives')).length).toBeGreaterThan(10);
      expect(twoDays.descriptors).toBeLessThanOrEqual(oneDay.descriptors + 2);
      expect(twoDays.heapMib).toBeLessThan(oneDay.heapMib * 1.05 + 2);
      expect(twoDays.databaseMib).toBeLessThan(oneDay.databaseMib * 1.1 + 0.2);
      for (const table of ['journal', 'inputs', 'reservations', 'instances', 'offers', 'notices'])
        expect(twoDays.rows[table], table).toBeLessThan(oneDay.rows[table]! * 1.3 + 20);
    } finally {
      await daemon.stop();
      await hook.stop();
    }
  },
);

/** What people do: ask, confirm or not, activate, change their mind; sometimes for the project, sometimes a node dies. */
async function act(daemon: TestDaemon, nowMs: number, next: () => number): Promise<void> {
  const user = USERS[Math.floor(next() * USERS.length)]!;
  const startMs = nowMs + Math.floor(next() * 4 * HOUR_MS);
  const { body } = await daemon.call(user, 'POST', '/reservations', {
    type: next() < 0.5 ? 'SMALL' : 'MEDIUM',
    numInstancesFixed: 1 + Math.floor(next() * 2),
    duration: Math.ceil((0.2 + next()) * HOUR_MS),
    startTime: new Date(startMs).toISOString(),
    ...(user === 'ada' && next() < 0.5 ? { project: 'astro' } : {}),
  });
  if (body.reply === undefined || body.reply === 'REJECT' || next() < 0.2) return;
  const at = `/reservations/${body.proposal.id}`;
  if (body.reply === 'COUNTER') await daemon.call(user, 'PUT', at, { reply: 'ACCEPT' });
  await daemon.call(user, 'PUT', at, { reply: 'CONFIRM' });
  if (next() < 0.8) await daemon.call(user, 'PUT', `${at}/activate`);
  else if (next() < 0.5) await daemon.call(user, 'DELETE', at);
  if (next() < 0.05) {
    const node = `/nodes/leon-00${1 + Math.floor(next() * 4)}`;
    await daemon.call('operator', 'PUT', `${node}/fail`);
    await daemon.call('operator', 'PUT', `${node}/return`);
  }
}

async function heldBy({ folder }: TestDaemon): Promise<Held> {
  collectGarbage();
  const file = join(folder, 'openpex.db');
  const database = await openDatabase(`sqlite:${file}`, 'read');
  const rows: Record<string, number> = {};
  for (const table of ['journal', 'inputs', 'reservations', 'instances', 'offers', 'notices']) {
    const [count]: { total: number }[] = await database.reads(table).count({ total: '*' });
    rows[table] = count!.total;
  }
  await database.close();
  return {
    heapMib: process.memoryUsage().heapUsed / 2 ** 20,
    descriptors: descriptorsInto(folder),
    rows,
    databaseMib: statSync(file).size / 2 ** 20,
  };
}

/** Of files of the service alone: other tests of this process open some as well. */
function descriptorsInto(folder: string): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // Closed meanwhile, such as that of the list itself.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder)).length;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
}

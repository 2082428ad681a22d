// A live service that went through a lot, with its database: for tests of what is made of a recording afterwards. Time stands still until
// the story moves it, so a seed is a history.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { caller, StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { MINUTE, SECOND } from '../../support/setup.ts';

export const START = Date.parse('2026-03-02T08:00:00Z');

const PROVIDER = `
cluster:
  sharedDiskGib: 900
  nodes:
    - { group: blade, count: 4, cpus: 4, memoryMib: 4096 }
hypervisor: { create: { min: 5s, max: 40s }, start: { min: 10s, max: 2m }, stop: { min: 5s, max: 50s }, migrate: 45s, nodeDetection: 20s, hangDetection: 30s }
faults: { nodeMtbf: 30h, nodeMttr: 2h, guestCrashMtbf: 20h, guestHangMtbf: 20h, operationFailure: 0.08 }
accounts: { startingCredits: 1000000, quota: { reservations: 10000, vcpus: 100000 } }
security: { requestsPerMinute: 1000000 }
`;

export interface StoryOptions {
  readonly seed: number;
  readonly requests: number;
  /** More settings, as YAML. */
  readonly settings?: string;
  /** After so many requests the service is stopped, and started again some minutes later. */
  readonly restartAfter?: number;
  /** Instead of a SQLite file in its folder. */
  readonly databaseUrl?: string;
  /** Its folder is for the caller to remove. */
  readonly keep?: boolean;
}

export interface RecordedService {
  /** The file of its database, or the URL that was given. */
  readonly database: string;
  readonly folder: string;
  remove(): void;
}

/** Plays a story of two users and an operator; the service has stopped when it returns. Unless told otherwise the folder is gone after the test. */
export async function recordStory({
  databaseUrl,
  keep = false,
  requests,
  restartAfter,
  seed,
  settings = '',
}: StoryOptions): Promise<RecordedService> {
  const host = new StoppedTime(START);
  const yaml = `seed: ${seed}\n${PROVIDER}${settings}`;
  const options = { yaml, host, ...(databaseUrl === undefined ? {} : { databaseUrl }) };
  let daemon = await startTestDaemon(options);
  const { folder } = daemon;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!keep) onTestFinished(remove);
  for (const user of ['ada', 'ben']) await daemon.register(user);
  const rng = Rng.fromSeed(seed).stream('story');
  try {
    for (let i = 0; i < requests; i++) {
      if (i === restartAfter) {
        await daemon.pause();
        await host.moveTo(host.now() + 7 * MINUTE + 3, async () => undefined);
        daemon = await startTestDaemon({ ...options, folder });
      }
      const { service } = daemon;
      // A command that changes nothing comes back when everything before it is committed.
      const settle = async () => {
        await service.commandInstance('none', 'stop');
        // What is archived beside it takes real time.
        await service.archived();
      };
      await host.moveTo(host.now() + Math.round(rng.exponential(9 * MINUTE)), settle);
      await something(daemon, rng, host.now());
    }
    return { database: databaseUrl ?? join(folder, 'openpex.db'), folder, remove };
  } finally {
    await daemon.pause();
  }
}

const SIZES = ['SMALL', 'SMALL', 'MEDIUM', 'LARGE'] as const;

/** One step of the story: mostly a request and its negotiation; sometimes something else besides. */
async function something({ url }: TestDaemon, rng: Rng, nowMs: number): Promise<void> {
  const call = caller(url);
  const user = rng.pick(['ada', 'ben'] as const);
  const proposal = {
    duration: rng.integer(20, 300) * MINUTE,
    numInstancesFixed: rng.integer(1, 4),
    numInstancesOption: rng.integer(0, 2),
    startTime: new Date(Math.ceil(nowMs / SECOND) * SECOND + rng.integer(0, 8) * 20 * MINUTE).toUTCString(),
    type: rng.pick(SIZES),
  };
  const { body: offer } = await call(user, 'POST', '/reservations', proposal);
  const { id } = offer.proposal;
  const answer = async (reply: string, more: object = {}) =>
    (await call(user, 'PUT', `/reservations/${id}`, { reply, ...more })).body.reply;
  const mood = rng.next();
  let isAccepted = offer.reply === 'ACCEPT';
  if (offer.reply === 'COUNTER') {
    if (mood < 0.2) await answer('REJECT', { reason: 'too late for me' });
    else if (mood < 0.4)
      isAccepted =
        (await answer('COUNTER', { proposal: { ...proposal, numInstancesFixed: 1 } })) === 'ACCEPT';
    else if (mood < 0.9) isAccepted = (await answer('ACCEPT')) === 'CONFIRM_REQUEST';
  }
  if (isAccepted && mood < 0.92) await answer('CONFIRM');
  if (isAccepted && mood < 0.7) await call(user, 'PUT', `/reservations/${id}/activate`);
  await meanwhile(call, rng);
}

async function meanwhile(call: ReturnType<typeof caller>, rng: Rng): Promise<void> {
  const chance = rng.next();
  const node = `/nodes/blade-00${rng.integer(1, 4)}`;
  const user = rng.pick(['ada', 'ben'] as const);
  const one = (list: readonly { id: string; vmID: string }[]) =>
    list.length === 0 ? undefined : rng.pick(list);
  if (chance < 0.06) await call('operator', 'PUT', `${node}/drain`);
  else if (chance < 0.2) await call('operator', 'PUT', `${node}/enable`);
  else if (chance < 0.24) await call('operator', 'PUT', `${node}/fail`);
  else if (chance < 0.34) await call('operator', 'PUT', `${node}/return`);
  else if (chance < 0.44) {
    const confirmed = one((await call(user, 'GET', '/reservations?state=CONFIRMED')).body);
    if (confirmed !== undefined) await call(user, 'DELETE', `/reservations/${confirmed.id}`);
  } else if (chance < 0.6) {
    const active = one((await call(user, 'GET', '/reservations?state=ACTIVATED')).body);
    if (active !== undefined) await call(user, 'POST', `/reservations/${active.id}/claim`, { count: 1 });
  } else if (chance < 0.9) {
    const vm = one((await call(user, 'GET', '/instances')).body);
    const command = rng.pick(['stop', 'start', 'reboot', 'pause', 'unpause', 'suspend', 'resume'] as const);
    if (vm !== undefined) await call(user, 'PUT', `/instances/${vm.vmID}/${command}`);
  }
}

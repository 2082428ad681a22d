// A whole daemon on a pool in memory, in the test's own process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { HostTimers } from '../../../../engine/index.ts';
import { loadConfig } from '../../../../live/config/load-config.ts';
import { startDaemon } from '../../../../live/daemon.ts';
import type { XapiServer } from '../../../../pool-double/server.ts';
import { caller, PASSWORD, type TestDaemon } from '../../../support/daemon.ts';
import { writeEmptyDatabase } from '../../../support/sqlite-template.ts';
import { HURRIED_XAPI } from './hurried.ts';

export interface XenDaemonOptions {
  /** More of the configuration. */
  readonly yaml?: string;
  /** More of its section `xen`. */
  readonly xen?: string;
  readonly transport?: string;
  readonly host?: HostTimers;
  readonly folder?: string;
  readonly dryRun?: boolean;
}

export const YAML = `
negotiation: { shortestDuration: 0s }
manager: { autoActivate: true, shutdownLead: 1s, retryDelay: 100ms }
security: { requestsPerMinute: 1000000 }
accounts: { startingCredits: 1000000, quota: { reservations: 10000, vcpus: 100000 } }
`;

/** Its `stop` leaves the folder for another one; it is removed when the test ends. */
export async function startXenDaemon(
  server: XapiServer,
  {
    dryRun = false,
    folder = newFolder(),
    host,
    transport = 'auto',
    xen: more = '',
    yaml = YAML,
  }: XenDaemonOptions = {},
): Promise<Omit<TestDaemon, 'pause'>> {
  const file = join(folder, 'openpex.yaml');
  const xen = `xen: { url: "${server.url}", password: xen, transport: ${transport}, stopGrace: 2s, operationTimeout: 20s, ${more} }\n`;
  writeFileSync(file, yaml + xen);
  await writeEmptyDatabase(join(folder, 'openpex.db'));
  const config = await loadConfig(file, { port: 0, dryRun }, {}, HURRIED_XAPI);
  const daemon = await startDaemon({
    config,
    log: pino({ level: process.env['XEN_LOG'] ?? 'silent' }),
    version: 'test',
    portalDir: null,
    env: { OPENPEX_OPERATOR_PASSWORD: PASSWORD },
    ...(host === undefined ? {} : { host }),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await daemon.stop();
  };
  onTestFinished(stop);
  const call = caller(daemon.url);
  return {
    ...daemon,
    folder,
    call,
    stop,
    register: async (username) => {
      const account = { username, password: PASSWORD, fullName: username, email: `${username}@example.org` };
      return (await call(username, 'POST', '/accounts', account)).body.userid;
    },
  };
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-xen-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Asks for instances from now on, and confirms what is offered. @returns the reservation's id */
export async function reserve(
  { call }: Pick<TestDaemon, 'call'>,
  user: string,
  wish: {
    readonly duration?: number;
    readonly instances?: number;
    readonly options?: number;
    readonly type?: string;
  } = {},
): Promise<string> {
  const offer = await call(user, 'POST', '/reservations', {
    duration: wish.duration ?? 3_600_000,
    numInstancesFixed: wish.instances ?? 1,
    numInstancesOption: wish.options ?? 0,
    type: wish.type ?? 'SMALL',
  });
  if (offer.body.reply !== 'ACCEPT') throw new Error(JSON.stringify(offer.body));
  const { id } = offer.body.proposal;
  const confirmed = await call(user, 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
  if (confirmed.body.reply !== 'REQUEST_SUCCESS') throw new Error(JSON.stringify(confirmed.body));
  return id;
}

// A whole daemon in the test's own process: configuration, database file, API on a loopback port. Time is the machine's, or stands
// still until the test moves it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { HostTimers } from '../../engine/index.ts';
import { loadConfig } from '../../live/config/load-config.ts';
import { type Daemon, startDaemon } from '../../live/daemon.ts';
import type { HypervisorCatalogue } from '../../live/hypervisors/catalogue.ts';
import { writeEmptyDatabase } from './sqlite-template.ts';

export { StoppedTime } from '../../live/stopped-time.ts';

export interface TestDaemon extends Daemon {
  /** Folder of its configuration and database; removed by `stop`. */
  readonly folder: string;
  /** A request to the API: path under /OpenPEX, JSON in and out. */
  call(user: string, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Registers a user, whose password is PASSWORD. */
  register(username: string): Promise<number>;
  /** Stops, and leaves the folder for another daemon. */
  pause(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is what the test is about
  readonly body: any;
}

export const PASSWORD = 'correct horse battery';
/** Below the limit of a quick test: so it is the request that is named. */
const ANSWER_LIMIT_MS = 45_000;

export interface TestDaemonOptions {
  /** The configuration, without database and port. */
  readonly yaml?: string;
  readonly host?: HostTimers;
  readonly speed?: number;
  /** A folder of an earlier daemon, to go on with its database. */
  readonly folder?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of the built portal; default: none is served. */
  readonly portalDir?: string;
  readonly databaseUrl?: string;
  /** Default: those that ship. */
  readonly hypervisors?: HypervisorCatalogue;
  readonly dryRun?: boolean;
  /** Default: what it says is lost. */
  readonly log?: Logger;
}

const QUIET = 'cluster: { preset: openpex-2009 }\n';

export async function startTestDaemon(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'openpex-daemon-'));
  const file = join(folder, 'openpex.yaml');
  writeFileSync(file, options.yaml ?? QUIET);
  if (options.databaseUrl === undefined) await writeEmptyDatabase(join(folder, 'openpex.db'));
  const config = await loadConfig(
    file,
    {
      port: options.port ?? 0,
      ...(options.speed === undefined ? {} : { speed: options.speed }),
      ...(options.databaseUrl === undefined ? {} : { database: options.databaseUrl }),
      ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
    },
    {},
    options.hypervisors,
  );
  const daemon = await startDaemon({
    config,
    log: options.log ?? pino({ level: 'silent' }),
    version: 'test',
    portalDir: options.portalDir ?? null,
    env: { OPENPEX_OPERATOR_PASSWORD: PASSWORD },
    ...(options.host === undefined ? {} : { host: options.host }),
  });
  const call = caller(daemon.url);
  return {
    ...daemon,
    folder,
    call,
    register: async (username) => {
      const account = { username, password: PASSWORD, fullName: username, email: `${username}@example.org` };
      return (await call('', 'POST', '/accounts', account)).body.userid;
    },
    pause: () => daemon.stop(),
    stop: async () => {
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Requests to an API as users, or as nobody when the name is ''. */
export function caller(url: string): TestDaemon['call'] {
  return async (user, method, path, body) => {
    const response = await fetch(`${url}/OpenPEX${path}`, {
      method,
      signal: patience(`${user} ${method} ${path}`),
      headers: {
        ...(user === '' ? {} : { authorization: `Basic ${btoa(`${user}:${PASSWORD}`)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** For `fetch`, which fails with NoAnswer when nothing has come in time. */
export function patience(request: string): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new NoAnswer(request)), ANSWER_LIMIT_MS).unref();
  return controller.signal;
}

export class NoAnswer extends Error {
  constructor(request: string) {
    super(`${request}: no answer within ${ANSWER_LIMIT_MS / 1000} s`);
  }
}

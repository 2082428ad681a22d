// A live service to be measured: `openpex live` in a process of its own on a SQLite file, and what its users send it. The load comes from the
// process of the benchmark, so that what is read of the service is the service alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HOOK, OURS, type Usage, usageIn, usageTo } from './whole-process.ts';

export const USERS = ['ann', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'];
export const OPERATOR = 'operator';
export const PASSWORD = 'benchmark password';

/** Room for everybody: it is the service that is measured, not the patience of its users. Older builds must know it as well. */
const CONFIG = `
cluster: { nodes: [{ group: blade, count: 200, cpus: 64, memoryMib: 262144, diskGib: 10000 }] }
accounts: { startingCredits: 1000000000, quota: { reservations: 1000000, vcpus: 1000000 } }
security: { requestsPerMinute: 100000000 }
log: warn
`;

const START_LIMIT_MS = 120_000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** @returns the configuration, in the folder, where the database will be, too */
export function configIn(folder: string): string {
  const path = join(folder, 'openpex.yaml');
  writeFileSync(path, CONFIG);
  return path;
}

export class ServiceProcess {
  readonly #daemon: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  private constructor(daemon: ChildProcess, folder: string, url: string) {
    this.#daemon = daemon;
    this.#folder = folder;
    this.#url = url;
    process.once('exit', () => daemon.kill('SIGKILL'));
  }

  /** @param main of the build that is to serve; default: this one */
  static async start(folder: string, main = OURS): Promise<ServiceProcess> {
    const config = configIn(folder);
    const daemon = spawn(process.execPath, ['--import', HOOK, main, 'live', config, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...usageTo(folder),
        OPENPEX_OPERATOR: OPERATOR,
        OPENPEX_OPERATOR_PASSWORD: PASSWORD,
      },
    });
    const late = setTimeout(() => daemon.kill('SIGKILL'), START_LIMIT_MS);
    try {
      for await (const line of createInterface({ input: daemon.stdout! })) {
        const url = / at (http:\S+)/.exec(line)?.[1];
        if (url !== undefined) return new ServiceProcess(daemon, folder, url);
      }
    } finally {
      clearTimeout(late);
    }
    throw new Error(`a service did not start within ${START_LIMIT_MS / 1000} s`);
  }

  /** @returns what it has used in its life */
  async end(): Promise<Usage> {
    const gone = new Promise((resolve) => this.#daemon.once('close', resolve));
    this.#daemon.kill('SIGTERM');
    this.#agent.destroy();
    await gone;
    return usageIn(this.#folder);
  }

  async register(): Promise<void> {
    for (const username of USERS) {
      const email = `${username}@example.org`;
      await this.call(username, 'POST', '/accounts', {
        username,
        password: PASSWORD,
        fullName: username,
        email,
      });
    }
  }

  /** Processor time since some instant of its life, of all its threads: for differences. */
  async cpuMs(): Promise<number> {
    const { body } = await this.#send(OPERATOR, 'GET', '/metrics');
    return 1000 * Number(/^process_cpu_seconds_total (\S+)/m.exec(body)?.[1]);
  }

  /** @throws Error unless it is answered by 2xx */
  async call(user: string, method: string, path: string, body?: unknown): Promise<unknown> {
    return JSON.parse((await this.get(user, method, path, body)).body);
  }

  /** @param path below /OpenPEX */
  async get(user: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#send(
      user,
      method,
      `/OpenPEX${path}`,
      body === undefined ? undefined : JSON.stringify(body),
    );
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer;
  }

  /** One reservation, offered and confirmed. @param latencies to which is added what each of the two requests took, in milliseconds */
  async negotiate(user: string, latencies: number[] = []): Promise<void> {
    const timed = async (method: string, path: string, body: unknown) => {
      const beganMs = performance.now();
      const answer = await this.call(user, method, path, body);
      latencies.push(performance.now() - beganMs);
      return answer;
    };
    const offer = (await timed('POST', '/reservations', {
      duration: 3_600_000,
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startTime: new Date(Date.now() + (1 + Math.random() * 200) * 3_600_000).toUTCString(),
      type: 'SMALL',
    })) as { readonly reply: string; readonly proposal: { readonly id: string } };
    if (offer.reply !== 'ACCEPT') throw new Error(`unexpected: ${JSON.stringify(offer)}`);
    const answer = { reply: 'CONFIRM' };
    const confirmed = (await timed('PUT', `/reservations/${offer.proposal.id}`, answer)) as typeof offer;
    if (confirmed.reply !== 'REQUEST_SUCCESS') throw new Error(`unexpected: ${JSON.stringify(confirmed)}`);
  }

  #send(user: string, method: string, path: string, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

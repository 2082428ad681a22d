// npm run bench:live -- [--check] [--seconds N]: the load that a live service bears on loopback. Starts a daemon of its own on a SQLite
// file, has users negotiate and confirm as fast as they can, then at a steady pace, then lists everything page by page. Prints what
// it measured beside what the project promises; with --check a missed promise makes the exit code 1.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, seconds: { type: 'string', default: '15' } },
});
const secondsEach = Number(values.seconds);

/** Room for everybody: it is the service that is measured, not the patience of its users. */
const CONFIG = `
cluster: { nodes: [{ group: blade, count: 200, cpus: 64, memoryMib: 262144, diskGib: 10000 }] }
accounts: { startingCredits: 100000000, quota: { reservations: 1000000, vcpus: 1000000 } }
security: { requestsPerMinute: 100000000 }
log: warn
`;
const USERS = ['ann', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'];
const PASSWORD = 'benchmark password';
const CONNECTIONS = 32;

const agent = new Agent({ keepAlive: true, maxSockets: 2 * CONNECTIONS });
const folder = mkdtempSync(join(tmpdir(), 'openpex-load-'));
writeFileSync(join(folder, 'openpex.yaml'), CONFIG);
const { daemon, url } = await startDaemon();
try {
  for (const username of USERS) {
    const email = `${username}@example.org`;
    await call(username, 'POST', '/accounts', { username, password: PASSWORD, fullName: username, email });
  }
  await asFastAsPossible(3);
  const cpuBefore = await cpuSeconds();
  const sustained = await asFastAsPossible(secondsEach);
  report('negotiated reservations per second, sustained', sustained, '>=', 300);
  // Whatever else the machine is doing: of the daemon alone, all its threads together.
  const cpuMs = (1000 * ((await cpuSeconds()) - cpuBefore)) / (sustained * secondsEach);
  report('processor time per negotiated reservation, ms', cpuMs, '<=', 4);
  const { p50, p99 } = await atPace(100, secondsEach);
  report('p50 of a request at 100 reservations per second, ms', p50, '<=', 100);
  report('p99 of a request at 100 reservations per second, ms', p99, '<=', 100);
  while ((await total()) < 10_000) await asFastAsPossible(3);
  const beganMs = performance.now();
  const listed = await listEverything();
  if (listed.size !== listed.rows) throw new Error('a reservation was listed twice');
  report('reservations listed page by page', listed.size, '>=', 10_000);
  report('pages of 500 per second', listed.pages / ((performance.now() - beganMs) / 1000), '>=', 1);
} finally {
  daemon.kill('SIGTERM');
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}

/** Every connection negotiates one reservation after the other. @returns confirmed ones per second */
async function asFastAsPossible(seconds: number): Promise<number> {
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1000;
  let confirmed = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, client) => {
      while (performance.now() < untilMs) {
        await negotiate(USERS[client % USERS.length]!);
        confirmed += 1;
      }
    }),
  );
  return confirmed / ((performance.now() - beganMs) / 1000);
}

/** A new reservation every 1/rate seconds, whether or not the last ones are done. */
async function atPace(rate: number, seconds: number): Promise<{ p50: number; p99: number }> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const beganMs = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    const dueMs = beganMs + (i * 1000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(negotiate(USERS[i % USERS.length]!, latencies));
  }
  await Promise.all(running);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

async function negotiate(user: string, latencies: number[] = []): Promise<void> {
  const timed = async (method: string, path: string, body: unknown) => {
    const beganMs = performance.now();
    const answer = await call(user, method, path, body);
    latencies.push(performance.now() - beganMs);
    return answer;
  };
  const startTime = new Date(Date.now() + (1 + Math.random() * 200) * 3_600_000).toUTCString();
  const terms = {
    duration: 3_600_000,
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startTime,
    type: 'SMALL',
  };
  const offer = await timed('POST', '/reservations', terms);
  if (offer.reply !== 'ACCEPT') throw new Error(`unexpected: ${JSON.stringify(offer)}`);
  const { reply } = await timed('PUT', `/reservations/${offer.proposal.id}`, { reply: 'CONFIRM' });
  if (reply !== 'REQUEST_SUCCESS') throw new Error(`unexpected: ${reply}`);
}

async function cpuSeconds(): Promise<number> {
  const { body } = await send('operator', 'GET', '/metrics', undefined, url);
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(body)?.[1]);
}

async function total(): Promise<number> {
  let sum = 0;
  for (const user of USERS)
    sum += Number((await send(user, 'GET', '/reservations?limit=1')).headers['x-total-count']);
  return sum;
}

async function listEverything(): Promise<{ size: number; rows: number; pages: number }> {
  const ids = new Set<string>();
  let rows = 0;
  let pages = 0;
  for (const user of USERS) {
    let path: string | undefined = '/reservations?limit=500';
    while (path !== undefined) {
      const { body, headers }: Answer = await send(user, 'GET', path);
      const list = JSON.parse(body) as { id: string }[];
      for (const { id } of list) ids.add(id);
      rows += list.length;
      pages += 1;
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(String(headers['link'] ?? ''))?.[1];
      path = next?.replace(/^.*\/OpenPEX/, '');
    }
  }
  return { size: ids.size, rows, pages };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Negotiated {
  readonly reply: string;
  readonly proposal: { readonly id: string };
}

async function call(user: string, method: string, path: string, body: unknown): Promise<Negotiated> {
  const answer = await send(user, method, path, JSON.stringify(body));
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as Negotiated;
}

function send(
  user: string,
  method: string,
  path: string,
  body?: string,
  base = `${url}/OpenPEX`,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const sent = request(`${base}${path}`, { method, headers, agent }, (response) => {
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

async function startDaemon(): Promise<{ daemon: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, main, 'live', join(folder, 'openpex.yaml'), '--port', '0'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, OPENPEX_OPERATOR_PASSWORD: PASSWORD },
    },
  );
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      const found = / at (http:\S+)/.exec(line)?.[1];
      if (found !== undefined) return { daemon: child, url: found };
    }
  } finally {
    clearTimeout(late);
  }
  throw new Error('the daemon did not start within a minute');
}

function report(what: string, measured: number, relation: '>=' | '<=', target: number): void {
  const isMet = relation === '>=' ? measured >= target : measured <= target;
  const shown = measured >= 100 ? Math.round(measured).toString() : measured.toFixed(1);
  console.log(`${shown.padStart(8)}  ${isMet ? 'ok' : 'MISSED'} ${relation} ${target}  ${what}`);
  if (!isMet && values.check) process.exitCode = 1;
}

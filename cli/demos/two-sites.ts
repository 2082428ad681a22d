// A live service on two sites, in time that takes none: a service manifest is submitted, its load rises, it outgrows the first site, a node there is
// taken out of service while VMs run on it, the load falls. Everything is said over the REST API of a daemon like any other.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { negotiate, OpenPexClient } from '../../live/client/index.ts';
import { loadConfig } from '../../live/config/load-config.ts';
import { startDaemon } from '../../live/daemon.ts';
import { StoppedTime } from '../../live/stopped-time.ts';
import { InputError } from '../../written/input-error.ts';
import type { DemoWorld } from './demo.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BEGIN_MS = Date.UTC(2009, 7, 17, 8);

const CONFIG = `# Two sites of two nodes each, as small as those of the OpenPEX papers; each keeps the disks of its own VMs.
name: Two sites
cluster:
  nodes:
    - { group: north, site: north, count: 2, cpus: 4, memoryMib: 4096, dom0MemoryMib: 512, diskGib: 200 }
    - { group: south, site: south, count: 2, cpus: 4, memoryMib: 4096, dom0MemoryMib: 512, diskGib: 200 }
  # VMs that run go over this link with their disks.
  links: [{ between: [north, south], mbitPerS: 1000, rtt: 20ms }]
negotiation: { hold: 10m }
hypervisor:
  migration:
    model: xen
    # All guests alike, so that the story is the same each time.
    memoryInUse: { min: 0.6, max: 0.6 }
    dirtyPagesPerS: { min: 2000, max: 2000 }
    workingSet: { min: 0.2, max: 0.2 }
    disk:
      inUse: { min: 0.3, max: 0.3 }
      writtenMbPerS: { min: 1, max: 1 }
      workingSet: { min: 0.1, max: 0.1 }
policies: { pricing: { name: flat, options: { cpuHour: 0.5 } } }
accounts: { startingCredits: 100 }
`;

const MANIFEST = `# After RESERVOIR: how many instances there are follows from what is measured, and where they may be.
service: shop
components:
  web: { size: SMALL, min: 1, max: 12, deploy: [north, south] }
rules:
  - Replicas(web) = RequestsPerSecond(web) / 500
metrics:
  RequestsPerSecond(web): 400
every: 10m
term: 1h
coolDown: 20m
`;

/** What a probe of the shop measures from then on, and what an operator does, in minutes. */
const PROBES: readonly (readonly [minute: number, requestsPerS: number])[] = [
  [10, 1400],
  [20, 2900],
  [80, 900],
  [110, 300],
];
const DRAIN_MINUTE = 50;
const END_MINUTE = 150;

const PASSWORD = 'two sites, one service';

export async function twoSites({ leaveIn, print, version }: DemoWorld): Promise<void> {
  const folder = leaveIn ?? (await mkdtemp(join(tmpdir(), 'openpex-demo-')));
  try {
    await leave(join(folder, 'openpex.yaml'), CONFIG);
    await leave(join(folder, 'shop.yaml'), MANIFEST);
    await told(join(folder, 'openpex.yaml'), print, version);
  } finally {
    if (leaveIn === undefined) await rm(folder, { recursive: true });
  }
}

/** @throws InputError where there is another file of that name: it may be the configuration of a service */
async function leave(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const isLeftBefore = (await readFile(file, 'utf8').catch(() => undefined)) === text;
    if (!isLeftBefore)
      throw new InputError('PEX_FILE_UNWRITABLE', `cannot be written: ${String(cause)}`, { file }, { cause });
  }
}

async function told(configFile: string, print: DemoWorld['print'], version: string): Promise<void> {
  const host = new StoppedTime(BEGIN_MS);
  const daemon = await startDaemon({
    config: await loadConfig(configFile, { port: 0, database: 'sqlite::memory:' }, {}),
    log: pino({ level: 'silent' }),
    version,
    portalDir: null,
    env: { OPENPEX_OPERATOR_PASSWORD: PASSWORD },
    host,
  });
  try {
    const settle = async () => {
      await daemon.told();
      // What changes nothing comes back when everything before it is stored.
      await daemon.service.commandInstance('none', 'stop');
    };
    await acted(daemon.url, (minute) => host.moveTo(BEGIN_MS + minute * MINUTE_MS, settle), print);
  } finally {
    await daemon.stop();
  }
}

async function acted(
  url: string,
  moveTo: (minute: number) => Promise<void>,
  print: DemoWorld['print'],
): Promise<void> {
  const operator = await clientOf(url, 'operator', 'operate');
  const anybody = new OpenPexClient({ url });
  const [lab, shop] = await Promise.all(
    ['lab', 'shop'].map(async (username) => {
      const email = `${username}@example.org`;
      await anybody.call('register', { body: { username, password: PASSWORD, fullName: username, email } });
      return clientOf(url, username, 'use');
    }),
  );
  const four = { type: 'SMALL', numInstancesFixed: 4, duration: 4 * HOUR_MS, startsItself: true };
  await negotiate(lab!, four, () => 'book');
  print('A lab books four SMALL instances for four hours: they fill the first node of the north.');
  const manifest = MANIFEST;
  const { id } = await shop!.call('submitManagedService', { body: { manifest } });
  const path = { id };
  const { priceMicros } = await shop!.call('answerManagedService', { path, body: { reply: 'CONFIRM' } });
  print(`A shop submits its manifest, and confirms what it begins with, for ${credits(priceMicros)}.\n`);
  print('time   requests/s  wanted  running  north  south  account of the shop');
  for (let minute = 0; minute <= END_MINUTE; minute += 10) {
    await moveTo(minute + 1);
    const { components, metrics } = await shop!.call('getManagedService', { path });
    const { running, wanted } = components[0]!;
    const at: Record<string, number> = {};
    for (const { site = '', vms } of await operator.call('listNodes')) at[site] = (at[site] ?? 0) + vms;
    const { balanceMicros } = await shop!.call('getAccount');
    const row = [clock(minute), metrics[0]!.value, wanted, running, at['north'], at['south']];
    const widths = [5, 12, 8, 9, 7, 7];
    print(
      `${row.map((cell, index) => String(cell).padStart(widths[index]!)).join('')}  ${credits(balanceMicros)}`,
    );
    const probe = PROBES.find(([when]) => when === minute);
    if (probe !== undefined) {
      const values = { 'RequestsPerSecond(web)': probe[1] };
      await shop!.call('probeManagedService', { path, body: { values } });
      print(`       a probe of the shop measures ${probe[1]} requests a second`);
    }
    if (minute !== DRAIN_MINUTE) continue;
    await operator.call('drainNode', { path: { id: 'north-001' } });
    print(
      '       an operator takes north-001 out of service: what runs there goes to the south, with its disks',
    );
  }
  await shop!.call('endManagedService', { path });
  await moveTo(END_MINUTE + 2);
  print('\nThe shop ends.\n');
  await summary({ operator, lab: lab!, shop: shop! }, print);
}

async function summary(
  { lab, operator, shop }: Record<'lab' | 'operator' | 'shop', OpenPexClient>,
  print: DemoWorld['print'],
): Promise<void> {
  const moved = await operator.call('listJournal', { query: { type: ['vm-migrated'], limit: 100 } });
  const sum = (field: string) => moved.reduce((total, { event }) => total + Number(event[field] ?? 0), 0);
  const longestMs = Math.max(0, ...moved.map(({ event }) => event.atMs - Number(event['startedMs'])));
  print(
    `Between the sites: ${moved.length} VMs, ${(sum('sentBytes') / 1e9).toFixed(1)} GB, the longest in ${seconds(longestMs)}, standing still for ${seconds(sum('downtimeMs') / Math.max(1, moved.length))} on average.\n`,
  );
  print('account  reservations  charged         given back');
  for (const [name, client] of [
    ['lab', lab],
    ['shop', shop],
  ] as const) {
    let reservations = 0;
    for await (const _ of client.all('listReservations')) reservations += 1;
    const total = { charge: 0, refund: 0 };
    for await (const { amountMicros, kind } of client.all('listLedger'))
      if (kind === 'charge' || kind === 'refund') total[kind] += Math.abs(amountMicros);
    print(
      `${name.padEnd(7)}  ${String(reservations).padStart(12)}  ${credits(total.charge).padEnd(14)}  ${credits(total.refund)}`,
    );
  }
}

/** With a token: a password would be checked at each request. */
async function clientOf(url: string, name: string, scope: 'operate' | 'use'): Promise<OpenPexClient> {
  const own = new OpenPexClient({ url, user: { name, password: PASSWORD } });
  const { token } = await own.call('createToken', { body: { name: 'demo', scope } });
  return new OpenPexClient({ url, token });
}

function clock(minute: number): string {
  return new Date(BEGIN_MS + minute * MINUTE_MS).toISOString().slice(11, 16);
}

function credits(micros: number): string {
  return `${(micros / 1e6).toFixed(2)} credits`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

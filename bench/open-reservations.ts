// What a live service with many open reservations takes: to start, to keep them, and to answer what shows few of them.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../live/config/load-config.ts';
import { AccountStore } from '../live/database/account-store.ts';
import { GuestStore } from '../live/database/guest-store.ts';
import { openDatabase } from '../live/database/open-database.ts';
import { SettingsStore } from '../live/database/settings-store.ts';
import { MACHINE } from '../live/host-timers.ts';
import type { AccountRecord } from '../live/records.ts';
import { LiveService } from '../live/service/live-service.ts';
import { type BenchModule, type Figure, median } from './figure.ts';
import { configIn, OPERATOR, PASSWORD, ServiceProcess, USERS } from './service-process.ts';
import { FOLDER } from './whole-process.ts';

const MANY = 100_000;
const FEW = 1_000;
const DAY_MS = 86_400_000;
/** Their windows lie ahead. */
const SPREAD_DAYS = 90;
/** Made at the same time, so that they share transactions. */
const AT_ONCE = 256;
const ROUNDS = 5;
/** In a row, between two looks at the processor time. */
const TIMES = 10;
/** What makes no difference: at most half as much again. */
const HARDLY = 1.5;

interface Question {
  readonly what: string;
  readonly by: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Their answers are as long however many reservations are open. */
function questions(): Question[] {
  const nowMs = Date.now();
  const emptyDay = nowMs + 2 * SPREAD_DAYS * DAY_MS;
  const [user = ''] = USERS;
  return [
    { what: 'a page of 100 reservations', by: user, path: '/reservations?limit=100' },
    { what: 'reservations that are active', by: user, path: '/reservations?state=ACTIVATED' },
    { what: 'instances', by: user, path: '/instances' },
    { what: 'the account with what it uses', by: user, path: '/account' },
    { what: 'nodes', by: OPERATOR, path: '/nodes' },
    {
      what: 'a day of the calendar with nothing in it',
      by: OPERATOR,
      path: `/calendar?from=${emptyDay}&to=${emptyDay + DAY_MS}`,
    },
    {
      what: 'a quote',
      by: user,
      method: 'POST',
      path: '/quotes',
      body: {
        duration: 3_600_000,
        numInstancesFixed: 1,
        type: 'SMALL',
        startTime: new Date(nowMs + (SPREAD_DAYS / 2) * DAY_MS).toUTCString(),
      },
    },
  ];
}

const WHAT = questions().map(({ what }) => what);

export const openReservations: BenchModule = {
  name: 'service with open reservations',
  about:
    `\`openpex live\` on a SQLite file with ${MANY.toLocaleString('en')} confirmed reservations of eight users on 200 nodes, whose windows of 1 to 24 hours begin in the next ${SPREAD_DAYS} days. The ` +
    'start: processor time of all threads of a service that is ended as soon as it answers. Memory: of the heap, after garbage is collected, beyond that of a service without any. Ratios: processor time of an answer to that ' +
    `of the same answer by a service with ${FEW.toLocaleString('en')} of them.`,
  figures: [
    figure('start', 's', 5, ({ startMs }) => startMs / 1000),
    figure('memory of one, in the life in which it was made', 'KB', 3, ({ madeKb }) => madeKb),
    figure('memory of one, after a start', 'KB', 3, ({ readKb }) => readKb),
    figure('a day of the calendar that shows all that is booked on it', 'ms', 200, ({ dayMs }) => dayMs),
    ...[...WHAT, 'a reservation, negotiated and confirmed'].map((what) =>
      figure(
        `${what}: with ${MANY.toLocaleString('en')} to with ${FEW.toLocaleString('en')}`,
        'x',
        HARDLY,
        ({ costs }) => costs.get(what)!,
      ),
    ),
  ],
};

interface Measured {
  readonly startMs: number;
  readonly madeKb: number;
  readonly readKb: number;
  readonly dayMs: number;
  readonly costs: ReadonlyMap<string, number>;
}

function figure(
  name: string,
  unit: Figure['unit'],
  atMost: number,
  of: (measured: Measured) => number,
): Figure {
  return { name, unit, atMost, measure: async () => ({ value: of(await measured()), beside: 'one run' }) };
}

let running: Promise<Measured> | undefined;

/** One run for all figures. */
function measured(): Promise<Measured> {
  running ??= measure();
  return running;
}

async function measure(): Promise<Measured> {
  const folders = { few: mkdtempSync(join(FOLDER, 'few-')), many: mkdtempSync(join(FOLDER, 'many-')) };
  await made(folders.few, FEW);
  const madeKb = await made(folders.many, MANY);
  const readKb = await made(folders.many, 0);
  const { cpuMs: startMs } = await (await ServiceProcess.start(folders.many)).end();
  const many = await ServiceProcess.start(folders.many);
  const few = await ServiceProcess.start(folders.few);
  try {
    const costs = new Map<string, number>();
    for (const { body, by, method = 'GET', path, what } of questions())
      costs.set(what, await ratioOf(many, few, (service) => service.get(by, method, path, body)));
    const negotiated = await ratioOf(many, few, (service) => service.negotiate(USERS[0]!));
    costs.set('a reservation, negotiated and confirmed', negotiated);
    const fromMs = Date.now() + (SPREAD_DAYS / 2) * DAY_MS;
    const day = `/calendar?from=${fromMs}&to=${fromMs + DAY_MS}`;
    const dayMs = await costOf(many, () => many.get(OPERATOR, 'GET', day));
    return { startMs, madeKb, readKb, dayMs, costs };
  } finally {
    await Promise.all([many.end(), few.end()]);
  }
}

/** In turns. */
async function ratioOf(
  many: ServiceProcess,
  few: ServiceProcess,
  ask: (service: ServiceProcess) => Promise<unknown>,
): Promise<number> {
  const ratios: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const ofMany = await costOf(many, () => ask(many));
    const ofFew = await costOf(few, () => ask(few));
    if (round >= 0) ratios.push(ofMany / ofFew);
  }
  return median(ratios);
}

/** Processor time of one answer, in milliseconds. */
async function costOf(service: ServiceProcess, ask: () => Promise<unknown>): Promise<number> {
  const beforeMs = await service.cpuMs();
  for (let i = 0; i < TIMES; i++) await ask();
  return ((await service.cpuMs()) - beforeMs) / TIMES;
}

/**
 * Has so many reservations made by a service in this process, on the database of the folder.
 * @returns what each that is open takes of the heap at the end, in KB
 */
async function made(folder: string, wanted: number): Promise<number> {
  const config = await loadConfig(configIn(folder), {}, process.env);
  const database = await openDatabase(config.databaseUrl, 'serve');
  const { provider } = config;
  const hypervisor = await config.hypervisor.open({
    cluster: provider.cluster,
    isHandsOff: false,
    notes: new SettingsStore(database),
    logins: new GuestStore(database),
    log: SILENT,
    host: MACHINE,
  });
  const service = new LiveService({
    provider,
    database,
    hypervisor,
    isSimulated: true,
    host: MACHINE,
    speed: 1,
    templates: config.templates,
    quota: config.quota,
    log: SILENT,
  });
  const beforeBytes = heapBytes();
  await service.start();
  const users = await usersOf(new AccountStore(database), config.startingBalanceMicros);
  const demand = provider.instanceTypes.get('SMALL')!;
  const nowMs = Date.now();
  let begun = 0;
  const makeOneAfterTheOther = async () => {
    while (begun < wanted) {
      begun += 1;
      const user = users[begun % users.length]!;
      const { reply, reservationId } = await service.open(user, {
        type: 'SMALL',
        demand,
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startMs: nowMs + Math.ceil((1 / 24 + fraction(begun) * SPREAD_DAYS) * DAY_MS),
        durationMs: 3_600_000 * (1 + (begun % 24)),
        template: config.templates[0]!.name,
      });
      const confirmed = await service.reply(user, reservationId, { reply: 'CONFIRM' });
      if (confirmed.reply !== 'REQUEST_SUCCESS')
        throw new Error(`unexpected: ${JSON.stringify({ reply, confirmed })}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, makeOneAfterTheOther));
  const usedBytes = heapBytes() - beforeBytes;
  await service.stop();
  await hypervisor.close();
  await database.close();
  return usedBytes / 1000 / MANY;
}

/** The parts of the golden ratio's multiples lie everywhere, without chance. */
function fraction(number: number): number {
  return (number * 0.6180339887498949) % 1;
}

async function usersOf(accounts: AccountStore, balanceMicros: number): Promise<AccountRecord[]> {
  const users: AccountRecord[] = [];
  for (const username of USERS) {
    const known = await accounts.byUsername(username);
    const account = { username, password: PASSWORD, fullName: username, email: `${username}@example.org` };
    users.push(
      known ?? (await accounts.register({ ...account, role: 'user', balanceMicros, createdMs: Date.now() })),
    );
  }
  return users;
}

const SILENT = { info() {}, warn() {}, error() {} };

function heapBytes(): number {
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

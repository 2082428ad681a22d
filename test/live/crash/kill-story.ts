// The story that SQLite and PostgreSQL are told alike: a daemon under load is killed again and again, each life goes on from the database
// of the last, and in the end everything that was begun comes to its end.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { Audit } from '../../../live/fuzz/audit.ts';
import { Promises } from '../../../live/fuzz/promises.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { DAY, MINUTE } from '../../support/setup.ts';
import { bundle } from './bundle.ts';
import { Customer, Operator, Session } from './clients.ts';
import { DaemonProcess, eventually } from './daemon-process.ts';

const NODES = ['node-001', 'node-002', 'node-003', 'node-004'].map((nodeId) => ({
  nodeId,
  milliCpus: 4000,
  memoryMib: 4096,
}));

/** A minute of service time takes four seconds; windows, holds, transfers of images and operations are short enough to begin in one life and end in another. */
const CONFIGURATION = `
cluster:
  sharedDiskGib: 900
  nodes:
    - { group: node, count: 4, cpus: 4, memoryMib: 4096 }
speed: 15
negotiation: { hold: 40s, shortestDuration: 0s }
manager: { shutdownLead: 5s, assumedRepairTime: 5m, images: { sizeMib: 20, linkRate: 10 } }
hypervisor: { create: 2s, start: 4s, stop: 3s, reboot: 3s, suspend: 3s, resume: 3s, migrate: 6s, destroy: 1s, nodeDetection: 3s }
policies:
  pricing: { name: flat, options: { cpuHour: 0.5 } }
accounts: { startingCredits: 1000, quota: { reservations: 1000, vcpus: 10000 } }
security: { requestsPerMinute: 1000000 }
log: warn
`;

const USERS = ['alice', 'bob', 'carol', 'dave'];
const STRANDS_PER_USER = 3;

/** In every so many lives the clients wait until the VMs are what they are meant to be. */
const SETTLED_EVERY = 10;
/** One life in so many is killed while it starts. */
const KILLED_EARLY_EVERY = 4;
const MOST_ANSWERS = 150;
const LONGEST_DELAY_MS = 25;
/** In real time: so long it may take until enough was answered. */
const LONGEST_LIFE_MS = 2 * MINUTE;

export interface KillStory {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
}

/** Ends of reservations that must have happened on the way, for the story to deserve its purpose. */
const DESERVED = ['window-over', 'hold-expired', 'declined', 'cancelled-by-user', 'node-lost'];

export async function killAgainAndAgain({ databaseUrl, folder, kills, seed }: KillStory): Promise<void> {
  const rng = Rng.fromSeed(seed).stream('kills');
  const { start, startLast } = await daemonStarter(folder, databaseUrl);
  const promises = new Promises();
  const audit = new Audit(promises, NODES, { sendsImages: true });
  const noProblems = async (life: number) => {
    const database = await openDatabase(databaseUrl, 'read');
    try {
      expect(await audit.check(database), `after life ${life} (seed ${seed})`).toEqual([]);
    } finally {
      await database.close();
    }
  };
  let onAnswer = () => {};
  const people = new People(seed, promises, () => onAnswer());
  let startedMs = 1000;

  for (let life = 1; life <= kills; life++) {
    const daemon = start();
    if (life > 1 && life % KILLED_EARLY_EVERY === 0) {
      await killAfter(daemon, rng.next() * startedMs);
    } else {
      const begunMs = performance.now();
      const url = await daemon.url();
      startedMs = performance.now() - begunMs;
      if (life === 1) await people.join(url);
      people.moveTo(url);
      await sameCalendar(people.operator, databaseUrl);
      if (life % SETTLED_EVERY === 1) await people.settle();
      const answers = rng.integer(1, MOST_ANSWERS);
      const delayMs = rng.next() * LONGEST_DELAY_MS;
      let count = 0;
      const killed = new Promise<void>((resolve) => {
        onAnswer = () => {
          count += 1;
          if (count === answers) resolve(killAfter(daemon, delayMs));
        };
      });
      await Promise.all([killed, people.work(daemon)]);
      onAnswer = () => {};
    }
    await noProblems(life);
  }

  // What was begun comes to its end, at twenty times the pace.
  const last = await startLast(600);
  people.moveTo(await last.url());
  await people.settle();
  await eventually(
    () => remaining(databaseUrl),
    (left) => left.reservations === 0,
    { what: 'the end' },
  );
  expect(await people.operator.get(calendarPath(await serviceTime(people.operator)))).toEqual([]);
  expect(await last.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await noProblems(kills + 1);
  expect(promises.successes).toBeGreaterThan(5 * kills);
  expect(promises.repeated).toBeGreaterThan(0);
  expect(Object.keys(audit.ends)).toEqual(expect.arrayContaining(DESERVED));
}

const DAEMON_ON_CALL = fileURLToPath(new URL('daemon-on-call.ts', import.meta.url));

/** Starts daemons, one at a time; the next is always loaded already. */
async function daemonStarter(folder: string, databaseUrl: string) {
  const script = await bundle(DAEMON_ON_CALL, folder);
  const file = join(folder, 'openpex.yaml');
  writeFileSync(file, CONFIGURATION);
  const load = (env = {}) => new DaemonProcess({ args: [script, file, databaseUrl], env });
  let next = load();
  return {
    start: () => {
      const daemon = next;
      next = load();
      daemon.go();
      return daemon;
    },
    startLast: async (speed: number) => {
      await next.end('SIGKILL');
      const daemon = load({ SPEED: String(speed) });
      daemon.go();
      return daemon;
    },
  };
}

/** The instant of a kill is all that chance and the machine's load decide here; nothing is waited for. */
function killAfter(daemon: DaemonProcess, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(daemon.end('SIGKILL').then(() => undefined)), delayMs);
  });
}

class People {
  readonly operator: Session;
  readonly #promises: Promises;
  readonly #seed: number;
  readonly #users: readonly Session[];
  #customers: readonly Customer[] = [];
  #operating: Operator | undefined;

  constructor(seed: number, promises: Promises, onAnswer: () => void) {
    this.#seed = seed;
    this.#promises = promises;
    this.operator = new Session('operator', onAnswer);
    this.#users = USERS.map((name) => new Session(name, onAnswer));
  }

  async join(url: string): Promise<void> {
    this.moveTo(url);
    const userIds = await Promise.all(this.#users.map((user) => user.register()));
    await Promise.all([this.operator, ...this.#users].map((session) => session.logIn()));
    const rng = Rng.fromSeed(this.#seed);
    this.#customers = this.#users.flatMap((session) =>
      Array.from({ length: STRANDS_PER_USER }, (_, strand) => {
        const name = `${session.username}-${strand}`;
        return new Customer({ session, name, rng: rng.stream(name), promises: this.#promises });
      }),
    );
    this.#operating = new Operator({
      session: this.operator,
      rng: rng.stream('operator'),
      promises: this.#promises,
      nodeIds: NODES.map(({ nodeId }) => nodeId),
      userIds,
    });
  }

  moveTo(url: string): void {
    for (const session of [this.operator, ...this.#users]) session.moveTo(url);
  }

  /** Everybody is busy until the daemon is dead. */
  async work(daemon: DaemonProcess): Promise<void> {
    const nowMs = await serviceTime(this.operator);
    let isDead = false;
    const death = daemon.exited(LONGEST_LIFE_MS).then(() => {
      isDead = true;
    });
    const strand = async (act: () => Promise<void>) => {
      while (!isDead) await act();
    };
    await Promise.all([
      death,
      ...this.#customers.map((customer) => strand(() => customer.act(nowMs))),
      strand(() => this.#operating!.act()),
    ]);
  }

  /** With every node in service, VMs become what they are meant to be: those of open windows as commanded, others deleted. */
  async settle(): Promise<void> {
    if (this.#operating === undefined) return;
    await this.#operating.tidyUp();
    await eventually(
      () => this.#unsettled(),
      (unsettled) => unsettled.length === 0,
      { what: 'that VMs are what they are meant to be' },
    );
  }

  async #unsettled(): Promise<unknown[]> {
    const meant = { running: 'RUNNING', halted: 'HALTED', suspended: 'SUSPENDED' } as Record<string, string>;
    const vms: { vmID: string; wanted: string; status: string; endTimeMs: number }[] =
      await this.operator.get('/instances?all=true&limit=500');
    return vms.filter(({ status, wanted }) => meant[wanted] !== status);
  }
}

async function serviceTime(operator: Session): Promise<number> {
  return (await operator.get('/service')).timeMs;
}

function calendarPath(nowMs: number): string {
  return `/calendar?from=${nowMs}&to=${nowMs + 30 * DAY}`;
}

/** What the manager has on its calendar is what the rows of open reservations say: nothing leaked, nothing forgotten. */
async function sameCalendar(operator: Session, databaseUrl: string): Promise<void> {
  const database = await openDatabase(databaseUrl, 'read');
  try {
    await eventually(
      async () => {
        const nowMs = await serviceTime(operator);
        const entries: {
          node: string;
          reservationId: string;
          cpus: number;
          memoryMib: number;
          endTimeMs: number;
        }[] = await operator.get(calendarPath(nowMs));
        const booked = new Map<string, { cpus: number; memoryMib: number }>();
        const add = (key: string, cpus: number, memoryMib: number) => {
          const sum = booked.get(key) ?? { cpus: 0, memoryMib: 0 };
          booked.set(key, { cpus: sum.cpus + cpus, memoryMib: sum.memoryMib + memoryMib });
        };
        for (const { cpus, endTimeMs, memoryMib, node, reservationId } of entries) {
          add(`${reservationId} on ${node} until ${endTimeMs}`, cpus, memoryMib);
        }
        const { snapshot } = await loadState(database);
        assert.ok(snapshot, 'there is no provider in the database');
        for (const { end, instances, proposal, reservationId } of snapshot.reservations) {
          if (end !== null || proposal === null) continue;
          const { demand } = proposal;
          for (const { endMs, nodeId } of instances.flatMap(({ pieces }) => pieces)) {
            const key = `${reservationId} on ${nodeId} until ${endMs}`;
            add(key, -demand.milliCpus / 1000, -demand.memoryMib);
          }
        }
        return [...booked].filter(([, { cpus, memoryMib }]) => cpus !== 0 || memoryMib !== 0);
      },
      (differences) => differences.length === 0,
      { what: 'that the calendar is the sum of the reservations', withinMs: 10_000 },
    );
  } finally {
    await database.close();
  }
}

async function remaining(databaseUrl: string) {
  const database = await openDatabase(databaseUrl, 'read');
  try {
    const { snapshot } = await loadState(database);
    assert.ok(snapshot, 'there is no provider in the database');
    return { reservations: snapshot.reservations.length, atMs: snapshot.atMs };
  } finally {
    await database.close();
  }
}

export const KILLS = Number(process.env['OPENPEX_TEST_KILLS'] ?? 30);
export const KILLS_TIMEOUT_MS = 15 * MINUTE;

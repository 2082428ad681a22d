// The API on the real service: a provider of one node on a simulated hypervisor, its database in memory, and a clock that stands still
// until a test moves it. No sockets, unless a test listens.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { afterAll, expect } from 'vitest';
import type { ProviderPolicies } from '../../../engine/index.ts';
import { type ApiParts, buildApi } from '../../../live/api/build-api.ts';
import { type ApiConfig, DEFAULT_API_CONFIG } from '../../../live/api/config.ts';
import { loadConfig, providerYaml } from '../../../live/config/load-config.ts';
import { AccessKeyStore } from '../../../live/database/access-key-store.ts';
import { AccountStore } from '../../../live/database/account-store.ts';
import { ArchiveStore } from '../../../live/database/archive-store.ts';
import { AuditStore } from '../../../live/database/audit-store.ts';
import { GuestStore } from '../../../live/database/guest-store.ts';
import { IdentityStore } from '../../../live/database/identity-store.ts';
import { InstanceStore } from '../../../live/database/instance-store.ts';
import { Journal } from '../../../live/database/journal.ts';
import { Ledger } from '../../../live/database/ledger.ts';
import { ManagedServiceStore } from '../../../live/database/managed-service-store.ts';
import { NoticeStore } from '../../../live/database/notice-store.ts';
import { type Database, openDatabase } from '../../../live/database/open-database.ts';
import { PassageStore } from '../../../live/database/passage-store.ts';
import { ProjectStore } from '../../../live/database/project-store.ts';
import { ReservationStore } from '../../../live/database/reservation-store.ts';
import { SessionStore } from '../../../live/database/session-store.ts';
import { SettingsStore } from '../../../live/database/settings-store.ts';
import { TokenStore } from '../../../live/database/token-store.ts';
import {
  ManagedServices,
  type ManagedServicesParts,
} from '../../../live/managed-services/managed-services.ts';
import type { PartnerAccount } from '../../../live/partners/partner-account.ts';
import type { AccountRecord } from '../../../live/records.ts';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { storeProvider } from '../../../live/report/stored-provider.ts';
import { LiveService } from '../../../live/service/live-service.ts';
import { StoppedTime } from '../../support/daemon.ts';

/** When the first request of the papers' figures was made. */
export const NOW_MS = Date.UTC(2009, 7, 17, 4, 0, 0);
export const HOUR_MS = 3_600_000;
export const TEMPLATE = 'PEX Debian Etch 4.0 Template';
export const PASSWORD = 'correct horse';

/** An XLARGE fills a node. What the hypervisor is told to do takes no time. */
const provider = (
  nodes: number,
  { group, more, negotiation }: Record<'group' | 'more' | 'negotiation', string>,
) => `
cluster: { nodes: [{ group: leon, count: ${nodes}, cpus: 4, memoryMib: 3584, diskGib: 200, ${group} }] }
negotiation: { hold: 5m, maxRounds: 10, ${negotiation} }
hypervisor: { create: 0s, start: 0s, stop: 0s, reboot: 0s, suspend: 0s, resume: 0s, migrate: 0s, migrateDowntime: 0s, destroy: 0s, nodeDetection: 0s }
${more}`;

/** Next to nothing: many passwords are checked here, and none is worth anything. */
const CHEAP = { N: 16, r: 1, p: 1 };

/** An account store that counts how often a password was checked. */
export class CountingAccounts extends AccountStore {
  verifications = 0;

  override verify(username: string, password: string) {
    this.verifications += 1;
    return super.verify(username, password);
  }
}

export interface TestbedOptions extends Partial<Pick<ApiParts, 'logger' | 'reports'>> {
  /** Of whom is bought what there is no room for. */
  readonly partners?: readonly PartnerAccount[];
  readonly speed?: number;
  /** So long before a start its user cannot change anything. */
  readonly lockMs?: number;
  /** Default 1, which is called leon. */
  readonly nodes?: number;
  /** More of the configuration of the provider, in YAML. */
  readonly more?: string;
  /** More of how it negotiates. */
  readonly negotiation?: string;
  /** More of its nodes. */
  readonly group?: string;
  /** false: as it would be on real nodes. */
  readonly isSimulated?: boolean;
  /** Other interfaces to the service. */
  readonly besides?: (
    parts: Pick<ApiParts, 'service'> & {
      readonly database: Database;
      readonly accounts: AccountStore;
      readonly reservations: ReservationStore;
    },
  ) => ApiParts['beside'];
  /** Asked before a managed service books something; default: yes. */
  readonly approve?: ManagedServicesParts['approve'];
  /** Instead of those that ship. */
  readonly policies?: Partial<ProviderPolicies>;
}

export interface Testbed {
  readonly app: FastifyInstance;
  readonly service: LiveService;
  readonly accounts: CountingAccounts;
  readonly reservations: ReservationStore;
  readonly database: Database;
  /** Sends a request as a user, with HTTP Basic; as nobody when the name is ''. */
  as(username: string, options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Another user, who has nothing yet. */
  register(username: string): Promise<AccountRecord>;
  /** Lets time pass until then, with everything that falls due. */
  moveTo(atMs: number): Promise<void>;
  /** Loses the database at the next commit. @returns what brings it back, and resolves when the service has gone on */
  loseDatabase(): Promise<() => Promise<void>>;
}

const open: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of open.splice(0)) await close();
});

/** Alice (1) and Bob (2) are users, Olga (3) is the operator. It is closed after the last test of the file. */
export async function testbed(
  config: Partial<ApiConfig> = {},
  {
    speed = 1,
    lockMs = 0,
    nodes = 1,
    more = '',
    negotiation = '',
    group = '',
    isSimulated = true,
    policies = {},
    approve = async () => undefined,
    besides,
    partners = [],
    ...parts
  }: TestbedOptions = {},
): Promise<Testbed> {
  const live = await configuration(provider(nodes, { group, more, negotiation }));
  const database = await openDatabase('sqlite::memory:');
  const accounts = new CountingAccounts(database, CHEAP);
  const register = (username: string) =>
    accounts.register({
      username,
      password: PASSWORD,
      fullName: username,
      email: `${username}@example.org`,
      role: username === 'olga' ? 'operator' : 'user',
      createdMs: NOW_MS,
      balanceMicros: 50_000_000,
    });
  for (const username of ['alice', 'bob', 'olga']) await register(username);
  const host = new StoppedTime(NOW_MS);
  const log = pino({ level: 'silent' });
  const { cluster } = live.provider;
  const notes = new SettingsStore(database);
  const service = new LiveService({
    provider: {
      ...live.provider,
      setup: () => {
        const setup = live.provider.setup();
        return { ...setup, policies: { ...setup.policies, ...policies } };
      },
    },
    database,
    hypervisor: await live.hypervisor.open({
      cluster,
      isHandsOff: false,
      notes,
      logins: new GuestStore(database),
      log,
      host,
    }),
    isSimulated,
    host,
    speed,
    lockMs,
    templates: live.templates,
    quota: live.quota,
    log,
    partners,
  });
  await service.start();
  await storeProvider(database, { name: live.name, yaml: providerYaml(live) });
  const reservations = new ReservationStore(database);
  const version = '0.0.0-test';
  const store = new ManagedServiceStore(database);
  const managedServices = new ManagedServices({
    service,
    store,
    accounts,
    reservations,
    instances: new InstanceStore(database),
    approve,
    host,
    newId: randomUUID,
    log,
  });
  const app = await buildApi({
    service,
    accounts,
    sessions: new SessionStore(database),
    tokens: new TokenStore(database),
    accessKeys: new AccessKeyStore(database),
    guests: new GuestStore(database),
    reservations,
    instances: new InstanceStore(database),
    journal: new Journal(database),
    archives: new ArchiveStore(database),
    ledger: new Ledger(database),
    passages: new PassageStore(database),
    notices: new NoticeStore(database),
    projects: new ProjectStore(database),
    managed: { services: managedServices, records: store },
    audit: new AuditStore(database),
    identities: new IdentityStore(database),
    reports: new JournalReports({ database, version, now: () => service.now() }),
    beside: besides?.({ service, accounts, reservations, database }) ?? [],
    ...parts,
    config: { ...DEFAULT_API_CONFIG, version, ...config },
  });
  open.push(async () => {
    await app.close();
    await managedServices.end();
    await service.stop();
    await checkLedger(database);
    await database.close();
  });
  // A command that changes nothing comes back when everything before it is committed.
  const settle = async () => {
    await managedServices.settled();
    await service.commandInstance('none', 'stop');
    await service.settledWithPartners();
  };
  return {
    app,
    service,
    accounts,
    reservations,
    database,
    as: (username, options) =>
      app.inject({
        ...options,
        headers: { ...(username === '' ? {} : basic(username)), ...options.headers },
      }),
    register,
    moveTo: (atMs) => host.moveTo(atMs, settle),
    async loseDatabase() {
      await database.knex.schema.renameTable('journal', 'journal_out_of_reach');
      return async () => {
        await database.knex.schema.renameTable('journal_out_of_reach', 'journal');
        await host.moveTo(host.now() + 1000, async () => undefined);
        while (service.status.state !== 'running') await new Promise(setImmediate);
      };
    },
  };
}

/** Whatever a test did: of everybody the entries of the ledger add up to the balance. */
export async function checkLedger(database: Database): Promise<void> {
  const sums: { userid: number; sum: number | string }[] = await database
    .reads('ledger')
    .select('userid')
    .sum({ sum: 'amount_micros' })
    .groupBy('userid');
  // What is archived is no longer there to be added.
  const archived = await database.reads('archives').first();
  if (archived !== undefined) return;
  const balances = await new Ledger(database).balances();
  const booked = new Map(sums.map(({ sum, userid }) => [userid, Number(sum)]));
  for (const [userId, balanceMicros] of balances)
    expect([userId, booked.get(userId) ?? 0]).toEqual([userId, balanceMicros]);
}

/** All rows that a thought about what would be could have changed. */
export async function everythingStored({ database }: Pick<Testbed, 'database'>): Promise<string> {
  const tables = [
    'reservations',
    'instances',
    'bookings',
    'nodes',
    'journal',
    'inputs',
    'settings',
    'ledger',
  ];
  return JSON.stringify(await Promise.all(tables.map((table) => database.knex(table).select())));
}

async function configuration(yaml: string) {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-api-'));
  try {
    const file = join(folder, 'openpex.yaml');
    writeFileSync(file, yaml);
    return await loadConfig(file, {}, {});
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function basic(username: string, password: string = PASSWORD): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** The body of figure 4.1. */
export const FIGURE_4_1 = {
  duration: 3_600_000,
  numInstancesFixed: 1,
  numInstancesOption: 0,
  startTime: 'Mon, 17 Aug 2009 04:49:03 GMT',
  template: TEMPLATE,
  type: 'XLARGE',
};

/** Asks as a user; the body of figure 4.1 unless other fields are given. @returns the answer of the service */
export async function ask(
  bed: Testbed,
  username: string,
  fields: object = {},
): Promise<LightMyRequestResponse> {
  return bed.as(username, {
    method: 'POST',
    url: '/OpenPEX/reservations',
    payload: { ...FIGURE_4_1, ...fields },
  });
}

/** Asks and confirms. @returns the id of the reservation */
export async function book(bed: Testbed, username: string, fields: object = {}): Promise<string> {
  const { id } = (await ask(bed, username, fields)).json().proposal;
  await bed.as(username, {
    method: 'PUT',
    url: `/OpenPEX/reservations/${id}`,
    payload: { reply: 'CONFIRM' },
  });
  return id;
}

/** Books from now on and activates. @returns ids of the reservation and of its first VM, which runs */
export async function run(
  bed: Testbed,
  username: string,
  fields: object = {},
): Promise<{ readonly reservationId: string; readonly vmId: string }> {
  const reservationId = await book(bed, username, {
    startTime: new Date(bed.service.now()).toISOString(),
    ...fields,
  });
  await bed.as(username, { method: 'PUT', url: `/OpenPEX/reservations/${reservationId}/activate` });
  await bed.moveTo(bed.service.now());
  const vms = await bed.as(username, { url: `/OpenPEX/reservations/${reservationId}/instances` });
  return { reservationId, vmId: vms.json()[0].vmID };
}

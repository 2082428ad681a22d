// The daemon: database, provider and API put together, in the order in which they need each other, and taken apart in the reverse.
import { randomUUID } from 'node:crypto';
import { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { HostTimers } from '../engine/index.ts';
import { InputError } from '../written/input-error.ts';
import { ensureOperator } from './accounts/first-operator.ts';
import { Approval } from './api/approval.ts';
import { buildApi } from './api/build-api.ts';
import { DEFAULT_API_CONFIG } from './api/config.ts';
import { toServiceError } from './api/problem-document.ts';
import { type LiveConfig, providerYaml } from './config/load-config.ts';
import { AccessKeyStore } from './database/access-key-store.ts';
import { AccountStore } from './database/account-store.ts';
import { ArchiveStore } from './database/archive-store.ts';
import { AuditStore } from './database/audit-store.ts';
import { DatabaseError, isPassing } from './database/database-error.ts';
import { Ec2Store } from './database/ec2-store.ts';
import { GuestStore } from './database/guest-store.ts';
import { IdentityStore } from './database/identity-store.ts';
import { InstanceStore } from './database/instance-store.ts';
import { Journal } from './database/journal.ts';
import { Ledger } from './database/ledger.ts';
import { ManagedServiceStore } from './database/managed-service-store.ts';
import { NoticeStore } from './database/notice-store.ts';
import { type Database, openDatabase } from './database/open-database.ts';
import { PassageStore } from './database/passage-store.ts';
import { ProjectStore } from './database/project-store.ts';
import { ReservationStore } from './database/reservation-store.ts';
import { SessionStore } from './database/session-store.ts';
import { SettingsStore } from './database/settings-store.ts';
import { TemplateStore } from './database/template-store.ts';
import { TokenStore } from './database/token-store.ts';
import { ec2Api } from './ec2/ec2-api.ts';
import { MACHINE } from './host-timers.ts';
import { rehearsalOn } from './hypervisors/dry-run.ts';
import type { Hypervisor } from './hypervisors/hypervisor.ts';
import { ManagedServices } from './managed-services/managed-services.ts';
import { emailChannel } from './notifications/email.ts';
import { type DeliveryChannel, Notifier } from './notifications/notifier.ts';
import { webhookChannel } from './notifications/webhook.ts';
import { PartnerAccount } from './partners/partner-account.ts';
import type { NoticeChannel } from './records.ts';
import { JournalReports } from './report/journal-reports.ts';
import { storeProvider } from './report/stored-provider.ts';
import { type Forecaster, HERE } from './service/forecast/forecaster.ts';
import { LiveService } from './service/live-service.ts';
import { type Certificate, readCertificate, renewCertificate } from './tls-certificate.ts';
import { Turns } from './turns.ts';

export interface DaemonParts {
  readonly config: LiveConfig;
  readonly log: Logger;
  readonly version: string;
  /** Folder of the built portal; null: none is served. */
  readonly portalDir: string | null;
  /** OPENPEX_OPERATOR and OPENPEX_OPERATOR_PASSWORD name the first operator of a new database. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told who the first operator is as soon as there is one: the password is known nowhere else, whether the daemon then starts or not. */
  readonly announce?: (announcement: string) => void;
  /** Absent: the machine's own clock. */
  readonly host?: HostTimers;
  /** Who thinks about what would be; ended with the daemon. Absent: this thread. */
  readonly forecaster?: Forecaster;
}

export interface Daemon {
  /** Where it answers: "http://127.0.0.1:8080". */
  readonly url: string;
  readonly service: LiveService;
  /** Resolves when nobody is being told anything, neither users nor partners, and no managed service is worked on. */
  told(): Promise<void>;
  /** Refuses new work, lets what was decided be committed and answered, closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts the service and begins to listen.
 * @throws InputError PEX_DATABASE, PEX_CONFIG_INVALID, or RestoreError, with what to do; nothing is left running then
 */
export async function startDaemon(parts: DaemonParts): Promise<Daemon> {
  const { announce, config, env, forecaster = HERE, host = MACHINE, log } = parts;
  const database = await openForService(config.databaseUrl);
  const hypervisor = await openHypervisor(parts, database);
  const service = new LiveService({
    provider: config.provider,
    database,
    hypervisor,
    isSimulated: config.hypervisor.isSimulated,
    host,
    speed: config.speed,
    templates: config.templates,
    quota: config.quota,
    retention: config.retention,
    noticeLeads: config.notifications.leads,
    lockMs: config.lockMs,
    clockToleranceMs: config.clockToleranceMs,
    forecaster,
    log,
    partners: accountsAtPartners(config),
  });
  const undo: (() => Promise<void>)[] = [
    () => database.close(),
    () => hypervisor.close(),
    () => forecaster.end(),
    () => service.stop(),
  ];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    await service.start();
    // Now that the database is ours: a second daemon is refused before it has changed anything.
    await new TemplateStore(database).replaceAll(config.templates);
    await storeProvider(database, { name: config.name, yaml: providerYaml(config) });
    // Before anybody can call: whoever registered first would be the only account, and no operator would ever be made.
    const operator = await ensureOperator(new AccountStore(database), env, {
      balanceMicros: config.startingBalanceMicros,
      nowMs: host.now(),
    });
    if (operator !== undefined) announce?.(operator.announcement);
    const tls = config.tls === undefined ? null : await readCertificate(config.tls);
    const notifier = notifierOf(parts, { database, service, host });
    const managedServices = managedServicesOf(parts, { database, service, host });
    const api = await buildApi({
      ...apiParts(parts, { database, service, tls }),
      notifier,
      managed: { services: managedServices, records: new ManagedServiceStore(database) },
    });
    undo.push(() => managedServices.end());
    undo.push(() => notifier.end());
    undo.push(() => closeApi(api, config.shutdownGraceMs));
    if (config.notifications.leads !== undefined) notifier.watch(service.events$);
    await listen(api, config);
    await managedServices.begin();
    const { server } = api;
    if (tls !== null && config.tls !== undefined && server instanceof TlsServer) {
      const use = (renewed: Certificate) => server.setSecureContext(renewed);
      const end = renewCertificate({ files: config.tls, present: tls, use, host, log });
      undo.push(async () => end());
    }
    const { port } = api.server.address() as AddressInfo;
    const shownHost = config.host.includes(':') ? `[${config.host}]` : config.host;
    const url = `${config.tls === undefined ? 'http' : 'https'}://${shownHost}:${port}`;
    const told = async () => {
      await managedServices.settled();
      await notifier.settled();
      await service.settledWithPartners();
    };
    return { url, service, told, stop };
  } catch (error) {
    await stop();
    throw asInputError(error);
  }
}

/** Of whom is bought, in the order in which they are asked. */
function accountsAtPartners({ partners, provider }: LiveConfig): readonly PartnerAccount[] {
  const named = provider.resolved.outsourcing?.partners ?? [];
  return named
    .flatMap((name) => partners.filter((partner) => partner.name === name))
    .map((settings) => new PartnerAccount(settings));
}

/** One that cannot be reached leaves nothing open. */
async function openHypervisor(
  { config, host = MACHINE, log }: DaemonParts,
  database: Database,
): Promise<Hypervisor> {
  const { isDryRun, provider } = config;
  const notes = new SettingsStore(database);
  try {
    const opened = await config.hypervisor.open({
      cluster: provider.cluster,
      isHandsOff: isDryRun,
      notes,
      logins: new GuestStore(database),
      log,
      host,
    });
    return isDryRun ? rehearsalOn(opened, log) : opened;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Tells users what they want to hear of, by the ways that the configuration has. */
function notifierOf(
  { config: { name, notifications, speed }, log }: DaemonParts,
  { database, host, service }: { database: Database; host: HostTimers; service: LiveService },
): Notifier {
  const { email, webhooks } = notifications;
  const projects = new ProjectStore(database);
  const channels = new Map<NoticeChannel, DeliveryChannel>();
  if (email !== undefined) channels.set('email', emailChannel(email));
  if (webhooks !== 'off') channels.set('webhook', webhookChannel({ allowsPrivate: webhooks === 'any' }));
  return new Notifier({
    notices: new NoticeStore(database),
    accounts: new AccountStore(database),
    reservations: new ReservationStore(database),
    // What concerns a project concerns its members.
    concerned: async (userId) => {
      const members = await projects.members(userId);
      return members.length === 0 ? [userId] : members.map((member) => member.userId);
    },
    channels,
    serviceName: name,
    host,
    serviceNow: () => service.now(),
    speed,
    log,
  });
}

/** Follows the rules of services that have a manifest. */
function managedServicesOf(
  { config: { approval: settings }, log }: DaemonParts,
  { database, host, service }: { database: Database; host: HostTimers; service: LiveService },
): ManagedServices {
  const approval = new Approval(settings, (facts, message) => log.warn(facts, message));
  return new ManagedServices({
    service,
    store: new ManagedServiceStore(database),
    accounts: new AccountStore(database),
    reservations: new ReservationStore(database),
    instances: new InstanceStore(database),
    approve: ({ owner, ...asked }) => approval.ask({ action: 'confirm', by: owner, owner, ...asked }),
    host,
    newId: randomUUID,
    log,
  });
}

function apiParts(
  { config, log, portalDir, version }: DaemonParts,
  { database, service, tls }: { database: Database; service: LiveService; tls: Certificate | null },
): Parameters<typeof buildApi>[0] {
  const { ec2, security } = config;
  const accounts = new AccountStore(database);
  const accessKeys = new AccessKeyStore(database);
  const reservations = new ReservationStore(database);
  const journal = new Journal(database);
  return {
    service,
    accounts,
    accessKeys,
    beside: ec2.serve
      ? [
          ec2Api({
            service,
            accounts,
            reservations,
            journal,
            keys: accessKeys,
            store: new Ec2Store(database),
            turns: new Turns(),
            lastingMs: ec2.lastingMs,
            realNow: Date.now,
            toServiceError: (error) => toServiceError(error, service),
          }),
        ]
      : [],
    sessions: new SessionStore(database),
    tokens: new TokenStore(database),
    guests: new GuestStore(database),
    reservations,
    instances: new InstanceStore(database),
    journal,
    archives: new ArchiveStore(database),
    ledger: new Ledger(database),
    passages: new PassageStore(database),
    notices: new NoticeStore(database),
    projects: new ProjectStore(database),
    audit: new AuditStore(database),
    identities: new IdentityStore(database),
    reports: new JournalReports({ database, version, now: () => service.now() }),
    logger: log,
    config: {
      ...DEFAULT_API_CONFIG,
      version,
      portalDir,
      trustProxy: config.trustProxy,
      secureCookies: tls !== null || config.trustProxy.length > 0,
      tls,
      registration: config.registration,
      startingBalanceMicros: config.startingBalanceMicros,
      quota: config.quota,
      rateLimit: { perMinute: security.requestsPerMinute },
      loginThrottle: { ...DEFAULT_API_CONFIG.loginThrottle, freeFailures: security.failedLogins },
      notifications: {
        email: config.notifications.email !== undefined,
        webhooks: config.notifications.webhooks,
      },
      oidc: config.oidc,
      approval: config.approval,
      partners: config.partners,
      auditKeepMs: config.auditKeepMs,
      metrics: security.metrics,
    },
  };
}

/** @throws InputError PEX_DATABASE */
export async function openForService(url: string): Promise<Database> {
  try {
    return await openDatabase(url, 'serve');
  } catch (error) {
    throw asInputError(error);
  }
}

async function listen(api: Awaited<ReturnType<typeof buildApi>>, { host, port }: LiveConfig): Promise<void> {
  try {
    await api.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND')
      throw cause;
    const why = {
      EADDRINUSE: 'something else listens there; choose another with --port',
      EACCES: 'this user may not listen there; choose a port above 1023 with --port',
      EADDRNOTAVAIL: 'this machine does not have that address; choose another with --host',
      ENOTFOUND: 'this machine does not know that name; choose another with --host',
    }[code];
    throw new InputError('PEX_USAGE', `cannot listen on ${host}:${port}: ${why}`, {}, { cause });
  }
}

/** Takes no more connections. Requests in progress have so long to be answered; then their connections are cut. */
async function closeApi(api: Awaited<ReturnType<typeof buildApi>>, graceMs: number): Promise<void> {
  const cut = setTimeout(() => api.server.closeAllConnections(), graceMs);
  try {
    await api.close();
  } finally {
    clearTimeout(cut);
  }
}

function asInputError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const code = isPassing(error) ? 'PEX_DATABASE_AWAY' : 'PEX_DATABASE';
  return new InputError(code, error.message, {}, { cause: error });
}

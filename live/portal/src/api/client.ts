// What the portal asks of the service, in its own words, over the client that every program has. Each rejects with an OpenPexProblem.
import { type Input, type Item, type ListOperation, OpenPexClient } from '../../../client/openpex-client.ts';
import type { Operations } from '../../../client/operations.ts';
import type { Page } from '../../../client/page.ts';
import type { AccessKey, AccessKeyBody, NewAccessKey } from '../../../wire/access-key.ts';
import type {
  Account,
  AccountChangesBody,
  LedgerEntry,
  LogInWays,
  ProfileBody,
  RegistrationBody,
  Session,
} from '../../../wire/account.ts';
import type { AuditEntry } from '../../../wire/audit.ts';
import type { CalendarEntry, ClusterNode, NodeCommand, OutageForecast } from '../../../wire/cluster.ts';
import type { Archive, HistoryEntry, JournalEntry } from '../../../wire/event.ts';
import type { SshKeys, UserData } from '../../../wire/guest.ts';
import type { Images } from '../../../wire/image.ts';
import type { Instance, InstanceCommand } from '../../../wire/instance.ts';
import type { Label } from '../../../wire/label.ts';
import type { Load } from '../../../wire/load.ts';
import type { ManagedService } from '../../../wire/managed-service.ts';
import type {
  ChangeAnswerBody,
  ChangeBody,
  NegotiationReply,
  Offer,
  ProposalBody,
  RequestBody,
  UserAnswer,
} from '../../../wire/negotiation.ts';
import type { Notifications, NotificationsBody } from '../../../wire/notification.ts';
import type { Transfer } from '../../../wire/partner.ts';
import type { Project, ProjectBody, ProjectRole } from '../../../wire/project.ts';
import type { Claim, Reservation, ReservationState } from '../../../wire/reservation.ts';
import type { Series, SeriesBody, SeriesBooking, SeriesQuoteBody } from '../../../wire/series.ts';
import type { Availability, InstanceType, LeaseKind, ServiceInfo, Template } from '../../../wire/service.ts';
import type { NewToken, Token, TokenBody } from '../../../wire/token.ts';
import type { WhatIf, WhatIfBody } from '../../../wire/what-if.ts';
import type { Http } from './http.ts';

export interface ReservationQuery {
  readonly states?: readonly ReservationState[];
  /** Everybody's, for operators. */
  readonly all?: boolean;
  /** Those of a project. */
  readonly project?: string;
  readonly limit: number;
}

const COMMANDS = {
  start: 'startInstance',
  stop: 'stopInstance',
  reboot: 'rebootInstance',
  pause: 'pauseInstance',
  unpause: 'unpauseInstance',
  suspend: 'suspendInstance',
  resume: 'resumeInstance',
  delete: 'deleteInstance',
} as const satisfies Record<InstanceCommand, keyof Operations>;

/** The API gives as many rows of a list at once. */
export const LARGEST_PAGE = 500;

const NODE_COMMANDS = { enable: 'enableNode', fail: 'failNode', return: 'returnNode' } as const;

export class PortalApi {
  readonly #http: Http;
  readonly #client: OpenPexClient;

  constructor(http: Http) {
    this.#http = http;
    this.#client = new OpenPexClient({ fetch: http.fetch });
  }

  // Session and account

  async logIn(username: string, password: string): Promise<Account> {
    return this.#begin(await this.#client.call('logIn', { body: { username, password } }));
  }

  /** The account of the session that the browser still has, if any: rejects with 401 otherwise. */
  async resume(): Promise<Account> {
    return this.#begin(await this.#client.call('getSession'));
  }

  logInWays(): Promise<LogInWays> {
    return this.#client.call('listLogInWays');
  }

  async logOut(): Promise<void> {
    await this.#client.call('logOut');
    this.forget();
  }

  /** Drops what is known of a session that has ended. */
  forget(): void {
    this.#http.csrfToken = null;
  }

  register(body: RegistrationBody): Promise<Account> {
    return this.#client.call('register', { body });
  }

  account(signal?: AbortSignal): Promise<Account> {
    return this.#client.call('getAccount', until(signal));
  }

  changeAccount(body: ProfileBody): Promise<Account> {
    return this.#client.call('updateAccount', { body });
  }

  async changePassword(current: string, next: string): Promise<void> {
    // All sessions end, and this one begins anew.
    await this.#http.exchangeSession(async () => {
      const changed = await this.#client.call('changePassword', { body: { current, new: next } });
      return changed.csrfToken;
    });
  }

  ledger(limit: number, signal?: AbortSignal): Promise<Page<LedgerEntry>> {
    return this.#page('listLedger', { query: { limit } }, signal);
  }

  sshKeys(signal?: AbortSignal): Promise<SshKeys> {
    return this.#client.call('getSshKeys', until(signal));
  }

  setSshKeys(sshKeys: string[]): Promise<SshKeys> {
    return this.#client.call('setSshKeys', { body: { sshKeys } });
  }

  tokens(signal?: AbortSignal): Promise<readonly Token[]> {
    return this.#client.call('listTokens', until(signal));
  }

  createToken(body: TokenBody): Promise<NewToken> {
    return this.#client.call('createToken', { body });
  }

  async revokeToken(id: string): Promise<void> {
    await this.#client.call('revokeToken', { path: { id } });
  }

  accessKeys(signal?: AbortSignal): Promise<readonly AccessKey[]> {
    return this.#client.call('listAccessKeys', until(signal));
  }

  createAccessKey(body: AccessKeyBody): Promise<NewAccessKey> {
    return this.#client.call('createAccessKey', { body });
  }

  async revokeAccessKey(id: string): Promise<void> {
    await this.#client.call('revokeAccessKey', { path: { id } });
  }

  notifications(signal?: AbortSignal): Promise<Notifications> {
    return this.#client.call('getNotifications', until(signal));
  }

  chooseNotifications(choices: NotificationsBody): Promise<Notifications> {
    return this.#client.call('chooseNotifications', { body: choices });
  }

  async testNotifications(): Promise<void> {
    await this.#client.call('testNotifications');
  }

  /** What happened, the newest first: to one reservation, or to all of one's own. */
  history(
    { reservation, types }: { readonly reservation?: string; readonly types: readonly string[] },
    signal?: AbortSignal,
  ): Promise<readonly HistoryEntry[]> {
    const of = reservation === undefined ? {} : { reservation };
    return this.#client.call('listHistory', {
      query: { ...of, type: [...types], limit: 200 },
      ...until(signal),
    });
  }

  // What can be had

  service(signal?: AbortSignal): Promise<ServiceInfo> {
    return this.#client.call('getService', until(signal));
  }

  types(): Promise<readonly InstanceType[]> {
    return this.#client.call('listTypes');
  }

  kinds(): Promise<readonly LeaseKind[]> {
    return this.#client.call('listKinds');
  }

  templates(): Promise<readonly Template[]> {
    return this.#client.call('listTemplates');
  }

  /**
   * @param of.reservation a negotiation of one's own that it would be put to: what is held for that counts as free
   * @param of.project for which it would be asked; empty: for oneself
   */
  quote(
    body: ProposalBody,
    { project = '', reservation }: { reservation?: string | undefined; project?: string } = {},
    signal?: AbortSignal,
  ): Promise<NegotiationReply> {
    const query = {
      ...(reservation !== undefined && { reservation }),
      ...(project !== '' && { project }),
    };
    return this.#client.call('quote', { body, query, ...until(signal) });
  }

  availability(
    asked: {
      type: string;
      fromMs: number;
      toMs: number;
      /** Where it may begin is told, and of its present start exactly; absent: nothing of starts is. */
      window?: { readonly fromMs: number; readonly toMs: number } | null;
      reservation?: string | undefined;
      /** Empty: for oneself. */
      project?: string;
    },
    signal?: AbortSignal,
  ): Promise<Availability> {
    const { fromMs, project = '', reservation, toMs, type, window = null } = asked;
    const query = {
      type,
      from: String(fromMs),
      to: String(toMs),
      ...(window !== null && {
        duration: Math.max(1, Math.round(window.toMs - window.fromMs)),
        start: String(Math.round(window.fromMs)),
      }),
      ...(reservation !== undefined && { reservation }),
      ...(project !== '' && { project }),
    };
    return this.#client.call('getAvailability', { query, ...until(signal) });
  }

  // Reservations

  /** @param key a request that is sent again with the same key is carried out once */
  request(body: RequestBody, key: string): Promise<NegotiationReply> {
    return this.#client.call('createReservation', { body, header: { 'idempotency-key': key } });
  }

  /** @param project whose limits and balance count; empty: one's own */
  quoteSeries(body: SeriesQuoteBody, project: string, signal?: AbortSignal): Promise<Series> {
    const query = project === '' ? {} : { project };
    return this.#client.call('quoteSeries', { body, query, ...until(signal) });
  }

  /** All that is offered is held. */
  requestSeries(body: Omit<SeriesBody, 'take'>, key: string): Promise<Series> {
    const header = { 'idempotency-key': key };
    return this.#client.call('createSeries', { body: { ...body, take: 'none' }, header });
  }

  answerSeries(book: readonly string[], decline: readonly string[]): Promise<SeriesBooking> {
    return this.#client.call('answerSeries', { body: { book: [...book], decline: [...decline] } });
  }

  answer(id: string, body: UserAnswer): Promise<NegotiationReply> {
    return this.#client.call('updateReservation', { path: { id }, body });
  }

  change(id: string, body: ChangeBody): Promise<NegotiationReply> {
    return this.#client.call('changeReservation', { path: { id }, body });
  }

  answerChange(id: string, reply: ChangeAnswerBody['reply']): Promise<NegotiationReply> {
    return this.#client.call('answerChange', { path: { id }, body: { reply } });
  }

  activate(id: string): Promise<Reservation> {
    return this.#client.call('activateReservation', { path: { id } });
  }

  cancel(id: string): Promise<Reservation> {
    return this.#client.call('deleteReservation', { path: { id } });
  }

  claim(id: string, count: number): Promise<Claim> {
    return this.#client.call('claimOptions', { path: { id }, body: { count } });
  }

  reservation(id: string, signal?: AbortSignal): Promise<Reservation> {
    return this.#client.call('getReservation', { path: { id }, ...until(signal) });
  }

  userData(id: string, signal?: AbortSignal): Promise<UserData> {
    return this.#client.call('getUserData', { path: { id }, ...until(signal) });
  }

  setUserData(id: string, userData: string | null): Promise<UserData> {
    return this.#client.call('setUserData', { path: { id }, body: { userData } });
  }

  label(id: string, label: Label): Promise<Reservation> {
    return this.#client.call('labelReservation', { path: { id }, body: label });
  }

  offers(id: string, signal?: AbortSignal): Promise<readonly Offer[]> {
    return this.#client.call('listOffers', { path: { id }, ...until(signal) });
  }

  instancesOf(id: string, signal?: AbortSignal): Promise<readonly Instance[]> {
    return this.#client.call('listInstancesOfReservation', { path: { id }, ...until(signal) });
  }

  /** What is owed to the partner that delivers it; for operators. */
  transfersOf(id: string, signal?: AbortSignal): Promise<readonly Transfer[]> {
    return this.#client.call('listTransfers', { query: { reservation: id }, ...until(signal) });
  }

  /** Newest first. */
  reservations(
    { all, limit, project, states }: ReservationQuery,
    signal?: AbortSignal,
  ): Promise<Page<Reservation>> {
    const query = {
      limit,
      ...(states !== undefined && { state: [...states] }),
      ...(all && { all }),
      ...(project !== undefined && { project }),
    };
    return this.#page('listReservations', { query }, signal);
  }

  /** Gives it to a user or a project of that name. */
  transfer(id: string, to: string): Promise<Reservation> {
    return this.#client.call('transferReservation', { path: { id }, body: { to } });
  }

  // Services that follow a manifest

  services(all: boolean, limit: number, signal?: AbortSignal): Promise<Page<ManagedService>> {
    return this.#page('listManagedServices', { query: { limit, ...(all && { all }) } }, signal);
  }

  managedService(id: string, signal?: AbortSignal): Promise<ManagedService> {
    return this.#client.call('getManagedService', { path: { id }, ...until(signal) });
  }

  submitService(manifest: string): Promise<ManagedService> {
    return this.#client.call('submitManagedService', { body: { manifest } });
  }

  answerService(id: string, reply: 'CONFIRM' | 'REJECT'): Promise<ManagedService> {
    return this.#client.call('answerManagedService', { path: { id }, body: { reply } });
  }

  endService(id: string): Promise<ManagedService> {
    return this.#client.call('endManagedService', { path: { id } });
  }

  // Projects

  projects(all: boolean, limit: number, signal?: AbortSignal): Promise<Page<Project>> {
    return this.#page('listProjects', { query: { limit, ...(all && { all }) } }, signal);
  }

  project(userid: number, signal?: AbortSignal): Promise<Project> {
    return this.#client.call('getProject', { path: { userid }, ...until(signal) });
  }

  createProject(body: ProjectBody): Promise<Project> {
    return this.#client.call('createProject', { body });
  }

  setMember(userid: number, username: string, role: ProjectRole): Promise<Project> {
    return this.#client.call('setMember', { path: { userid, username }, body: { role } });
  }

  async removeMember(userid: number, username: string): Promise<void> {
    await this.#client.call('removeMember', { path: { userid, username } });
  }

  /** @param path `next` of the page before */
  nextPage<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
    return this.#client.nextPage(path, signal);
  }

  // Instances

  instances(all: boolean, limit: number, signal?: AbortSignal): Promise<Page<Instance>> {
    return this.#page('listInstances', { query: { limit, ...(all && { all }) } }, signal);
  }

  commandInstance(id: string, command: InstanceCommand): Promise<Instance> {
    return this.#client.call(COMMANDS[command], { path: { id } });
  }

  // Operators

  accounts(limit: number, signal?: AbortSignal): Promise<Page<Account>> {
    return this.#page('listAccounts', { query: { limit } }, signal);
  }

  administer(userid: number, body: AccountChangesBody): Promise<Account> {
    return this.#client.call('administerAccount', { path: { userid }, body });
  }

  resetPassword(userid: number, password: string): Promise<Account> {
    return this.#client.call('resetPassword', { path: { userid }, body: { new: password } });
  }

  async deleteAccount(userid: number): Promise<void> {
    await this.#client.call('deleteAccount', { path: { userid } });
  }

  async deposit(userid: number, amountMicros: number, note: string): Promise<void> {
    await this.#client.call('deposit', { path: { userid }, body: { amountMicros, note } });
  }

  images(signal?: AbortSignal): Promise<Images> {
    return this.#client.call('listImages', until(signal));
  }

  nodes(signal?: AbortSignal): Promise<readonly ClusterNode[]> {
    return this.#client.call('listNodes', until(signal));
  }

  async commandNode(id: string, command: Exclude<NodeCommand, 'drain'>): Promise<void> {
    await this.#client.call(NODE_COMMANDS[command], { path: { id } });
  }

  /** @param untilMs when it is expected back; undefined: after the assumed repair time */
  /** What would become of the instances on it: drained now, or maintained from then on. Nothing changes. */
  forecastOutage(
    id: string,
    { fromMs, until: back }: { readonly fromMs?: number; readonly until?: number | 'never' },
    signal?: AbortSignal,
  ): Promise<OutageForecast> {
    const query = {
      ...(fromMs === undefined ? {} : { from: String(fromMs) }),
      ...(back === undefined ? {} : { until: String(back) }),
    };
    return this.#client.call('forecastOutage', { path: { id }, query, ...until(signal) });
  }

  /** What would come of other nodes or policies. Nothing changes. */
  whatIf(body: WhatIfBody): Promise<WhatIf> {
    return this.#client.call('whatIf', { body });
  }

  async drainNode(id: string, untilMs: number | 'never' | undefined): Promise<void> {
    const query = untilMs === undefined ? {} : { until: String(untilMs) };
    await this.#client.call('drainNode', { path: { id }, query });
  }

  /** @param fromMs null: now */
  async planMaintenance(id: string, fromMs: number | null, untilMs: number): Promise<void> {
    const body = {
      ...(fromMs === null ? {} : { startTime: new Date(fromMs).toISOString() }),
      endTime: new Date(untilMs).toISOString(),
    };
    await this.#client.call('planMaintenance', { path: { id }, body });
  }

  async endMaintenance(id: string): Promise<void> {
    await this.#client.call('endMaintenance', { path: { id } });
  }

  calendar(fromMs: number, toMs: number, signal?: AbortSignal): Promise<readonly CalendarEntry[]> {
    return this.#client.call('getCalendar', {
      query: { from: String(fromMs), to: String(toMs) },
      ...until(signal),
    });
  }

  /** Of all nodes, or of one, as far as the time is over. */
  load(
    { fromMs, node, toMs }: { fromMs: number; toMs: number; node?: string },
    signal?: AbortSignal,
  ): Promise<Load> {
    const query = { from: String(fromMs), to: String(toMs), ...(node !== undefined && { node }) };
    return this.#client.call('getLoad', { query, ...until(signal) });
  }

  /** Newest first. */
  async journal(
    { limit, type }: { limit: number; type?: string },
    signal?: AbortSignal,
  ): Promise<readonly JournalEntry[]> {
    const entries: JournalEntry[] = [];
    for (;;) {
      const wanted = Math.min(limit - entries.length, LARGEST_PAGE);
      const before = entries.at(-1)?.seq;
      const page = await this.#client.call('listJournal', {
        query: {
          limit: wanted,
          ...(before !== undefined && { before }),
          ...(type !== undefined && { type: [type] }),
        },
        ...until(signal),
      });
      entries.push(...page);
      if (page.length < wanted || entries.length >= limit) return entries;
    }
  }

  /** Newest first. @param asked whose (also by a name that nobody has), which deed, refusals only */
  audit(
    asked: { username?: string; action?: string; refused?: boolean; limit: number },
    signal?: AbortSignal,
  ): Promise<Page<AuditEntry>> {
    return this.#page('listAudit', { query: asked }, signal);
  }

  /** Newest first. */
  archives(signal?: AbortSignal): Promise<readonly Archive[]> {
    return this.#client.call('listArchives', until(signal));
  }

  #page<N extends ListOperation>(
    name: N,
    input: Input<N>,
    signal: AbortSignal | undefined,
  ): Promise<Page<Item<N>>> {
    return this.#client.page(name, { ...input, ...until(signal) });
  }

  #begin({ account, csrfToken }: Session): Account {
    this.#http.csrfToken = csrfToken;
    return account;
  }
}

/** Given up when the signal says so. */
function until(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

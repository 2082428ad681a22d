// The REST API as functions: one for each thing that the portal asks of the service. Each rejects with an ApiProblem.
import type {
  Account,
  AccountChangesBody,
  DepositBody,
  LedgerEntry,
  LogInWays,
  PasswordChanged,
  ProfileBody,
  RegistrationBody,
  Session,
} from '../../../wire/account.ts';
import type { CalendarEntry, ClusterNode, MaintenanceBody, NodeCommand } from '../../../wire/cluster.ts';
import type { Archive, JournalEntry } from '../../../wire/event.ts';
import type { Instance, InstanceCommand } from '../../../wire/instance.ts';
import type {
  ChangeAnswerBody,
  ChangeBody,
  NegotiationReply,
  Offer,
  ProposalBody,
  ReplyBody,
  UserAnswer,
} from '../../../wire/negotiation.ts';
import type { Notifications, NotificationsBody } from '../../../wire/notification.ts';
import type { Project, ProjectBody, ProjectRole, TransferBody } from '../../../wire/project.ts';
import type { Claim, Reservation, ReservationState } from '../../../wire/reservation.ts';
import type { Availability, InstanceType, LeaseKind, ServiceInfo, Template } from '../../../wire/service.ts';
import type { NewToken, Token, TokenBody } from '../../../wire/token.ts';
import type { Http } from './http.ts';
import type { Page } from './page.ts';

const ROOT = '/OpenPEX';

export interface ReservationQuery {
  readonly states?: readonly ReservationState[];
  /** Everybody's, for operators. */
  readonly all?: boolean;
  /** Those of a project. */
  readonly project?: string;
  readonly limit: number;
}

export class PortalApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  // Session and account

  async logIn(username: string, password: string): Promise<Account> {
    return this.#begin(
      await this.#http.json<Session>('POST', `${ROOT}/session`, { body: { username, password } }),
    );
  }

  /** The account of the session that the browser still has, if any: rejects with 401 otherwise. */
  async resume(): Promise<Account> {
    return this.#begin(await this.#http.json<Session>('GET', `${ROOT}/session`));
  }

  logInWays(): Promise<LogInWays> {
    return this.#get('/login');
  }

  async logOut(): Promise<void> {
    await this.#http.json<void>('DELETE', `${ROOT}/session`);
    this.forget();
  }

  /** Drops what is known of a session that has ended. */
  forget(): void {
    this.#http.csrfToken = null;
  }

  register(registration: RegistrationBody): Promise<Account> {
    return this.#http.json('POST', `${ROOT}/accounts`, { body: registration });
  }

  account(signal?: AbortSignal): Promise<Account> {
    return this.#get('/account', signal);
  }

  changeAccount(changes: ProfileBody): Promise<Account> {
    return this.#http.json('PATCH', `${ROOT}/account`, { body: changes });
  }

  async changePassword(current: string, next: string): Promise<void> {
    // All sessions end, and this one begins anew.
    await this.#http.exchangeSession(async () => {
      const changed = await this.#http.json<PasswordChanged>('PUT', `${ROOT}/account/password`, {
        body: { current, new: next },
      });
      return changed.csrfToken;
    });
  }

  ledger(limit: number, signal?: AbortSignal): Promise<Page<LedgerEntry>> {
    return this.#http.page(`${ROOT}/account/ledger?limit=${limit}`, signal);
  }

  tokens(signal?: AbortSignal): Promise<readonly Token[]> {
    return this.#get('/account/tokens', signal);
  }

  createToken(token: TokenBody): Promise<NewToken> {
    return this.#http.json('POST', `${ROOT}/account/tokens`, { body: token });
  }

  revokeToken(id: string): Promise<void> {
    return this.#http.json('DELETE', `${ROOT}/account/tokens/${encodeURIComponent(id)}`);
  }

  notifications(signal?: AbortSignal): Promise<Notifications> {
    return this.#get('/account/notifications', signal);
  }

  chooseNotifications(choices: NotificationsBody): Promise<Notifications> {
    return this.#http.json('PATCH', `${ROOT}/account/notifications`, { body: choices });
  }

  async testNotifications(): Promise<void> {
    await this.#http.json<unknown>('POST', `${ROOT}/account/notifications/test`);
  }

  // What can be had

  service(signal?: AbortSignal): Promise<ServiceInfo> {
    return this.#get('/service', signal);
  }

  types(): Promise<readonly InstanceType[]> {
    return this.#get('/types');
  }

  kinds(): Promise<readonly LeaseKind[]> {
    return this.#get('/kinds');
  }

  templates(): Promise<readonly Template[]> {
    return this.#get('/templates');
  }

  quote(proposal: ProposalBody, signal?: AbortSignal): Promise<NegotiationReply> {
    return this.#http.json('POST', `${ROOT}/quotes`, { body: proposal, ...(signal && { signal }) });
  }

  availability(type: string, fromMs: number, toMs: number, signal?: AbortSignal): Promise<Availability> {
    const query = new URLSearchParams({ type, from: String(fromMs), to: String(toMs) });
    return this.#get(`/availability?${query}`, signal);
  }

  // Reservations

  /** @param key a request that is sent again with the same key is carried out once */
  request(proposal: ProposalBody, key: string): Promise<NegotiationReply> {
    return this.#http.json('POST', `${ROOT}/reservations`, {
      body: proposal,
      headers: { 'Idempotency-Key': key },
    });
  }

  answer(id: string, answer: UserAnswer): Promise<NegotiationReply> {
    const body: ReplyBody = answer;
    return this.#http.json('PUT', reservationPath(id), { body });
  }

  change(id: string, body: ChangeBody): Promise<NegotiationReply> {
    return this.#http.json('POST', `${reservationPath(id)}/change`, { body });
  }

  answerChange(id: string, reply: ChangeAnswerBody['reply']): Promise<NegotiationReply> {
    return this.#http.json('PUT', `${reservationPath(id)}/change`, { body: { reply } });
  }

  activate(id: string): Promise<Reservation> {
    return this.#http.json('PUT', `${reservationPath(id)}/activate`);
  }

  cancel(id: string): Promise<Reservation> {
    return this.#http.json('DELETE', reservationPath(id));
  }

  claim(id: string, count: number): Promise<Claim> {
    return this.#http.json('POST', `${reservationPath(id)}/claim`, { body: { count } });
  }

  reservation(id: string, signal?: AbortSignal): Promise<Reservation> {
    return this.#http.json('GET', reservationPath(id), signal ? { signal } : {});
  }

  offers(id: string, signal?: AbortSignal): Promise<readonly Offer[]> {
    return this.#http.json('GET', `${reservationPath(id)}/offers`, signal ? { signal } : {});
  }

  instancesOf(id: string, signal?: AbortSignal): Promise<readonly Instance[]> {
    return this.#http.json('GET', `${reservationPath(id)}/instances`, signal ? { signal } : {});
  }

  /** Newest first. */
  reservations(query: ReservationQuery, signal?: AbortSignal): Promise<Page<Reservation>> {
    const parameters = new URLSearchParams({ limit: String(query.limit) });
    for (const state of query.states ?? []) parameters.append('state', state);
    if (query.all) parameters.set('all', 'true');
    if (query.project !== undefined) parameters.set('project', query.project);
    return this.#http.page(`${ROOT}/reservations?${parameters}`, signal);
  }

  /** Gives it to a user or a project of that name. */
  transfer(id: string, to: string): Promise<Reservation> {
    const body: TransferBody = { to };
    return this.#http.json('POST', `${reservationPath(id)}/transfer`, { body });
  }

  // Projects

  projects(all: boolean, signal?: AbortSignal): Promise<Page<Project>> {
    return this.#http.page(`${ROOT}/projects${all ? '?all=true' : ''}`, signal);
  }

  project(userid: number, signal?: AbortSignal): Promise<Project> {
    return this.#get(`/projects/${userid}`, signal);
  }

  createProject(body: ProjectBody): Promise<Project> {
    return this.#http.json('POST', `${ROOT}/projects`, { body });
  }

  setMember(userid: number, username: string, role: ProjectRole): Promise<Project> {
    const path = `${ROOT}/projects/${userid}/members/${encodeURIComponent(username)}`;
    return this.#http.json('PUT', path, { body: { role } });
  }

  removeMember(userid: number, username: string): Promise<void> {
    return this.#http.json('DELETE', `${ROOT}/projects/${userid}/members/${encodeURIComponent(username)}`);
  }

  /** @param path `next` of the page before */
  nextPage<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
    return this.#http.page(path, signal);
  }

  // Instances

  instances(all: boolean, signal?: AbortSignal): Promise<Page<Instance>> {
    return this.#http.page(`${ROOT}/instances${all ? '?all=true' : ''}`, signal);
  }

  commandInstance(id: string, command: InstanceCommand): Promise<Instance> {
    const path = `${ROOT}/instances/${encodeURIComponent(id)}`;
    return command === 'delete'
      ? this.#http.json('DELETE', path)
      : this.#http.json('PUT', `${path}/${command}`);
  }

  // Operators

  accounts(signal?: AbortSignal): Promise<Page<Account>> {
    return this.#http.page(`${ROOT}/accounts`, signal);
  }

  administer(userid: number, changes: AccountChangesBody): Promise<Account> {
    return this.#http.json('PATCH', `${ROOT}/accounts/${userid}`, { body: changes });
  }

  resetPassword(userid: number, password: string): Promise<Account> {
    return this.#http.json('PUT', `${ROOT}/accounts/${userid}/password`, { body: { new: password } });
  }

  deleteAccount(userid: number): Promise<void> {
    return this.#http.json('DELETE', `${ROOT}/accounts/${userid}`);
  }

  async deposit(userid: number, amountMicros: number, note: string): Promise<void> {
    const body: DepositBody = { amountMicros, note };
    await this.#http.json<unknown>('POST', `${ROOT}/accounts/${userid}/deposits`, { body });
  }

  nodes(signal?: AbortSignal): Promise<readonly ClusterNode[]> {
    return this.#get('/nodes', signal);
  }

  async commandNode(id: string, command: Exclude<NodeCommand, 'drain'>): Promise<void> {
    await this.#http.json<unknown>('PUT', `${nodePath(id)}/${command}`);
  }

  /** @param untilMs when it is expected back; undefined: after the assumed repair time */
  async drainNode(id: string, untilMs: number | 'never' | undefined): Promise<void> {
    const until = untilMs === undefined ? '' : `?until=${untilMs}`;
    await this.#http.json<unknown>('PUT', `${nodePath(id)}/drain${until}`);
  }

  /** @param fromMs null: now */
  async planMaintenance(id: string, fromMs: number | null, untilMs: number): Promise<void> {
    const body: MaintenanceBody = {
      ...(fromMs === null ? {} : { startTime: new Date(fromMs).toISOString() }),
      endTime: new Date(untilMs).toISOString(),
    };
    await this.#http.json<unknown>('POST', `${nodePath(id)}/maintenance`, { body });
  }

  async endMaintenance(id: string): Promise<void> {
    await this.#http.json<unknown>('DELETE', `${ROOT}/maintenance/${encodeURIComponent(id)}`);
  }

  calendar(fromMs: number, toMs: number, signal?: AbortSignal): Promise<readonly CalendarEntry[]> {
    return this.#get(`/calendar?from=${fromMs}&to=${toMs}`, signal);
  }

  /** Newest first. */
  journal(query: { limit: number; type?: string }, signal?: AbortSignal): Promise<readonly JournalEntry[]> {
    const parameters = new URLSearchParams({ limit: String(query.limit) });
    if (query.type !== undefined) parameters.set('type', query.type);
    return this.#get(`/journal?${parameters}`, signal);
  }

  /** Newest first. */
  archives(signal?: AbortSignal): Promise<readonly Archive[]> {
    return this.#get('/archives', signal);
  }

  #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#http.json('GET', ROOT + path, signal ? { signal } : {});
  }

  #begin({ account, csrfToken }: Session): Account {
    this.#http.csrfToken = csrfToken;
    return account;
  }
}

function nodePath(id: string): string {
  return `${ROOT}/nodes/${encodeURIComponent(id)}`;
}

function reservationPath(id: string): string {
  return `${ROOT}/reservations/${encodeURIComponent(id)}`;
}

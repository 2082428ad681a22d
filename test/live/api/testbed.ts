// An API on a provider that fits in a head: everything is in maps, every request is accepted as asked, or countered for an hour later
// while the provider is told to be busy. The tests look at the wire; what a real provider decides is tested elsewhere.
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { Subject } from 'rxjs';
import type {
  ClaimReply,
  DomainEvent,
  InstanceCommand,
  InstanceReply,
  Proposal,
  ProviderReply,
  ReservationState,
  Resources,
  UserReply,
} from '../../../engine/index.ts';
import { buildApi } from '../../../live/api/build-api.ts';
import {
  type Accounts,
  type ApiConfig,
  type ApiParts,
  DEFAULT_API_CONFIG,
  type Instances,
  type Journal,
  type Ledger,
  type PageQuery,
  type Reservations,
  type Sessions,
} from '../../../live/api/parts.ts';
import type { AccountChanges, NewAccount } from '../../../live/database/account-store.ts';
import { ServiceError } from '../../../live/problems.ts';
import type {
  AccountRecord,
  InstanceRecord,
  JournalEvent,
  LedgerRecord,
  OfferRecord,
  Page,
  Quota,
  ReservationRecord,
} from '../../../live/records.ts';
import type {
  AvailabilityQuery,
  CalendarEntry,
  Idempotency,
  NodeStatus,
  Opened,
  Quote,
  Service,
  ServiceStatus,
} from '../../../live/service/service.ts';

/** When the first request of the papers' figures was made. */
export const NOW_MS = Date.UTC(2009, 7, 17, 4, 0, 0);
export const HOUR_MS = 3_600_000;
export const TEMPLATE = 'PEX Debian Etch 4.0 Template';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class FakeProvider implements Service {
  status: ServiceStatus = { state: 'running', reason: null };
  speed = 1;
  readonly settings = {
    holdMs: 300_000,
    maxRounds: 10,
    bookingHorizonMs: 365 * 24 * HOUR_MS,
    claimRisk: 0.8,
    earlyRelease: false,
    shutdownLeadMs: 60_000,
    maxAttempts: 3,
    retryDelayMs: 5000,
    autoActivate: false,
  };
  readonly instanceTypes = new Map<string, Resources>([
    ['SMALL', { milliCpus: 1000, memoryMib: 768, diskGib: 10 }],
    ['XLARGE', { milliCpus: 4000, memoryMib: 3584, diskGib: 60 }],
  ]);
  readonly templates = [
    { name: TEMPLATE, description: 'Debian GNU/Linux 4.0' },
    { name: 'PEX Windows XP SP2 Template', description: 'Windows XP' },
  ];
  readonly isSimulated: boolean = true;
  readonly events$ = new Subject<JournalEvent>();

  nowMs = NOW_MS;
  /** Requests that start before are countered. */
  busyUntilMs = 0;
  /** What every command rejects with; undefined: none. */
  failure: Error | undefined;
  readonly ids: string[] = [];
  readonly records = new Map<string, Writable<ReservationRecord>>();
  readonly vms = new Map<string, Writable<InstanceRecord>>();
  readonly history: JournalEvent[] = [];
  readonly messages: OfferRecord[] = [];
  readonly opened: { proposal: Proposal; idempotency: Idempotency | undefined }[] = [];
  readonly instanceCommands: [string, InstanceCommand][] = [];
  readonly nodeCommands: string[] = [];
  readonly deposits: LedgerRecord[] = [];
  inService = true;

  now(): number {
    return this.nowMs;
  }

  async open(user: AccountRecord, proposal: Proposal, idempotency?: Idempotency): Promise<Opened> {
    if (this.failure !== undefined) throw this.failure;
    const reservationId = this.ids.shift() ?? randomUUID().toUpperCase();
    this.opened.push({ proposal, idempotency });
    const record: Writable<ReservationRecord> = {
      reservationId,
      userId: user.userId,
      username: user.username,
      state: 'INITIATED',
      round: 0,
      proposal,
      priceMicros: 0,
      holdUntilMs: null,
      windowOpen: false,
      optionsClaimed: 0,
      activatedInstances: 0,
      nodeIds: ['leon'],
      createdMs: this.nowMs,
      activatedMs: null,
      endedMs: null,
      endReason: null,
      noShow: false,
      refundMicros: 0,
      penaltyMicros: 0,
    };
    this.records.set(reservationId, record);
    this.emit({ type: 'reservation-initiated', reservationId, userId: String(user.userId), origin: null });
    return { reservationId, proposal, reply: this.#negotiate(record, proposal) };
  }

  async reply(_user: AccountRecord, reservationId: string, answer: UserReply): Promise<ProviderReply> {
    if (this.failure !== undefined) throw this.failure;
    const record = this.records.get(reservationId)!;
    const { state, proposal, priceMicros } = record;
    const legal: Partial<Record<ReservationState, readonly UserReply['reply'][]>> = {
      ACCEPTED: ['CONFIRM', 'REJECT'],
      COUNTERED: ['ACCEPT', 'COUNTER', 'REJECT'],
    };
    if (!legal[state]?.includes(answer.reply)) {
      return { reply: 'REQUEST_FAILED', reason: 'illegal-in-state', state };
    }
    switch (answer.reply) {
      case 'ACCEPT':
        record.state = 'ACCEPTED';
        return {
          reply: 'CONFIRM_REQUEST',
          proposal: proposal!,
          priceMicros,
          holdUntilMs: record.holdUntilMs!,
        };
      case 'CONFIRM':
        record.state = 'CONFIRMED';
        record.holdUntilMs = null;
        this.emit({ type: 'reservation-activated', reservationId });
        return { reply: 'REQUEST_SUCCESS' };
      case 'REJECT':
        record.state = 'REJECTED';
        record.endReason = 'declined';
        record.endedMs = this.nowMs;
        return { reply: 'REQUEST_SUCCESS' };
      case 'COUNTER':
        return this.#negotiate(record, answer.proposal);
    }
  }

  async activate(reservationId: string): Promise<ProviderReply> {
    const record = this.records.get(reservationId)!;
    if (record.state !== 'CONFIRMED') {
      return { reply: 'REQUEST_FAILED', reason: 'illegal-in-state', state: record.state };
    }
    record.state = 'ACTIVATED';
    record.activatedMs = this.nowMs;
    this.launch(record);
    return { reply: 'REQUEST_SUCCESS' };
  }

  async cancel(reservationId: string): Promise<ProviderReply> {
    const record = this.records.get(reservationId)!;
    if (record.state === 'ACTIVATED' || record.endedMs !== null) {
      return { reply: 'REQUEST_FAILED', reason: 'illegal-in-state', state: record.state };
    }
    record.state = 'CANCELLED';
    record.endedMs = this.nowMs;
    record.endReason = 'cancelled-by-user';
    return { reply: 'REQUEST_SUCCESS' };
  }

  async claimOptions(reservationId: string, count: number): Promise<ClaimReply> {
    const record = this.records.get(reservationId)!;
    const granted = Math.min(count, record.proposal!.numInstancesOption - record.optionsClaimed);
    record.optionsClaimed += granted;
    return { reply: 'REQUEST_SUCCESS', granted };
  }

  async commandInstance(vmId: string, command: InstanceCommand): Promise<InstanceReply> {
    const vm = this.vms.get(vmId)!;
    if (command === 'resume' && vm.state !== 'SUSPENDED') {
      return { reply: 'REQUEST_FAILED', reason: 'illegal-in-state', state: vm.state };
    }
    this.instanceCommands.push([vmId, command]);
    return { reply: 'REQUEST_SUCCESS' };
  }

  async deposit(userId: number, amountMicros: number, note: string): Promise<LedgerRecord> {
    const entry: LedgerRecord = {
      entryId: this.deposits.length + 1,
      userId,
      atMs: this.nowMs,
      kind: 'deposit',
      amountMicros,
      reservationId: null,
      note,
    };
    this.deposits.push(entry);
    return entry;
  }

  usageOf(userId: number): Quota {
    const open = [...this.records.values()].filter((r) => r.userId === userId && r.endedMs === null);
    return { reservations: open.length, vcpus: open.length };
  }

  async drainNode(nodeId: string): Promise<void> {
    this.nodeCommands.push(`drain ${nodeId}`);
    this.inService = false;
  }

  async enableNode(nodeId: string): Promise<void> {
    this.nodeCommands.push(`enable ${nodeId}`);
    this.inService = true;
  }

  failNode(nodeId: string): void {
    this.nodeCommands.push(`fail ${nodeId}`);
  }

  returnNode(nodeId: string): void {
    this.nodeCommands.push(`return ${nodeId}`);
  }

  quote(proposal: Proposal): Quote {
    if (proposal.numInstancesFixed > 100) return { reply: 'REJECT', reason: 'never-fits' };
    return { reply: 'ACCEPT', proposal, priceMicros: 1000 };
  }

  availability({ fromMs }: AvailabilityQuery): { fromMs: number; count: number }[] {
    return [{ fromMs, count: 20 }];
  }

  nodes(): readonly NodeStatus[] {
    return [
      {
        nodeId: 'leon',
        group: 'testbed',
        capacity: { milliCpus: 4000, memoryMib: 3584, diskGib: 200 },
        up: true,
        inService: this.inService,
        booked: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
        vms: this.vms.size,
        busyPermille: 125,
      },
    ];
  }

  calendar(): readonly CalendarEntry[] {
    return [...this.records.values()].map(({ reservationId, proposal }) => ({
      nodeId: 'leon',
      reservationId,
      kind: 'reservation',
      startMs: proposal!.startMs,
      endMs: proposal!.startMs + proposal!.durationMs,
      demand: proposal!.demand,
    }));
  }

  /** Commits an event of a reservation's user, as group commit does. */
  emit(event: DomainEventWithoutTime): JournalEvent {
    const userId = 'reservationId' in event ? (this.records.get(event.reservationId)?.userId ?? null) : null;
    const committed: JournalEvent = {
      seq: this.history.length + 1,
      userId,
      event: { ...event, atMs: this.nowMs },
    };
    this.history.push(committed);
    this.events$.next(committed);
    return committed;
  }

  launch(record: Writable<ReservationRecord>): InstanceRecord {
    const { proposal, userId, username, reservationId } = record;
    const vm: InstanceRecord = {
      vmId: randomUUID(),
      reservationId,
      number: 1,
      userId,
      username,
      name: `${username}-1`,
      state: 'RUNNING',
      wanted: 'running',
      nodeId: 'leon',
      ipAddress: '10.0.0.7',
      loadPermille: 0,
      type: proposal!.type,
      demand: proposal!.demand,
      template: proposal!.template,
      startMs: proposal!.startMs,
      endMs: proposal!.startMs + proposal!.durationMs,
    };
    this.vms.set(vm.vmId, vm);
    record.activatedInstances++;
    return vm;
  }

  #negotiate(record: Writable<ReservationRecord>, asked: Proposal): ProviderReply {
    record.round++;
    if (asked.numInstancesFixed > 100) {
      record.state = 'REJECTED';
      record.endedMs = this.nowMs;
      record.endReason = 'never-fits';
      return { reply: 'REJECT', reason: 'never-fits' };
    }
    const fits = asked.startMs >= this.busyUntilMs;
    const proposal = fits ? asked : { ...asked, startMs: this.busyUntilMs };
    const offer = {
      reply: fits ? ('ACCEPT' as const) : ('COUNTER' as const),
      proposal,
      priceMicros: 1000 * asked.numInstancesFixed,
      holdUntilMs: this.nowMs + this.settings.holdMs,
    };
    record.state = fits ? 'ACCEPTED' : 'COUNTERED';
    record.proposal = proposal;
    record.priceMicros = offer.priceMicros;
    record.holdUntilMs = offer.holdUntilMs;
    this.messages.push({
      reservationId: record.reservationId,
      round: record.round,
      atMs: this.nowMs,
      from: 'provider',
      message: offer.reply,
      proposal,
      priceMicros: offer.priceMicros,
      holdUntilMs: offer.holdUntilMs,
      reason: null,
    });
    return offer;
  }
}

type WithoutTime<E> = E extends DomainEvent ? Omit<E, 'atMs'> : never;
type DomainEventWithoutTime = WithoutTime<DomainEvent>;

function pageOf<T>(items: readonly T[], { limit, cursor }: PageQuery): Page<T> {
  const from = Number(cursor ?? 0);
  const next = from + limit;
  return {
    items: items.slice(from, next),
    total: items.length,
    nextCursor: next < items.length ? String(next) : null,
  };
}

export class FakeAccounts implements Accounts {
  readonly #accounts = new Map<number, AccountRecord>();
  readonly #passwords = new Map<number, string>();
  verifications = 0;

  async register(registration: NewAccount): Promise<AccountRecord> {
    const { password, balanceMicros = 0, ...rest } = registration;
    const isTaken = [...this.#accounts.values()].some(
      ({ username }) => username.toLowerCase() === rest.username.toLowerCase(),
    );
    if (isTaken) throw new ServiceError('PEX_CONFLICT', `The user name "${rest.username}" is taken.`);
    const userId = this.#accounts.size + 1;
    const account = { ...rest, userId, balanceMicros, disabled: false, quota: null };
    this.#accounts.set(userId, account);
    this.#passwords.set(userId, password);
    return account;
  }

  async get(userId: number): Promise<AccountRecord | undefined> {
    return this.#accounts.get(userId);
  }

  async verify(username: string, password: string): Promise<AccountRecord | undefined> {
    this.verifications++;
    const account = [...this.#accounts.values()].find((a) => a.username === username);
    if (account === undefined || account.disabled) return undefined;
    return this.#passwords.get(account.userId) === password ? account : undefined;
  }

  async changePassword(userId: number, password: string): Promise<void> {
    this.#passwords.set(userId, password);
  }

  async update(userId: number, changes: AccountChanges): Promise<void> {
    this.#accounts.set(userId, { ...this.#accounts.get(userId)!, ...changes });
  }

  async list(query: PageQuery): Promise<Page<AccountRecord>> {
    return pageOf([...this.#accounts.values()], query);
  }
}

export class FakeSessions implements Sessions {
  readonly open = new Map<string, number>();

  async create(userId: number, nowMs: number) {
    const token = randomUUID();
    this.open.set(token, userId);
    return { token, csrfToken: `csrf-${token}`, expiresMs: nowMs + 12 * HOUR_MS };
  }

  async find(token: string) {
    const userId = this.open.get(token);
    return userId === undefined ? undefined : { userId, csrfToken: `csrf-${token}` };
  }

  async revoke(token: string): Promise<void> {
    this.open.delete(token);
  }

  async revokeAll(userId: number): Promise<void> {
    for (const [token, owner] of this.open) if (owner === userId) this.open.delete(token);
  }
}

export class FakeJournal implements Journal {
  readonly #provider: FakeProvider;
  /** Called when a page has been read, before it is handed out. */
  onPage: () => void = () => {};

  constructor(provider: FakeProvider) {
    this.#provider = provider;
  }

  async page(query: Parameters<Journal['page']>[0]): Promise<readonly JournalEvent[]> {
    const { afterSeq = 0, limit, userId, types, newestFirst = false } = query;
    const found = this.#provider.history.filter(
      (entry) =>
        entry.seq > afterSeq &&
        (userId === undefined || entry.userId === userId) &&
        (types === undefined || types.includes(entry.event.type)),
    );
    const page = (newestFirst ? found.reverse() : found).slice(0, limit);
    this.onPage();
    return page;
  }

  async lastSeq(): Promise<number> {
    return this.#provider.history.length;
  }
}

export const PASSWORD = 'correct horse';

export interface Testbed {
  readonly app: FastifyInstance;
  readonly provider: FakeProvider;
  readonly accounts: FakeAccounts;
  readonly sessions: FakeSessions;
  readonly journal: FakeJournal;
  /** Sends a request as a user, with HTTP Basic; as nobody when the name is ''. */
  as(username: string, options: InjectOptions): Promise<LightMyRequestResponse>;
}

/** Alice (1) and Bob (2) are users, Olga (3) is the operator. */
export async function testbed(
  config: Partial<ApiConfig> = {},
  parts: Partial<Pick<ApiParts, 'logger' | 'reports'>> & { readonly provider?: FakeProvider } = {},
): Promise<Testbed> {
  const { provider = new FakeProvider(), ...others } = parts;
  const accounts = new FakeAccounts();
  const sessions = new FakeSessions();
  const journal = new FakeJournal(provider);
  for (const username of ['alice', 'bob', 'olga']) {
    await accounts.register({
      username,
      password: PASSWORD,
      fullName: username,
      email: `${username}@example.org`,
      role: username === 'olga' ? 'operator' : 'user',
      createdMs: NOW_MS,
      balanceMicros: 5_000_000,
    });
  }
  const newestFirst = () => [...provider.records.values()].reverse();
  const reservations: Reservations = {
    list: async ({ userId, states, ...query }) =>
      pageOf(
        newestFirst().filter(
          (record) =>
            (userId === undefined || record.userId === userId) && (states?.includes(record.state) ?? true),
        ),
        query,
      ),
    get: async (reservationId) => provider.records.get(reservationId),
    offers: async (reservationId) =>
      provider.messages.filter((message) => message.reservationId === reservationId),
  };
  const instances: Instances = {
    list: async ({ userId, reservationId, ...query }) =>
      pageOf(
        [...provider.vms.values()].filter(
          (vm) =>
            (userId === undefined || vm.userId === userId) &&
            (reservationId === undefined || vm.reservationId === reservationId),
        ),
        query,
      ),
    get: async (vmId) => provider.vms.get(vmId),
  };
  const ledger: Ledger = {
    page: async ({ userId, ...query }) =>
      pageOf(
        provider.deposits.filter((entry) => entry.userId === userId),
        query,
      ),
  };
  const app = await buildApi({
    service: provider,
    accounts,
    sessions,
    reservations,
    instances,
    journal,
    ledger,
    reports: {
      renderReport: async () => '<!doctype html><title>Report</title><script>1</script>',
      summary: async () => ({ scenario: 'live', requests: 1 }),
    },
    ...others,
    config: { ...DEFAULT_API_CONFIG, version: '0.0.0-test', ...config },
  });
  return {
    app,
    provider,
    accounts,
    sessions,
    journal,
    as: (username, options) =>
      app.inject({
        ...options,
        headers: { ...(username === '' ? {} : basic(username)), ...options.headers },
      }),
  };
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

// The service: keeps a provider alive on a database. When a life ends because the database failed, nothing is answered until the state
// has been read back and a new life has begun; users see 503 meanwhile, and no reply that was given is ever taken back.
import { type Observable, Subject } from 'rxjs';
import {
  addResources,
  type ChangeAnswer,
  type ChangeAsk,
  type ClaimReply,
  type Command,
  type HostTimers,
  type ImageOnItsWay,
  type ImageOverview,
  type InstanceCommand,
  type InstanceReply,
  isFinal,
  type LeaseKind,
  mostForPartner,
  NO_RESOURCES,
  type Outage,
  type Outsourced,
  type PartnerOffer,
  PolicyError,
  type Proposal,
  type ProviderReply,
  type ProviderSettings,
  type QueuedLease,
  type Quote,
  type RequestNote,
  type ResourceDefinition,
  type Resources,
  USUAL_LEASE_KINDS,
  type UserReply,
  type VmTrouble,
  type Waiting,
} from '../../engine/index.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import { formatDuration } from '../../written/time-text.ts';
import { yamlText } from '../../written/yaml-text.ts';
import { AccountStore } from '../database/account-store.ts';
import { AnswerStore } from '../database/answer-store.ts';
import { describeDatabaseError } from '../database/database-error.ts';
import { type Deposit, Ledger } from '../database/ledger.ts';
import type { Database } from '../database/open-database.ts';
import { PassageStore } from '../database/passage-store.ts';
import { ReservationStore } from '../database/reservation-store.ts';
import { acquireServiceLock, type ServiceLock } from '../database/service-lock.ts';
import { SettingsStore } from '../database/settings-store.ts';
import type { Hypervisor, NodeFaults } from '../hypervisors/hypervisor.ts';
import { newId } from '../new-id.ts';
import type { PartnerAccount } from '../partners/partner-account.ts';
import { Resale } from '../partners/resale.ts';
import { ServiceError, unknownNode } from '../problems.ts';
import type { StoredTransaction } from '../recorder/group-commit.ts';
import { loadState } from '../recorder/recovery.ts';
import type {
  AccountRecord,
  JournalEvent,
  LedgerRecord,
  Quota,
  ReservationTerms,
  TemplateRecord,
} from '../records.ts';
import { AccountChecks } from './account-checks.ts';
import { availabilityOf, withoutHolds } from './availability.ts';
import { ClockGuard } from './clock-guard.ts';
import { type Forecaster, type ForecastTask, HERE } from './forecast/forecaster.ts';
import type { AskedOutage, OutageForecast } from './forecast/outage-forecast.ts';
import type { Asked, WhatIfAnswer, WhatIfChanges } from './forecast/what-if.ts';
import { ProviderLife, type ProviderLifeParts } from './provider-life.ts';
import { Repetitions } from './repetitions.ts';
import { Retention, type RetentionSettings } from './retention.ts';
import type {
  AvailabilityQuery,
  AvailabilityStep,
  CalendarEntry,
  NodeStatus,
  Opened,
  Said,
  Service,
  ServiceStatus,
  StartsQuery,
  WithinLimits,
} from './service.ts';
import type { ServiceLog } from './service-log.ts';

export interface LiveServiceParts {
  readonly provider: ServedProvider;
  readonly database: Database;
  readonly hypervisor: Hypervisor;
  /** Nothing of the hypervisor is real: its carriers have faults. */
  readonly isSimulated: boolean;
  readonly host: HostTimers;
  readonly speed: number;
  readonly templates: readonly TemplateRecord[];
  readonly quota: Quota;
  readonly log: ServiceLog;
  /** Absent: everything is kept in the database. */
  readonly retention?: RetentionSettings | undefined;
  /** Of what users are told ahead; absent: they are told nothing. */
  readonly noticeLeads?: ProviderLifeParts['noticeLeads'];
  /** So long before its start a reservation is neither changed, cancelled nor given away by its user; default 0. */
  readonly lockMs?: number;
  /** Jumps of the machine's clock as far as this are nothing; default a minute. */
  readonly clockToleranceMs?: number;
  /** Makes the id of a reservation or of a maintenance, unique for ever; default see newId. */
  readonly newId?: () => string;
  /** Who thinks about what would be; default: this thread. */
  readonly forecaster?: Forecaster;
  /** Default: a group commit. */
  readonly recorderOf?: ProviderLifeParts['recorderOf'];
  /** Of whom is bought what this service sells on; default: of nobody. */
  readonly partners?: readonly PartnerAccount[];
}

/** Between two tries to read the state back, in real time. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/** The setting that each life writes before it begins. */
const LIFE_BEGAN = 'life-began';

/** From the moment at which "now" is written into a proposal until it is decided, in real time. */
const TOLERATED_DELAY_MS = 5_000;

const CLOCK_TOLERANCE_MS = 60_000;

/** No reservation has this id. */
const NEW = '';

export class LiveService implements Service {
  readonly settings: ProviderSettings;
  readonly leaseKinds: readonly LeaseKind[];
  readonly isSimulated: boolean;
  readonly sites: readonly string[];
  readonly #parts: LiveServiceParts;
  readonly #events = new Subject<JournalEvent>();
  readonly #stored = new Subject<StoredTransaction>();
  readonly #accounts: AccountStore;
  readonly #ledger: Ledger;
  readonly #reservations: ReservationStore;
  readonly #repetitions: Repetitions;
  readonly #checks: AccountChecks;
  readonly #clock: ClockGuard;
  readonly #newId: () => string;
  readonly #retention: Retention | undefined;
  readonly #resale: Resale;
  #status: ServiceStatus = { state: 'starting', reason: null };
  #life: ProviderLife | undefined;
  #retry: unknown;
  /** The state is being read, for the next life. */
  #beginning: Promise<void> | undefined;
  #lock: ServiceLock | undefined;

  constructor(parts: LiveServiceParts) {
    this.#parts = parts;
    this.#newId = parts.newId ?? (() => newId(parts.host.now()));
    const { leaseKinds = USUAL_LEASE_KINDS, settings } = parts.provider.setup();
    this.settings = settings;
    this.leaseKinds = leaseKinds;
    this.isSimulated = parts.isSimulated;
    const { nodes } = parts.provider.cluster;
    this.sites = [...new Set(nodes.flatMap(({ site }) => (site === undefined ? [] : [site.name])))];
    this.#accounts = new AccountStore(parts.database);
    this.#checks = new AccountChecks({
      quota: parts.quota,
      resources: this.resources,
      holdMs: settings.holdMs,
    });
    this.#clock = new ClockGuard({
      host: parts.host,
      toleranceMs: parts.clockToleranceMs ?? CLOCK_TOLERANCE_MS,
      onJump: (offMs) => this.#clockJumped(offMs),
    });
    this.#ledger = new Ledger(parts.database);
    this.#repetitions = new Repetitions(new AnswerStore(parts.database), () => this.now());
    this.#reservations = new ReservationStore(parts.database);
    this.#resale = new Resale({
      partners: parts.partners ?? [],
      passages: new PassageStore(parts.database),
      host: parts.host,
      log: parts.log,
      service: {
        now: () => this.now(),
        stateOf: (id) => {
          const state = this.#alive().provider.reservation(id)?.state;
          return state === undefined || isFinal(state) ? undefined : state;
        },
        confirm: (id) => this.#confirmForUser(id),
        partnerEnded: async (reservationId, partner, end) => {
          await this.#alive().run(() => ({ name: 'partner-ended', reservationId, partner, ...end }));
        },
      },
    });
    if (parts.retention !== undefined)
      this.#retention = new Retention({ ...parts, ...parts.retention, life: () => this.#life });
  }

  /**
   * Begins the first life; resolves when what it entered is committed.
   * @throws RestoreError when the stored state does not fit the configuration; what the database and the hypervisor throw
   */
  async start(): Promise<void> {
    await this.#beginLife();
    await this.#life?.flushed();
    this.#clock.watch();
    this.#retention?.watch();
  }

  /** Lets what was decided be committed and answered, and decides nothing more. */
  async stop(): Promise<void> {
    this.#status = { state: 'stopping', reason: null };
    this.#clock.end();
    if (this.#retry !== undefined) this.#parts.host.clearTimer(this.#retry);
    await this.#beginning?.catch(() => undefined);
    await this.#retention?.end();
    await this.#resale.end();
    try {
      await this.#life?.stop();
    } catch (error) {
      const reason = describeDatabaseError(error, this.#parts.database.name);
      this.#parts.log.error(
        { err: error },
        `what was decided last is not stored, and was not answered: ${reason}`,
      );
    }
    this.#life = undefined;
    await this.#lock?.release();
    this.#events.complete();
  }

  /** Resolves when what was begun to be archived is. */
  async archived(): Promise<void> {
    await this.#retention?.settled();
  }

  /** Resolves when no partner is being asked anything that nobody waits for. */
  async settledWithPartners(): Promise<void> {
    await this.#resale.settled();
  }

  get status(): ServiceStatus {
    const clockOffMs = this.#clock.offMs;
    return clockOffMs === 0 ? this.#status : { ...this.#status, clockOffMs };
  }

  get speed(): number {
    return this.#parts.speed;
  }

  get resources(): readonly ResourceDefinition[] {
    return this.#parts.provider.cluster.resources ?? [];
  }

  get instanceTypes(): ReadonlyMap<string, Resources> {
    return this.#parts.provider.instanceTypes;
  }

  get readsPreferences(): boolean {
    return this.#parts.provider.readsPreferences;
  }

  get templates(): readonly TemplateRecord[] {
    return this.#parts.templates;
  }

  get events$(): Observable<JournalEvent> {
    return this.#events;
  }

  get stored$(): Observable<StoredTransaction> {
    return this.#stored;
  }

  get unanswered(): number {
    return this.#life?.unanswered ?? 0;
  }

  get resaleOf(): readonly string[] {
    return (this.#parts.partners ?? []).map(({ name }) => name);
  }

  now(): number {
    return this.#alive().clock.now();
  }

  consoleOf(vmId: string): string | null {
    return this.#life?.consoleOf(vmId) ?? null;
  }

  // Commands

  open(
    user: AccountRecord,
    proposal: Proposal,
    note?: RequestNote,
    { onlyHere = false }: { readonly onlyHere?: boolean } = {},
  ): Promise<Opened> {
    return this.#repetitions.once(
      note,
      () => this.#open(user, proposal, { note, onlyHere }),
      async ({ reservationId }) => {
        const first = reservationId === null ? undefined : await this.#reservations.firstReply(reservationId);
        if (reservationId === null || first === undefined)
          throw new TypeError('the answer to a request for a reservation has no offer');
        return { reservationId, ...first };
      },
    );
  }

  async reply(
    owner: AccountRecord,
    reservationId: string,
    answer: UserReply,
    said: Pick<Said, 'givesBack' | 'round'> = {},
  ): Promise<ProviderReply> {
    const life = this.#alive();
    const here = () => this.#reply(this.#alive(), owner, reservationId, answer, said);
    const offer = life.provider.reservation(reservationId);
    if (answer.reply !== 'CONFIRM' || offer?.state !== 'ACCEPTED' || offer.outsourced === undefined)
      return here();
    // What could not be confirmed here is not confirmed there.
    checkRound(said.round, offer.round);
    this.#checks.checkBalance(life, owner, reservationId);
    return this.#resale.confirm(reservationId, offer.outsourced, here);
  }

  #reply(
    life: ProviderLife,
    owner: AccountRecord,
    reservationId: string,
    answer: UserReply,
    { givesBack, round }: Pick<Said, 'givesBack' | 'round'>,
  ): Promise<ProviderReply> {
    return life.run((provider) => {
      checkRound(round, provider.reservation(reservationId)?.round);
      if (answer.reply === 'CONFIRM') this.#checks.checkBalance(life, owner, reservationId);
      const dated = this.#datedAnswer(answer);
      // In any other state the protocol refuses it.
      const isNewRound =
        dated.reply === 'COUNTER' && provider.reservation(reservationId)?.state === 'COUNTERED';
      if (isNewRound) this.#checks.checkOffer(life, owner, reservationId, dated.proposal);
      return {
        name: 'reply',
        reservationId,
        answer: dated,
        ...this.#checks.holdOf(life, owner),
        ...(givesBack && { givesBack }),
        ...(answer.reply === 'CONFIRM' &&
          !this.#checks.maySlide(life, owner, reservationId) && { keepsStart: true }),
      };
    });
  }

  terms(reservationId: string): ReservationTerms | undefined {
    const reservation = this.#life?.provider.reservation(reservationId);
    if (reservation === undefined) return undefined;
    const { priceMicros, proposal = null, round, state, userId } = reservation;
    return { reservationId, userId: Number(userId), state, round, proposal, priceMicros };
  }

  change(
    owner: AccountRecord,
    reservationId: string,
    asked: ChangeAsk,
    said: Said = {},
  ): Promise<ProviderReply> {
    const { note } = said;
    const change = () => {
      const life = this.#alive();
      return life.run((): Extract<Command, { name: 'change' }> => {
        this.#checkLock(life, reservationId, said);
        const dated = this.#datedChange(life, reservationId, asked);
        this.#checks.checkChange(life, owner, reservationId, dated);
        return {
          name: 'change',
          reservationId,
          asked: dated,
          ...this.#checks.holdOf(life, owner),
          ...noted(note),
        };
      });
    };
    return this.#repetitions.once(note, change, ({ reply }) => reply as ProviderReply);
  }

  answerChange(
    owner: AccountRecord,
    reservationId: string,
    answer: ChangeAnswer,
    said: Said = {},
  ): Promise<ProviderReply> {
    const life = this.#alive();
    return life.run((provider) => {
      const changed = provider.reservation(reservationId);
      checkRound(said.round, changed?.change?.round);
      if (answer === 'CONFIRM') this.#checkLock(life, reservationId, said);
      if (answer === 'CONFIRM' && changed?.change?.reply === 'ACCEPT') {
        const differenceMicros = changed.change.priceMicros - changed.priceMicros;
        this.#checks.checkDifference(life, owner, differenceMicros);
      }
      return { name: 'answer-change', reservationId, answer };
    });
  }

  activate(reservationId: string): Promise<ProviderReply> {
    return this.#alive().run(() => ({ name: 'activate', reservationId }));
  }

  cancel(reservationId: string, said: Said = {}): Promise<ProviderReply> {
    const life = this.#alive();
    return life.run(() => {
      this.#checkLock(life, reservationId, said);
      return { name: 'cancel', reservationId, ...(said.givesBack && { givesBack: true }) };
    });
  }

  transfer(to: AccountRecord, reservationId: string, said: Said = {}): Promise<ProviderReply> {
    const { note } = said;
    const transfer = () => {
      const life = this.#alive();
      return life.run((): Extract<Command, { name: 'transfer' }> => {
        this.#checkLock(life, reservationId, said);
        this.#checks.checkTransfer(life, to, reservationId);
        return { name: 'transfer', reservationId, userId: String(to.userId), ...noted(note) };
      });
    };
    return this.#repetitions.once(note, transfer, ({ reply }) => reply as ProviderReply);
  }

  claimOptions(
    owner: AccountRecord,
    reservationId: string,
    count: number,
    note?: RequestNote,
  ): Promise<ClaimReply> {
    const claim = () => {
      const life = this.#alive();
      return life.run((): Extract<Command, { name: 'claim' }> => {
        this.#checks.checkClaim(life, owner, reservationId, count);
        return { name: 'claim', reservationId, count, charged: true, ...noted(note) };
      });
    };
    return this.#repetitions.once(note, claim, ({ reply }) => reply as ClaimReply);
  }

  commandInstance(vmId: string, command: InstanceCommand): Promise<InstanceReply> {
    return this.#alive().run(() => ({ name: 'instance', vmId, command }));
  }

  async drainNode(nodeId: string, untilMs?: number | null): Promise<void> {
    this.#knownNode(nodeId);
    await this.#alive().run(() => ({
      name: 'drain',
      nodeId,
      ...(untilMs === undefined ? {} : { untilMs }),
    }));
  }

  async forecastOutage(asked: AskedOutage): Promise<OutageForecast> {
    this.#knownNode(asked.nodeId);
    const nowMs = this.now();
    const answer = await this.#forecast({ kind: 'outage', question: { asked, nowMs } });
    if (answer.kind !== 'outage') throw new Error('a forecast of an outage was answered otherwise');
    return answer.forecast;
  }

  async whatIf(changes: WhatIfChanges, endMs: number, demand: readonly Asked[]): Promise<WhatIfAnswer> {
    for (const nodeId of changes.drain?.nodeIds ?? []) this.#knownNode(nodeId);
    const nowMs = this.now();
    const answer = await this.#forecast({ kind: 'what-if', question: { changes, nowMs, endMs, demand } });
    if (answer.kind !== 'what-if') throw new Error('a what-if was answered otherwise');
    return answer.answer;
  }

  /** Copies the state of this moment and has it thought on elsewhere. */
  async #forecast(
    asked:
      | Pick<Extract<ForecastTask, { kind: 'outage' }>, 'kind' | 'question'>
      | Pick<Extract<ForecastTask, { kind: 'what-if' }>, 'kind' | 'question'>,
  ) {
    const { forecaster = HERE, provider } = this.#parts;
    const snapshot = this.#alive().provider.snapshot();
    const answer = await forecaster.answer({ ...asked, yaml: yamlText(provider.resolved), snapshot });
    if (answer.kind === 'refused') throw new ServiceError('PEX_BAD_REQUEST', answer.message);
    return answer;
  }

  async planMaintenance(
    nodeId: string,
    span: { fromMs: number; untilMs: number },
    note?: RequestNote,
  ): Promise<Outage> {
    this.#knownNode(nodeId);
    const planned = await this.#repetitions.once(
      note,
      () =>
        this.#alive().run(() => ({
          name: 'plan-maintenance',
          maintenanceId: this.#newId(),
          nodeId,
          ...span,
          ...noted(note),
        })),
      ({ reply }) => reply as Outage | null,
    );
    if (planned !== null) return planned;
    throw new ServiceError('PEX_BAD_REQUEST', 'the maintenance is over already; nothing was changed', {
      field: 'endTime',
    });
  }

  async endMaintenance(maintenanceId: string): Promise<Outage> {
    const life = this.#alive();
    const planned = maintenanceIn(life, maintenanceId);
    if (planned === undefined) throw new ServiceError('PEX_NOT_FOUND', 'There is no such maintenance.');
    await life.run(() => ({ name: 'end-maintenance', maintenanceId }));
    return planned;
  }

  async enableNode(nodeId: string): Promise<void> {
    this.#knownNode(nodeId);
    await this.#alive().run(() => ({ name: 'enable', nodeId }));
  }

  async trustClock(): Promise<void> {
    this.#clock.trust();
    if (this.#status.state === 'recovering') await this.#beginLife();
  }

  failNode(nodeId: string): void {
    this.#knownNode(nodeId);
    this.#faults().failNode(nodeId);
  }

  returnNode(nodeId: string): void {
    this.#knownNode(nodeId);
    this.#faults().returnNode(nodeId);
  }

  deposit(deposit: Omit<Deposit, 'atMs'>): Promise<LedgerRecord> {
    const book = async () => {
      const { clock, tally } = this.#alive();
      const entry = await this.#ledger.deposit({ ...deposit, atMs: clock.now() });
      tally.deposited(deposit.userId, deposit.amountMicros);
      return entry;
    };
    return this.#repetitions.once(deposit.answerTo, book, ({ reply }) => reply as LedgerRecord);
  }

  async deleteAccount(userId: number): Promise<void> {
    const life = this.#alive();
    const reservations = life.tally.countOf(userId);
    if (reservations > 0) {
      throw new ServiceError(
        'PEX_REQUEST_FAILED',
        `the account has ${reservations} reservation${reservations === 1 ? '' : 's'} that did not end yet: cancel what can be cancelled, or disable the account until then`,
      );
    }
    // A request that was let in before must not be decided after.
    life.tally.retire(userId);
    try {
      // What ended last may still have to be paid back.
      await life.flushed();
      await this.#accounts.delete(userId, life.clock.now());
    } catch (error) {
      life.tally.unretire(userId);
      throw error;
    }
  }

  // Questions

  usageOf(account: AccountRecord): Quota {
    return this.#checks.usageOf(this.#alive(), account);
  }

  quote(proposal: Proposal, reservationId?: string): Quote {
    const { clock, provider } = this.#alive();
    const asked = this.#dated(proposal);
    const state = reservationId === undefined ? undefined : provider.reservation(reservationId)?.state;
    // What is confirmed is given back for nothing that is asked.
    return reservationId !== undefined && (state === 'ACCEPTED' || state === 'COUNTERED')
      ? provider.consider(reservationId, asked, clock.now())
      : provider.quote(asked, clock.now());
  }

  refusalOf(
    account: AccountRecord,
    proposal: Proposal,
    reservationId = NEW,
  ): { readonly error: ServiceError; readonly within: WithinLimits } | undefined {
    const life = this.#alive();
    const asked = this.#dated(proposal);
    try {
      this.#checks.checkOffer(life, account, reservationId, asked);
      return undefined;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.code !== 'PEX_QUOTA_EXCEEDED') return { error, within: {} };
      const { durationMs = 0, ...fewer } = this.#checks.withinLimits(life, account, reservationId, asked);
      const isSold = durationMs > 0 && durationMs >= this.settings.shortestDurationMs;
      return { error, within: { ...fewer, ...(isSold && { durationMs }) } };
    }
  }

  availability(query: AvailabilityQuery, reservationId?: string): readonly AvailabilityStep[] {
    const { clock, provider } = this.#alive();
    const own = reservationId === undefined ? undefined : provider.reservation(reservationId);
    const calendar = own === undefined ? provider.calendar : withoutHolds(provider.calendar, own);
    const asked = stillAhead(query, clock.now());
    return asked === undefined ? [] : availabilityOf(calendar, asked);
  }

  roomOf(
    account: AccountRecord,
    query: AvailabilityQuery,
    reservationId?: string,
  ): readonly AvailabilityStep[] {
    const life = this.#alive();
    const asked = stillAhead(query, life.clock.now());
    return asked === undefined ? [] : this.#checks.roomOf(life, account, asked, reservationId);
  }

  startsOf(account: AccountRecord, query: StartsQuery, reservationId?: string): readonly AvailabilityStep[] {
    const life = this.#alive();
    const asked = stillAhead(query, life.clock.now());
    return asked === undefined ? [] : this.#checks.startsOf(life, account, asked, reservationId);
  }

  queue(): readonly QueuedLease[] {
    const { clock, provider } = this.#alive();
    return provider.queue(clock.now());
  }

  images(): ImageOverview | undefined {
    return this.#alive().provider.images();
  }

  imageOf(reservationId: string): ImageOnItsWay | undefined {
    return this.#alive().provider.imageOf(reservationId);
  }

  waitlist(): readonly Waiting[] {
    const { clock, provider } = this.#alive();
    return provider.waitlist(clock.now());
  }

  nodes(): readonly NodeStatus[] {
    const { clock, provider } = this.#alive();
    const nowMs = clock.now();
    const conditions = provider.nodeConditions(nowMs);
    const guests = conditions.map(() => ({
      vms: 0,
      busyMilliCpus: 0,
      stuck: [] as { vmId: string; trouble: VmTrouble }[],
    }));
    for (const { demand, id: vmId, isUp, loadPermille, nodeIndex, trouble } of provider.vms()) {
      const node = guests[nodeIndex]!;
      if (!isUp) continue;
      node.vms += 1;
      if (trouble?.operation === 'migrate' || trouble?.operation === 'suspend')
        node.stuck.push({ vmId, trouble });
      node.busyMilliCpus += (demand.milliCpus * loadPermille) / 1000;
    }
    return this.#parts.provider.cluster.nodes.map(({ capacity, group, nodeId, site }, node) => ({
      nodeId,
      group,
      ...(site !== undefined && { site: site.name }),
      capacity,
      up: conditions[node]!.isUp,
      inService: conditions[node]!.isInService,
      outages: conditions[node]!.outages,
      history: conditions[node]!.history,
      booked: provider.calendar
        .bookingsOn(node, nowMs, nowMs + 1)
        .reduce((sum, { demand }) => addResources(sum, demand), NO_RESOURCES),
      vms: guests[node]!.vms,
      notEmptied: conditions[node]!.isInService ? [] : guests[node]!.stuck,
      busyPermille: Math.round((1000 * guests[node]!.busyMilliCpus) / capacity.milliCpus),
    }));
  }

  calendar(fromMs: number, toMs: number): readonly CalendarEntry[] {
    const { provider } = this.#alive();
    return this.#parts.provider.cluster.nodes.flatMap(({ nodeId }, node) =>
      provider.calendar.bookingsOn(node, fromMs, toMs).map(({ demand, endMs, kind, owner, startMs }) => ({
        nodeId,
        reservationId: owner,
        kind,
        startMs,
        endMs,
        demand,
      })),
    );
  }

  // Lives

  /** One at a time: whoever asks while a life begins waits for it, and begins another only if it did not. */
  #beginLife(): Promise<void> {
    const before = this.#beginning?.catch(() => undefined) ?? Promise.resolve();
    this.#beginning = before.then(async () => {
      if (this.#life === undefined) await this.#readStateAndBegin();
    });
    return this.#beginning;
  }

  async #readStateAndBegin(): Promise<void> {
    const { database, log } = this.#parts;
    // A server that was lost has lost the lock too.
    await this.#lock?.release().catch(() => undefined);
    this.#lock = await acquireServiceLock(database);
    // A database that can only be read would end the next life at its first commit.
    await new SettingsStore(database).set(LIFE_BEGAN, new Date(this.#parts.host.now()).toISOString());
    const { lastSeq, snapshot: stored } = await loadState(database);
    const balances = await this.#ledger.balances();
    const { rememberedMs } = this.#checks;
    const past =
      stored === undefined || rememberedMs === 0
        ? []
        : await this.#reservations.usedSince(stored.atMs - rememberedMs);
    await this.#resale.read();
    await this.#parts.hypervisor.ready();
    if (this.#status.state === 'stopping') return;
    if (this.#clock.offMs !== 0) throw new Error(clockTrouble(this.#clock.offMs));
    const life = new ProviderLife({
      ...this.#parts,
      host: this.#clock,
      snapshot: stored,
      balances,
      history: { rememberedMs, past },
      onRecorded: (event) => this.#publish(event),
      onStored: (stored) => this.#stored.next(stored),
      onPolicyError: (error) =>
        log.error({ err: error, policy: error.policyName, kind: error.kind }, error.message),
      onFailed: (error) => this.#failed(error),
    });
    life.begin(stored);
    this.#life = life;
    this.#status = { state: 'running', reason: null };
    this.#resale.begin();
    log.info(
      { reservations: stored?.reservations.length ?? 0, lastSeq, speed: this.#parts.speed },
      stored === undefined ? 'a new provider begins' : 'the provider goes on from its database',
    );
  }

  #publish(entry: JournalEvent): void {
    const { event, userId } = entry;
    this.#parts.log.info({ userId, ...event }, event.type);
    this.#resale.hear(event);
    this.#events.next(entry);
  }

  #failed(error: unknown): void {
    this.#life = undefined;
    if (this.#status.state === 'stopping') return;
    const reason = describeDatabaseError(error, this.#parts.database.name);
    this.#status = { state: 'recovering', reason };
    this.#parts.log.error({ err: error }, `nothing is decided until the state is read again: ${reason}`);
    this.#recoverIn(FIRST_RETRY_MS);
  }

  /** What is decided by a wrong clock cannot be taken back. */
  #clockJumped(offMs: number): void {
    const life = this.#life;
    if (life === undefined) return;
    life.abandon(new Error(clockTrouble(offMs)));
  }

  #recoverIn(delayMs: number): void {
    const { host, log } = this.#parts;
    this.#retry = host.setTimer(() => {
      this.#beginLife().catch((error: unknown) => {
        const reason = describeDatabaseError(error, this.#parts.database.name);
        if (this.#status.state === 'stopping') return;
        this.#status = { state: 'recovering', reason };
        log.warn({ err: error }, `cannot go on yet: ${reason}`);
        this.#recoverIn(Math.min(2 * delayMs, LONGEST_RETRY_MS));
      });
    }, delayMs);
  }

  #alive(): ProviderLife {
    if (this.#life !== undefined) return this.#life;
    const { reason, state } = this.#status;
    throw new ServiceError(
      'PEX_UNAVAILABLE',
      state === 'recovering'
        ? `the service is waiting for ${this.#clock.offMs === 0 ? 'its database' : 'its clock to be set right'}; nothing was changed`
        : `the service is ${state}; nothing was changed`,
      reason === null ? {} : { state },
    );
  }

  /** @throws ServiceError PEX_REQUEST_FAILED when the start is so near that its user cannot change anything any more */
  #checkLock({ clock, provider }: ProviderLife, reservationId: string, { isOperator }: Said): void {
    const { lockMs = 0 } = this.#parts;
    const reservation = provider.reservation(reservationId);
    if (lockMs === 0 || isOperator || !reservation?.isConfirmed || reservation.windowOpen) return;
    const leftMs = reservation.terms.startMs - clock.now();
    if (leftMs <= 0 || leftMs > lockMs) return;
    throw new ServiceError(
      'PEX_REQUEST_FAILED',
      `less than ${formatDuration(lockMs)} before its start a reservation is neither changed, cancelled nor given away here; ask an operator`,
      { reason: 'locked', state: reservation.state },
    );
  }

  /**
   * "Now" is when a command is decided, which is a little later than when it was written.
   * @param waitedMs so long others were asked first
   */
  #dated(proposal: Proposal, waitedMs = 0): Proposal {
    const nowMs = this.now();
    const lateMs = nowMs - proposal.startMs - waitedMs;
    if (nowMs <= proposal.startMs || lateMs > TOLERATED_DELAY_MS * Math.max(1, this.speed)) return proposal;
    return { ...proposal, startMs: nowMs };
  }

  #datedAnswer(answer: UserReply): UserReply {
    return answer.reply === 'COUNTER' ? { ...answer, proposal: this.#dated(answer.proposal) } : answer;
  }

  async #open(
    user: AccountRecord,
    proposal: Proposal,
    { note, onlyHere }: { readonly note: RequestNote | undefined; readonly onlyHere: boolean },
  ): Promise<Opened> {
    const reservationId = this.#newId().toUpperCase();
    const beganMs = this.now();
    const elsewhere = onlyHere
      ? undefined
      : await this.#offerElsewhere(user, reservationId, this.#dated(proposal));
    const life = this.#alive();
    let asked = proposal;
    const deciding = life.run((): Extract<Command, { name: 'open' }> => {
      asked = this.#dated(proposal, this.now() - beganMs);
      this.#checks.checkOffer(life, user, reservationId, asked, elsewhere);
      return {
        name: 'open',
        reservationId,
        userId: String(user.userId),
        origin: null,
        proposal: asked,
        ...this.#checks.holdOf(life, user),
        ...(elsewhere !== undefined && { elsewhere }),
        ...noted(note),
      };
    });
    if (elsewhere === undefined) return { reservationId, proposal: asked, reply: await deciding };
    try {
      const reply = await deciding;
      if (life.provider.reservation(reservationId)?.outsourced === undefined) this.#resale.decline(elsewhere);
      return { reservationId, proposal: asked, reply };
    } catch (error) {
      // Stored or not, nobody knows: it stays until it expires.
      if (!(error instanceof ServiceError && error.code === 'PEX_OUTCOME_UNKNOWN'))
        this.#resale.decline(elsewhere);
      throw error;
    }
  }

  /** Held at a partner, to be sold here; undefined: there is room, or no partner has it, or it would not be sold to that user. */
  async #offerElsewhere(
    user: AccountRecord,
    reservationId: string,
    asked: Proposal,
  ): Promise<PartnerOffer | undefined> {
    const { partners = [] } = this.#parts;
    const { resale } = this.settings;
    if (resale === undefined || partners.length === 0) return undefined;
    const life = this.#alive();
    const nowMs = life.clock.now();
    try {
      const priceMicros = life.provider.resalePrice(reservationId, asked, nowMs);
      if (priceMicros === undefined) return undefined;
      const free = { partner: '', reservationId: '', priceMicros: 0, holdUntilMs: Number.POSITIVE_INFINITY };
      this.#checks.checkOffer(life, user, reservationId, asked, free);
      return await this.#resale.offerFor(reservationId, asked, mostForPartner(priceMicros, resale));
    } catch (error) {
      // The provider answers it as it would without partners, and says why.
      if (error instanceof ServiceError || (error instanceof PolicyError && !life.provider.isBroken))
        return undefined;
      throw error;
    }
  }

  /** It was confirmed at the partner that holds it, which happens on the word of its user alone; here that word was lost. */
  async #confirmForUser(reservationId: string): Promise<void> {
    const life = this.#alive();
    const offer = life.provider.reservation(reservationId);
    const owner = offer && (await this.#accounts.get(Number(offer.userId)));
    if (owner !== undefined) await this.#reply(life, owner, reservationId, { reply: 'CONFIRM' }, {});
  }

  partnerInstances(outsourced: Outsourced): ReturnType<Resale['instances']> {
    return this.#resale.instances(outsourced);
  }

  /** "Now" as a new start is when the command is decided. */
  #datedChange({ provider }: ProviderLife, reservationId: string, asked: ChangeAsk): ChangeAsk {
    const terms = provider.reservation(reservationId)?.proposal;
    if (asked.startMs === undefined || terms === undefined || asked.startMs === terms.startMs) return asked;
    return { ...asked, startMs: this.#dated({ ...terms, startMs: asked.startMs }).startMs };
  }

  #faults(): NodeFaults {
    const { faults } = this.#alive();
    if (faults !== undefined) return faults;
    throw new ServiceError('PEX_REQUEST_FAILED', 'the nodes are real: faults are not injected');
  }

  #knownNode(nodeId: string): void {
    const known = this.#parts.provider.cluster.nodes.map((node) => node.nodeId);
    if (known.includes(nodeId)) return;
    throw unknownNode(nodeId, known);
  }
}

function clockTrouble(offMs: number): string {
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return (
    `the clock of this machine was set ${offMs > 0 ? 'forwards' : 'back'} by ${seconds} s: set it right, or, if it is right as it is, say so ` +
    'with PUT /OpenPEX/clock/trust'
  );
}

function maintenanceIn({ provider }: ProviderLife, id: string): Outage | undefined {
  return provider
    .nodeConditions()
    .flatMap(({ outages }) => outages)
    .find(({ cause, outageId }) => cause === 'maintenance' && outageId === id);
}

/** @throws ServiceError PEX_REQUEST_FAILED when it is not that round any more */
function checkRound(expected: number | undefined, present: number | undefined): void {
  if (expected === undefined || expected === present) return;
  throw new ServiceError(
    'PEX_REQUEST_FAILED',
    'Other terms are on the table than those that were approved.',
    {
      reason: 'other-terms',
    },
  );
}

/** What is left of a span; undefined: it is over. */
function stillAhead<Q extends AvailabilityQuery>(query: Q, nowMs: number): Q | undefined {
  const fromMs = Math.max(query.fromMs, nowMs);
  return fromMs < query.toMs ? { ...query, fromMs } : undefined;
}

function noted(note: RequestNote | undefined): { note?: RequestNote } {
  return note === undefined ? {} : { note };
}

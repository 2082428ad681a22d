// The running provider as the API sees it. Commands are decided by one writer in order of arrival; their promises resolve when what
// was decided is committed to the database, so a reply that was given survives a crash.
import type { Observable } from 'rxjs';
import type {
  ChangeAnswer,
  ChangeAsk,
  ClaimReply,
  ImageOnItsWay,
  ImageOverview,
  InstanceCommand,
  InstanceReply,
  LeaseKind,
  NodeHistory,
  Outage,
  Outsourced,
  Proposal,
  ProviderReply,
  ProviderSettings,
  QueuedLease,
  Quote,
  RequestNote,
  ResourceDefinition,
  Resources,
  UserReply,
  VmTrouble,
  Waiting,
} from '../../engine/index.ts';
import type { Deposit } from '../database/ledger.ts';
import type { Resale } from '../partners/resale.ts';
import type { ServiceError } from '../problems.ts';
import type { StoredTransaction } from '../recorder/group-commit.ts';
import type {
  AccountRecord,
  JournalEvent,
  LedgerRecord,
  Quota,
  ReservationTerms,
  TemplateRecord,
} from '../records.ts';
import type { AskedOutage, OutageForecast } from './forecast/outage-forecast.ts';
import type { Asked, WhatIfAnswer, WhatIfChanges } from './forecast/what-if.ts';

export type ServiceState =
  /** Reading its state from the database. */
  | 'starting'
  | 'running'
  /** The database failed, or the clock jumped: nothing is decided until that is over and the state has been read again. */
  | 'recovering'
  | 'stopping';

export interface ServiceStatus {
  readonly state: ServiceState;
  /** Why it does not run, for operators. */
  readonly reason: string | null;
  /** How far the clock of the machine is from where it should be; absent: it is believed. */
  readonly clockOffMs?: number;
}

export interface Opened {
  readonly reservationId: string;
  /** As asked; what is offered is in the reply. */
  readonly proposal: Proposal;
  readonly reply: ProviderReply;
}

export interface AvailabilityQuery {
  readonly demand: Resources;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StartsQuery extends AvailabilityQuery {
  readonly durationMs: number;
  /** One that is to be told exactly. */
  readonly startMs?: number;
}

/** What of a request is within limits that all of it is beyond: so many instances for as long, or as many for so long. Absent: none. */
export interface WithinLimits {
  readonly numInstancesFixed?: number;
  /** In whole minutes. */
  readonly durationMs?: number;
}

/** From `fromMs` until the next step (or the end of the query), so many instances of the demand fit. */
export interface AvailabilityStep {
  readonly fromMs: number;
  readonly count: number;
}

export interface NodeStatus {
  readonly nodeId: string;
  readonly group: string;
  /** Absent: nobody said. */
  readonly site?: string;
  readonly capacity: Resources;
  /** Answers, as far as is known. */
  readonly up: boolean;
  /** Not drained by an operator, and not in maintenance. */
  readonly inService: boolean;
  /** Those that are and those that are planned, by their beginning. */
  readonly outages: readonly Outage[];
  /** How it has kept its word so far. */
  readonly history: NodeHistory;
  /** Booked now, by holds and reservations. */
  readonly booked: Resources;
  /** VMs that run there now. */
  readonly vms: number;
  /** Of a node out of service: VMs that cannot leave it, or wait to, and why. */
  readonly notEmptied: readonly { readonly vmId: string; readonly trouble: VmTrouble }[];
  /** Share of its CPUs that the guests keep busy, in thousandths. */
  readonly busyPermille: number;
}

/** How a user's message came to be, where that matters for what becomes of it. */
export interface Said {
  readonly note?: RequestNote | undefined;
  /** Of an offer that is let go without its user being asked: what was pledged for it comes back. */
  readonly givesBack?: true;
  /** An operator says it: no lock holds. */
  readonly isOperator?: boolean;
  /** What is confirmed is what was offered in that round, and nothing else. */
  readonly round?: number;
}

/** One booking of the calendar, for operators. */
export interface CalendarEntry {
  readonly nodeId: string;
  readonly reservationId: string;
  readonly kind: 'hold' | 'reservation';
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Resources;
}

/**
 * Every command rejects with a ServiceError (problems.ts) when it cannot be carried out for a reason outside the negotiation. What takes a
 * `note` is done once, however often it is asked for with the same: the first reply comes again, and PEX_IDEMPOTENCY_MISMATCH to another
 * request with that key.
 */
export interface Service {
  readonly status: ServiceStatus;
  /** Milliseconds of service time per real one. */
  readonly speed: number;
  readonly settings: ProviderSettings;
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  /** What there is beside CPU, memory and disk. */
  readonly resources: readonly ResourceDefinition[];
  /** Names of the sites on which its nodes stand, in their order; none where nobody said. */
  readonly sites: readonly string[];
  readonly templates: readonly TemplateRecord[];
  /** What a proposal may name as its kind. */
  readonly leaseKinds: readonly Pick<LeaseKind, 'name' | 'summary' | 'activatesItself'>[];
  /** Its allocation policy reads what proposals say of nodes. */
  readonly readsPreferences: boolean;
  /** The hypervisor is simulated: faults can be injected. */
  readonly isSimulated: boolean;
  /** Each transaction that stored something, when it is over. */
  readonly stored$: Observable<StoredTransaction>;
  /** Commands that are not answered yet: they wait for their decision, or for that to be stored. */
  readonly unanswered: number;
  /** The names of the partners of which is bought what is sold on. */
  readonly resaleOf: readonly string[];
  /** Service time, in milliseconds since the Unix epoch; runs `speed` times as fast as the real one. */
  now(): number;
  /** Where the console of a VM is shown; null: nowhere, or it is not up. For those to whom the VM belongs, and operators. */
  consoleOf(vmId: string): string | null;

  /**
   * initiateReservation and requestReservation in one step.
   * @param where `onlyHere`: nothing is bought of partners for it, since its instances are to be commanded from here
   */
  open(
    user: AccountRecord,
    proposal: Proposal,
    note?: RequestNote,
    where?: { readonly onlyHere?: boolean },
  ): Promise<Opened>;
  /** @param owner of the reservation: whose limits and balance count, whoever speaks */
  reply(
    owner: AccountRecord,
    reservationId: string,
    answer: UserReply,
    said?: Pick<Said, 'givesBack' | 'round'>,
  ): Promise<ProviderReply>;
  /** The terms on the table as they are decided, perhaps not stored yet; undefined: there is no such reservation, or it is over. */
  terms(reservationId: string): ReservationTerms | undefined;
  /**
   * Asks for other terms of a confirmed reservation; its own stand until that is confirmed.
   * @param owner of the reservation: whose limits and balance count, whoever speaks
   */
  change(owner: AccountRecord, reservationId: string, asked: ChangeAsk, said?: Said): Promise<ProviderReply>;
  answerChange(
    owner: AccountRecord,
    reservationId: string,
    answer: ChangeAnswer,
    said?: Said,
  ): Promise<ProviderReply>;
  activate(reservationId: string): Promise<ProviderReply>;
  cancel(reservationId: string, said?: Said): Promise<ProviderReply>;
  /**
   * Gives a confirmed reservation to another account, which pays what was paid for it so far; the former one gets that back.
   * @throws ServiceError PEX_QUOTA_EXCEEDED or PEX_INSUFFICIENT_BALANCE
   */
  transfer(to: AccountRecord, reservationId: string, said?: Said): Promise<ProviderReply>;
  /** @param owner of the reservation: whose limits and balance count */
  claimOptions(
    owner: AccountRecord,
    reservationId: string,
    count: number,
    note?: RequestNote,
  ): Promise<ClaimReply>;
  commandInstance(vmId: string, command: InstanceCommand): Promise<InstanceReply>;
  /** Adds to the balance of an account, or takes from it. */
  deposit(deposit: Omit<Deposit, 'atMs'>): Promise<LedgerRecord>;
  /**
   * Deletes an account, after which nothing more is decided in its name.
   * @throws ServiceError PEX_REQUEST_FAILED as long as it has a reservation that has not ended, PEX_NOT_FOUND
   */
  deleteAccount(userId: number): Promise<void>;
  /** Reservations and CPUs that the user has at the busiest instant, offers included, and what offers hold. */
  usageOf(account: AccountRecord): Quota;
  /** What runs at a partner for a reservation that it delivers. @throws ServiceError PEX_UNAVAILABLE when it does not answer */
  partnerInstances(outsourced: Outsourced): ReturnType<Resale['instances']>;
  /**
   * @param untilMs when it is expected back; null: nobody knows; undefined: after the assumed repair time
   * @throws ServiceError PEX_NOT_FOUND for an unknown node, like those below
   */
  drainNode(nodeId: string, untilMs?: number | null): Promise<void>;
  /** @throws ServiceError PEX_BAD_REQUEST when it is over already */
  planMaintenance(
    nodeId: string,
    span: { readonly fromMs: number; readonly untilMs: number },
    note?: RequestNote,
  ): Promise<Outage>;
  /** Calls it off, or ends it when it has begun. @throws ServiceError PEX_NOT_FOUND when there is none of that id */
  endMaintenance(maintenanceId: string): Promise<Outage>;
  /** What would become of the instances on a node, as things stand. Nothing changes. @throws ServiceError PEX_NOT_FOUND */
  forecastOutage(outage: AskedOutage): Promise<OutageForecast>;
  /**
   * What if, until `endMs`. Nothing changes.
   * @param demand what comes once more, in the order in which it comes
   * @throws ServiceError PEX_NOT_FOUND for a node that there is not, PEX_BAD_REQUEST for changes that make no provider
   */
  whatIf(changes: WhatIfChanges, endMs: number, demand: readonly Asked[]): Promise<WhatIfAnswer>;
  enableNode(nodeId: string): Promise<void>;
  /** The clock of the machine is right as it is. Resolves when the service has gone on, if that was what it waited for. */
  trustClock(): Promise<void>;
  /** Simulated hypervisor only: the node dies with everything on it. */
  failNode(nodeId: string): void;
  returnNode(nodeId: string): void;

  /** @param reservationId as the next message of that negotiation, whose hold would be given back for it; absent, or over: of a new one */
  quote(proposal: Proposal, reservationId?: string): Quote;
  /** What the account may not have of it, or cannot pay, as a request for it would be refused; undefined: nothing. @param reservationId as for a quote */
  refusalOf(
    account: AccountRecord,
    proposal: Proposal,
    reservationId?: string,
  ): { readonly error: ServiceError; readonly within: WithinLimits } | undefined;
  /** @param reservationId what it holds counts as free */
  availability(query: AvailabilityQuery, reservationId?: string): readonly AvailabilityStep[];
  /** As many as the limits of the account leave at each instant, whether or not they fit. @param reservationId is not counted */
  roomOf(
    account: AccountRecord,
    query: AvailabilityQuery,
    reservationId?: string,
  ): readonly AvailabilityStep[];
  /** As many as the limits of a period leave to a reservation of a length, by where it begins. @param reservationId is not counted */
  startsOf(account: AccountRecord, query: StartsQuery, reservationId?: string): readonly AvailabilityStep[];
  /** Leases that wait for their turn. */
  queue(): readonly QueuedLease[];
  /** What nodes keep of images, and what is sent to them; undefined where none are sent. */
  images(): ImageOverview | undefined;
  /** How far the image of a reservation is; undefined where nothing is sent for it (any more). */
  imageOf(reservationId: string): ImageOnItsWay | undefined;
  /** What waits for room, in the order in which it is to have its turn. */
  waitlist(): readonly Waiting[];
  nodes(): readonly NodeStatus[];
  calendar(fromMs: number, toMs: number): readonly CalendarEntry[];

  /** Committed events with their numbers, in order. Hot; live subscribers only, the past is in the journal. */
  readonly events$: Observable<JournalEvent>;
}

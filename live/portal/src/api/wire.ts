// What the REST API sends and takes, as far as the portal uses it (docs/openapi.json has all of it). Times are in ms of service time
// since the Unix epoch, money in micro-credits.

export type Role = 'user' | 'operator';

export interface Quota {
  readonly reservations: number;
  readonly vcpus: number;
}

export interface Account {
  readonly userid: number;
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly balanceMicros: number;
  readonly quota: Quota;
  /** What counts against the quota; only of one's own account. */
  readonly usage?: Quota;
  readonly createdTime: string;
}

export interface Session {
  readonly account: Account;
  readonly csrfToken: string;
}

export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly fullName: string;
  readonly email: string;
}

export type ReservationState =
  | 'INITIATED'
  | 'ACCEPTED'
  | 'COUNTERED'
  | 'CONFIRMED'
  | 'ACTIVATED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'FAILED';

/** Terms as the portal sends them. Absent start: now. */
export interface ProposalBody {
  readonly type: string;
  readonly duration: number;
  readonly numInstancesFixed: number;
  readonly numInstancesOption: number;
  readonly template?: string;
  /** ISO 8601, UTC. */
  readonly startTime?: string;
  readonly earliestStartTime?: string;
  readonly maxPriceMicros?: number;
}

/** Terms as the service sends them. */
export interface Proposal {
  readonly id: string;
  readonly type: string;
  readonly duration: number;
  readonly numInstancesFixed: number;
  readonly numInstancesOption: number;
  readonly template: string;
  readonly startTimeMs: number;
  readonly maxPriceMicros?: number;
}

export interface NegotiationAnswer {
  /** Null when the answer has no terms of its own. */
  readonly proposal: Proposal | null;
  readonly reply: 'ACCEPT' | 'COUNTER' | 'REJECT' | 'CONFIRM_REQUEST' | 'REQUEST_SUCCESS';
  readonly priceMicros?: number;
  readonly holdUntilMs?: number;
  readonly reason?: string;
}

export type UserAnswer =
  | { readonly reply: 'ACCEPT' | 'CONFIRM' | 'REJECT' }
  | { readonly reply: 'COUNTER'; readonly proposal: ProposalBody };

export interface Quote {
  readonly reply: 'ACCEPT' | 'COUNTER' | 'REJECT';
  readonly proposal?: Proposal;
  readonly priceMicros?: number;
  readonly reason?: string;
}

export interface Reservation {
  readonly id: string;
  readonly status: ReservationState;
  readonly username: string;
  /** Null, like the other terms, while there was no proposal. */
  readonly type: string | null;
  readonly template: string | null;
  readonly startTimeMs: number | null;
  readonly endTimeMs: number | null;
  readonly duration: number | null;
  readonly numInstancesFixed: number | null;
  readonly numInstancesOption: number | null;
  readonly cpus: number | null;
  readonly memoryMib: number | null;
  readonly diskGib: number | null;
  readonly maxPriceMicros: number | null;
  readonly activatedInstances: number;
  readonly optionsClaimed: number;
  /** Of the whole reservation; 0 while nothing was offered. */
  readonly priceMicros: number;
  readonly holdUntilMs: number | null;
  readonly round: number;
  readonly windowOpen: boolean;
  readonly nodes: readonly string[];
  readonly createdTimeMs: number;
  readonly endReason: string | null;
  readonly noShow: boolean;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
  /** What the user has to answer. */
  readonly lastReply: 'ACCEPT' | 'COUNTER' | null;
}

/** One message of a negotiation. */
export interface Offer {
  readonly round: number;
  readonly timeMs: number;
  readonly from: 'user' | 'provider';
  readonly message: string;
  readonly proposal: Proposal | null;
  readonly priceMicros: number | null;
  readonly holdUntilMs: number | null;
  readonly reason: string | null;
}

export type VmState =
  | 'NOT_PROVISIONED'
  | 'HALTED'
  | 'RUNNING'
  | 'PAUSED'
  | 'SUSPENDED'
  | 'UNDER_MIGRATION'
  | 'DELETED'
  | 'UNRECOGNIZED';

export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly status: VmState;
  /** What it is meant to be: running, halted, suspended or deleted. */
  readonly wanted: string;
  readonly node: string;
  readonly ipAddress: string | null;
  readonly loadPermille: number;
  readonly reservationId: string;
  readonly number: number;
  readonly type: string;
  readonly template: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  readonly startTimeMs: number;
  readonly endTimeMs: number;
  readonly username: string;
}

export type InstanceCommand = 'start' | 'stop' | 'reboot' | 'suspend' | 'resume' | 'delete';

export interface InstanceType {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
}

export interface Template {
  readonly name: string;
  readonly description: string;
}

export interface AvailabilityStep {
  readonly fromMs: number;
  readonly count: number;
}

export interface Availability {
  readonly type: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly steps: readonly AvailabilityStep[];
}

export interface ServiceInfo {
  readonly version: string;
  /** Milliseconds of service time per real one. */
  readonly speed: number;
  readonly timeMs: number;
  readonly state: 'starting' | 'running' | 'recovering' | 'stopping';
  readonly settings: {
    readonly holdMs: number;
    readonly maxRounds: number;
    readonly bookingHorizonMs: number;
    readonly autoActivate: boolean;
  };
  readonly simulated: boolean;
}

export interface LedgerEntry {
  readonly entryId: number;
  readonly timeMs: number;
  readonly kind: 'deposit' | 'charge' | 'refund' | 'penalty';
  /** Signed, as the balance changes. */
  readonly amountMicros: number;
  readonly reservationId: string | null;
  readonly note: string;
}

export interface ClusterNode {
  readonly node: string;
  readonly group: string;
  /** Answers, as far as is known. */
  readonly up: boolean;
  /** Not drained by an operator. */
  readonly inService: boolean;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** Booked now, by holds and reservations. */
  readonly bookedCpus: number;
  readonly bookedMemoryMib: number;
  readonly bookedDiskGib: number;
  readonly vms: number;
  /** Share of its CPUs that the guests keep busy, in thousandths. */
  readonly busyPermille: number;
}

export type NodeCommand = 'drain' | 'enable' | 'fail' | 'return';

export interface CalendarEntry {
  readonly node: string;
  readonly reservationId: string;
  readonly username: string | null;
  readonly kind: 'hold' | 'reservation';
  readonly startTimeMs: number;
  readonly endTimeMs: number;
  readonly cpus: number;
  readonly memoryMib: number;
}

/** One entry of the journal; its fields are those of its type. */
export interface DomainEvent {
  readonly type: string;
  readonly atMs: number;
  readonly reservationId?: string;
  readonly [field: string]: unknown;
}

export interface JournalEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly userid: number | null;
  readonly event: DomainEvent;
}

/** One page of a list, in the order of the list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Path of the next page; null on the last. */
  readonly next: string | null;
}

// What the database holds, as the rest of live/ sees it: plain values with our names and units. Rows and columns are the business of
// database/.
import type {
  ChangeSnapshot,
  DomainEvent,
  EndReason,
  Offer,
  PartnerOffer,
  Proposal,
  ProviderReply,
  ReservationState,
  Resources,
  VmSnapshot,
  VmState,
  VmTrouble,
} from '../engine/index.ts';
import type { ServiceMemory } from '../scenarios/services/service-manager.ts';
import type { CameBy } from './wire/audit.ts';
import type { ManagedLeaseState, ManagedServiceEnd, ManagedServiceState } from './wire/managed-service.ts';
import type { ChosenKind, NoticeChannel, NoticeKind } from './wire/notification.ts';
import type { ProjectRole } from './wire/project.ts';
import type { TokenScope } from './wire/token.ts';

export type { ChosenKind, NoticeChannel, ProjectRole };

export type Role = 'user' | 'operator';
/** Nobody logs in as a project: its members act for it. */
export type AccountKind = 'person' | 'project';

export interface AccountRecord {
  /** The `userid` of the API; counted from 1. The manager knows the user by this number as text. */
  readonly userId: number;
  /** Unique without regard to case. */
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  readonly kind: AccountKind;
  /** A disabled account can neither log in nor use a session it has; its reservations go on. */
  readonly disabled: boolean;
  readonly balanceMicros: number;
  /** Own limits; null: those of the configuration. */
  readonly quota: Partial<Quota> | null;
  readonly createdMs: number;
}

/** What one user may have at one instant, over all reservations that have not ended. */
export interface Quota {
  readonly reservations: number;
  /** Instances, guaranteed and claimed, times the CPUs of each. */
  readonly vcpus: number;
  /** CPU-hours of guaranteed instances that offers hold and nobody has confirmed yet. */
  readonly heldCpuHours: number;
  /** At most one of each resource and length. */
  readonly rolling: readonly RollingLimit[];
}

/** What may be used in any period of a length; or what is, in the busiest of them. */
export interface RollingLimit {
  /** cpu, or a resource that the provider names. */
  readonly of: string;
  readonly periodMs: number;
  /** So many of them for so many hours. */
  readonly hours: number;
}

/** What its user calls a reservation, and notes about it; null: nothing. */
export interface ReservationLabel {
  readonly name: string | null;
  readonly note: string | null;
}

/** How people know a reservation among others. */
export interface ReservationNames {
  readonly username: string;
  /** What its user calls it. */
  readonly name: string | null;
}

export interface ReservationRecord extends ReservationLabel {
  readonly reservationId: string;
  readonly userId: number;
  readonly username: string;
  readonly state: ReservationState;
  readonly round: number;
  /** The terms on the table: as asked last, or as offered since. Null for a session that never got a proposal. */
  readonly proposal: Proposal | null;
  readonly priceMicros: number;
  /** Paid for the present offer; absent: nothing. */
  readonly pledgedMicros?: number;
  /** For which it was offered, as a further window. Absent: it was asked for itself. */
  readonly partOf?: string;
  /** The first instant at which its hold no longer exists; null when nothing is held. */
  readonly holdUntilMs: number | null;
  /** The partner that delivers it, or holds it; absent: none does. */
  readonly outsourced?: PartnerOffer;
  /** Other terms that are on offer for it; null when none are. */
  readonly change: ChangeSnapshot | null;
  readonly windowOpen: boolean;
  readonly optionsClaimed: number;
  /** VMs that were launched. */
  readonly activatedInstances: number;
  /** Nodes on which it is booked, in the order of its instances. */
  readonly nodeIds: readonly string[];
  readonly createdMs: number;
  readonly confirmedMs: number | null;
  readonly activatedMs: number | null;
  readonly endedMs: number | null;
  readonly endReason: EndReason | null;
  readonly noShow: boolean;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/** A reservation at a partner that one of ours stands for, from the offer on, and what the partner is owed for it. */
export interface PassageRecord {
  /** Of the event with which it was offered. */
  readonly seq: number;
  readonly reservationId: string;
  readonly partner: string;
  readonly partnerReservationId: string;
  /** The transfer price. */
  readonly priceMicros: number;
  readonly offeredMs: number;
  /** The end of its window. */
  readonly endsMs: number;
  /** Since when it is owed; null: it is not. */
  readonly confirmedMs: number | null;
  /** When nothing was to come of it any more; null: something is. */
  readonly settledMs: number | null;
  /** What the partner gave back of the price, and what it owes on top. */
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/** What an answer to an offer is about. */
export type ReservationTerms = Pick<
  ReservationRecord,
  'reservationId' | 'userId' | 'state' | 'round' | 'proposal' | 'priceMicros'
>;

export interface InstanceRecord {
  /** A lower-case UUID, as Xen has them. */
  readonly vmId: string;
  readonly reservationId: string;
  readonly number: number;
  readonly userId: number;
  readonly username: string;
  /** `<username>-<number>`, unique. */
  readonly name: string;
  /** What its user calls the reservation. */
  readonly reservationName: string | null;
  readonly state: VmState;
  /** What the VM is meant to be. */
  readonly wanted: VmSnapshot['wanted'];
  /** What was given up of it, or waits; null when nothing is. */
  readonly trouble: VmTrouble | null;
  /** Its time is over, and its disk is kept until then; null when it is not. */
  readonly keptUntilMs: number | null;
  /** Since when it stands still because its node is drained and no other has room; null when it does not. */
  readonly parkedSinceMs: number | null;
  /** The window of its reservation is open, and the reservation has not ended. */
  readonly windowOpen: boolean;
  readonly nodeId: string;
  readonly ipAddress: string | null;
  readonly loadPermille: number;
  readonly type: string;
  readonly demand: Resources;
  readonly template: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A message of the negotiation, as it was exchanged. */
export interface OfferRecord {
  readonly reservationId: string;
  readonly round: number;
  readonly atMs: number;
  /** Who spoke. */
  readonly from: 'user' | 'provider';
  readonly message: string;
  readonly proposal: Proposal | null;
  readonly priceMicros: number | null;
  readonly holdUntilMs: number | null;
  readonly reason: string | null;
  /** Of an offer or a rejection; null when it says no more. */
  readonly details: Pick<Offer, 'alternatives' | 'bottleneck' | 'parts' | 'pledgeMicros'> | null;
}

/** carried-forward: the sum of entries that are in an archive. */
export type LedgerKind = 'deposit' | 'charge' | 'refund' | 'penalty' | 'transfer' | 'carried-forward';

export interface LedgerRecord {
  readonly entryId: number;
  readonly userId: number;
  readonly atMs: number;
  readonly kind: LedgerKind;
  /** Signed, as the user's balance changes. */
  readonly amountMicros: number;
  readonly reservationId: string | null;
  readonly note: string;
}

export interface JournalEvent {
  /** Counted from 1 without gaps, in the order of the commits. */
  readonly seq: number;
  /** Of the reservation that the event is about; null for events of the cluster. */
  readonly userId: number | null;
  readonly event: DomainEvent;
}

export interface TemplateRecord {
  readonly name: string;
  readonly description: string;
  /** In whose name one logs in to its VMs by a key of one's account. Absent: keys and user-data do not get into them. */
  readonly login?: string;
}

/** A service that follows its manifest. Times are of the service's clock. */
export interface ManagedServiceRecord {
  readonly serviceId: string;
  /** Counted from 1, in the order of submission. */
  readonly serviceNo: number;
  readonly userId: number;
  /** Of those of one account that have not ended, unique. */
  readonly name: string;
  readonly state: ManagedServiceState;
  /** As it was submitted, in YAML. */
  readonly manifest: string;
  readonly submittedMs: number;
  /** Until then it may be confirmed. */
  readonly holdUntilMs: number;
  readonly confirmedMs: number | null;
  readonly endedMs: number | null;
  readonly endReason: ManagedServiceEnd | null;
  /** The control period whose rules were followed last. */
  readonly lookedMs: number;
  readonly memory: ServiceMemory;
  /** What was measured in that period, by the names of figures. */
  readonly measured: Readonly<Record<string, number>>;
  /** And what the rules made of it. */
  readonly figures: Readonly<Record<string, number>>;
  /** What probes said last, by the names of figures. */
  readonly probed: Readonly<Record<string, { readonly value: number; readonly atMs: number }>>;
}

/** One instance of a component for a stretch of time. */
export interface ManagedLeaseRecord {
  readonly serviceId: string;
  readonly leaseId: string;
  readonly component: string;
  /** The control period that asked for it. */
  readonly askedMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly size: string | Resources;
  readonly state: ManagedLeaseState;
  readonly sinceMs: number;
  /** Why it is refused, lost, or not given back. */
  readonly reason: string | null;
  readonly reservationId: string | null;
  readonly priceMicros: number | null;
}

/** With which a program calls the API in the name of an account. Times are of the real clock. */
export interface TokenRecord {
  readonly tokenId: string;
  readonly userId: number;
  /** What it is for. */
  readonly name: string;
  readonly scope: TokenScope;
  readonly createdMs: number;
  /** Null: until it is revoked. */
  readonly expiresMs: number | null;
  /** Null as long as it was not used; to the minute. */
  readonly usedMs: number | null;
}

/** With which a program signs what it asks for in the name of an account. Times are of the real clock. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly userId: number;
  readonly createdMs: number;
  /** Null: until it is revoked. */
  readonly expiresMs: number | null;
  /** Null as long as it was not used; to the minute. */
  readonly usedMs: number | null;
}

/** launch: what one RunInstances started; capacity: a capacity reservation; offering: a capacity block that is on offer. */
export type Ec2GroupKind = 'launch' | 'capacity' | 'offering';

/** Reservations that belong together for a user of the EC2 interface. */
export interface Ec2GroupRecord {
  readonly groupId: string;
  readonly userId: number;
  readonly kind: Ec2GroupKind;
  /** Service time. */
  readonly createdMs: number;
  /** By which a client that asks again is known; null: it cannot be. */
  readonly token: string | null;
  /** Equal for equal requests. */
  readonly fingerprint: string;
  /** Its reservations are what it says; not yet: only held, and confirmed next. */
  readonly isSettled: boolean;
  readonly terms: Ec2Terms;
}

/** What was asked for, as far as the reservations do not say it. */
export interface Ec2Terms {
  /** As it was written. */
  readonly instanceType: string;
  readonly imageId: string;
  readonly keyName?: string;
  readonly userData?: string;
  readonly clientToken?: string;
  readonly platform?: string;
  /** Of a capacity reservation or an offering. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly count?: number;
  readonly matches?: 'open' | 'targeted';
  readonly isCancelled?: true;
  /** Of a capacity reservation that was bought as an offering. */
  readonly blockId?: string;
  /** Of a capacity reservation that was bought as reserved instances. */
  readonly reservedId?: string;
  /** Of an offering. */
  readonly holdUntilMs?: number;
  /** Of an offering, and of reserved instances when they were bought: all of them. */
  readonly priceMicros?: number;
}

/** A reservation of one instance, which is an EC2 instance, a place of a capacity reservation, or both. */
export interface Ec2SlotRecord {
  readonly reservationId: string;
  readonly userId: number;
  /** Of the capacity reservation or the offering that it belongs to; null: none. */
  readonly capacityId: string | null;
  /** Null: nothing was launched there. */
  readonly launchId: string | null;
  /** Its place in the launch, from 0. */
  readonly launchIndex: number;
}

export interface Ec2KeyPairRecord {
  readonly pairId: string;
  readonly userId: number;
  readonly name: string;
  readonly type: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** A line as OpenSSH writes it. */
  readonly publicKey: string;
  /** Service time. */
  readonly createdMs: number;
}

export interface Ec2TagRecord {
  readonly userId: number;
  readonly resourceId: string;
  readonly key: string;
  readonly value: string;
}

/** A request that changed something, or was refused. Times are of the real clock. */
export interface AuditRecord {
  readonly entryId: number;
  readonly atMs: number;
  /** Null: nobody was let in. */
  readonly userId: number | null;
  /** As the request said. */
  readonly username: string | null;
  /** In whose name, when it was not one's own. */
  readonly forUserId: number | null;
  readonly cameBy: CameBy;
  readonly address: string;
  /** Method and route. */
  readonly action: string;
  /** The address that was asked. */
  readonly target: string;
  readonly status: number;
  /** Of the refusal. */
  readonly code: string | null;
  /** So many alike, within a minute. */
  readonly times: number;
}

export interface NamedAuditRecord extends AuditRecord {
  /** The present name of whom it was done for; null: nobody else. */
  readonly forUsername: string | null;
}

/** A user in a project. */
export interface MemberRecord {
  readonly userId: number;
  readonly username: string;
  readonly role: ProjectRole;
}

/** A project of a user. */
export interface MembershipRecord {
  readonly project: AccountRecord;
  readonly role: ProjectRole;
}

/** Something that a user is to be told, as long as that is not done. */
export interface NoticeRecord {
  readonly noticeId: number;
  /** Whom it concerns: the owner of the reservation, until `channel` says how it is delivered, and from then on who gets it. */
  readonly userId: number;
  readonly kind: NoticeKind;
  readonly reservationId: string | null;
  /** When it is to be told, of the service's clock. */
  readonly dueMs: number;
  readonly facts: NoticeFacts;
  /** Null: nobody has looked yet who wants to hear of it. */
  readonly channel: NoticeChannel | null;
  /** Of the real clock: not before, and since when it is tried. */
  readonly tryMs: number;
  readonly addressedMs: number | null;
  readonly attempts: number;
}

/** What a notice is about, beside its reservation; each kind has some of these. */
export interface NoticeFacts {
  readonly atMs: number;
  /** Of an offer; and whether it is one of a change. */
  readonly holdUntilMs?: number;
  readonly isChange?: boolean;
  /** Of a turn on the waitlist: it is a counter-offer. */
  readonly isCounter?: boolean;
  /** Of a window. */
  readonly endMs?: number;
  /** What failed: so many VMs, or the reservation as a whole. */
  readonly reason?: string;
  readonly vms?: number;
  /** Also of a wait: it was in vain. */
  readonly isOver?: boolean;
  /** Of a maintenance. */
  readonly nodeId?: string;
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** What a user wants to hear of, and how. */
export interface NotificationChoices {
  readonly userId: number;
  readonly email: readonly ChosenKind[];
  readonly webhook: readonly ChosenKind[];
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
  /** Why the last delivery failed, of the real clock; null: it did not. */
  readonly webhookTrouble: { readonly atMs: number; readonly reason: string } | null;
}

/** What was answered to a request with an Idempotency-Key, for a client that sends it again. */
export interface AnswerRecord {
  /** Who asked: a key is its user's. */
  readonly userId: number;
  readonly key: string;
  /** Equal for equal requests. */
  readonly fingerprint: string;
  readonly atMs: number;
  /** The reservation that was opened, whose offers begin with the answer; null of any other request. */
  readonly reservationId: string | null;
  /** Of any other request; null when the reply is nothing. */
  readonly reply: object | null;
}

/** A file into which history was moved: everything up to its end, from that of the archive before it. */
export interface ArchiveRecord {
  /** The numbers of the last event and the last input in it. */
  readonly eventSeq: number;
  readonly seq: number;
  /** [fromMs, atMs], of the service's clock. */
  readonly fromMs: number;
  readonly atMs: number;
  /** When it was made, of the real clock. */
  readonly madeMs: number;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** How many rows of each table are in it. */
  readonly rows: Readonly<Record<string, number>>;
  /** Of the ledger and of instances: what is numbered on goes on from there. */
  readonly lastEntryId: number;
  readonly lastInstanceNo: number;
  /** What is in it is gone from the database. */
  readonly isDropped: boolean;
}

/** How the negotiation of a reservation began. */
export interface FirstReply {
  readonly proposal: Proposal;
  readonly reply: ProviderReply;
}

/** One page of a list, in the order of the list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

/** Of which the history of load is asked. */
export interface LoadSpan {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Absent: all nodes. */
  readonly nodeId?: string | undefined;
}

/** Means over `[startMs, endMs)`: thousandths of CPUs, and MiB. */
export interface LoadMeans {
  readonly startMs: number;
  readonly endMs: number;
  /** Of nodes that are not lost or gone. */
  readonly onlineMilliCpus: number;
  /** Of reservations whose window is open. */
  readonly reservedMilliCpus: number;
  /** Of VMs that are up. */
  readonly allocatedMilliCpus: number;
  /** What their guests keep busy. */
  readonly busyMilliCpus: number;
  readonly onlineMemoryMib: number;
  readonly reservedMemoryMib: number;
  readonly allocatedMemoryMib: number;
}

export interface RecordedLoad {
  /** What happened before that is in an archive, or did not happen here. */
  readonly keptFromMs: number;
  /** False: up to its end there was no node of the name that was asked for. */
  readonly isNodeKnown: boolean;
  readonly steps: readonly LoadMeans[];
}

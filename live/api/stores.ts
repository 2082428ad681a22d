// What the API reads and writes beside the running service: committed state only. The interfaces name only what the routes use.
import type { ReservationState } from '../../engine/index.ts';
import type { AccountChanges, NewAccount, Verified } from '../database/account-store.ts';
import type { Identity } from '../database/identity-store.ts';
import type { PassageStore } from '../database/passage-store.ts';
import type {
  AccessKeyRecord,
  AccountRecord,
  ArchiveRecord,
  AuditRecord,
  InstanceRecord,
  JournalEvent,
  LedgerRecord,
  LoadSpan,
  ManagedLeaseRecord,
  ManagedServiceRecord,
  MemberRecord,
  MembershipRecord,
  NamedAuditRecord,
  NoticeChannel,
  NotificationChoices,
  OfferRecord,
  Page,
  ProjectRole,
  RecordedLoad,
  ReservationLabel,
  ReservationNames,
  ReservationRecord,
  ReservationTerms,
  TokenRecord,
} from '../records.ts';

/** What was bought of partners. */
export type Passages = Pick<PassageStore, 'balances' | 'page'>;

export interface PageQuery {
  readonly limit: number;
  /** Where the page begins, from the page before; absent: at the start. */
  readonly cursor?: string;
}

export interface Accounts {
  /** @throws ServiceError PEX_CONFLICT when the username or e-mail address is taken */
  register(account: NewAccount): Promise<AccountRecord>;
  get(userId: number): Promise<AccountRecord | undefined>;
  /** In whatever case; a project, too. */
  byUsername(username: string): Promise<AccountRecord | undefined>;
  byEmail(email: string): Promise<AccountRecord | undefined>;
  /** Undefined for a wrong password, an unknown user and a disabled account alike, and after the same work. */
  verify(username: string, password: string): Promise<Verified | undefined>;
  /** As it is now. */
  present(userId: number): Promise<Verified | undefined>;
  changePassword(userId: number, password: string): Promise<unknown>;
  update(userId: number, changes: AccountChanges): Promise<unknown>;
  list(query: PageQuery): Promise<Page<AccountRecord>>;
}

/** Users who log in at another server. */
export interface Identities {
  userOf(identity: Identity): Promise<number | undefined>;
  link(identity: Identity, userId: number): Promise<unknown>;
}

/** Log-ins of the portal. Times are real ones (Date.now()), not of the service's clock. */
export interface Sessions {
  create(
    userId: number,
    nowMs: number,
  ): Promise<{ readonly token: string; readonly csrfToken: string; readonly expiresMs: number }>;
  find(
    token: string,
    nowMs: number,
  ): Promise<{ readonly userId: number; readonly csrfToken: string } | undefined>;
  revoke(token: string): Promise<unknown>;
  revokeAll(userId: number): Promise<unknown>;
}

/** What gets into the VMs of users. */
export interface Guests {
  keysOf(userId: number): Promise<readonly string[]>;
  setKeys(userId: number, sshKeys: readonly string[]): Promise<void>;
  userDataOf(reservationId: string): Promise<string | null>;
  setUserData(reservationId: string, userData: string | null): Promise<void>;
}

/** Tokens of programs. Times are real ones (Date.now()), not of the service's clock. */
export interface Tokens {
  /**
   * @returns what is known of it, and the token itself, which is not stored
   * @throws ServiceError PEX_REQUEST_FAILED when the user has too many
   */
  create(
    token: Pick<TokenRecord, 'userId' | 'name' | 'scope' | 'createdMs' | 'expiresMs'>,
  ): Promise<{ readonly record: TokenRecord; readonly secret: string }>;
  list(userId: number): Promise<readonly TokenRecord[]>;
  find(secret: string, nowMs: number): Promise<TokenRecord | undefined>;
  /** @returns false when the user has none of that id */
  revoke(userId: number, tokenId: string): Promise<boolean>;
  revokeAll(userId: number): Promise<unknown>;
}

/** Keys with which programs sign what they ask for. Times are real ones (Date.now()), not of the service's clock. */
export interface AccessKeys {
  /**
   * @returns what is known of it, and the secret
   * @throws ServiceError PEX_REQUEST_FAILED when the user has too many
   */
  create(
    key: Pick<AccessKeyRecord, 'userId' | 'createdMs' | 'expiresMs'>,
  ): Promise<{ readonly record: AccessKeyRecord; readonly secret: string }>;
  list(userId: number): Promise<readonly AccessKeyRecord[]>;
  /** @returns false when the user has none of that id */
  revoke(userId: number, accessKeyId: string): Promise<boolean>;
  revokeAll(userId: number): Promise<unknown>;
}

export interface Reservations {
  /** Newest first. */
  list(
    query: PageQuery & { readonly userId?: number; readonly states?: readonly ReservationState[] },
  ): Promise<Page<ReservationRecord>>;
  get(reservationId: string): Promise<ReservationRecord | undefined>;
  /** Less of it, for less. */
  terms(reservationId: string): Promise<ReservationTerms | undefined>;
  /** Of those that there are, by reservation. */
  names(reservationIds: readonly string[]): Promise<ReadonlyMap<string, ReservationNames>>;
  /** What is left out stays. */
  setLabel(reservationId: string, label: Partial<ReservationLabel>): Promise<unknown>;
  /** Unless it has one. */
  setFirstLabel(reservationId: string, label: ReservationLabel): Promise<unknown>;
  /** The messages of its negotiation, in order. */
  offers(reservationId: string): Promise<readonly OfferRecord[]>;
}

export interface Instances {
  list(
    query: PageQuery & {
      readonly userId?: number;
      readonly reservationId?: string;
      readonly includeDeleted?: boolean;
    },
  ): Promise<Page<InstanceRecord>>;
  get(vmId: string): Promise<InstanceRecord | undefined>;
}

export interface Journal {
  /** By `seq`, ascending unless `newestFirst`. */
  page(query: {
    readonly afterSeq?: number;
    readonly beforeSeq?: number | undefined;
    readonly limit: number;
    readonly userId?: number;
    readonly reservationId?: string;
    readonly types?: readonly string[];
    readonly newestFirst?: boolean;
  }): Promise<readonly JournalEvent[]>;
  lastSeq(): Promise<number>;
}

export interface Ledger {
  /** Newest first. */
  page(query: PageQuery & { readonly userId: number }): Promise<Page<LedgerRecord>>;
}

export interface Archives {
  /** Newest first. */
  list(): Promise<readonly ArchiveRecord[]>;
}

export interface Audit {
  add(entries: readonly Omit<AuditRecord, 'entryId'>[]): Promise<unknown>;
  /** Newest first. */
  page(
    query: PageQuery & {
      readonly userId?: number;
      readonly username?: string;
      readonly action?: string;
      readonly refused?: boolean;
    },
  ): Promise<Page<NamedAuditRecord>>;
  /** Forgets what is older. */
  prune(beforeMs: number): Promise<unknown>;
}

/** Accounts that several users share, and who they are. */
export interface Projects {
  /** @throws ServiceError PEX_CONFLICT when the name is taken */
  create(
    accounts: Pick<Accounts, 'register'>,
    project: { readonly name: string; readonly title: string; readonly createdMs: number },
  ): Promise<AccountRecord>;
  get(projectId: number): Promise<AccountRecord | undefined>;
  byName(name: string): Promise<AccountRecord | undefined>;
  /** Undefined: no member. */
  roleOf(projectId: number, userId: number): Promise<ProjectRole | undefined>;
  of(userId: number): Promise<readonly MembershipRecord[]>;
  list(query: PageQuery): Promise<Page<AccountRecord>>;
  members(projectId: number): Promise<readonly MemberRecord[]>;
  setMember(projectId: number, userId: number, role: ProjectRole): Promise<unknown>;
  /** @throws ServiceError PEX_NOT_FOUND */
  removeMember(projectId: number, userId: number): Promise<unknown>;
}

/** Services that follow a manifest. */
export interface ManagedServiceRecords {
  /** Newest first. */
  list(query: PageQuery & { readonly userId?: number }): Promise<Page<ManagedServiceRecord>>;
  get(serviceId: string): Promise<ManagedServiceRecord | undefined>;
  /** Newest first. */
  leases(serviceId: string, query: { readonly limit: number }): Promise<readonly ManagedLeaseRecord[]>;
}

/** What users want to hear of. */
export interface Notices {
  choicesOf(userId: number): Promise<NotificationChoices>;
  choose(
    userId: number,
    changes: Partial<Pick<NotificationChoices, 'email' | 'webhook' | 'webhookUrl'>>,
  ): Promise<{ readonly choices: NotificationChoices; readonly newSecret: string | undefined }>;
  addTest(
    userId: number,
    channel: NoticeChannel,
    at: { readonly nowMs: number; readonly realNowMs: number },
  ): Promise<unknown>;
  /** Deliveries that have not arrived. */
  undelivered(): Promise<number>;
}

/** The reports of the simulator, on what the journal holds. */
export interface Reports {
  /** One self-contained HTML file. */
  renderReport(): Promise<string>;
  /** What a run writes to summary.json. */
  summary(): Promise<unknown>;
  /** As far as it is over and its events are kept. */
  load(span: LoadSpan): Promise<RecordedLoad>;
}

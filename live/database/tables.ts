// What is stored, and where: every table, field by field, in the one place that says so. A new column is a line here and a migration; a
// test compares the two. Times are milliseconds since the Unix epoch, money is micro-credits.
import type {
  ChangeSnapshot,
  ChargedClaim,
  DomainEvent,
  EndReason,
  Input,
  Leeway,
  NodePreference,
  OutageSnapshot,
  PartnerOffer,
  Patience,
  PieceSnapshot,
  PowerModel,
  ProgressSnapshot,
  Proposal,
  ProviderSnapshot,
  ReservationState,
  Resources,
  SecondChoice,
  ServiceRecord,
  SessionOrigin,
  VmSnapshot,
  VmTrouble,
} from '../../engine/index.ts';
import type {
  AccessKeyRecord,
  AccountKind,
  AccountRecord,
  AnswerRecord,
  ArchiveRecord,
  AuditRecord,
  Ec2GroupRecord,
  Ec2KeyPairRecord,
  Ec2SlotRecord,
  Ec2TagRecord,
  LedgerKind,
  LedgerRecord,
  ManagedLeaseRecord,
  ManagedServiceRecord,
  NoticeRecord,
  NotificationChoices,
  OfferRecord,
  PassageRecord,
  ProjectRole,
  Quota,
  ReservationLabel,
  ReservationTerms,
  Role,
  TemplateRecord,
  TokenRecord,
} from '../records.ts';
import {
  bigInteger,
  caseless,
  type FieldsOf,
  filled,
  flag,
  generated,
  integer,
  json,
  kept,
  nullable,
  optional,
  record,
  shared,
  text,
} from './field.ts';
import { Table } from './table.ts';

const AMOUNTS = {
  milliCpus: integer('milli_cpus'),
  memoryMib: integer('memory_mib'),
  diskGib: integer('disk_gib'),
  /** What the provider names beside these. */
  named: optional(json<NonNullable<Resources['named']>>('named')),
  // Models are of devices, which a service has none of.
} satisfies FieldsOf<Omit<Resources, 'models' | 'site'>>;

/** What an instance needs, and of which site. */
const RESOURCES = { ...AMOUNTS, site: optional(text('site')) } satisfies FieldsOf<Omit<Resources, 'models'>>;

/** The terms of a proposal: of a reservation (the terms on the table), and of each message that carried some. */
export const PROPOSAL = record({
  type: shared(text('type')),
  demand: shared(record(RESOURCES)),
  numInstancesFixed: integer('num_instances_fixed'),
  numInstancesOption: integer('num_instances_option'),
  startMs: bigInteger('start_ms'),
  durationMs: bigInteger('duration_ms'),
  template: shared(text('template')),
  earliestStartMs: optional(bigInteger('earliest_start_ms')),
  maxPriceMicros: optional(bigInteger('max_price_micros')),
  kind: optional(text('lease_kind')),
  leeway: optional(json<Leeway>('leeway')),
  startsItself: optional(flag('starts_itself')),
  startSlides: optional(flag('start_slides')),
  waitlist: optional(json<Patience>('waitlist')),
  otherwise: optional(json<readonly SecondChoice[]>('otherwise')),
  preference: optional(json<NodePreference>('preference')),
  sites: optional(json<readonly string[]>('sites')),
} satisfies FieldsOf<Proposal>);

/** How a reservation stands: for whoever looks at it, and for a manager to go on from. */
const RESERVATION = {
  reservationId: text('request_id'),
  userId: integer('userid'),
  state: shared(text<ReservationState>('status')),
  round: integer('round'),
  /** The terms on the table; null before the first proposal. */
  proposal: nullable(PROPOSAL),
  priceMicros: bigInteger('price_micros'),
  holdUntilMs: bigInteger('hold_until_ms'),
  /** For which it was offered, as a further window; absent: it was asked for itself. */
  partOf: optional(text('part_of')),
  /** Paid for the present offer; absent: nothing. */
  pledgedMicros: optional(bigInteger('pledged_micros')),
  /** Since when it is, or was, on the waitlist; absent: it never was. */
  waitingSinceMs: optional(bigInteger('waiting_since_ms')),
  /** Held, or agreed, at a partner; absent: here. */
  outsourced: optional(json<PartnerOffer>('outsourced')),
  /** Absent: no change is on offer. */
  change: optional(json<ChangeSnapshot>('change_on_offer')),
  windowOpen: flag('window_open'),
  optionsClaimed: integer('options_claimed'),
  endReason: nullable(text<EndReason>('end_reason')),
};

/** What only a manager needs that goes on from it. */
const RESERVATION_INTERNALS = {
  origin: kept(nullable(json<SessionOrigin>('origin'))),
  openedMs: bigInteger('window_opened_ms'),
  /** Those that were charged; absent: none. */
  claims: optional(json<readonly ChargedClaim[]>('claims')),
  /** Absent: it runs in one piece. */
  progress: optional(json<ProgressSnapshot>('progress')),
  dueOrder: bigInteger('due_order'),
};

/** What its events told and a manager need not remember. */
const RESERVATION_HISTORY = {
  createdMs: kept(bigInteger('created_ms')),
  confirmedMs: filled(nullable(bigInteger('confirmed_ms'))),
  activatedMs: filled(nullable(bigInteger('activated_ms'))),
  endedMs: filled(nullable(bigInteger('ended_ms'))),
  noShow: filled(nullable(flag('no_show'))),
  refundMicros: filled(nullable(bigInteger('refund_micros'))),
  penaltyMicros: filled(nullable(bigInteger('penalty_micros'))),
};

export const RESERVATIONS = new Table('reservations', ['request_id'], {
  ...RESERVATION,
  ...RESERVATION_INTERNALS,
  ...RESERVATION_HISTORY,
  /** The journal's number of the event that opened it: the order of creation. */
  openedSeq: kept(bigInteger('opened_seq')),
});

/** A reservation as a manager goes on from it. */
export const RESUMED_RESERVATION = record({ ...RESERVATION, ...RESERVATION_INTERNALS });

/** The terms on the table, and whose they are. */
export const RESERVATION_TERMS = record({
  reservationId: RESERVATION.reservationId,
  userId: RESERVATION.userId,
  state: RESERVATION.state,
  round: RESERVATION.round,
  proposal: RESERVATION.proposal,
  priceMicros: RESERVATION.priceMicros,
} satisfies FieldsOf<ReservationTerms>);

/** A reservation as people look at it. */
export const SHOWN_RESERVATION = record({ ...RESERVATION, ...RESERVATION_HISTORY });

export const BOOKINGS = new Table('bookings', ['request_id', 'number'], {
  reservationId: text('request_id'),
  number: integer('number'),
  /** Where the instance runs, or is to run. */
  nodeId: text('node_name'),
  /** Null in rows of version 0.1.0: the whole window, there. */
  pieces: nullable(json<readonly PieceSnapshot[]>('pieces')),
});

/** What is in progress is not kept: an inventory makes an end of it. */
export type StoredVm = Omit<VmSnapshot, 'operation' | 'heard' | 'retry'>;

export const INSTANCES = new Table('instances', ['vm_id'], {
  vm: record({
    vmId: text('vm_id'),
    wanted: text('wanted'),
    state: text('status'),
    nodeId: text('node_name'),
    loadPermille: integer('load_permille'),
    ipAddress: nullable(text('ip_address')),
    guestDone: flag('guest_done'),
    hung: flag('hung'),
    rebootDue: flag('reboot_due'),
    powerOffDue: flag('power_off_due'),
    attempts: integer('attempts'),
    hasRun: flag('has_run'),
    trouble: nullable(json<VmTrouble>('trouble')),
    keptUntilMs: nullable(bigInteger('kept_until_ms')),
    parkedSinceMs: nullable(bigInteger('parked_since_ms')),
    stays: flag('stays'),
    service: nullable(json<ServiceRecord>('service')),
    operations: integer('operations'),
  } satisfies FieldsOf<StoredVm>),
  reservationId: kept(text('request_id')),
  number: kept(integer('number')),
  userId: kept(integer('userid')),
  /** Counted over all users; with the user's name it makes the name of the instance. */
  instanceNo: kept(bigInteger('instance_no')),
});

export const NODES = new Table('nodes', ['node_name'], {
  nodeId: text('node_name'),
  group: text('node_group'),
  capacity: record(AMOUNTS),
  power: nullable(json<PowerModel>('power')),
  up: kept(flag('avail')),
  inService: kept(flag('in_service')),
});

export const OUTAGES = new Table('outages', ['outage_id'], {
  outage: record({
    outageId: text('outage_id'),
    nodeId: text('node_name'),
    cause: text<OutageSnapshot['cause']>('cause'),
    fromMs: bigInteger('from_ms'),
    untilMs: nullable(bigInteger('until_ms')),
    begun: flag('begun'),
    dueOrder: bigInteger('due_order'),
  } satisfies FieldsOf<OutageSnapshot>),
  /** In the order in which they were entered. */
  position: integer('position'),
});

const OFFER_FIELDS = {
  reservationId: text('request_id'),
  round: integer('round'),
  atMs: bigInteger('at_ms'),
  from: text('sender'),
  message: text('message'),
  proposal: nullable(PROPOSAL),
  priceMicros: nullable(bigInteger('price_micros')),
  holdUntilMs: nullable(bigInteger('hold_until_ms')),
  reason: nullable(text('reason')),
  details: nullable(json<NonNullable<OfferRecord['details']>>('details')),
} satisfies FieldsOf<OfferRecord>;

/** A message of a negotiation. */
export const OFFER = record(OFFER_FIELDS);

export const OFFERS = new Table('offers', ['seq', 'step'], {
  ...OFFER_FIELDS,
  /** The event that it came with, and the place among the messages of that event. */
  seq: bigInteger('seq'),
  step: integer('step'),
});

/** What was bought of partners: what each reservation of ours stands for, and what is owed for it. */
export const PASSAGES = new Table('passages', ['request_id'], {
  seq: bigInteger('seq'),
  reservationId: text('request_id'),
  partner: text('partner'),
  partnerReservationId: text('partner_request_id'),
  priceMicros: bigInteger('price_micros'),
  offeredMs: bigInteger('offered_ms'),
  endsMs: bigInteger('ends_ms'),
  confirmedMs: nullable(bigInteger('confirmed_ms')),
  settledMs: nullable(bigInteger('settled_ms')),
  refundMicros: bigInteger('refund_micros'),
  penaltyMicros: bigInteger('penalty_micros'),
} satisfies FieldsOf<PassageRecord>);

const ACCOUNT_FIELDS = {
  userId: generated('userid'),
  username: caseless('username', 'username_key'),
  fullName: text('fullname'),
  email: caseless('email', 'email_key'),
  role: text<Role>('role'),
  kind: text<AccountKind>('kind'),
  disabled: flag('disabled'),
  balanceMicros: bigInteger('balance_micros'),
  quota: nullable(
    record({
      reservations: optional(integer('quota_reservations')),
      vcpus: optional(integer('quota_vcpus')),
      heldCpuHours: optional(integer('quota_held_cpu_hours')),
      rolling: optional(json<Quota['rolling']>('quota_rolling')),
    } satisfies FieldsOf<Partial<Quota>>),
  ),
  createdMs: bigInteger('created_ms'),
} satisfies FieldsOf<AccountRecord>;

/** A user without the password. */
export const ACCOUNT = record(ACCOUNT_FIELDS);

export const USERS = new Table('users', ['userid'], {
  ...ACCOUNT_FIELDS,
  /** Its hash. */
  password: text('password'),
  /** Null as long as there is such an account. */
  deletedMs: nullable(bigInteger('deleted_ms')),
});

export const LEDGER = new Table('ledger', ['entry_id'], {
  entryId: generated('entry_id'),
  userId: integer('userid'),
  atMs: bigInteger('at_ms'),
  kind: text<LedgerKind>('kind'),
  /** Signed, as the balance changes. */
  amountMicros: bigInteger('amount_micros'),
  reservationId: nullable(text('request_id')),
  note: text('note'),
} satisfies FieldsOf<LedgerRecord>);

/** What was answered to a request with an Idempotency-Key: the reservation that it opened, or the reply to anything else. */
export const ANSWERS = new Table('answers', ['userid', 'idempotency_key'], {
  userId: integer('userid'),
  key: text('idempotency_key'),
  fingerprint: text('request_fingerprint'),
  atMs: bigInteger('at_ms'),
  reservationId: nullable(text('request_id')),
  reply: nullable(json<object>('reply')),
} satisfies FieldsOf<AnswerRecord>);

export const SESSIONS = new Table('sessions', ['token_hash'], {
  tokenHash: text('token_hash'),
  userId: integer('userid'),
  seenMs: bigInteger('seen_ms'),
  expiresMs: bigInteger('expires_ms'),
});

const TOKEN_FIELDS = {
  tokenId: text('token_id'),
  userId: integer('userid'),
  name: text('name'),
  scope: text<TokenRecord['scope']>('scope'),
  createdMs: bigInteger('created_ms'),
  expiresMs: nullable(bigInteger('expires_ms')),
  usedMs: nullable(bigInteger('used_ms')),
} satisfies FieldsOf<TokenRecord>;

/** A token without what it is recognised by. */
export const TOKEN = record(TOKEN_FIELDS);

export const TOKENS = new Table('tokens', ['token_hash'], { ...TOKEN_FIELDS, tokenHash: text('token_hash') });

const ACCESS_KEY_FIELDS = {
  accessKeyId: text('access_key_id'),
  userId: integer('userid'),
  createdMs: bigInteger('created_ms'),
  expiresMs: nullable(bigInteger('expires_ms')),
  usedMs: nullable(bigInteger('used_ms')),
} satisfies FieldsOf<AccessKeyRecord>;

/** An access key without its secret. */
export const ACCESS_KEY = record(ACCESS_KEY_FIELDS);

export const ACCESS_KEYS = new Table('access_keys', ['access_key_id'], {
  ...ACCESS_KEY_FIELDS,
  secret: text('secret'),
});

export const EC2_GROUPS = new Table('ec2_groups', ['group_id'], {
  groupId: text('group_id'),
  userId: integer('userid'),
  kind: text<Ec2GroupRecord['kind']>('kind'),
  createdMs: bigInteger('created_ms'),
  token: nullable(text('token')),
  fingerprint: text('fingerprint'),
  isSettled: flag('settled'),
  terms: json<Ec2GroupRecord['terms']>('terms'),
} satisfies FieldsOf<Ec2GroupRecord>);

export const EC2_SLOTS = new Table('ec2_slots', ['request_id'], {
  reservationId: text('request_id'),
  userId: integer('userid'),
  capacityId: nullable(text('capacity_id')),
  launchId: nullable(text('launch_id')),
  launchIndex: integer('launch_index'),
} satisfies FieldsOf<Ec2SlotRecord>);

export const EC2_KEY_PAIRS = new Table('ec2_key_pairs', ['pair_id'], {
  pairId: text('pair_id'),
  userId: integer('userid'),
  name: text('name'),
  type: text<Ec2KeyPairRecord['type']>('type'),
  fingerprint: text('fingerprint'),
  publicKey: text('public_key'),
  createdMs: bigInteger('created_ms'),
} satisfies FieldsOf<Ec2KeyPairRecord>);

export const EC2_TAGS = new Table('ec2_tags', ['userid', 'resource_id', 'key'], {
  userId: integer('userid'),
  resourceId: text('resource_id'),
  key: text('key'),
  value: text('value'),
} satisfies FieldsOf<Ec2TagRecord>);

export const MANAGED_SERVICES = new Table('managed_services', ['service_id'], {
  serviceId: text('service_id'),
  serviceNo: kept(integer('service_no')),
  userId: integer('userid'),
  name: text('name'),
  state: text<ManagedServiceRecord['state']>('state'),
  manifest: text('manifest'),
  submittedMs: bigInteger('submitted_ms'),
  holdUntilMs: bigInteger('hold_until_ms'),
  confirmedMs: nullable(bigInteger('confirmed_ms')),
  endedMs: nullable(bigInteger('ended_ms')),
  endReason: nullable(text<NonNullable<ManagedServiceRecord['endReason']>>('end_reason')),
  lookedMs: bigInteger('looked_ms'),
  memory: json<ManagedServiceRecord['memory']>('memory'),
  measured: json<ManagedServiceRecord['measured']>('measured'),
  figures: json<ManagedServiceRecord['figures']>('figures'),
  probed: json<ManagedServiceRecord['probed']>('probed'),
} satisfies FieldsOf<ManagedServiceRecord>);

export const MANAGED_LEASES = new Table('managed_leases', ['service_id', 'lease_id'], {
  serviceId: text('service_id'),
  leaseId: text('lease_id'),
  component: text('component'),
  askedMs: bigInteger('asked_ms'),
  startMs: bigInteger('start_ms'),
  endMs: bigInteger('end_ms'),
  size: json<ManagedLeaseRecord['size']>('size'),
  state: text<ManagedLeaseRecord['state']>('state'),
  sinceMs: bigInteger('since_ms'),
  reason: nullable(text('reason')),
  reservationId: nullable(text('request_id')),
  priceMicros: nullable(bigInteger('price_micros')),
} satisfies FieldsOf<ManagedLeaseRecord>);

export const AUDIT = new Table('audit', ['entry_id'], {
  entryId: generated('entry_id'),
  atMs: bigInteger('at_ms'),
  userId: nullable(integer('userid')),
  username: nullable(text('username')),
  forUserId: nullable(integer('for_userid')),
  cameBy: text<AuditRecord['cameBy']>('came_by'),
  address: text('address'),
  action: text('action'),
  target: text('target'),
  status: integer('status'),
  code: nullable(text('code')),
  times: integer('times'),
} satisfies FieldsOf<AuditRecord>);

/** Users who log in somewhere else. */
export const IDENTITIES = new Table('identities', ['issuer', 'subject'], {
  issuer: text('issuer'),
  subject: text('subject'),
  userId: integer('userid'),
});

export const PROJECT_MEMBERS = new Table('project_members', ['project_id', 'userid'], {
  projectId: integer('project_id'),
  userId: integer('userid'),
  role: text<ProjectRole>('role'),
});

export const NOTICES = new Table('notices', ['notice_id'], {
  noticeId: generated('notice_id'),
  userId: integer('userid'),
  kind: text<NoticeRecord['kind']>('kind'),
  reservationId: nullable(text('request_id')),
  dueMs: bigInteger('due_ms'),
  facts: json<NoticeRecord['facts']>('facts'),
  channel: nullable(text<NonNullable<NoticeRecord['channel']>>('channel')),
  tryMs: bigInteger('try_ms'),
  addressedMs: nullable(bigInteger('addressed_ms')),
  attempts: integer('attempts'),
} satisfies FieldsOf<NoticeRecord>);

export const NOTIFICATION_CHOICES = new Table('notification_choices', ['userid'], {
  userId: integer('userid'),
  email: json<NotificationChoices['email']>('email'),
  webhook: json<NotificationChoices['webhook']>('webhook'),
  webhookUrl: nullable(text('webhook_url')),
  webhookSecret: nullable(text('webhook_secret')),
  webhookTrouble: nullable(json<NonNullable<NotificationChoices['webhookTrouble']>>('webhook_trouble')),
} satisfies FieldsOf<NotificationChoices>);

const TEMPLATE_FIELDS = {
  name: text('name'),
  description: text('description'),
  login: optional(text('login')),
} satisfies FieldsOf<TemplateRecord>;

export const TEMPLATE = record(TEMPLATE_FIELDS);

export const TEMPLATES = new Table('templates', ['name'], {
  ...TEMPLATE_FIELDS,
  /** In the order of the configuration. */
  position: integer('position'),
});

export const GUEST_KEYS = new Table('guest_keys', ['userid'], {
  userId: integer('userid'),
  sshKeys: json<readonly string[]>('ssh_keys'),
});

export const GUEST_DATA = new Table('guest_data', ['request_id'], {
  reservationId: text('request_id'),
  userData: text('user_data'),
});

/** What users call their reservations. */
export const RESERVATION_LABELS = new Table('reservation_labels', ['request_id'], {
  reservationId: text('request_id'),
  name: nullable(text('name')),
  note: nullable(text('note')),
} satisfies FieldsOf<ReservationLabel & { readonly reservationId: string }>);

/** What is read of the journal; the rest is there to be searched by. */
const JOURNALLED = {
  seq: bigInteger('seq'),
  userId: nullable(integer('userid')),
  event: json<DomainEvent>('event'),
};

export const JOURNALLED_EVENT = record(JOURNALLED);

export const JOURNAL = new Table('journal', ['seq'], {
  ...JOURNALLED,
  atMs: bigInteger('at_ms'),
  type: text<DomainEvent['type']>('type'),
  /** Null: it is about no reservation, or about several. */
  reservationId: nullable(text('request_id')),
});

/** What came to the provider, by the number of the commit that it led to. */
export const INPUTS = new Table('inputs', ['seq'], {
  seq: bigInteger('seq'),
  atMs: bigInteger('at_ms'),
  kind: text<Input['kind']>('kind'),
  /** The number of the first event that it led to. */
  firstEvent: nullable(bigInteger('first_event')),
  input: json<Input>('input'),
});

export const SETTINGS = new Table('settings', ['key'], {
  key: text('key'),
  value: json<unknown>('value'),
});

/** Where images are and go, an item a row (recorder/image-rows.ts). */
export const IMAGE_STATE = new Table('image_state', ['item'], {
  item: text('item'),
  state: json<unknown>('state'),
});

/** A state of the provider that a replay can begin from, by the number of the last input that is part of it. */
export const CHECKPOINTS = new Table('checkpoints', ['seq'], {
  seq: bigInteger('seq'),
  eventSeq: bigInteger('event_seq'),
  atMs: bigInteger('at_ms'),
  snapshot: json<ProviderSnapshot>('snapshot'),
});

const ARCHIVE_FIELDS = {
  eventSeq: bigInteger('event_seq'),
  seq: bigInteger('seq'),
  fromMs: bigInteger('from_ms'),
  atMs: bigInteger('at_ms'),
  madeMs: bigInteger('made_ms'),
  file: text('file'),
  bytes: bigInteger('bytes'),
  sha256: text('sha256'),
  rows: json<ArchiveRecord['rows']>('row_counts'),
  lastEntryId: bigInteger('last_entry_id'),
  lastInstanceNo: bigInteger('last_instance_no'),
  isDropped: flag('dropped'),
} satisfies FieldsOf<ArchiveRecord>;

/** An archive without the state at its end. */
export const ARCHIVE = record(ARCHIVE_FIELDS);

export const ARCHIVES = new Table('archives', ['event_seq'], {
  ...ARCHIVE_FIELDS,
  /** The provider at its end; null once another archive has come after it. */
  snapshot: nullable(json<ProviderSnapshot>('snapshot')),
});

export const TABLES = [
  USERS,
  SESSIONS,
  TOKENS,
  ACCESS_KEYS,
  EC2_GROUPS,
  EC2_SLOTS,
  EC2_KEY_PAIRS,
  EC2_TAGS,
  MANAGED_SERVICES,
  MANAGED_LEASES,
  TEMPLATES,
  GUEST_KEYS,
  GUEST_DATA,
  NODES,
  OUTAGES,
  IMAGE_STATE,
  RESERVATIONS,
  RESERVATION_LABELS,
  BOOKINGS,
  INSTANCES,
  OFFERS,
  PASSAGES,
  LEDGER,
  ANSWERS,
  PROJECT_MEMBERS,
  IDENTITIES,
  AUDIT,
  NOTICES,
  NOTIFICATION_CHOICES,
  JOURNAL,
  INPUTS,
  CHECKPOINTS,
  ARCHIVES,
  SETTINGS,
] as const;

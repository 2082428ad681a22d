// The shapes of everything that goes over the wire, as TypeBox schemas: requests are checked against them, answers are written by them
// (what is not in the schema never leaves), and the OpenAPI document is made of them. Names and units: docs/api.md.
import { type Static, type TSchema, Type } from 'typebox';
import {
  type DomainEvent,
  type ProviderReply,
  RESERVATION_STATES,
  type VmState,
} from '../../engine/index.ts';
import { ROLES } from '../records.ts';

/** The longest reservation: ten years. */
const MAX_DURATION_MS = 10 * 365.25 * 86_400_000;
const MAX_INSTANCES = 10_000;
/** A thousand million credits; sums of them stay safe integers. */
const MAX_MICROS = 1_000_000_000_000_000;
export const MAX_PAGE = 500;

const VM_STATES = [
  'NOT_PROVISIONED',
  'HALTED',
  'RUNNING',
  'PAUSED',
  'SUSPENDED',
  'UNDER_MIGRATION',
  'DELETED',
  'UNRECOGNIZED',
] as const satisfies readonly VmState[];

export const PROVIDER_REPLIES = [
  'ACCEPT',
  'COUNTER',
  'REJECT',
  'CONFIRM_REQUEST',
  'REQUEST_SUCCESS',
  'REQUEST_FAILED',
] as const satisfies readonly ProviderReply['reply'][];

export const USER_REPLIES = ['ACCEPT', 'CONFIRM', 'REJECT', 'COUNTER'] as const;

export function nullable<T extends TSchema & { type: string }>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] });
}

function choice<const T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: values, ...options });
}

function nullableChoice<const T extends string>(values: readonly T[], description: string) {
  return Type.Unsafe<T | null>({ type: ['string', 'null'], enum: [...values, null], description });
}

/** A reference to one of `COMPONENTS`. */
export function ref<T extends TSchema & { $id: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** A schema that the OpenAPI document lists by name. */
function component<T extends TSchema, const N extends string>(name: N, schema: T): T & { $id: N } {
  return Object.assign(schema, { $id: name });
}

const closed = { additionalProperties: false } as const;

const HttpDate = Type.String({
  description: 'RFC 1123 in GMT, whole seconds',
  examples: ['Mon, 17 Aug 2009 04:49:03 GMT'],
});
const InstantMs = Type.Integer({ description: 'Service time, in milliseconds since 1970' });
const Micros = Type.Integer({ description: 'Millionths of a credit' });

// --- what a client sends -----------------------------------------------------------------------------------------------------------

const proposalFields = {
  duration: Type.Integer({ minimum: 1, maximum: MAX_DURATION_MS, description: 'Milliseconds' }),
  numInstancesFixed: Type.Integer({ minimum: 1, maximum: MAX_INSTANCES, description: 'Guaranteed' }),
  numInstancesOption: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_INSTANCES, description: 'May be claimed later' }),
  ),
  startTime: Type.Optional(
    Type.String({ maxLength: 64, description: 'RFC 1123, or ISO 8601 with a zone; absent: now' }),
  ),
  template: Type.Optional(
    Type.String({ maxLength: 200, description: 'Absent: the first that the service has' }),
  ),
  type: Type.String({ minLength: 1, maxLength: 64, description: 'Name of an instance type' }),
  maxPriceMicros: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_MICROS,
      description: 'The most that will be paid for all of it',
    }),
  ),
  earliestStartTime: Type.Optional(
    Type.String({ maxLength: 64, description: 'A counter-offer may start as early as this' }),
  ),
};

/** Fields of an answer that a client may send back as they are. */
const echoedFields = {
  id: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  userid: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  startTimeMs: Type.Optional(Type.Unknown({ description: 'Ignored' })),
};

export const ProposalBody = Type.Object({ ...proposalFields, ...echoedFields }, closed);
export type ProposalBody = Static<typeof ProposalBody>;

/** In answers other than COUNTER the proposal is ignored but for its id. */
const EchoedProposal = Type.Partial(
  Type.Object({
    ...proposalFields,
    ...echoedFields,
    id: Type.Optional(
      nullable(Type.String({ maxLength: 64, description: "The reservation's; may be left out" })),
    ),
  }),
  closed,
);

export const ReplyBody = Type.Object(
  {
    reply: Type.String({
      maxLength: 32,
      description: 'ACCEPT, CONFIRM, REJECT or COUNTER; COUNTER needs a proposal',
      examples: [...USER_REPLIES],
    }),
    proposal: Type.Optional(
      Type.Unsafe<Static<typeof EchoedProposal> | null>({ ...EchoedProposal, type: ['object', 'null'] }),
    ),
    reason: Type.Optional(
      nullable(Type.String({ maxLength: 500, description: 'With REJECT: why, for the record' })),
    ),
    priceMicros: Type.Optional(Type.Unknown({ description: 'Ignored' })),
    holdUntil: Type.Optional(Type.Unknown({ description: 'Ignored' })),
    holdUntilMs: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  },
  closed,
);
export type ReplyBody = Static<typeof ReplyBody>;

export const ClaimBody = Type.Object({ count: Type.Integer({ minimum: 1, maximum: MAX_INSTANCES }) }, closed);

const Password = Type.String({ minLength: 1, maxLength: 200 });
const NewPassword = Type.String({ minLength: 10, maxLength: 200 });
const FullName = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f]+$' });
const Email = Type.String({ maxLength: 254, pattern: '^[^\\s@\\x00-\\x1f]+@[^\\s@\\x00-\\x1f]+$' });

export const RegistrationBody = Type.Object(
  {
    username: Type.String({ pattern: '^[A-Za-z0-9._-]{3,32}$', examples: ['alice'] }),
    password: NewPassword,
    fullName: FullName,
    email: Email,
  },
  closed,
);

export const ProfileBody = Type.Object(
  { fullName: Type.Optional(FullName), email: Type.Optional(Email) },
  { ...closed, minProperties: 1 },
);

export const PasswordBody = Type.Object({ current: Password, new: NewPassword }, closed);

export const LoginBody = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 100 }), password: Password },
  closed,
);

const Limit = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

export const AccountChangesBody = Type.Object(
  {
    role: Type.Optional(choice(ROLES)),
    disabled: Type.Optional(Type.Boolean()),
    quota: Type.Optional(
      Type.Unsafe<{ reservations?: number; vcpus?: number } | null>({
        ...Type.Object({ reservations: Type.Optional(Limit), vcpus: Type.Optional(Limit) }, closed),
        type: ['object', 'null'],
        description: 'null: the limits of the configuration',
      }),
    ),
  },
  { ...closed, minProperties: 1 },
);

export const DepositBody = Type.Object(
  {
    amountMicros: Type.Integer({
      minimum: -MAX_MICROS,
      maximum: MAX_MICROS,
      description: 'Below 0: taken away',
    }),
    note: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f]*$' })),
  },
  closed,
);

const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: 100 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'From the Link header' })),
};
const All = Type.Optional(Type.Boolean({ description: 'Operators: those of everybody' }));
const WireInstant = Type.String({
  maxLength: 64,
  description: 'Milliseconds since 1970, RFC 1123 or ISO 8601',
});

export const PageQuery = Type.Object(pageFields, closed);
export const ReservationQuery = Type.Object(
  {
    ...pageFields,
    state: Type.Optional(Type.Array(choice(RESERVATION_STATES), { maxItems: RESERVATION_STATES.length })),
    all: All,
  },
  closed,
);
export const InstanceQuery = Type.Object(
  {
    ...pageFields,
    reservation: Type.Optional(Type.String({ maxLength: 64 })),
    deleted: Type.Optional(Type.Boolean({ description: 'With those that are destroyed' })),
    all: All,
  },
  closed,
);
export const JournalQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Events after this number, oldest first; absent: the newest, newest first',
      }),
    ),
    limit: pageFields.limit,
    type: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 40 })),
  },
  closed,
);
export const CalendarQuery = Type.Object({ from: WireInstant, to: WireInstant }, closed);
export const AvailabilityQuery = Type.Object(
  { type: Type.String({ maxLength: 64 }), from: WireInstant, to: WireInstant },
  closed,
);
export const EventsQuery = Type.Object({ all: All }, closed);
export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^\\d{1,15}$', description: 'Events after this one come first' }),
  ),
});
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[\\x20-\\x7e]+$',
      description: 'Own name of this request: sent again, it gets the first answer again',
    }),
  ),
});
export const IdParams = Type.Object({ id: Type.String() });
export const UserIdParams = Type.Object({ userid: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

// --- what the service answers ------------------------------------------------------------------------------------------------------

export const Problem = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({ examples: ['urn:openpex:problem:PEX_NOT_FOUND'] }),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String(),
      code: Type.String({ examples: ['PEX_NOT_FOUND'] }),
      instance: Type.String({ description: 'The request, as the log of the service names it' }),
    },
    { additionalProperties: true, description: 'RFC 9457; some codes have further members' },
  ),
);

export const ProposalView = component(
  'Proposal',
  Type.Object({
    duration: Type.Integer(),
    id: Type.String({ examples: ['5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91'] }),
    numInstancesFixed: Type.Integer(),
    numInstancesOption: Type.Integer(),
    startTime: HttpDate,
    template: Type.String(),
    type: Type.String(),
    userid: Type.Integer(),
    startTimeMs: InstantMs,
    maxPriceMicros: Type.Optional(Micros),
    earliestStartTime: Type.Optional(HttpDate),
  }),
);

export const NegotiationView = component(
  'NegotiationReply',
  Type.Object({
    proposal: Type.Unsafe<Static<typeof ProposalView> | null>({
      anyOf: [{ $ref: 'Proposal#' }, { type: 'null' }],
    }),
    reply: choice(PROVIDER_REPLIES),
    priceMicros: Type.Optional(Micros),
    holdUntil: Type.Optional(HttpDate),
    holdUntilMs: Type.Optional(InstantMs),
    reason: Type.Optional(Type.String({ description: 'Why REJECT' })),
  }),
);

export const ReservationView = component(
  'Reservation',
  Type.Object({
    activatedInstances: Type.Integer(),
    endTime: nullable(HttpDate),
    numInstancesFixed: nullable(Type.Integer()),
    numInstancesOption: nullable(Type.Integer()),
    requestId: Type.String(),
    startTime: nullable(HttpDate),
    status: choice(RESERVATION_STATES),
    template: nullable(Type.String()),
    type: nullable(Type.String()),
    userid: Type.Integer(),
    id: Type.String({ description: 'The same as requestId' }),
    duration: nullable(Type.Integer()),
    startTimeMs: nullable(InstantMs),
    endTimeMs: nullable(InstantMs),
    username: Type.String(),
    priceMicros: Micros,
    maxPriceMicros: nullable(Micros),
    earliestStartTime: nullable(HttpDate),
    holdUntil: nullable(HttpDate),
    holdUntilMs: nullable(InstantMs),
    lastReply: nullableChoice(['ACCEPT', 'COUNTER'], 'The offer that waits for an answer'),
    round: Type.Integer(),
    windowOpen: Type.Boolean(),
    optionsClaimed: Type.Integer(),
    nodes: Type.Array(Type.String()),
    cpus: nullable(Type.Number({ description: 'Of one instance' })),
    memoryMib: nullable(Type.Integer()),
    diskGib: nullable(Type.Integer()),
    createdTime: HttpDate,
    createdTimeMs: InstantMs,
    activatedTime: nullable(HttpDate),
    endedTime: nullable(HttpDate),
    endReason: nullable(Type.String()),
    noShow: Type.Boolean(),
    refundMicros: Micros,
    penaltyMicros: Micros,
  }),
);

export const ClaimView = Type.Object({
  granted: Type.Integer({ description: 'Optional instances that started' }),
  reservation: ref(ReservationView),
});

export const OfferView = component(
  'Offer',
  Type.Object({
    round: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    from: choice(['user', 'provider']),
    message: Type.String(),
    proposal: NegotiationView.properties.proposal,
    priceMicros: nullable(Micros),
    holdUntil: nullable(HttpDate),
    holdUntilMs: nullable(InstantMs),
    reason: nullable(Type.String()),
  }),
);

export const InstanceView = component(
  'Instance',
  Type.Object({
    end_time: HttpDate,
    ipAddress: nullable(Type.String()),
    name: Type.String(),
    start_time: HttpDate,
    status: choice(VM_STATES),
    userID: Type.Integer(),
    vmID: Type.String(),
    vmPassword: Type.Null({ description: 'Never known to the service' }),
    id: Type.String({ description: 'The same as vmID' }),
    reservationId: Type.String(),
    number: Type.Integer(),
    node: Type.String(),
    type: Type.String(),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    template: Type.String(),
    loadPermille: Type.Integer(),
    wanted: Type.String({ description: 'What it is being led to' }),
    startTimeMs: InstantMs,
    endTimeMs: InstantMs,
    username: Type.String(),
  }),
);

const QuotaView = Type.Object({ reservations: Type.Integer(), vcpus: Type.Number() });

export const AccountView = component(
  'Account',
  Type.Object({
    userid: Type.Integer(),
    username: Type.String(),
    fullName: Type.String(),
    email: Type.String(),
    role: choice(ROLES),
    disabled: Type.Boolean(),
    balanceMicros: Micros,
    quota: QuotaView,
    usage: Type.Optional(QuotaView),
    createdTime: HttpDate,
  }),
);

export const LedgerView = component(
  'LedgerEntry',
  Type.Object({
    entryId: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    kind: choice(['deposit', 'charge', 'refund', 'penalty']),
    amountMicros: Type.Integer({ description: 'As the balance changes' }),
    reservationId: nullable(Type.String()),
    note: Type.String(),
  }),
);

export const SessionView = component(
  'Session',
  Type.Object({
    account: ref(AccountView),
    csrfToken: Type.String({
      description: 'For the header X-OpenPEX-CSRF of requests that change something',
    }),
  }),
);

export const PasswordChangedView = Type.Object({
  csrfToken: nullable(Type.String({ description: 'Of the new session; null without one' })),
});

export const NodeView = component(
  'Node',
  Type.Object({
    node: Type.String(),
    group: Type.String(),
    up: Type.Boolean(),
    inService: Type.Boolean({ description: 'Not drained by an operator' }),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    bookedCpus: Type.Number(),
    bookedMemoryMib: Type.Integer(),
    bookedDiskGib: Type.Integer(),
    vms: Type.Integer(),
    busyPermille: Type.Integer(),
  }),
);

export const CalendarEntryView = component(
  'CalendarEntry',
  Type.Object({
    node: Type.String(),
    reservationId: Type.String(),
    username: nullable(Type.String()),
    kind: choice(['hold', 'reservation']),
    startTimeMs: InstantMs,
    endTimeMs: InstantMs,
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
  }),
);

export const JournalView = component(
  'JournalEntry',
  Type.Object({
    seq: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    userid: nullable(Type.Integer()),
    event: Type.Unsafe<DomainEvent>({
      type: 'object',
      required: ['type', 'atMs'],
      properties: { type: { type: 'string' }, atMs: { type: 'integer' } },
      additionalProperties: true,
    }),
  }),
);

export const ServiceView = component(
  'Service',
  Type.Object({
    version: Type.String(),
    speed: Type.Number({ description: 'Milliseconds of service time per real one' }),
    timeMs: InstantMs,
    state: choice(['starting', 'running', 'recovering', 'stopping']),
    settings: Type.Object({
      holdMs: Type.Integer(),
      maxRounds: Type.Integer(),
      bookingHorizonMs: Type.Integer(),
      autoActivate: Type.Boolean(),
    }),
    simulated: Type.Boolean(),
    registration: choice(['open', 'closed']),
  }),
);

export const TypeView = component(
  'InstanceType',
  Type.Object({
    name: Type.String(),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
  }),
);

export const TemplateView = component(
  'Template',
  Type.Object({ name: Type.String(), description: Type.String() }),
);

export const AvailabilityView = component(
  'Availability',
  Type.Object({
    type: Type.String(),
    fromMs: InstantMs,
    toMs: InstantMs,
    steps: Type.Array(
      Type.Object({
        fromMs: InstantMs,
        count: Type.Integer({ description: 'Instances that fit until the next step' }),
      }),
    ),
  }),
);

export const HealthView = component('Health', Type.Object({ status: Type.String(), state: Type.String() }));

/** Everything that is known by its name in the OpenAPI document. */
export const COMPONENTS = [
  Problem,
  ProposalView,
  NegotiationView,
  ReservationView,
  OfferView,
  InstanceView,
  AccountView,
  LedgerView,
  SessionView,
  NodeView,
  CalendarEntryView,
  JournalView,
  ServiceView,
  TypeView,
  TemplateView,
  AvailabilityView,
  HealthView,
] as const;

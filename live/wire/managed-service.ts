// Services that follow a manifest: what is submitted, what became of it, and what probes say.
import { type Static, Type } from 'typebox';
import {
  All,
  choice,
  closed,
  component,
  HttpDate,
  InstantMs,
  Micros,
  nullable,
  nullableChoice,
  OfProject,
  pageFields,
} from './field.ts';

const MANAGED_SERVICE_STATES = [
  /** What it begins with is on offer. */
  'SUBMITTED',
  /** Its rules are followed. */
  'RUNNING',
  'ENDED',
] as const;
export type ManagedServiceState = (typeof MANAGED_SERVICE_STATES)[number];

const MANAGED_SERVICE_ENDS = [
  'declined',
  'hold-expired',
  'ended-by-user',
  /** Nobody is left to pay. */
  'account-deleted',
] as const;
export type ManagedServiceEnd = (typeof MANAGED_SERVICE_ENDS)[number];

const MANAGED_LEASE_STATES = [
  /** To be asked for, or about to be confirmed. */
  'WANTED',
  /** On offer, until the service is confirmed. */
  'HELD',
  'BOOKED',
  /** There was no agreement about it. */
  'REFUSED',
  /** Not needed any more: about to be given back. */
  'RELEASING',
  'RELEASED',
  /** Its reservation ended before its time, and no rule meant it to. */
  'LOST',
] as const;
export type ManagedLeaseState = (typeof MANAGED_LEASE_STATES)[number];

export const ManagedServiceBody = Type.Object(
  {
    manifest: Type.String({
      minLength: 1,
      maxLength: 60_000,
      description: 'The manifest, in YAML, as it stands in a file',
    }),
    project: Type.Optional(
      Type.String({ minLength: 1, maxLength: 32, description: 'In the name of a project of yours' }),
    ),
  },
  closed,
);

export const ManagedServiceQuery = Type.Object({ ...pageFields, all: All, project: OfProject }, closed);

export const ManagedServiceAnswerBody = Type.Object(
  {
    reply: choice(['CONFIRM', 'REJECT'], {
      description: 'CONFIRM: book what is held, and follow the rules from now on; REJECT: let it go',
    }),
  },
  closed,
);

/** Values that one message of a probe brings at most. */
const PROBED_VALUES_MAX = 100;

export const ProbedBody = Type.Object(
  {
    values: Type.Record(Type.String({ maxLength: 200 }), Type.Number(), {
      minProperties: 1,
      maxProperties: PROBED_VALUES_MAX,
      description: 'By the names of metrics, as the manifest writes them',
      examples: [{ 'RequestPerSecond(C1)': 1400 }],
    }),
  },
  closed,
);

const Lease = Type.Object({
  id: Type.String({ description: 'SERVICE-COMPONENT-instance-lease' }),
  component: Type.String(),
  state: choice(MANAGED_LEASE_STATES),
  since: HttpDate,
  sinceMs: InstantMs,
  reason: Type.Union([Type.String(), Type.Null()], {
    description: 'Why it is refused or lost, or was not given back; null: there is nothing to say',
  }),
  askedTime: HttpDate,
  askedTimeMs: InstantMs,
  startTime: HttpDate,
  startTimeMs: InstantMs,
  endTime: HttpDate,
  endTimeMs: InstantMs,
  reservation: Type.Union([Type.String(), Type.Null()], { description: 'Its id; null: there is none' }),
  priceMicros: nullable(Micros),
});
export type ManagedLease = Static<typeof Lease>;

export const ManagedService = component(
  'ManagedService',
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    userid: Type.Integer({ description: 'Of the account that pays' }),
    status: choice(MANAGED_SERVICE_STATES),
    manifest: Type.String({ description: 'As it was submitted' }),
    submittedTime: HttpDate,
    submittedTimeMs: InstantMs,
    holdUntil: HttpDate,
    holdUntilMs: Type.Integer({ description: 'Until then it may be confirmed' }),
    confirmedTime: nullable(HttpDate),
    confirmedTimeMs: nullable(InstantMs),
    endedTime: nullable(HttpDate),
    endedTimeMs: nullable(InstantMs),
    endReason: nullableChoice(MANAGED_SERVICE_ENDS, 'null: it has not ended'),
    nextLookTime: nullable(HttpDate),
    nextLookTimeMs: Type.Union([Type.Integer(), Type.Null()], {
      description: 'When its rules are followed next; null: not any more, or not yet',
    }),
    priceMicros: Type.Integer({ description: 'Of what is on offer, or is booked and has not ended' }),
    components: Type.Array(
      Type.Object({
        name: Type.String(),
        min: Type.Integer(),
        max: Type.Integer(),
        wanted: Type.Integer({
          description: 'Instances that the rules came to when they were followed last',
        }),
        booked: Type.Integer({ description: 'Instances that there are now' }),
        running: Type.Integer({ description: 'Of these, VMs that run' }),
      }),
    ),
    metrics: Type.Array(
      Type.Object({
        name: Type.String({ description: 'As rules name it' }),
        value: Type.Number({ description: 'When the rules were followed last' }),
        probed: nullable(Type.Number({ description: 'What a probe said last; null: none did' })),
        probedTime: nullable(HttpDate),
        probedTimeMs: nullable(InstantMs),
      }),
    ),
    figures: Type.Array(Type.Object({ name: Type.String(), value: Type.Number() }), {
      description: 'What the rules came to when they were followed last',
    }),
    leases: Type.Optional(
      Type.Array(Lease, { description: 'What the rules did, the newest first; with one service only' }),
    ),
  }),
);
export type ManagedService = Static<typeof ManagedService>;

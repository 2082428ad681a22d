// A virtual machine of a reservation, and the questions to the list of them.
import { type Static, Type } from 'typebox';
import {
  HINDRANCES,
  INSTANCE_COMMANDS,
  INSTANCE_REFUSALS,
  VM_STATES,
  WANTED_STATES,
} from '../../engine/words.ts';
import {
  All,
  choice,
  closed,
  component,
  HttpDate,
  InstantMs,
  NamedAmounts,
  nullable,
  OfProject,
  pageFields,
} from './field.ts';
import { ReservationName } from './label.ts';

export type { Hindrance } from '../../engine/words.ts';

export const HindranceField = choice(HINDRANCES);

const Trouble = Type.Object({
  operation: Type.String(),
  kind: choice(['waits', 'refused', 'failed'], {
    description: 'waits: it is tried again; refused, failed: it was given up, and the VM goes on as it was',
  }),
  reason: HindranceField,
  sinceTimeMs: InstantMs,
});

const PossibleCommand = Type.Object({
  command: choice(INSTANCE_COMMANDS),
  allowed: Type.Boolean(),
  reason: Type.Optional(
    choice(INSTANCE_REFUSALS, {
      description:
        'Why it is not allowed; parked: its node is lost or drained and no other has room, it goes on by itself as soon as one has',
    }),
  ),
});

export const Instance = component(
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
    reservationName: nullable(ReservationName),
    number: Type.Integer(),
    node: Type.String(),
    type: Type.String(),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    resources: NamedAmounts,
    template: Type.String(),
    console: nullable(
      Type.String({
        description: 'Where its console is shown while it is up; null: the service has no gateway for that',
      }),
    ),
    loadPermille: Type.Integer(),
    wanted: choice(WANTED_STATES, { description: 'What it is being led to' }),
    trouble: nullable(Trouble),
    diskUntilTimeMs: nullable(
      Type.Integer({
        description: 'Its time is over and its guest had shut down by itself: until when its disk is kept',
      }),
    ),
    startTimeMs: InstantMs,
    endTimeMs: InstantMs,
    username: Type.String(),
    commands: Type.Array(PossibleCommand, {
      description: 'What can be done to it now, and why the rest cannot',
    }),
  }),
);
export type Instance = Static<typeof Instance>;
export type VmState = Instance['status'];
export type PossibleCommand = Static<typeof PossibleCommand>;
export type InstanceCommand = PossibleCommand['command'];

export const InstanceQuery = Type.Object(
  {
    ...pageFields,
    reservation: Type.Optional(Type.String({ maxLength: 64 })),
    deleted: Type.Optional(Type.Boolean({ description: 'With those that are destroyed' })),
    all: All,
    project: OfProject,
  },
  closed,
);

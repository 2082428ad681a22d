// A virtual machine of a reservation, and the questions to the list of them.
import { type Static, Type } from 'typebox';
import { All, choice, closed, component, HttpDate, InstantMs, nullable, pageFields } from './field.ts';

const VM_STATES = [
  'NOT_PROVISIONED',
  'HALTED',
  'RUNNING',
  'PAUSED',
  'SUSPENDED',
  'UNDER_MIGRATION',
  'DELETED',
  'UNRECOGNIZED',
] as const;

const WANTED_STATES = ['running', 'halted', 'suspended', 'deleted'] as const;

const INSTANCE_COMMANDS = ['start', 'stop', 'reboot', 'suspend', 'resume', 'delete'] as const;

const REFUSALS = ['unknown-instance', 'ended', 'illegal-in-state', 'parked', 'no-node'] as const;

const PossibleCommand = Type.Object({
  command: choice(INSTANCE_COMMANDS),
  allowed: Type.Boolean(),
  reason: Type.Optional(
    choice(REFUSALS, {
      description:
        'Why it is not allowed; parked: its node is drained and no other has room, it goes on by itself as soon as one has',
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
    number: Type.Integer(),
    node: Type.String(),
    type: Type.String(),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    template: Type.String(),
    loadPermille: Type.Integer(),
    wanted: choice(WANTED_STATES, { description: 'What it is being led to' }),
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
  },
  closed,
);

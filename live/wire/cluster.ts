// The nodes and what is booked on them, for operators.
import { type Static, Type } from 'typebox';
import { choice, closed, component, InstantMs, nullable, WireInstant } from './field.ts';
import { HindranceField } from './instance.ts';

export const ClusterNode = component(
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
    notEmptied: Type.Array(
      Type.Object({ vmID: Type.String(), operation: Type.String(), reason: HindranceField }),
      {
        description: 'Of a node out of service: instances that cannot leave it, or wait to, and why',
      },
    ),
    busyPermille: Type.Integer(),
  }),
);
export type ClusterNode = Static<typeof ClusterNode>;

/** `fail` and `return` on a simulated hypervisor only. */
export type NodeCommand = 'drain' | 'enable' | 'fail' | 'return';

export const CalendarQuery = Type.Object({ from: WireInstant, to: WireInstant }, closed);

export const CalendarEntry = component(
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
export type CalendarEntry = Static<typeof CalendarEntry>;

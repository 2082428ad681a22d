// The nodes and what is booked on them, for operators.
import { type Static, Type } from 'typebox';
import {
  choice,
  closed,
  component,
  HttpDate,
  InstantMs,
  NamedAmounts,
  nullable,
  ref,
  WireInstant,
} from './field.ts';
import { HindranceField } from './instance.ts';
import { ReservationName } from './label.ts';

/** A time in which a node may not be used. */
export const Outage = component(
  'Outage',
  Type.Object({
    id: Type.String(),
    node: Type.String(),
    cause: choice(['lost', 'drained', 'maintenance']),
    startTime: HttpDate,
    startTimeMs: InstantMs,
    endTime: nullable(HttpDate),
    endTimeMs: nullable(Type.Integer({ description: 'When the node is expected back; null: nobody knows' })),
  }),
);
export type Outage = Static<typeof Outage>;

export const DrainQuery = Type.Object(
  {
    until: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'When it is expected back, as milliseconds since 1970, RFC 1123 or ISO 8601; "never": nobody knows, so it is out of all windows; absent: after the assumed repair time',
      }),
    ),
  },
  closed,
);

export const ForecastQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'When a maintenance would begin, as milliseconds since 1970, RFC 1123 or ISO 8601; absent: it is drained now',
      }),
    ),
    until: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'When it is back, as for a drain; with `from` it is needed',
      }),
    ),
  },
  closed,
);

export const FATES = ['moves', 'stands-still', 'stays', 'no-room', 'ends'] as const;

/** What would become of those on a node if it were taken out of service. */
export const OutageForecast = component(
  'OutageForecast',
  Type.Object({
    node: Type.String(),
    startTimeMs: InstantMs,
    endTimeMs: nullable(Type.Integer({ description: 'When the node is expected back; null: nobody knows' })),
    instances: Type.Array(
      Type.Object({
        reservationId: Type.String(),
        username: nullable(Type.String()),
        reservationName: nullable(ReservationName),
        instance: Type.Integer({ description: 'Within its reservation, from 1' }),
        vmID: nullable(Type.String()),
        fate: choice(FATES, {
          description:
            'moves: to another node; stands-still: suspended until a node has room; stays: can neither be moved nor suspended; no-room: is to begin meanwhile and has no other place yet; ends: its reservation fails',
        }),
        toNode: nullable(Type.String()),
        startTimeMs: InstantMs,
        endTimeMs: InstantMs,
      }),
    ),
    refundMicros: Type.Integer(),
    penaltyMicros: Type.Integer(),
  }),
);
export type OutageForecast = Static<typeof OutageForecast>;

/** A maintenance that is to be planned. */
export const MaintenanceBody = Type.Object(
  {
    startTime: Type.Optional(
      Type.String({ maxLength: 64, description: 'RFC 1123, or ISO 8601 with a zone; absent: now' }),
    ),
    endTime: Type.String({ maxLength: 64, description: 'Likewise: the node is back then' }),
  },
  closed,
);
export type MaintenanceBody = Static<typeof MaintenanceBody>;

export const ClusterNode = component(
  'Node',
  Type.Object({
    node: Type.String(),
    group: Type.String(),
    site: Type.Optional(Type.String({ description: 'Where it stands; absent: nobody said' })),
    up: Type.Boolean(),
    inService: Type.Boolean({ description: 'Not drained by an operator, and not in maintenance' }),
    outages: Type.Array(ref(Outage), { description: 'Those that are and those that are planned, by start' }),
    losses: Type.Integer({ description: 'How often it was lost since it is watched' }),
    servedMs: Type.Integer({
      description: 'How long it was up since it is watched, in service or not, ms',
    }),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    bookedCpus: Type.Number(),
    bookedMemoryMib: Type.Integer(),
    bookedDiskGib: Type.Integer(),
    resources: NamedAmounts,
    bookedResources: NamedAmounts,
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
    reservationName: nullable(ReservationName),
    kind: choice(['hold', 'reservation']),
    startTimeMs: InstantMs,
    endTimeMs: InstantMs,
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    resources: NamedAmounts,
  }),
);
export type CalendarEntry = Static<typeof CalendarEntry>;

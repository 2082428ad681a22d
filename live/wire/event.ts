// What happened: entry by entry in the journal, and as it happens in the event stream.
import { type Static, Type } from 'typebox';
import {
  All,
  closed,
  component,
  formed,
  HttpDate,
  InstantMs,
  nullable,
  OfProject,
  pageFields,
} from './field.ts';
import { ReservationName } from './label.ts';

/** An event of the engine; its other fields are those of its type. */
export interface WireEvent {
  readonly type: string;
  readonly atMs: number;
  readonly reservationId?: string;
  readonly [field: string]: unknown;
}

export const JournalEntry = component(
  'JournalEntry',
  Type.Object({
    seq: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    userid: nullable(Type.Integer()),
    event: Type.Unsafe<WireEvent>({
      type: 'object',
      required: ['type', 'atMs'],
      properties: { type: { type: 'string' }, atMs: { type: 'integer' } },
      additionalProperties: true,
    }),
  }),
);
export type JournalEntry = Static<typeof JournalEntry>;

/** What happened to a reservation, and what its user calls it now. */
export const HistoryEntry = component(
  'HistoryEntry',
  Type.Object({ ...JournalEntry.properties, reservationName: nullable(ReservationName) }),
);
export type HistoryEntry = Static<typeof HistoryEntry>;

/** A file that history was moved into, out of the database. */
export const Archive = component(
  'Archive',
  Type.Object({
    file: Type.String({ description: 'On the machine of the service' }),
    bytes: Type.Integer(),
    sha256: Type.String(),
    startTime: HttpDate,
    startTimeMs: InstantMs,
    endTime: HttpDate,
    endTimeMs: InstantMs,
    lastSeq: Type.Integer({ description: 'The number of the last event in it' }),
    rows: Type.Record(Type.String(), Type.Integer(), { description: 'How many of each table' }),
    dropped: Type.Boolean({ description: 'false: what is in it is about to leave the database' }),
  }),
);
export type Archive = Static<typeof Archive>;

/** The data of one event of the stream. */
export interface StreamedEvent {
  readonly seq: number;
  readonly timeMs: number;
  readonly userid: number | null;
  readonly reservationId: string | null;
  readonly event: WireEvent;
}

export const JournalQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Events after this number, oldest first; absent: the newest, newest first',
      }),
    ),
    before: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Only events before this number',
      }),
    ),
    limit: pageFields.limit,
    type: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 40 })),
  },
  closed,
);

export const HistoryQuery = Type.Object(
  {
    all: All,
    project: OfProject,
    reservation: Type.Optional(Type.String({ maxLength: 64, description: 'Only what happened to this one' })),
    limit: pageFields.limit,
    type: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 40 })),
  },
  closed,
);

export const EventsQuery = Type.Object({ all: All, project: OfProject }, closed);
export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    formed('^\\d{1,15}$', 'the number of an event', { description: 'Events after this one come first' }),
  ),
});

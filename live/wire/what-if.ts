// What if: changes to the cluster and its policies, and what would come of them.
import { type Static, Type } from 'typebox';
import { choice, closed, component, formed, InstantMs, Micros, nullable } from './field.ts';
import { ReservationName } from './label.ts';

const BOOKING_FATES = ['kept', 'moved', 'suspended', 'failed'] as const;

export const WhatIfBody = Type.Object(
  {
    drain: Type.Optional(
      Type.Array(Type.String({ maxLength: 200 }), {
        maxItems: 1000,
        description: 'Nodes taken out of service',
      }),
    ),
    startTime: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'When they are: RFC 1123, or ISO 8601 with a zone; absent: now',
      }),
    ),
    endTime: Type.Optional(
      Type.String({ maxLength: 64, description: 'When they are back, likewise; absent: nobody knows' }),
    ),
    addNodes: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: 'So many more, each like the first one' }),
    ),
    policies: Type.Optional(
      Type.Array(
        Type.Object(
          {
            kind: Type.String({ maxLength: 64, examples: ['allocation'] }),
            name: formed('^[a-z][a-z0-9-]*$', 'the name of a policy', {
              maxLength: 64,
              examples: ['best-fit'],
            }),
          },
          closed,
        ),
        { maxItems: 20, description: 'Others than there are, each with its usual options' },
      ),
    ),
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 31,
        default: 14,
        description: 'How far ahead, and how far back requests are repeated',
      }),
    ),
    repeat: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'The requests of as many days back come once more; false: none comes',
      }),
    ),
  },
  closed,
);
export type WhatIfBody = Static<typeof WhatIfBody>;

const Totals = Type.Object({
  accepted: Type.Integer({
    description: 'Requests that come once more and are accepted as they were asked for',
  }),
  countered: Type.Integer({ description: 'That get another offer, which they decline' }),
  refused: Type.Integer({ description: 'That get none' }),
  moves: Type.Integer({ description: 'Instances whose booking changes its node' }),
  failed: Type.Integer({ description: 'Reservations that fail' }),
  chargedMicros: Micros,
  refundMicros: Micros,
  penaltyMicros: Micros,
});

export const WhatIf = component(
  'WhatIf',
  Type.Object({
    startTimeMs: InstantMs,
    endTimeMs: InstantMs,
    requests: Type.Integer({ description: 'That come once more' }),
    asIs: Totals,
    changed: Totals,
    bookings: Type.Array(
      Type.Object({
        reservationId: Type.String(),
        username: nullable(Type.String()),
        reservationName: nullable(ReservationName),
        startTimeMs: InstantMs,
        endTimeMs: InstantMs,
        asIs: choice(BOOKING_FATES),
        changed: choice(BOOKING_FATES),
      }),
      { description: 'Reservations that there are and that fare otherwise, those that fare worse first' },
    ),
  }),
);
export type WhatIf = Static<typeof WhatIf>;

// What the service buys of its partners, for operators.
import { type Static, Type } from 'typebox';
import { closed, component, HttpDate, InstantMs, Micros, nullable, pageFields } from './field.ts';

export const Partner = component(
  'Partner',
  Type.Object({
    name: Type.String(),
    url: nullable(Type.String({ description: 'null: the configuration does not know it any more' })),
    isBoughtOf: Type.Boolean({ description: 'What there is no room for is bought of it, to be sold on' }),
    owedMicros: Type.Integer({
      description:
        'Transfer prices of what was confirmed there, less what it gave back and what it owes on top',
    }),
    open: Type.Integer({ description: 'Reservations there of which something is still to come' }),
  }),
);
export type Partner = Static<typeof Partner>;

export const Transfer = component(
  'Transfer',
  Type.Object({
    reservationId: Type.String({ description: 'Of the reservation here' }),
    partner: Type.String(),
    partnerReservationId: Type.String({ description: 'Of the reservation there that it stands for' }),
    priceMicros: Micros,
    refundMicros: Micros,
    penaltyMicros: Micros,
    owedMicros: Type.Integer({ description: 'Nothing before it is confirmed' }),
    offeredTime: HttpDate,
    offeredTimeMs: InstantMs,
    confirmedTime: nullable(HttpDate),
    confirmedTimeMs: nullable(InstantMs),
    settledTime: nullable(HttpDate),
    settledTimeMs: nullable(InstantMs),
  }),
);
export type Transfer = Static<typeof Transfer>;

export const TransferQuery = Type.Object(
  { ...pageFields, reservation: Type.Optional(Type.String({ maxLength: 64 })) },
  closed,
);

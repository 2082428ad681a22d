// The reservation rules of a real system, by its name.
import { Type } from 'typebox';
import { RESERVATION_RULES } from '../reservation-rules/catalogue.ts';

const NAMES = RESERVATION_RULES.map(({ name }) => name);

export const ReservationRulesField = Type.Optional(
  Type.Enum(NAMES, {
    expected: NAMES.join(', '),
    description:
      'Takes reservations by the rules of that system: what is said of negotiation, manager and policies goes before them. Absent: by what is said, and the defaults.',
  }),
);

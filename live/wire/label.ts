// What its user calls a reservation, and notes about it. The provider never looks at either.
import { type Static, Type } from 'typebox';
import { closed, formed, nullable } from './field.ts';
import { LABEL_NAME_MAX, LABEL_NOTE_MAX } from './limits.ts';

const Name = formed(
  '^[^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]*[^\\x00-\\x20\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069][^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]*$',
  'one line of text that is not empty',
  { maxLength: LABEL_NAME_MAX, description: 'What its user calls it: a line of text' },
);
const Note = formed(
  '^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]*$',
  'text without control characters',
  { minLength: 1, maxLength: LABEL_NOTE_MAX, description: 'What its user notes about it' },
);

/** Beside something of a reservation. */
export const ReservationName = Type.String({ description: 'What its user calls the reservation' });

/** Of a request: what it is to be called from the start. */
export const labelFields = { name: Type.Optional(Name), note: Type.Optional(Note) };

export const Label = Type.Object({ name: nullable(Name), note: nullable(Note) }, closed);
export type Label = Static<typeof Label>;

/** Of a reservation that there is: what is left out stays. */
export const LabelBody = Type.Partial(Label, { ...closed, minProperties: 1 });

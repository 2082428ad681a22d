// A series: the same terms at several times, asked for and booked as one.
import { type Static, Type } from 'typebox';
import { choice, closed, component, HttpDate, InstantMs, ref } from './field.ts';
import { labelFields } from './label.ts';
import { SERIES_TIMES_MAX } from './limits.ts';
import { NegotiationReply, proposalFields } from './negotiation.ts';
import { QuoteQuery } from './service.ts';

const {
  // Nobody waits for one time of several, or takes another one for it; and each has its own start.
  waitUntil: _until,
  waitInstead: _instead,
  otherwise: _otherwise,
  earliestStartTime: _earliest,
  latestStartTime: _latest,
  deadline: _deadline,
  ...terms
} = proposalFields;

/** The times, and what is asked for at each. */
const seriesFields = {
  ...terms,
  startTime: Type.String({ maxLength: 64, description: 'Of the first: RFC 1123, or ISO 8601 with a zone' }),
  everyDays: Type.Integer({ minimum: 1, maximum: 366, description: '7: every week' }),
  times: Type.Optional(
    Type.Integer({ minimum: 1, maximum: SERIES_TIMES_MAX, description: 'How many; or else until says it' }),
  ),
  until: Type.Optional(
    Type.String({ maxLength: 64, description: `None begins then or later; up to ${SERIES_TIMES_MAX}` }),
  ),
  zone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Whose time of the clock they keep: Europe/Berlin; absent: UTC',
    }),
  ),
};

export const SeriesQuoteQuery = Type.Pick(QuoteQuery, ['project'], closed);

export const SeriesQuoteBody = Type.Object(seriesFields, closed);
export type SeriesQuoteBody = Static<typeof SeriesQuoteBody>;

export const SeriesBody = Type.Object(
  {
    ...seriesFields,
    ...labelFields,
    take: Type.Optional(
      choice(['all', 'fitting', 'none'], {
        description:
          'all: every one as asked, or none (the default); fitting: those that are as asked; none: all that is offered is held, to be chosen from',
      }),
    ),
    project: Type.Optional(
      Type.String({ minLength: 1, maxLength: 32, description: 'The project that it is for, and that pays' }),
    ),
  },
  closed,
);
export type SeriesBody = Static<typeof SeriesBody>;

const Ids = Type.Array(Type.String(), { maxItems: SERIES_TIMES_MAX, uniqueItems: true });

/** What is taken of a series that is held, and what is let go. */
export const SeriesAnswerBody = Type.Object(
  {
    book: Type.Unsafe<string[]>({
      ...Ids,
      description: 'Ids of what is booked, as it was offered: all of it or none',
    }),
    decline: Type.Optional(Type.Unsafe<string[]>({ ...Ids, description: 'Ids of what is let go' })),
  },
  closed,
);
export type SeriesAnswerBody = Static<typeof SeriesAnswerBody>;

export const SeriesBooking = Type.Object({
  booked: Type.Integer({ description: 'How many are booked' }),
  priceMicros: Type.Integer({ description: 'Of all of them together; millionths of a credit' }),
});
export type SeriesBooking = Static<typeof SeriesBooking>;

/** One of them, and what became of it. */
export const SeriesOccurrence = component(
  'SeriesOccurrence',
  Type.Object({
    startTime: HttpDate,
    startTimeMs: InstantMs,
    answer: ref(NegotiationReply),
    reservation: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Its id, where it is booked; null: it is not',
    }),
  }),
);
export type SeriesOccurrence = Static<typeof SeriesOccurrence>;

export const Series = component(
  'Series',
  Type.Object({
    booked: Type.Integer({ description: 'How many of them are' }),
    priceMicros: Type.Integer({ description: 'Of those that are booked, together; millionths of a credit' }),
    occurrences: Type.Array(ref(SeriesOccurrence), { description: 'In the order of their times' }),
  }),
);
export type Series = Static<typeof Series>;

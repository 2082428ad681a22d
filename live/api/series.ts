// /OpenPEX/series: the same terms at several times, asked for and booked as one. Offers are holds, so that it is known of all of them what
// there is before any is booked; then all that is to be is booked, or none.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Proposal } from '../../engine/index.ts';
import { occurrencesOf } from '../../written/recurrence.ts';
import { ServiceError } from '../problems.ts';
import type { Opened, Service } from '../service/service.ts';
import { IdempotencyHeaders, ref } from '../wire/field.ts';
import { SERIES_TIMES_MAX } from '../wire/limits.ts';
import {
  Series,
  SeriesAnswerBody,
  SeriesBody,
  SeriesBooking,
  type SeriesOccurrence,
  SeriesQuoteBody,
  SeriesQuoteQuery,
} from '../wire/series.ts';
import { accountOf } from './authentication.ts';
import { noteOf } from './idempotency.ts';
import { actingFor, ownerOf, reachableReservation } from './ownership.ts';
import { badField, type Catalogue, readDate, readProposal } from './readers.ts';
import { pastStart, SeriesNegotiation, type SeriesNegotiationParts } from './series-negotiation.ts';
import type { Accounts, Projects } from './stores.ts';
import { negotiationView, quoteView, refusalView } from './views.ts';
import { formatHttpDate } from './wire-dates.ts';

const tags = ['reservations'];

export interface SeriesRoutesParts extends SeriesNegotiationParts {
  readonly service: Catalogue & SeriesNegotiationParts['service'] & Pick<Service, 'quote' | 'refusalOf'>;
  readonly accounts: Pick<Accounts, 'get'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
}

export function seriesRoutes(parts: SeriesRoutesParts): FastifyPluginAsyncTypebox {
  const { accounts, projects, reservations, service } = parts;
  /** By user and key: what is sent again meanwhile gets the same answer. */
  const underWay = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Series> }>();

  return async (app) => {
    app.post(
      '/series',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'createSeries',
          summary:
            'Ask for the same at several times: all of them or none, those that there are, or to choose from',
          description:
            'Every time is asked for and held; then what is as asked is booked, and everything else let go, unless nothing is to be taken yet. Each is ' +
            'a reservation of its own. Sent again under its key, a series that was interrupted is gone on with for as long as its offers are held.',
          tags,
          headers: IdempotencyHeaders,
          body: SeriesBody,
          response: { 200: ref(Series) },
        },
      },
      async (request) => {
        const owner = await actingFor(request, projects, request.body.project);
        const note = noteOf(request, ['series']);
        const { name = null, note: text = null, take = 'all', ...series } = request.body;
        const ask = () =>
          new SeriesNegotiation(parts, { by: accountOf(request), owner })
            .ask(proposalsOf(series, service), {
              take,
              label: { name, note: text },
              // Each time is a request of its own, under a name that no client can give.
              noteAt: (position) => {
                const own = noteOf(request, ['series', String(position)]);
                return own && { ...own, idempotencyKey: `${own.idempotencyKey}\n${position}` };
              },
            })
            .then(({ booked, opened }) => seriesView(opened, booked, { take, userId: owner.userId }));
        if (note === undefined) return ask();
        const key = `${note.askedBy}/${note.idempotencyKey}`;
        const first = underWay.get(key);
        // What is another request under the same key is told so when it comes to its first time.
        if (first?.fingerprint === note.requestFingerprint) return first.answer;
        const answer = ask();
        underWay.set(key, { fingerprint: note.requestFingerprint, answer });
        try {
          return await answer;
        } finally {
          underWay.delete(key);
        }
      },
    );

    app.put(
      '/series',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'answerSeries',
          summary: 'Book what is wanted of a series that is held, all of it or none, and let go of the rest',
          description:
            'Counter-offers are accepted and booked like the rest. Where one cannot be booked, none is; what is held stays held then. What is booked ' +
            'already stays booked, so that it may be sent again.',
          tags,
          body: SeriesAnswerBody,
          response: { 200: SeriesBooking },
        },
      },
      async (request) => {
        const { book, decline = [] } = request.body;
        const both = book.find((id) => decline.includes(id));
        if (both !== undefined) throw badField('decline', both, 'what is not in book');
        const [wanted, unwanted] = await Promise.all(
          [book, decline].map((ids) =>
            Promise.all(ids.map((id) => reachableReservation(request, { projects, reservations }, id))),
          ),
        );
        const all = [...wanted!, ...unwanted!];
        const [one] = all;
        if (one === undefined) return { booked: 0, priceMicros: 0 };
        const other = all.find(({ userId }) => userId !== one.userId);
        if (other !== undefined)
          throw badField('book', other.reservationId, `a reservation of ${one.username}, as the others are`);
        const owner = await ownerOf(request, accounts, one);
        const negotiation = new SeriesNegotiation(parts, { by: accountOf(request), owner });
        const ids = (records: typeof all) => records.map(({ reservationId }) => reservationId);
        const priceMicros = await negotiation.book(ids(wanted!));
        await negotiation.letGo(ids(unwanted!));
        return { booked: book.length, priceMicros };
      },
    );

    app.post(
      '/series/quotes',
      {
        config: { access: 'user', changesNothing: true },
        schema: {
          operationId: 'quoteSeries',
          summary: 'What each time of a series would be answered now, by itself; nothing is held',
          tags,
          querystring: SeriesQuoteQuery,
          body: SeriesQuoteBody,
          response: { 200: ref(Series) },
        },
      },
      async (request) => {
        const account = await actingFor(request, projects, request.query.project);
        const owner = { reservationId: '', userId: accountOf(request).userId };
        const asked = proposalsOf(request.body, service);
        const [first] = asked;
        if (first!.startMs < service.now()) throw pastStart(first!.startMs);
        const occurrences = asked.map((proposal) => {
          const quote = quoteView(service.quote(proposal), proposal, owner);
          const refusal = service.refusalOf(account, proposal);
          return occurrenceView(proposal, {
            ...quote,
            ...(refusal !== undefined && { refusal: refusalView(refusal) }),
          });
        });
        return { booked: 0, priceMicros: 0, occurrences };
      },
    );
  };
}

/** @throws ServiceError PEX_BAD_REQUEST */
function proposalsOf(body: SeriesQuoteBody, service: Catalogue): readonly Proposal[] {
  const { everyDays: _every, times: _times, until: _until, zone: _zone, ...terms } = body;
  return startsOf(body).map((startMs) =>
    readProposal({ ...terms, startTime: new Date(startMs).toISOString() }, service),
  );
}

/** @throws ServiceError PEX_BAD_REQUEST */
function startsOf({ everyDays, startTime, times, until, zone = 'UTC' }: SeriesQuoteBody): readonly number[] {
  if ((times === undefined) === (until === undefined))
    throw new ServiceError('PEX_BAD_REQUEST', 'a series ends: say either times or until', { field: 'times' });
  const startMs = readDate(startTime, 'startTime');
  const rule = {
    ...{ startMs, everyDays, zone },
    ...(times !== undefined && { times }),
    ...(until !== undefined && { untilMs: readDate(until, 'until') }),
  };
  let starts: readonly number[];
  try {
    starts = occurrencesOf(rule, SERIES_TIMES_MAX + 1);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badField('zone', zone, 'the name of a time zone, such as Europe/Berlin');
  }
  if (starts.length === 0) throw badField('until', until!, 'after startTime');
  if (starts.length > SERIES_TIMES_MAX)
    throw badField('until', until!, `a date up to which ${SERIES_TIMES_MAX} begin`);
  return starts;
}

function seriesView(
  opened: readonly Opened[],
  booked: ReadonlySet<Opened>,
  { take, userId }: { readonly take: SeriesBody['take']; readonly userId: number },
): Series {
  const occurrences = opened.map((each) => {
    const { proposal, reply, reservationId } = each;
    const answer = negotiationView(reply, proposal, { reservationId, userId });
    const { holdUntil: _until, holdUntilMs: _untilMs, ...over } = answer;
    return occurrenceView(proposal, take === 'none' ? answer : over, booked.has(each) ? reservationId : null);
  });
  const priceMicros = occurrences.reduce(
    (sum, { answer, reservation }) => sum + (reservation === null ? 0 : (answer.priceMicros ?? 0)),
    0,
  );
  return { booked: booked.size, priceMicros, occurrences };
}

function occurrenceView(
  { startMs }: Proposal,
  answer: SeriesOccurrence['answer'],
  reservation: string | null = null,
): SeriesOccurrence {
  return { startTime: formatHttpDate(startMs), startTimeMs: startMs, answer, reservation };
}

// POST /OpenPEX/series: the same terms at several times, asked for and booked by one request. Offers are holds, so that it is known of all of
// them what there is before any is booked; then all that is to be is booked, or none.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { occurrencesOf } from '../../written/recurrence.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, ReservationRecord } from '../records.ts';
import type { Opened, Service } from '../service/service.ts';
import { IdempotencyHeaders, ref } from '../wire/field.ts';
import { MAX_TIMES, Series, SeriesBody } from '../wire/series.ts';
import type { Approval } from './approval.ts';
import { accountOf } from './authentication.ts';
import { noteOf } from './idempotency.ts';
import type { Metrics } from './metrics.ts';
import { actingFor } from './ownership.ts';
import { badField, type Catalogue, readDate, readProposal } from './readers.ts';
import { refusedReservation } from './refusals.ts';
import type { Projects, Reservations } from './stores.ts';
import { negotiationView } from './views.ts';
import { formatHttpDate } from './wire-dates.ts';

export interface SeriesRoutesParts {
  readonly service: Catalogue & Pick<Service, 'open' | 'reply' | 'cancel' | 'now'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
  readonly approval: Pick<Approval, 'ask'>;
  readonly reservations: Pick<Reservations, 'get'>;
  readonly metrics: Pick<Metrics, 'replied'>;
}

export function seriesRoutes(parts: SeriesRoutesParts): FastifyPluginAsyncTypebox {
  const { projects } = parts;
  /** By user and key: what is sent again meanwhile gets the same answer. */
  const underWay = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Series> }>();

  return async (app) => {
    app.post(
      '/series',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'createSeries',
          summary: 'Book the same at several times: all of them or none, or those that there are',
          description:
            'Every time is asked for and held; then what is as asked is booked, and everything else let go. Each is a reservation of its own ' +
            'from then on. Sent again under its key, a series that was interrupted is gone on with for as long as its offers are held.',
          tags: ['reservations'],
          headers: IdempotencyHeaders,
          body: SeriesBody,
          response: { 200: ref(Series) },
        },
      },
      async (request) => {
        const account = await actingFor(request, projects, request.body.project);
        const note = noteOf(request, ['series']);
        const negotiation = () => new SeriesNegotiation(parts, request, account).book(request.body);
        if (note === undefined) return negotiation();
        const name = `${note.askedBy}/${note.idempotencyKey}`;
        const first = underWay.get(name);
        // What is another request under the same key is told so when it comes to its first time.
        if (first?.fingerprint === note.requestFingerprint) return first.answer;
        const answer = negotiation();
        underWay.set(name, { fingerprint: note.requestFingerprint, answer });
        try {
          return await answer;
        } finally {
          underWay.delete(name);
        }
      },
    );
  };
}

class SeriesNegotiation {
  readonly #parts: SeriesRoutesParts;
  readonly #request: Parameters<typeof noteOf>[0];
  readonly #account: AccountRecord;
  readonly #opened: Opened[] = [];
  /** What this request has confirmed, or tried to. */
  readonly #confirmed = new Set<string>();

  constructor(parts: SeriesRoutesParts, request: Parameters<typeof noteOf>[0], account: AccountRecord) {
    this.#parts = parts;
    this.#request = request;
    this.#account = account;
  }

  /**
   * @throws ServiceError when one of them is refused altogether, or cannot be confirmed; nothing that this request asked for is held or booked
   *   then, unless the provider's rules bind it. What an earlier one has booked stands
   */
  async book(body: SeriesBody): Promise<Series> {
    const { everyDays: _every, times: _times, until: _until, zone: _zone, take = 'all', ...terms } = body;
    const { service } = this.#parts;
    const asked = startsOf(body).map((startMs) =>
      readProposal({ ...terms, startTime: new Date(startMs).toISOString() }, service),
    );
    try {
      for (const [position, proposal] of asked.entries())
        this.#opened.push(await service.open(this.#account, proposal, this.#noteAt(position)));
      for (const { reply } of this.#opened) this.#parts.metrics.replied('request', reply);
      const asAsked = this.#opened.filter(({ reply }) => reply.reply === 'ACCEPT');
      const wanted = take === 'fitting' || asAsked.length === asked.length ? asAsked : [];
      await this.#confirm(wanted);
      await this.#letGo(this.#opened.filter((each) => !wanted.includes(each)));
      return this.#view(new Set(wanted));
    } catch (error) {
      await this.#giveBack();
      throw error;
    }
  }

  /** All at once, so that nobody else is decided on between them. */
  async #confirm(wanted: readonly Opened[]): Promise<void> {
    const { approval, metrics, service } = this.#parts;
    const held = await this.#stillHeld(wanted);
    if (held.length === 0) return;
    const priceMicros = held.reduce((sum, { priceMicros: ofOne }) => sum + (ofOne ?? 0), 0);
    const { balanceMicros } = this.#account;
    if (priceMicros > balanceMicros)
      throw new ServiceError(
        'PEX_INSUFFICIENT_BALANCE',
        'the price of the series is more than what is left in the account',
        { priceMicros, balanceMicros },
      );
    for (const { priceMicros: ofOne, proposal: terms, reservationId } of held)
      await approval.ask({
        action: 'confirm',
        by: accountOf(this.#request as FastifyRequest),
        owner: this.#account,
        reservationId,
        terms,
        priceMicros: ofOne,
      });
    // To approve takes its time: what is not held any more is seen before anything is paid.
    await this.#stillHeld(wanted);
    const answers = await Promise.allSettled(
      held.map(({ reservationId, round }) => {
        this.#confirmed.add(reservationId);
        return service.reply(this.#account, reservationId, { reply: 'CONFIRM' }, { round });
      }),
    );
    for (const answer of answers) {
      if (answer.status === 'rejected') throw answer.reason;
      metrics.replied('CONFIRM', answer.value);
      if (answer.value.reply === 'REQUEST_FAILED') throw refusedReservation(answer.value);
    }
  }

  /** What is to be confirmed of it yet: the rest was when the request came before, whatever its user did with it since. */
  async #stillHeld(wanted: readonly Opened[]): Promise<readonly ReservationRecord[]> {
    const { reservations, service } = this.#parts;
    const held: ReservationRecord[] = [];
    for (const { reservationId } of wanted) {
      const record = await reservations.get(reservationId);
      if (record !== undefined && record.confirmedMs !== null) continue;
      if (record?.state !== 'ACCEPTED' || (record.holdUntilMs ?? 0) <= service.now())
        throw refusedReservation({ reply: 'REQUEST_FAILED', reason: 'hold-expired' });
      held.push(record);
    }
    return held;
  }

  /** What nobody takes of what is held. */
  async #letGo(unwanted: readonly Opened[]): Promise<void> {
    for (const { reply, reservationId } of unwanted)
      if (reply.reply === 'ACCEPT' || reply.reply === 'COUNTER')
        // What cannot be let go of now ends with its hold.
        await this.#parts.service
          .reply(this.#account, reservationId, { reply: 'REJECT' })
          .catch(() => undefined);
  }

  /** What was booked before this request stays; what cannot be taken back now ends with its hold. */
  async #giveBack(): Promise<void> {
    const { reservations, service } = this.#parts;
    for (const { reservationId } of this.#opened) {
      const isOurs = async () =>
        this.#confirmed.has(reservationId) || (await reservations.get(reservationId))?.confirmedMs === null;
      if (await isOurs().catch(() => false)) await service.cancel(reservationId).catch(() => undefined);
    }
  }

  #view(booked: ReadonlySet<Opened>): Series {
    const { userId } = this.#account;
    const occurrences = this.#opened.map((opened) => {
      const { proposal, reply, reservationId } = opened;
      // Nothing is held any more.
      const {
        holdUntil: _until,
        holdUntilMs: _untilMs,
        ...answer
      } = negotiationView(reply, proposal, { reservationId, userId });
      return {
        startTime: formatHttpDate(proposal.startMs),
        startTimeMs: proposal.startMs,
        answer,
        reservation: booked.has(opened) ? reservationId : null,
      };
    });
    const priceMicros = occurrences.reduce(
      (sum, { answer, reservation }) => sum + (reservation === null ? 0 : (answer.priceMicros ?? 0)),
      0,
    );
    return { booked: booked.size, priceMicros, occurrences };
  }

  /** Each time is a request of its own, under a name that no client can give. */
  #noteAt(position: number) {
    const note = noteOf(this.#request, ['series', String(position)]);
    return note && { ...note, idempotencyKey: `${note.idempotencyKey}\n${position}` };
  }
}

/** @throws ServiceError PEX_BAD_REQUEST */
function startsOf({ everyDays, startTime, times, until, zone = 'UTC' }: SeriesBody): readonly number[] {
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
    starts = occurrencesOf(rule, MAX_TIMES + 1);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badField('zone', zone, 'the name of a time zone, such as Europe/Berlin');
  }
  if (starts.length === 0) throw badField('until', until!, 'after startTime');
  if (starts.length > MAX_TIMES) throw badField('until', until!, `a date up to which ${MAX_TIMES} begin`);
  return starts;
}

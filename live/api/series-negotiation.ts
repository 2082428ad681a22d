// The negotiation about a series: all of it is held before any is booked, and what is booked of it is booked as a whole or not at all.
import type { Proposal, RequestNote } from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, ReservationLabel, ReservationRecord } from '../records.ts';
import type { Opened, Said, Service } from '../service/service.ts';
import type { SeriesBody } from '../wire/series.ts';
import type { Approval } from './approval.ts';
import type { Metrics } from './metrics.ts';
import { badField } from './readers.ts';
import { refusedReservation } from './refusals.ts';
import type { Accounts, Reservations } from './stores.ts';
import { formatHttpDate } from './wire-dates.ts';

export interface SeriesNegotiationParts {
  readonly service: Pick<Service, 'open' | 'reply' | 'cancel' | 'now'>;
  readonly approval: Pick<Approval, 'ask'>;
  readonly accounts: Pick<Accounts, 'get'>;
  readonly reservations: Pick<Reservations, 'get' | 'setFirstLabel'>;
  readonly metrics: Pick<Metrics, 'replied'>;
}

interface Asked {
  readonly take: NonNullable<SeriesBody['take']>;
  readonly label: ReservationLabel;
  /** Of the time at that place of the series. */
  readonly noteAt: (position: number) => RequestNote | undefined;
}

export class SeriesNegotiation {
  readonly #parts: SeriesNegotiationParts;
  readonly #by: AccountRecord;
  readonly #owner: AccountRecord;

  /** @param who speaks, and whose limits and balance count */
  constructor(
    parts: SeriesNegotiationParts,
    { by, owner }: { readonly by: AccountRecord; readonly owner: AccountRecord },
  ) {
    this.#parts = parts;
    this.#by = by;
    this.#owner = owner;
  }

  /**
   * Asks for all of them, in their order, and books what `take` says. Unless that is nothing yet, nothing else is held afterwards.
   * @throws ServiceError when the series begins in the past, one of them is refused altogether, or cannot be confirmed; nothing that this
   * request asked for is held or booked then, unless the provider's rules bind it. What an earlier one has booked stands
   */
  async ask(
    proposals: readonly Proposal[],
    { label, noteAt, take }: Asked,
  ): Promise<{ readonly opened: readonly Opened[]; readonly booked: ReadonlySet<Opened> }> {
    const opened: Opened[] = [];
    try {
      for (const [position, proposal] of proposals.entries())
        opened.push(await this.#open(proposal, label, noteAt(position)));
      for (const { reply } of opened) this.#parts.metrics.replied('request', reply);
      if (take === 'none') return { opened, booked: new Set() };
      const asAsked = opened.filter(({ reply }) => reply.reply === 'ACCEPT');
      const wanted = take === 'fitting' || asAsked.length === opened.length ? asAsked : [];
      await this.book(idsOf(wanted));
      const unwanted = opened.filter((each) => !wanted.includes(each) && isOffer(each));
      await this.letGo(idsOf(unwanted), { givesBack: true });
      return { opened, booked: new Set(wanted) };
    } catch (error) {
      await this.#giveBack(idsOf(opened));
      throw error;
    }
  }

  /**
   * Books what is held for its owner, all at once, so that nobody else is decided on between them. What is booked already is left as it is.
   * @returns the price of all of them, in millionths of a credit
   * @throws ServiceError when one of them cannot be booked; none is then, and what is held stays held
   */
  async book(reservationIds: readonly string[]): Promise<number> {
    const { approval } = this.#parts;
    const { booked, held } = await this.#standOf(reservationIds);
    if (held.length > 0) {
      const priceMicros = priceOf(held);
      const { accounts } = this.#parts;
      // As it is now: what was pledged for what is held has left it, and counts towards the price.
      const { balanceMicros } = (await accounts.get(this.#owner.userId)) ?? this.#owner;
      if (priceMicros - pledgedOf(held) > balanceMicros)
        throw new ServiceError(
          'PEX_INSUFFICIENT_BALANCE',
          'the price of the series is more than what is left in the account',
          { priceMicros, balanceMicros },
        );
      for (const { priceMicros: ofOne, proposal: terms, reservationId } of held)
        await approval.ask({
          action: 'confirm',
          by: this.#by,
          owner: this.#owner,
          reservationId,
          terms,
          priceMicros: ofOne,
        });
      // To approve takes its time: what is not held any more is seen before anything is paid.
      await this.#standOf(reservationIds);
      await this.#say(
        'ACCEPT',
        held.filter(({ state }) => state === 'COUNTERED'),
      );
      await this.#say('CONFIRM', held);
    }
    return priceOf([...booked, ...held]);
  }

  /**
   * What cannot be let go of now ends with its hold.
   * @param said `givesBack` where its user has not decided so
   */
  async letGo(reservationIds: readonly string[], said: Pick<Said, 'givesBack'> = {}): Promise<void> {
    const { service } = this.#parts;
    for (const reservationId of reservationIds)
      await service.reply(this.#owner, reservationId, { reply: 'REJECT' }, said).catch(() => undefined);
  }

  async #open(proposal: Proposal, label: ReservationLabel, note: RequestNote | undefined): Promise<Opened> {
    const { reservations, service } = this.#parts;
    const opened = await service.open(this.#owner, proposal, note);
    const { reply, reservationId } = opened;
    if (reply.reply === 'REJECT' && reply.reason === 'start-in-past') throw pastStart(proposal.startMs);
    if (label.name !== null || label.note !== null) await reservations.setFirstLabel(reservationId, label);
    return opened;
  }

  /** What is booked of them, and what is held. @throws ServiceError when one is neither */
  async #standOf(
    reservationIds: readonly string[],
  ): Promise<Record<'booked' | 'held', readonly ReservationRecord[]>> {
    const { reservations, service } = this.#parts;
    const booked: ReservationRecord[] = [];
    const held: ReservationRecord[] = [];
    for (const reservationId of reservationIds) {
      const record = await reservations.get(reservationId);
      // Whatever its user did with it since.
      if (record !== undefined && record.confirmedMs !== null) booked.push(record);
      else if (
        (record?.state === 'ACCEPTED' || record?.state === 'COUNTERED') &&
        (record.holdUntilMs ?? 0) > service.now()
      )
        held.push(record);
      else throw refusedReservation({ reply: 'REQUEST_FAILED', reason: 'hold-expired' });
    }
    return { booked, held };
  }

  /** The same to all of them at once. @throws ServiceError when one of them cannot be told so; what was confirmed is taken back then */
  async #say(said: 'ACCEPT' | 'CONFIRM', held: readonly ReservationRecord[]): Promise<void> {
    const { metrics, service } = this.#parts;
    const answers = await Promise.allSettled(
      held.map(({ reservationId, round }) =>
        service.reply(this.#owner, reservationId, { reply: said }, { round }),
      ),
    );
    const failures: unknown[] = [];
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        failures.push(answer.reason);
        continue;
      }
      metrics.replied(said, answer.value);
      if (answer.value.reply === 'REQUEST_FAILED') failures.push(refusedReservation(answer.value));
    }
    if (failures.length === 0) return;
    if (said === 'CONFIRM')
      await this.#takeBack(idsOf(held.filter((_, position) => mayHaveChanged(answers[position]!))));
    throw failures[0];
  }

  async #takeBack(reservationIds: readonly string[]): Promise<void> {
    for (const reservationId of reservationIds)
      await this.#parts.service.cancel(reservationId, { givesBack: true }).catch(() => undefined);
  }

  /** What was booked before this request stays; what cannot be taken back now ends with its hold. */
  async #giveBack(reservationIds: readonly string[]): Promise<void> {
    const { reservations } = this.#parts;
    for (const reservationId of reservationIds) {
      const record = await reservations.get(reservationId).catch(() => undefined);
      if (record?.confirmedMs === null) await this.#takeBack([reservationId]);
    }
  }
}

/** The refusal of a series that begins in the past. */
export function pastStart(startMs: number): ServiceError {
  return badField(
    'startTime',
    formatHttpDate(startMs),
    'a date that lies ahead: a series has its first time yet to come',
  );
}

/** What is refused, or not even heard, did nothing: if it is confirmed nevertheless, somebody else said so. */
function mayHaveChanged(answer: PromiseSettledResult<{ readonly reply: string }>): boolean {
  if (answer.status === 'fulfilled') return answer.value.reply !== 'REQUEST_FAILED';
  return !(answer.reason instanceof ServiceError) || answer.reason.code === 'PEX_OUTCOME_UNKNOWN';
}

function isOffer({ reply: { reply } }: Opened): boolean {
  return reply === 'ACCEPT' || reply === 'COUNTER';
}

function idsOf(those: readonly { readonly reservationId: string }[]): readonly string[] {
  return those.map(({ reservationId }) => reservationId);
}

function priceOf(records: readonly ReservationRecord[]): number {
  return records.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0), 0);
}

function pledgedOf(records: readonly ReservationRecord[]): number {
  return records.reduce((sum, { pledgedMicros }) => sum + (pledgedMicros ?? 0), 0);
}

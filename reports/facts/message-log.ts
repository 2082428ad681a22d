// The messages of each negotiation, one by one, from the first proposal to the confirmation or the end: what offers.csv is written from. Keeps sessions
// only as long as they negotiate.
import type { EventOf, Proposal, SessionOrigin } from '../../engine/index.ts';
import { outcomeWithoutDeal } from '../../engine/index.ts';
import type { Hearing } from './hearing.ts';

/** One message, from one side to the other. */
export interface Message {
  readonly atMs: number;
  readonly measured: boolean;
  readonly provider: string;
  readonly reservationId: string;
  readonly requestId: string | null;
  readonly userId: string;
  readonly buyer: string | null;
  /** From 1 within the session. */
  readonly number: number;
  readonly round: number;
  readonly from: 'user' | 'provider';
  /** REQUEST opens a negotiation; every other has its name in the protocol. */
  readonly message: string;
  /** What is proposed, offered or agreed on; null where a message has no terms. */
  readonly terms: Proposal | null;
  /** Of a user the most that they say they pay, of a provider the price; null where none is named. */
  readonly priceMicros: number | null;
  readonly holdUntilMs: number | null;
  /** What else was offered, in number. */
  readonly alternatives: number;
  readonly reason: string | null;
}

interface Talk {
  readonly userId: string;
  readonly origin: SessionOrigin | null;
  measured: boolean;
  messages: number;
  round: number;
  asked: Proposal | null;
  /** What the further windows of an offer in parts cost. */
  furtherMicros: number;
}

type Said = Partial<Pick<Message, 'terms' | 'priceMicros' | 'holdUntilMs' | 'alternatives' | 'reason'>>;
interface AtOf {
  readonly atMs: number;
  readonly provider: string;
  readonly reservationId: string;
}

export class MessageLog {
  readonly #talks = new Map<string, Talk>();
  readonly #measuredFromMs: number;
  readonly #tell: (message: Message) => void;

  constructor(measuredFromMs: number, tell: (message: Message) => void) {
    this.#measuredFromMs = measuredFromMs;
    this.#tell = tell;
  }

  readonly hears: Hearing = {
    'reservation-initiated': ({ origin, partOf, reservationId, userId }) => {
      // What is said of a further window is said of the reservation that was asked for.
      if (partOf !== undefined) return;
      const talk = { userId, origin, measured: false, messages: 0, round: 0, asked: null, furtherMicros: 0 };
      this.#talks.set(reservationId, talk);
    },
    'proposal-received': (event) => {
      const talk = this.#talks.get(event.reservationId);
      if (talk === undefined) return;
      const { proposal: terms } = event;
      if (talk.asked === null) talk.measured = event.atMs >= this.#measuredFromMs;
      talk.round += 1;
      const message = talk.asked === null ? 'REQUEST' : 'COUNTER';
      talk.asked = terms;
      talk.furtherMicros = 0;
      this.#say(event, 'user', message, { terms, priceMicros: terms.maxPriceMicros ?? null });
    },
    'offer-accepted': (event) => {
      const terms = this.#talks.get(event.reservationId)?.asked ?? null;
      this.#say(event, 'provider', 'ACCEPT', { terms, ...offerOf(event) });
    },
    'offer-countered': (event) => {
      const { alternatives = [], because = null, parts = [], proposal: terms } = event;
      const talk = this.#talks.get(event.reservationId);
      if (talk !== undefined) talk.furtherMicros = parts.reduce((sum, part) => sum + part.priceMicros, 0);
      const wholeMicros = event.priceMicros + (talk?.furtherMicros ?? 0);
      const counted = { priceMicros: wholeMicros, alternatives: alternatives.length };
      const said = { terms, ...offerOf(event), ...counted, reason: because };
      this.#say(event, 'provider', 'COUNTER', said);
    },
    'waitlist-joined': (event) => this.#say(event, 'provider', 'WAITLISTED', { reason: event.reason }),
    'counter-accepted': (event) => {
      this.#say(event, 'user', 'ACCEPT');
      this.#say(event, 'provider', 'CONFIRM_REQUEST');
    },
    'offer-declined': (event) => this.#say(event, 'user', 'REJECT', { reason: event.reason }),
    'message-refused': (event) => {
      this.#say(event, 'user', event.message === 'request' ? 'REQUEST' : event.message);
      this.#say(event, 'provider', 'REQUEST_FAILED', { reason: event.reason });
    },
    'reservation-confirmed': (event) => {
      const { proposal: terms } = event;
      const priceMicros = event.priceMicros + (this.#talks.get(event.reservationId)?.furtherMicros ?? 0);
      this.#say(event, 'user', 'CONFIRM', { terms, priceMicros });
      this.#say(event, 'provider', 'REQUEST_SUCCESS', { terms, priceMicros });
      this.#talks.delete(event.reservationId);
    },
    'reservation-ended': (event) => {
      if (outcomeWithoutDeal(event.reason) === 'rejected')
        this.#say(event, 'provider', 'REJECT', { reason: event.reason });
      this.#talks.delete(event.reservationId);
    },
  };

  #say(
    { atMs, provider, reservationId }: AtOf,
    from: Message['from'],
    message: Message['message'],
    { alternatives = 0, holdUntilMs = null, priceMicros = null, reason = null, terms = null }: Said = {},
  ): void {
    const talk = this.#talks.get(reservationId);
    // Somebody opened a session and never asked for anything.
    if (talk === undefined || talk.asked === null) return;
    talk.messages += 1;
    this.#tell({
      atMs,
      measured: talk.measured,
      provider,
      reservationId,
      requestId: talk.origin?.requestId ?? null,
      userId: talk.userId,
      buyer: talk.origin?.buyer ?? null,
      number: talk.messages,
      round: talk.round,
      from,
      message,
      terms,
      priceMicros,
      holdUntilMs,
      alternatives,
      reason,
    });
  }
}

function offerOf({ holdUntilMs, priceMicros }: EventOf<'offer-accepted' | 'offer-countered'>): Said {
  return { holdUntilMs, priceMicros };
}

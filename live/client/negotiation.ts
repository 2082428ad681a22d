// A negotiation from the first message to the last. What is offered is decided on by whoever asks: a person at a terminal, or a function.
import type { OpenPexClient } from './openpex-client.ts';
import type { CreateReservationBody, NegotiationReply, Reservation } from './operations.ts';

/** Terms on the table, which are held until `holdUntilMs`. */
export interface TermsOffered {
  readonly reservationId: string;
  /** As it was asked, or other terms. */
  readonly reply: 'ACCEPT' | 'COUNTER';
  readonly offer: NegotiationReply;
}

/** What is asked for. */
export type Terms = Omit<CreateReservationBody, 'id' | 'userid' | 'startTimeMs'>;

/** What is said to an offer: it is booked, declined, or countered with other terms. */
export type Decision = 'book' | 'decline' | Terms;

export type Agreement =
  | { readonly kind: 'booked'; readonly reservation: Reservation }
  | { readonly kind: 'declined'; readonly reservationId: string }
  /** There is no room, and it waits for some, as it was asked to: an offer comes with its turn. */
  | { readonly kind: 'waiting'; readonly reservation: Reservation }
  /** The last answer: why there is none. */
  | { readonly kind: 'rejected'; readonly reply: NegotiationReply };

/**
 * Asks, and answers every offer as `decide` says. A request that is repeated under its key is carried out once.
 * @param decide absent: what is as asked is booked, everything else declined
 * @throws OpenPexProblem also when an offer has expired before it was answered
 */
export async function negotiate(
  client: OpenPexClient,
  asked: Terms,
  decide: (offered: TermsOffered) => Decision | Promise<Decision> = ({ reply }) =>
    reply === 'ACCEPT' ? 'book' : 'decline',
  key?: string,
): Promise<Agreement> {
  let offer = await client.call('createReservation', {
    body: asked,
    ...(key !== undefined && { header: { 'idempotency-key': key } }),
  });
  for (;;) {
    const { proposal, reply } = offer;
    if (reply === 'WAITLISTED' && proposal !== null) {
      const { id } = proposal;
      return { kind: 'waiting', reservation: await client.call('getReservation', { path: { id } }) };
    }
    if (reply === 'REJECT' || proposal === null || (reply !== 'ACCEPT' && reply !== 'COUNTER'))
      return { kind: 'rejected', reply: offer };
    const { id } = proposal;
    const decision = await decide({ reservationId: id, reply, offer });
    const answer = (body: { reply: string; proposal?: Terms }) =>
      client.call('updateReservation', { path: { id }, body });
    if (decision === 'decline') {
      await answer({ reply: 'REJECT' });
      return { kind: 'declined', reservationId: id };
    }
    if (decision === 'book') {
      if (reply === 'COUNTER') await answer({ reply: 'ACCEPT' });
      await answer({ reply: 'CONFIRM' });
      return { kind: 'booked', reservation: await client.call('getReservation', { path: { id } }) };
    }
    // Whose it is was said at first.
    const { project: _, ...proposed } = decision;
    offer = await answer({ reply: 'COUNTER', proposal: proposed });
  }
}

// A negotiation from the first message to the last. What is offered is decided on by whoever asks: a person at a terminal, or a function.
import type { OpenPexClient } from './openpex-client.ts';
import type {
  ChangeReservationBody,
  CreateReservationBody,
  NegotiationReply,
  Reservation,
} from './operations.ts';

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
    const { proposal } = offer;
    if (offer.reply === 'WAITLISTED' && proposal !== null) {
      const { id } = proposal;
      return { kind: 'waiting', reservation: await client.call('getReservation', { path: { id } }) };
    }
    const offered = offeredIn(offer);
    if (offered === undefined) return { kind: 'rejected', reply: offer };
    const decision = await decide(offered);
    const { reservationId } = offered;
    if (decision === 'decline') {
      await decline(client, offered);
      return { kind: 'declined', reservationId };
    }
    if (decision === 'book') return { kind: 'booked', reservation: await book(client, offered) };
    // Whose it is and what it is called was said at first.
    const { project: _project, name: _name, note: _note, ...proposed } = decision;
    offer = await client.call('updateReservation', {
      path: { id: reservationId },
      body: { reply: 'COUNTER', proposal: proposed },
    });
  }
}

export type ChangeAgreement =
  | { readonly kind: 'changed'; readonly reservation: Reservation }
  /** It stands as it did. */
  | { readonly kind: 'declined'; readonly reservationId: string }
  /** The last answer: why it cannot be changed like that. */
  | { readonly kind: 'rejected'; readonly reply: NegotiationReply };

/**
 * Asks for other terms of a confirmed reservation, which stands as it did until they are agreed on, and answers every offer as `decide` says. To counter is to ask
 * for another change.
 * @param asked what is to be otherwise; what is left out stays
 * @param decide absent: what is as asked is booked, everything else declined
 * @throws OpenPexProblem also when an offer has expired before it was answered
 */
export async function negotiateChange(
  client: OpenPexClient,
  id: string,
  asked: ChangeReservationBody,
  decide: (
    offered: TermsOffered,
  ) => 'book' | 'decline' | ChangeReservationBody | Promise<'book' | 'decline' | ChangeReservationBody> = ({
    reply,
  }) => (reply === 'ACCEPT' ? 'book' : 'decline'),
): Promise<ChangeAgreement> {
  const path = { id };
  const answer = (reply: 'ACCEPT' | 'CONFIRM' | 'REJECT') =>
    client.call('answerChange', { path, body: { reply } });
  for (let change = asked; ; ) {
    const offer = await client.call('changeReservation', { path, body: change });
    const offered = offeredIn(offer);
    if (offered === undefined) return { kind: 'rejected', reply: offer };
    const decision = await decide(offered);
    if (decision === 'decline') {
      await answer('REJECT');
      return { kind: 'declined', reservationId: id };
    }
    if (decision === 'book') {
      if (offered.reply === 'COUNTER') await answer('ACCEPT');
      await answer('CONFIRM');
      return { kind: 'changed', reservation: await client.call('getReservation', { path }) };
    }
    change = decision;
  }
}

/** @returns undefined where nothing is offered */
export function offeredIn(offer: NegotiationReply): TermsOffered | undefined {
  const { proposal, reply } = offer;
  return proposal !== null && (reply === 'ACCEPT' || reply === 'COUNTER')
    ? { reservationId: proposal.id, reply, offer }
    : undefined;
}

export async function decline(client: OpenPexClient, { reservationId }: TermsOffered): Promise<void> {
  await client.call('updateReservation', { path: { id: reservationId }, body: { reply: 'REJECT' } });
}

export async function book(
  client: OpenPexClient,
  { reply, reservationId: id }: TermsOffered,
): Promise<Reservation> {
  const answer = (said: 'ACCEPT' | 'CONFIRM') =>
    client.call('updateReservation', { path: { id }, body: { reply: said } });
  if (reply === 'COUNTER') await answer('ACCEPT');
  await answer('CONFIRM');
  return client.call('getReservation', { path: { id } });
}

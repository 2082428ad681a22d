// A series: the same terms at several times, negotiated as one. Offers are holds, so that it is known of all of them what there is before any is
// booked; then either all that is wanted is booked, or none.
import { book, decline, offeredIn, type Terms, type TermsOffered } from './negotiation.ts';
import type { OpenPexClient } from './openpex-client.ts';
import type { NegotiationReply, Reservation } from './operations.ts';
import { OpenPexProblem } from './problem.ts';

/** What one time of a series was answered. */
export interface Occurrence {
  /** As asked. */
  readonly startTime: string;
  readonly answer: NegotiationReply;
  /** Held; absent: there is nothing for that time, or not for now. */
  readonly offered?: TermsOffered;
}

/** Each time of a series, in its order, and what became of it. */
export type SeriesAgreement = readonly (Occurrence & {
  /** Absent: it was not booked, and nothing is held for it. */
  readonly reservation?: Reservation;
})[];

/** Everything as asked, or nothing. */
export function allAsAsked(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  return occurrences.every(isAsAsked) ? occurrences : [];
}

/** Whatever is as asked. */
export function thoseAsAsked(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  return occurrences.filter(isAsAsked);
}

function isAsAsked({ offered }: Occurrence): boolean {
  return offered?.reply === 'ACCEPT';
}

/**
 * Asks for all times, in their order, and books those that `decide` picks. Where one of them cannot be booked any more, all are
 * given back. Afterwards nothing is held.
 * @param terms nobody waits on the waitlist for one time of several
 * @param decide of what is offered (`offered`), what is wanted, as one; absent: everything as asked, or nothing
 * @throws OpenPexProblem when one is refused altogether, or an offer has expired before it was answered
 */
export async function negotiateSeries(
  client: OpenPexClient,
  terms: Omit<Terms, 'startTime' | 'waitUntil' | 'waitInstead'>,
  startTimes: readonly string[],
  decide: (
    occurrences: readonly Occurrence[],
  ) => readonly Occurrence[] | Promise<readonly Occurrence[]> = allAsAsked,
): Promise<SeriesAgreement> {
  const asked: Occurrence[] = [];
  const booked = new Map<Occurrence, Reservation>();
  try {
    for (const startTime of startTimes) {
      const answer = await client.call('createReservation', { body: { ...terms, startTime } });
      const offered = offeredIn(answer);
      asked.push({ startTime, answer, ...(offered !== undefined && { offered }) });
    }
    const wanted = new Set(await decide(asked));
    for (const occurrence of asked) {
      const { offered } = occurrence;
      if (offered !== undefined && wanted.has(occurrence))
        booked.set(occurrence, await book(client, offered));
    }
    for (const occurrence of asked) {
      const { offered } = occurrence;
      // What has expired meanwhile is let go of already.
      if (offered !== undefined && !wanted.has(occurrence))
        await decline(client, offered).catch((error: unknown) => {
          if (!(error instanceof OpenPexProblem) || error.isOutage) throw error;
        });
    }
  } catch (error) {
    // Of the one that failed nobody may know whether it is booked. What was not taken back ends with its hold.
    for (const { offered } of asked)
      if (offered !== undefined)
        await client
          .call('deleteReservation', { path: { id: offered.reservationId } })
          .catch(() => undefined);
    throw error;
  }
  return asked.map((occurrence) => {
    const reservation = booked.get(occurrence);
    return reservation === undefined ? occurrence : { ...occurrence, reservation };
  });
}

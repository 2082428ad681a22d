// A series: the same terms at several times, negotiated as one. The service holds all of them before any is booked, and then books all that
// is wanted, or none.
import { offeredIn, type TermsOffered } from './negotiation.ts';
import type { OpenPexClient } from './openpex-client.ts';
import type { CreateSeriesBody, NegotiationReply, Reservation } from './operations.ts';

/** What is asked for, and at which times. */
export type SeriesTerms = Omit<CreateSeriesBody, 'take'>;

/** What one time of a series was answered. */
export interface Occurrence {
  /** As asked. */
  readonly startTime: string;
  readonly startTimeMs: number;
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
 * Asks for all times and books those that `decide` picks, all of them or none. Afterwards nothing is held.
 * @param decide of what is offered (`offered`), what is wanted, as one; absent: everything as asked, or nothing
 * @throws OpenPexProblem when one is refused altogether, or an offer has expired before it was answered
 */
export async function negotiateSeries(
  client: OpenPexClient,
  series: SeriesTerms,
  decide: (
    occurrences: readonly Occurrence[],
  ) => readonly Occurrence[] | Promise<readonly Occurrence[]> = allAsAsked,
): Promise<SeriesAgreement> {
  const held = await client.call('createSeries', { body: { ...series, take: 'none' } });
  const asked = held.occurrences.map(({ answer, startTime, startTimeMs }): Occurrence => {
    const offered = offeredIn(answer);
    return { startTime, startTimeMs, answer, ...(offered !== undefined && { offered }) };
  });
  const idsOf = (occurrences: readonly Occurrence[]) =>
    occurrences.flatMap(({ offered }) => offered?.reservationId ?? []);
  const answer = (book: readonly string[], decline: readonly string[]) =>
    client.call('answerSeries', { body: { book: [...book], decline: [...decline] } });
  try {
    const wanted = new Set(idsOf(await decide(asked)));
    await answer(
      [...wanted],
      idsOf(asked).filter((id) => !wanted.has(id)),
    );
    const agreement: SeriesAgreement[number][] = [];
    for (const occurrence of asked) {
      const id = occurrence.offered?.reservationId;
      agreement.push(
        id === undefined || !wanted.has(id)
          ? occurrence
          : { ...occurrence, reservation: await client.call('getReservation', { path: { id } }) },
      );
    }
    return agreement;
  } catch (error) {
    // What is booked is not let go of by this; what was not let go of ends with its hold.
    await answer([], idsOf(asked)).catch(() => undefined);
    throw error;
  }
}

// The events of a commit as the journal has them: with the user whom each concerns.
import type { Commit } from '../../engine/index.ts';
import type { JournalEvent } from '../records.ts';

/** An event about a reservation concerns its user; one about a node, or about an id that nobody has, concerns nobody. */
export function journalEvents({ changed, events }: Commit): JournalEvent[] {
  return events.map((event) => {
    const owner =
      'reservationId' in event
        ? changed.find(({ reservationId }) => reservationId === event.reservationId)?.userId
        : undefined;
    return { seq: event.seq, userId: owner === undefined ? null : Number(owner), event };
  });
}

// The events of a commit as the journal has them: with the user whom each concerns.
import type { Knex } from 'knex';
import type { Commit, ReservationSnapshot } from '../../engine/index.ts';
import { chunksOf } from '../database/multi-row.ts';
import type { JournalEvent } from '../records.ts';

/** Each with its user, as far as the commit tells: of a reservation that it did not change only the database does. */
export function journalEvents({ changed, events }: Commit): JournalEvent[] {
  return events.map((event) => {
    const owner =
      'reservationId' in event
        ? changed.find(({ reservationId }) => reservationId === event.reservationId)?.userId
        : undefined;
    return { seq: event.seq, userId: owner === undefined ? null : Number(owner), event };
  });
}

/**
 * An event about a reservation concerns its user; one about a node, or about an id that nobody has, concerns nobody.
 * @param snapshots of reservations that are about to be stored
 */
export async function withOwners(
  trx: Knex,
  events: readonly JournalEvent[],
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): Promise<readonly JournalEvent[]> {
  const unowned = events.flatMap(({ event, userId }) =>
    userId === null && 'reservationId' in event ? [event.reservationId] : [],
  );
  if (unowned.length === 0) return events;
  const owners = new Map<string, number>();
  const stored = new Set<string>();
  for (const id of unowned) {
    const snapshot = snapshots.get(id);
    if (snapshot === undefined) stored.add(id);
    else owners.set(id, Number(snapshot.userId));
  }
  for (const ids of chunksOf([...stored])) {
    const rows: { request_id: string; userid: number }[] = await trx('reservations')
      .select('request_id', 'userid')
      .whereIn('request_id', ids);
    for (const { request_id: reservationId, userid } of rows) owners.set(reservationId, Number(userid));
  }
  return events.map((entry) => {
    const { event, userId } = entry;
    if (userId !== null || !('reservationId' in event)) return entry;
    return { ...entry, userId: owners.get(event.reservationId) ?? null };
  });
}

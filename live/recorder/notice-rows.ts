// What users are to be told follows from events, and is stored with them: a decision that is committed is told of, one that is not is not.
// Who wants to hear of it, and whether it is still true when its time comes, is looked at then (notifications/notifier.ts).
import type { Knex } from 'knex';
import { type DomainEvent, type EventOf, endOf, RESERVATION_STATES } from '../../engine/index.ts';
import type { ChosenKind, JournalEvent, NoticeFacts } from '../records.ts';

/** How long before. */
export interface NoticeLeads {
  readonly offerExpiringMs: number;
  readonly endingSoonMs: number;
}

export interface NewNotice {
  readonly userId: number;
  readonly kind: ChosenKind;
  readonly reservationId: string;
  readonly dueMs: number;
  readonly facts: NoticeFacts;
}

/** One of each kind for each reservation and instant, however many events lead to it. */
export function noticeRows(events: readonly JournalEvent[], leads: NoticeLeads): NewNotice[] {
  const notices = new Map<string, NewNotice>();
  for (const { event, userId } of events) {
    if (userId === null || !('reservationId' in event)) continue;
    const { atMs, reservationId } = event;
    for (const { dueMs = atMs, facts = {}, kind } of noticesOf(event, leads)) {
      const key = `${kind} ${reservationId} ${dueMs}`;
      const before = notices.get(key)?.facts;
      const vms = (before?.vms ?? 0) + (facts.vms ?? 0);
      notices.set(key, {
        userId,
        kind,
        reservationId,
        dueMs,
        facts: { ...facts, ...(before?.isOver === true ? before : {}), ...(vms === 0 ? {} : { vms }), atMs },
      });
    }
  }
  return [...notices.values()];
}

interface Told {
  readonly kind: ChosenKind;
  /** Absent: at once. */
  readonly dueMs?: number;
  readonly facts?: Omit<NoticeFacts, 'atMs'>;
}

function noticesOf(event: DomainEvent, { endingSoonMs, offerExpiringMs }: NoticeLeads): readonly Told[] {
  switch (event.type) {
    case 'offer-accepted':
    case 'offer-countered':
    case 'change-offered': {
      const { atMs, holdUntilMs } = event;
      // Who has just asked need not be told of a hold that is hardly longer than the warning.
      const isUnasked = event.type === 'change-offered' && event.because !== undefined;
      const dueMs = isUnasked
        ? atMs
        : Math.max(holdUntilMs - offerExpiringMs, atMs + Math.ceil((holdUntilMs - atMs) / 2));
      const isTurn = event.type !== 'change-offered' && event.waitingSinceMs !== undefined;
      return [
        ...(isTurn
          ? [
              {
                kind: 'waitlist',
                facts: { holdUntilMs, isCounter: event.type === 'offer-countered' },
              } as const,
            ]
          : []),
        { kind: 'offer-expiring', dueMs, facts: { holdUntilMs, isChange: event.type === 'change-offered' } },
      ];
    }
    case 'window-opened': {
      const { atMs, endMs } = event;
      return [{ kind: 'started', facts: { endMs } }, ...endingSoon(atMs, endMs, endingSoonMs)];
    }
    case 'reservation-changed':
      return event.windowOpen ? endingSoon(event.atMs, endOf(event.proposal), endingSoonMs) : [];
    case 'reservation-ended':
      if (event.reason === 'waited-in-vain') return [{ kind: 'waitlist', facts: { isOver: true } }];
      return event.state === 'FAILED'
        ? [{ kind: 'failed', facts: { reason: event.reason, isOver: true } }]
        : [];
    case 'vm-state-changed':
      return event.cause === 'node-lost' || event.cause === 'guest-crash'
        ? [{ kind: 'failed', facts: { reason: event.cause, vms: 1 } }]
        : [];
    default:
      return [];
  }
}

function endingSoon(nowMs: number, endMs: number, leadMs: number): Told[] {
  const dueMs = endMs - leadMs;
  // That a short one has begun tells its end, too.
  return dueMs > nowMs ? [{ kind: 'ending-soon', dueMs, facts: { endMs } }] : [];
}

const PROMISED = RESERVATION_STATES.filter((state) => state === 'CONFIRMED' || state === 'ACTIVATED');

/** Those who have something booked on a node after a maintenance of it was planned: what could be moved was moved in the same commit. */
export async function maintenanceNotices(trx: Knex, events: readonly JournalEvent[]): Promise<NewNotice[]> {
  const planned = events.flatMap(({ event }) => (event.type === 'maintenance-planned' ? [event] : []));
  const notices = await Promise.all(planned.map((event) => noticesOfMaintenance(trx, event)));
  return notices.flat();
}

async function noticesOfMaintenance(
  trx: Knex,
  { atMs, fromMs, nodeId, untilMs }: EventOf<'maintenance-planned'>,
): Promise<NewNotice[]> {
  const rows: { request_id: string; userid: number }[] = await trx('bookings')
    .join('reservations', 'reservations.request_id', 'bookings.request_id')
    .distinct('reservations.request_id', 'reservations.userid', 'reservations.opened_seq')
    .where('bookings.node_name', nodeId)
    .whereIn('reservations.status', PROMISED)
    .where('reservations.start_ms', '<', untilMs)
    .whereRaw('reservations.start_ms + reservations.duration_ms > ?', [fromMs])
    .orderBy('reservations.opened_seq');
  return rows.map(({ request_id: reservationId, userid: userId }) => ({
    userId,
    kind: 'maintenance',
    reservationId,
    dueMs: atMs,
    facts: { atMs, nodeId, fromMs, untilMs },
  }));
}

// What follows from events and is no part of the manager's state: the messages of a negotiation, and the entries of the ledger.
import type { ChangeEndReason, Proposal, ReservationSnapshot } from '../../engine/index.ts';
import type { JournalEvent, LedgerKind, LedgerRecord, OfferRecord } from '../records.ts';

/** With the number of the event that it came with, and its place among the messages of that event. */
export type NumberedOffer = OfferRecord & { readonly seq: number; readonly step: number };

/** A message without what its event already says of it; what is absent it does not mention. */
type Message = Pick<OfferRecord, 'from' | 'message'> & Partial<typeof NOTHING_MORE>;

const NOTHING_MORE: Pick<OfferRecord, 'proposal' | 'priceMicros' | 'holdUntilMs' | 'reason' | 'details'> = {
  proposal: null,
  priceMicros: null,
  holdUntilMs: null,
  reason: null,
  details: null,
};

/** Why a change was given up without a word of anybody. */
const NO_MESSAGE: ReadonlySet<ChangeEndReason> = new Set([
  'replaced',
  'hold-expired',
  'capacity-lost',
  'reservation-ended',
] as const);

/**
 * The messages that were exchanged, in their order. The user says REQUEST (the first proposal), COUNTER, ACCEPT, REJECT and CONFIRM;
 * the provider ACCEPT, COUNTER, WAITLISTED, REJECT, CONFIRM_REQUEST and REQUEST_SUCCESS. Of WAITLISTED `holdUntilMs` is until when is waited.
 * @param events of whole commands: a proposal and the answer to it come together
 */
export function offerRows(
  events: readonly JournalEvent[],
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): NumberedOffer[] {
  const rows: NumberedOffer[] = [];
  const asked = new Map<string, Proposal>();
  for (const { seq, event } of events) {
    if (event.type === 'proposal-received') asked.set(event.reservationId, event.proposal);
    const messages = messagesOf(event, asked, snapshots);
    if (messages.length === 0 || !('reservationId' in event)) continue;
    const { reservationId, atMs } = event;
    const round = 'round' in event ? event.round : (snapshots.get(reservationId)?.round ?? 0);
    for (const [step, message] of messages.entries()) {
      rows.push({ seq, step, reservationId, round, atMs, ...NOTHING_MORE, ...message });
    }
  }
  return rows;
}

function messagesOf(
  event: JournalEvent['event'],
  asked: ReadonlyMap<string, Proposal>,
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): readonly Message[] {
  switch (event.type) {
    case 'proposal-received':
      return [{ from: 'user', message: event.round === 1 ? 'REQUEST' : 'COUNTER', proposal: event.proposal }];
    case 'offer-accepted': {
      const { priceMicros, holdUntilMs, reservationId } = event;
      return [
        {
          from: 'provider',
          message: 'ACCEPT',
          // Of a turn on the waitlist: what was asked for earlier.
          proposal: asked.get(reservationId) ?? snapshots.get(reservationId)?.proposal ?? null,
          priceMicros,
          holdUntilMs,
          details: detailsOf(event),
        },
      ];
    }
    case 'offer-countered': {
      const { because: reason = null, proposal, priceMicros, holdUntilMs } = event;
      const details = detailsOf(event);
      return [{ from: 'provider', message: 'COUNTER', proposal, priceMicros, holdUntilMs, reason, details }];
    }
    case 'waitlist-joined': {
      const { reason, waitsUntilMs: holdUntilMs } = event;
      return [{ from: 'provider', message: 'WAITLISTED', reason, holdUntilMs, details: detailsOf(event) }];
    }
    case 'counter-accepted':
      return [
        { from: 'user', message: 'ACCEPT' },
        { from: 'provider', message: 'CONFIRM_REQUEST' },
      ];
    case 'offer-declined':
      // Free text of a user: PostgreSQL takes every character but NUL, and a commit must not fail for one.
      return [{ from: 'user', message: 'REJECT', reason: event.reason?.replaceAll('\0', '\uFFFD') ?? null }];
    case 'reservation-confirmed': {
      const { proposal, priceMicros } = event;
      return [
        { from: 'user', message: 'CONFIRM' },
        { from: 'provider', message: 'REQUEST_SUCCESS', proposal, priceMicros },
      ];
    }
    case 'change-asked':
      return [{ from: 'user', message: 'CHANGE', proposal: event.proposal }];
    case 'change-offered': {
      const { holdUntilMs, priceMicros, proposal, reply } = event;
      return [{ from: 'provider', message: reply, proposal, priceMicros, holdUntilMs }];
    }
    case 'change-accepted':
      return [
        { from: 'user', message: 'ACCEPT' },
        { from: 'provider', message: 'CONFIRM_REQUEST' },
      ];
    case 'change-given-up':
      if (event.reason === 'declined') return [{ from: 'user', message: 'REJECT' }];
      return NO_MESSAGE.has(event.reason)
        ? []
        : [{ from: 'provider', message: 'REJECT', reason: event.reason }];
    case 'reservation-changed': {
      const { priceMicros, proposal } = event;
      return [
        { from: 'user', message: 'CONFIRM' },
        { from: 'provider', message: 'REQUEST_SUCCESS', proposal, priceMicros },
      ];
    }
    case 'reservation-ended':
      // Declined: the user said it, not the provider.
      if (event.state !== 'REJECTED' || event.reason === 'declined') return [];
      return [{ from: 'provider', message: 'REJECT', reason: event.reason, details: detailsOf(event) }];
    default:
      return [];
  }
}

function detailsOf({
  alternatives,
  bottleneck,
  parts,
  pledgeMicros,
}: NonNullable<OfferRecord['details']>): OfferRecord['details'] {
  const isAll = [alternatives, bottleneck, parts, pledgeMicros].every((detail) => detail === undefined);
  if (isAll) return null;
  return {
    ...(pledgeMicros === undefined ? {} : { pledgeMicros }),
    ...(alternatives === undefined ? {} : { alternatives }),
    ...(bottleneck === undefined ? {} : { bottleneck }),
    ...(parts === undefined ? {} : { parts }),
  };
}

/** The price is paid at the confirmation; what comes back comes back at the end. */
export function ledgerRows(events: readonly JournalEvent[]): Omit<LedgerRecord, 'entryId'>[] {
  const rows: Omit<LedgerRecord, 'entryId'>[] = [];
  for (const { userId, event } of events) {
    if (userId === null) continue;
    const add = (kind: LedgerKind, amountMicros: number, note: string, whose = userId) => {
      if (amountMicros === 0 || !('reservationId' in event)) return;
      const { atMs, reservationId } = event;
      rows.push({ userId: whose, atMs, kind, amountMicros, reservationId, note });
    };
    if ('pledgeBackMicros' in event)
      add('refund', event.pledgeBackMicros ?? 0, 'pledge of an offer given back');
    if ('pledgeMicros' in event) add('charge', -(event.pledgeMicros ?? 0), 'pledge of an offer');
    if (event.type === 'reservation-confirmed')
      add('charge', (event.pledgedMicros ?? 0) - event.priceMicros, 'reservation confirmed');
    if (event.type === 'reservation-changed') {
      add('charge', -Math.max(0, event.differenceMicros), 'reservation changed');
      add('refund', Math.max(0, -event.differenceMicros), 'reservation changed');
    }
    if (event.type === 'reservation-transferred') {
      add('transfer', event.priceMicros, 'reservation given to another', Number(event.fromUserId));
      add('transfer', -event.priceMicros, 'reservation taken over', Number(event.userId));
    }
    if (event.type === 'options-claimed')
      add('charge', -(event.priceMicros ?? 0), `optional instances claimed: ${event.granted}`);
    if (event.type === 'reservation-ended') {
      add('refund', event.refundMicros, `reservation ended: ${event.reason}`);
      const why = event.state === 'FAILED' ? event.reason : 'late, or out for a while';
      add('penalty', event.penaltyMicros, `paid by the provider: ${why}`);
    }
  }
  return rows;
}

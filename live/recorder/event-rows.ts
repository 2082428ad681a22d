// What follows from events and is no part of the manager's state: the messages of a negotiation, and the entries of the ledger.
import type { Proposal, ReservationSnapshot } from '../../engine/index.ts';
import { type ProposalColumns, toProposalColumns } from '../database/proposal-columns.ts';
import type { JournalEvent, LedgerKind, OfferRecord } from '../records.ts';

export interface OfferRow extends ProposalColumns {
  readonly seq: number;
  readonly step: number;
  readonly request_id: string;
  readonly round: number;
  readonly at_ms: number;
  readonly sender: OfferRecord['from'];
  readonly message: string;
  readonly price_micros: number | null;
  readonly hold_until_ms: number | null;
  readonly reason: string | null;
}

export interface LedgerRow {
  readonly userid: number;
  readonly at_ms: number;
  readonly kind: LedgerKind;
  /** Signed, as the balance changes. */
  readonly amount_micros: number;
  readonly request_id: string;
  readonly note: string;
}

/** A message without what the event already says of it. */
interface Message {
  readonly from: OfferRecord['from'];
  readonly message: string;
  readonly proposal?: Proposal | undefined;
  readonly priceMicros?: number;
  readonly holdUntilMs?: number;
  readonly reason?: string | null;
}

/**
 * The messages that were exchanged, in their order. The user says REQUEST (the first proposal), COUNTER, ACCEPT, REJECT and CONFIRM;
 * the provider ACCEPT, COUNTER, REJECT, CONFIRM_REQUEST and REQUEST_SUCCESS.
 * @param events of whole commands: a proposal and the answer to it come together
 */
export function offerRows(
  events: readonly JournalEvent[],
  snapshots: ReadonlyMap<string, ReservationSnapshot>,
): OfferRow[] {
  const rows: OfferRow[] = [];
  const asked = new Map<string, Proposal>();
  for (const { seq, event } of events) {
    if (event.type === 'proposal-received') asked.set(event.reservationId, event.proposal);
    const messages = messagesOf(event, asked);
    if (messages.length === 0 || !('reservationId' in event)) continue;
    const { reservationId, atMs } = event;
    const round = 'round' in event ? event.round : (snapshots.get(reservationId)?.round ?? 0);
    for (const [step, { from, message, proposal, priceMicros, holdUntilMs, reason }] of messages.entries()) {
      rows.push({
        seq,
        step,
        request_id: reservationId,
        round,
        at_ms: atMs,
        sender: from,
        message,
        ...toProposalColumns(proposal ?? null),
        price_micros: priceMicros ?? null,
        hold_until_ms: holdUntilMs ?? null,
        reason: reason ?? null,
      });
    }
  }
  return rows;
}

function messagesOf(event: JournalEvent['event'], asked: ReadonlyMap<string, Proposal>): readonly Message[] {
  switch (event.type) {
    case 'proposal-received':
      return [{ from: 'user', message: event.round === 1 ? 'REQUEST' : 'COUNTER', proposal: event.proposal }];
    case 'offer-accepted': {
      const { priceMicros, holdUntilMs, reservationId } = event;
      return [
        {
          from: 'provider',
          message: 'ACCEPT',
          proposal: asked.get(reservationId),
          priceMicros,
          holdUntilMs,
        },
      ];
    }
    case 'offer-countered': {
      const { proposal, priceMicros, holdUntilMs } = event;
      return [{ from: 'provider', message: 'COUNTER', proposal, priceMicros, holdUntilMs }];
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
    case 'reservation-ended':
      // Declined: the user said it, not the provider.
      if (event.state !== 'REJECTED' || event.reason === 'declined') return [];
      return [{ from: 'provider', message: 'REJECT', reason: event.reason }];
    default:
      return [];
  }
}

/** The price is paid at the confirmation; what comes back comes back at the end. */
export function ledgerRows(events: readonly JournalEvent[]): LedgerRow[] {
  const rows: LedgerRow[] = [];
  for (const { userId, event } of events) {
    if (userId === null) continue;
    const add = (kind: LedgerKind, amountMicros: number, note: string) => {
      if (amountMicros === 0 || !('reservationId' in event)) return;
      const { atMs, reservationId } = event;
      rows.push({
        userid: userId,
        at_ms: atMs,
        kind,
        amount_micros: amountMicros,
        request_id: reservationId,
        note,
      });
    };
    if (event.type === 'reservation-confirmed') add('charge', -event.priceMicros, 'reservation confirmed');
    if (event.type === 'reservation-ended') {
      add('refund', event.refundMicros, `reservation ended: ${event.reason}`);
      add('penalty', event.penaltyMicros, `paid by the provider: ${event.reason}`);
    }
  }
  return rows;
}

// What is paid for an offer while it is held: a part of its price, so that nobody lets capacity be held that they do not mean to take. It counts towards the
// price when the offer is confirmed, comes back when the offer is let go in time, and is kept when it was held in vain.
import type { FinalState } from '../../domain/proposal.ts';
import type { EndReason } from '../../events/domain-event.ts';
import type { Reservation } from '../state/reservation.ts';

export interface PledgeSettings {
  /** Of the price, from 0 to 1. */
  readonly share: number;
  /** expired: kept when nobody answered; unconfirmed: also when the user declines, or deletes what was offered. */
  readonly keptOf: 'expired' | 'unconfirmed';
}

/** Money that moves with an offer, as events have it; what is 0 is left out. */
export interface PledgeMoved {
  readonly pledgeMicros?: number;
  readonly pledgeBackMicros?: number;
}

/** Takes the pledge for an offer, and gives back that of the offer before it. */
export function pledgeFor(
  reservation: Reservation,
  { priceMicros, settings }: { readonly priceMicros: number; readonly settings: PledgeSettings | undefined },
): PledgeMoved {
  const backMicros = reservation.pledgedMicros;
  const micros = settings === undefined ? 0 : Math.round(priceMicros * settings.share);
  reservation.pledgedMicros = micros;
  return {
    ...(micros > 0 && { pledgeMicros: micros }),
    ...(backMicros > 0 && { pledgeBackMicros: backMicros }),
  };
}

/** Of a reservation that ends, or goes on without an offer: what comes back. */
export function pledgeBack(
  reservation: Reservation,
  { isKept = false }: { readonly isKept?: boolean } = {},
): Pick<PledgeMoved, 'pledgeBackMicros'> {
  const { pledgedMicros } = reservation;
  reservation.pledgedMicros = 0;
  return pledgedMicros > 0 && !isKept ? { pledgeBackMicros: pledgedMicros } : {};
}

/** Was it held in vain? What the provider takes back, or what a node takes with it, never was. */
export function isKept(
  settings: PledgeSettings | undefined,
  { reason, state }: { readonly state: FinalState; readonly reason: EndReason },
): boolean {
  if (settings === undefined) return false;
  if (reason === 'hold-expired') return true;
  return settings.keptOf === 'unconfirmed' && (reason === 'declined' || state === 'CANCELLED');
}

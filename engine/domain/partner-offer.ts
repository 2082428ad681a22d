// What one provider buys of another, its partner, to sell it on to a user of its own for whom it has no room itself.

/** Capacity of a partner that a reservation of one's own stands for. */
export interface Outsourced {
  /** The name of the other provider. */
  readonly partner: string;
  /** Of the reservation there: unique for ever. */
  readonly reservationId: string;
  /** The transfer price: of the whole reservation, from the provider to its partner. */
  readonly priceMicros: number;
}

/** The terms that a user asked for, exactly, held at a partner. */
export interface PartnerOffer extends Outsourced {
  /** The first instant at which they are no longer held there. */
  readonly holdUntilMs: number;
}

/** When a provider sells what a partner has. */
export interface ResaleSettings {
  /** Rather than refuse, or rather than make a counter-offer of its own as well. */
  readonly before: 'refusal' | 'counter-offer';
  /** Its own price is above the transfer price by this share of that, or more: at least 0. */
  readonly margin: number;
}

/** The most that a partner may ask for what is sold at that price. */
export function mostForPartner(priceMicros: number, { margin }: ResaleSettings): number {
  return Math.floor(priceMicros / (1 + margin));
}

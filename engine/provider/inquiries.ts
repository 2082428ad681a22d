// What a provider can be asked: it answers as if it decided, and everything is as it was. Instants are those of its last input or later.
import type { ChangeAsk } from '../domain/change.ts';
import type { PartnerOffer } from '../domain/partner-offer.ts';
import type {
  Alternative,
  Bottleneck,
  ChangeRejection,
  OfferPart,
  Proposal,
  RejectionReason,
} from '../domain/proposal.ts';
import type { StartForecast } from './leases/start-forecasts.ts';
import type { ChangeOffer } from './negotiation/changes.ts';
import { heldWith } from './negotiation/offer-parts.ts';
import type { TurnForecast } from './negotiation/turn-forecasts.ts';
import type { ProviderParts } from './provider-parts.ts';
import type { Reservation } from './state/reservation.ts';

/** What a request would be answered now. */
export type Quote =
  | {
      readonly reply: 'ACCEPT' | 'COUNTER';
      readonly proposal: Proposal;
      readonly priceMicros: number;
      readonly because?: 'node-outage';
      readonly alternatives?: readonly Alternative[];
      readonly parts?: readonly OfferPart[];
      readonly bottleneck?: Bottleneck;
    }
  | { readonly reply: 'REJECT'; readonly reason: RejectionReason; readonly bottleneck?: Bottleneck };

/** A lease that waits in a queue. */
export interface QueuedLease {
  readonly reservationId: string;
  /** From 1, for the next. */
  readonly position: number;
  /** If those before it use all the time that they asked for; null: not within the booking horizon. */
  readonly expectedStartMs: number | null;
  /** When it is likely to start; absent: nothing is forecast, or it is not to start within the booking horizon. */
  readonly forecast?: Omit<StartForecast, 'reservationId'>;
}

/** A request that waits on the waitlist. */
export interface Waiting {
  readonly reservationId: string;
  /** From 1, for whoever is to have the next turn. */
  readonly position: number;
  readonly sinceMs: number;
  /** When it is given up. */
  readonly untilMs: number;
  /** Whether and when its turn is to come; absent: nothing is forecast, or too little is known. */
  readonly forecast?: TurnForecast;
}

export class Inquiries {
  readonly #parts: ProviderParts;

  constructor(parts: ProviderParts) {
    this.#parts = parts;
  }

  /** What is on offer together with that reservation, as further windows or as the one that was asked for. */
  heldWith(reservationId: string): readonly Readonly<Reservation>[] {
    const reservation = this.#parts.book.get(reservationId);
    return reservation === undefined || reservation.isConfirmed
      ? []
      : heldWith(this.#parts.book, reservation);
  }

  /**
   * What a proposal would be answered in the session of that id, new or with an offer that would be given back for it.
   * @param elsewhere it is held at a partner
   */
  consider(reservationId: string, proposal: Proposal, nowMs: number, elsewhere?: PartnerOffer): Quote {
    this.#parts.outbox.open(nowMs);
    try {
      const { bottleneck, verdict } = this.#parts.reservations.consider(reservationId, proposal, elsewhere);
      const why = bottleneck === undefined ? {} : { bottleneck };
      if (typeof verdict === 'string') return { reply: 'REJECT', reason: verdict, ...why };
      const { alternatives, because, parts, priceMicros, proposal: terms, reply } = verdict;
      return {
        reply,
        proposal: terms,
        priceMicros,
        ...(because === undefined ? {} : { because }),
        ...(alternatives === undefined ? {} : { alternatives }),
        ...(parts === undefined ? {} : { parts: parts.map(({ plan: _, ...part }) => part) }),
        ...why,
      };
    } finally {
      this.#parts.waitlist.forgetRoom();
      this.#parts.outbox.discard();
    }
  }

  /**
   * What it would ask for terms for which it has no room, and which it would sell all the same if a partner had it; undefined: it would not. Leaves
   * everything as it is.
   */
  resalePrice(reservationId: string, proposal: Proposal, nowMs: number): number | undefined {
    if (this.#parts.settings.resale === undefined) return undefined;
    this.#parts.outbox.open(nowMs);
    try {
      return this.#parts.reservations.resalePrice(reservationId, proposal);
    } finally {
      this.#parts.waitlist.forgetRoom();
      this.#parts.outbox.discard();
    }
  }

  /** Whether a user may delete it at that instant. */
  canCancel(reservationId: string, nowMs: number): boolean {
    const reservation = this.#parts.book.get(reservationId);
    return (
      reservation !== undefined && this.#parts.reservations.whyNotCancelled(reservation, nowMs) === undefined
    );
  }

  /** What a change would be answered; undefined when the reservation is not one to be changed. Leaves everything as it is. */
  considerChange(
    reservationId: string,
    asked: ChangeAsk,
    nowMs: number,
  ): ChangeOffer | RejectionReason | ChangeRejection | undefined {
    const reservation = this.#parts.book.get(reservationId);
    if (reservation === undefined) return undefined;
    this.#parts.outbox.open(nowMs);
    try {
      return this.#parts.changes.consider(reservation, asked);
    } finally {
      this.#parts.waitlist.forgetRoom();
      this.#parts.outbox.discard();
    }
  }

  /** What so many optional instances would cost if they were claimed and charged at that instant; 0 when none can be claimed. */
  claimPrice(reservationId: string, count: number, nowMs: number): number {
    const reservation = this.#parts.book.get(reservationId);
    if (reservation === undefined || !reservation.windowOpen) return 0;
    this.#parts.outbox.open(nowMs);
    try {
      return this.#parts.prices.ofClaim(reservation, count).priceMicros;
    } finally {
      this.#parts.outbox.discard();
    }
  }

  /** Leases that wait for their turn, with when each is to start as things stand at that instant; those of a kind in their order. */
  queue(nowMs: number): readonly QueuedLease[] {
    if (this.#parts.queues.areEmpty) return [];
    this.#parts.outbox.open(nowMs);
    try {
      const desk = this.#parts.desks.desk();
      const forecasts = new Map(
        this.#parts.forecasts.now().map(({ reservationId, ...forecast }) => [reservationId, forecast]),
      );
      return this.#parts.queues.of().flatMap(({ kind, leases }) => {
        const expected = kind.expect?.(leases, desk) ?? [];
        return expected.map(({ reservationId, startMs }, i) => {
          const forecast = forecasts.get(reservationId);
          return {
            reservationId,
            position: i + 1,
            expectedStartMs: startMs ?? null,
            ...(forecast !== undefined && { forecast }),
          };
        });
      });
    } finally {
      this.#parts.outbox.discard();
    }
  }

  /** What waits on the waitlist at that instant, in the order in which it is to have its turn. */
  waitlist(nowMs: number): readonly Waiting[] {
    if (this.#parts.book.waitlisted().size === 0) return [];
    this.#parts.outbox.open(nowMs);
    try {
      return this.#parts.waitlist.inOrder().map((reservation, i) => {
        const forecast = this.#parts.turnForecasts.of(reservation);
        return {
          reservationId: reservation.id,
          position: i + 1,
          sinceMs: reservation.waitingSinceMs!,
          untilMs: reservation.holdUntilMs,
          ...(forecast !== undefined && { forecast }),
        };
      });
    } finally {
      this.#parts.outbox.discard();
    }
  }
}

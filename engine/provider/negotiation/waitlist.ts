// The waitlist: requests for which there was no room, and whose users wait for some. When time comes free they have their turn, in the order
// of the waitlist policy: the first that it is enough for gets an offer, which is held for it as any other, then the next. Whoever does
// not answer in time has had their turn, and what was held goes to the next. Nothing is held for what waits, so it is in nobody's way.
import type { Proposal } from '../../domain/proposal.ts';
import type { Resources } from '../../domain/resources.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { WaitingView } from '../../policy/views.ts';
import type { LeaseKind } from '../leases/lease-kind.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Outbox } from '../outbox.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import { dominantShareOf } from './dominant-share.ts';
import type { Prices } from './prices.ts';
import type { ReservationManager } from './reservation-manager.ts';
import { latestStart } from './wait-end.ts';

export interface WaitlistParts {
  readonly outbox: Outbox;
  readonly book: ReservationBook;
  readonly kinds: LeaseKinds;
  readonly prices: Prices;
  readonly reservations: ReservationManager;
  readonly policy: Seat<'waitlist'>;
  readonly settings: Pick<ProviderSettings, 'shortestDurationMs'>;
  readonly orElse: OrElse;
  /** What all nodes have. */
  readonly capacity: Resources;
}

/** In which time came free: [fromMs, untilMs). */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export const ALWAYS: Span = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

/** Does the policy sell by auction what users wait for? */
export function sellsByAuction({ named }: Seat<'waitlist'>): boolean {
  return named.policy.clear !== undefined;
}

export class Waitlist {
  readonly #parts: WaitlistParts;
  /** Around all that came free since turns were offered last. */
  #free: Span | undefined;

  constructor(parts: WaitlistParts) {
    this.#parts = parts;
  }

  /** To be told whenever time comes free; {@link offerTurns} acts on it. */
  roomCameFree({ fromMs, untilMs }: Span): void {
    const free = this.#free;
    this.#free =
      free === undefined
        ? { fromMs, untilMs }
        : { fromMs: Math.min(free.fromMs, fromMs), untilMs: Math.max(free.untilMs, untilMs) };
  }

  /** What came free was taken again: somebody only asked what would be. */
  forgetRoom(): void {
    this.#free = undefined;
  }

  /** When time has come free: whoever it is enough for gets an offer, in the order of the waitlist. What is sold by auction waits for one. */
  offerTurns(): void {
    const free = this.#free;
    this.#free = undefined;
    const { book, orElse, outbox, policy, reservations, settings } = this.#parts;
    if (free === undefined || book.waitlisted().size === 0 || sellsByAuction(policy)) return;
    const asked = new Set<Reservation>();
    let order = this.#ranked();
    for (let next = 0; next < order.length; next++) {
      const { kind, reservation } = order[next]!;
      if (asked.has(reservation)) continue;
      asked.add(reservation);
      const { terms } = reservation;
      const lastMs = latestStart(terms, kind, outbox.nowMs, settings.shortestDurationMs);
      if (terms.startMs >= free.untilMs || lastMs + terms.durationMs <= free.fromMs) continue;
      orElse(
        () => reservations.offerTurn(reservation, this.termsOf(reservation)),
        () => undefined,
      );
      if (reservation.state === 'WAITLISTED') continue;
      // What was offered may change whose turn it is: prices, and who has how much.
      order = this.#ranked();
      next = -1;
    }
  }

  /** What waits, whoever is to have the next turn first. */
  inOrder(): readonly Reservation[] {
    return this.#ranked().map(({ reservation }) => reservation);
  }

  #ranked(): readonly { readonly reservation: Reservation; readonly kind: LeaseKind }[] {
    return [...this.#parts.book.waitlisted()]
      .flatMap((reservation) => {
        const kind = this.#parts.kinds.of(reservation.terms);
        return kind === undefined ? [] : [{ reservation, kind, rank: this.#rankOf(reservation) }];
      })
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          a.reservation.waitingSinceMs! - b.reservation.waitingSinceMs! ||
          a.reservation.ordinal - b.reservation.ordinal,
      );
  }

  /** Without the policy, whoever has waited longest comes first. */
  #rankOf(reservation: Reservation): number {
    const { book, capacity, orElse, outbox, policy, prices } = this.#parts;
    const { id: reservationId, round, userId, waitingSinceMs: sinceMs = outbox.nowMs } = reservation;
    const isOfUser = (other: Reservation) => other.userId === userId;
    const proposal = frozen(this.termsOf(reservation));
    const view = Object.freeze<WaitingView>({
      nowMs: outbox.nowMs,
      proposal,
      sinceMs,
      get priceMicros() {
        return prices.about(reservationId).of(proposal);
      },
      get dominantShare() {
        return dominantShareOf([...book.values()].filter(isOfUser), proposal, capacity);
      },
    });
    // One lot for the whole wait: the numbers are those of when it began.
    const matter = { nowMs: sinceMs, subject: reservationId, round, terms: proposal };
    return orElse(
      () => policy.sitting().ask(matter, 'rank', view),
      () => 0,
    );
  }

  /** What it waits for, from now on. */
  termsOf({ terms }: Reservation): Proposal {
    const { nowMs } = this.#parts.outbox;
    return terms.startMs >= nowMs ? terms : { ...terms, startMs: nowMs };
  }
}

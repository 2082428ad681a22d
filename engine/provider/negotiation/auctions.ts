// Auctions: where the waitlist policy sells by them, whoever bids waits, and at whole multiples of an interval all bids are decided on at once.
// Winners have a turn at the price of the auction; the others go on waiting, and bid again in the next.
import type { AwardMade } from '../../events/domain-event.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { AuctionView, Award, Bid } from '../../policy/views.ts';
import type { Due } from '../input.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Outbox } from '../outbox.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import { RegularDue } from '../regular-due.ts';
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { Desks } from './desks.ts';
import type { ReservationManager } from './reservation-manager.ts';
import { sellsByAuction, type Waitlist } from './waitlist.ts';

export interface AuctionParts {
  readonly outbox: Outbox;
  readonly book: ReservationBook;
  readonly kinds: LeaseKinds;
  readonly desks: Desks;
  readonly reservations: ReservationManager;
  readonly waitlist: Waitlist;
  readonly policy: Seat<'waitlist'>;
  readonly settings: Pick<ProviderSettings, 'auctionIntervalMs'>;
  readonly orElse: OrElse;
}

type Auction = Extract<Due, { kind: 'auction' }>;

const USUAL_INTERVAL_MS = 3_600_000;

export class Auctions {
  readonly #parts: AuctionParts;
  readonly #due: RegularDue<Auction>;

  constructor(parts: AuctionParts) {
    this.#parts = parts;
    this.#due = new RegularDue(
      parts.outbox,
      parts.settings.auctionIntervalMs ?? USUAL_INTERVAL_MS,
      () => this.#isWanted,
      (atMs) => ({ kind: 'auction', atMs }),
    );
  }

  /** The next auction; undefined when nothing is sold by auctions, or nobody bids. */
  get next(): Due | undefined {
    return this.#due.next;
  }

  /** After every input. At whole multiples of the interval, so that nobody need remember when the last one was. */
  expectNext(): void {
    this.#due.expect();
  }

  /** Takes over what was expected at that instant, without telling anybody. */
  restore(nowMs: number, how: { readonly isOverdue: boolean }): void {
    this.#due.restore(nowMs, how);
  }

  get isOverdue(): boolean {
    return this.#due.isOverdue;
  }

  /** A policy that fails sells nothing this time. */
  hold(due: Auction): void {
    if (!this.#due.comes(due)) return;
    const { orElse, outbox, policy, reservations } = this.#parts;
    const bidders = this.#parts.waitlist.inOrder();
    if (bidders.length === 0) return;
    const bids = bidders.map((reservation, index) => this.#bidOf(reservation, index));
    const awards = orElse<readonly Won[]>(
      () => {
        const sitting = policy.sitting();
        const matter = { nowMs: outbox.nowMs, subject: 'auction' };
        const answer = sitting.ask(matter, 'clear', frozen(bids), this.#view(bids, bidders));
        if (!areGood(answer, bids)) {
          const expected = 'awards of different bids, each at a price of no more than the bid';
          throw sitting.refuse(matter, 'clear', answer, expected);
        }
        sitting.keep();
        return answer.map(({ index, priceMicros }) => ({ bid: bids[index]!, priceMicros }));
      },
      () => [],
    );
    outbox.emit({
      type: 'auction-held',
      ...totalOf(bids),
      awards: awards.map((award) => madeOf(award, bidders)),
    });
    for (const { bid, priceMicros } of awards) {
      orElse(
        () => reservations.offerTurn(bidders[bid.index]!, bid.proposal, priceMicros),
        () => undefined,
      );
    }
  }

  #bidOf(reservation: Reservation, index: number): Bid {
    const { nowMs } = this.#parts.outbox;
    const proposal = frozen(this.#parts.waitlist.termsOf(reservation));
    const { waitingSinceMs: sinceMs = nowMs } = reservation;
    return frozen({ index, proposal, sinceMs, bidMicros: proposal.maxPriceMicros! });
  }

  #view(bids: readonly Bid[], bidders: readonly Reservation[]): AuctionView {
    const { desks, kinds, outbox } = this.#parts;
    return Object.freeze<AuctionView>({
      nowMs: outbox.nowMs,
      room: () => {
        const draft = desks.desk().draft();
        return Object.freeze({
          take: ({ index }: Bid) => {
            const { proposal } = bids[index]!;
            const { id: reservationId } = bidders[index]!;
            const planned = kinds.of(proposal)!.plan({ reservationId, proposal }, draft);
            if (planned.kind !== 'planned') return false;
            draft.take(planned.edits, planned.terms.template);
            return true;
          },
        });
      },
    });
  }

  get #isWanted(): boolean {
    return sellsByAuction(this.#parts.policy) && this.#parts.book.waitlisted().size > 0;
  }
}

/** A bid and what it is to pay. */
interface Won {
  readonly bid: Bid;
  readonly priceMicros: number;
}

function totalOf(bids: readonly Bid[]): { bids: number; cpuMs: number; bidMicros: number } {
  return {
    bids: bids.length,
    cpuMs: bids.reduce((sum, bid) => sum + cpuMsOf(bid), 0),
    bidMicros: bids.reduce((sum, { bidMicros }) => sum + bidMicros, 0),
  };
}

function madeOf({ bid, priceMicros }: Won, bidders: readonly Reservation[]): AwardMade {
  const { bidMicros, index } = bid;
  return { reservationId: bidders[index]!.id, cpuMs: cpuMsOf(bid), bidMicros, priceMicros };
}

function cpuMsOf({ proposal: { demand, durationMs, numInstancesFixed } }: Bid): number {
  return Math.round((demand.milliCpus * numInstancesFixed * durationMs) / 1000);
}

function areGood(awards: readonly Award[], bids: readonly Bid[]): boolean {
  const awarded = new Set(awards.map(({ index }) => index));
  return (
    awarded.size === awards.length &&
    awards.every(({ index, priceMicros }) => priceMicros <= (bids[index]?.bidMicros ?? -1))
  );
}

// What terms cost, and of which class of service they are: the pricing policy is asked, about terms that are sold or may be.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { ChargedClaim, Proposal } from '../../domain/proposal.ts';
import type { ResourceDefinition, Resources } from '../../domain/resources.ts';
import type { Matter } from '../../policy/decision.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import type { PricingView } from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { Reservation } from '../state/reservation.ts';

export interface PricesParts {
  readonly orElse: OrElse;
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly pricing: Seat<'pricing'>;
}

export class Prices {
  readonly #parts: PricesParts;
  readonly #clusterCapacity: Resources;
  readonly #namedResources: readonly ResourceDefinition[];

  constructor(parts: PricesParts) {
    this.#parts = parts;
    this.#clusterCapacity = frozen(parts.calendar.totalCapacity);
    this.#namedResources = frozen([...parts.calendar.space.named]);
  }

  /** To ask the pricing policy in; kept by whoever applies what it answers. */
  sitting(): Sitting<'pricing'> {
    return this.#parts.pricing.sitting();
  }

  of(terms: Proposal, matter: Matter, sitting: Sitting<'pricing'>): number {
    const { outbox } = this.#parts;
    const proposal = frozen(terms);
    const view = Object.freeze<PricingView>({
      nowMs: outbox.nowMs,
      clusterCapacity: this.#clusterCapacity,
      resources: this.#namedResources,
      bookedShare: (startMs, endMs) => this.bookedShare(startMs, endMs),
    });
    return sitting.ask({ ...matter, terms: proposal }, 'price', proposal, view);
  }

  /** What terms would cost if they were asked for now, about a reservation, new or not. */
  about(reservationId: string): { of(terms: Proposal): number; keep(): void } {
    const { outbox } = this.#parts;
    const sitting = this.sitting();
    return {
      of: (terms) => this.of(terms, { nowMs: outbox.nowMs, subject: reservationId, terms }, sitting),
      keep: () => sitting.keep(),
    };
  }

  /** What so many optional instances cost from now to the end of the window: as much as a reservation of them. */
  ofClaim(reservation: Reservation, count: number): { readonly priceMicros: number; keep(): void } {
    const { of, keep } = this.about(reservation.id);
    const terms = claimedTerms(reservation, { count, fromMs: this.#parts.outbox.nowMs });
    return { priceMicros: of(terms), keep };
  }

  /** Undefined where the pricing policy has no classes of service. */
  slaClassOf({ id, terms }: Reservation): string | undefined {
    const { orElse, outbox, pricing } = this.#parts;
    if (pricing.named.policy.slaClass === undefined) return undefined;
    return orElse(
      () => {
        const sitting = pricing.sitting();
        const matter = { nowMs: outbox.nowMs, subject: id, terms };
        const name = sitting.ask(matter, 'slaClass', frozen(terms));
        sitting.keep();
        return name;
      },
      () => undefined,
    );
  }

  /** Share of the cluster's CPU time that is booked, 0..1. O(nodes). */
  bookedShare(startMs: number, endMs: number): number {
    const { calendar } = this.#parts;
    let bookedMilliCpuMs = 0;
    for (let node = 0; node < calendar.nodeCount; node++) {
      bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
    }
    return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
  }
}

/** Claimed instances, as if they were a reservation of their own. */
export function claimedTerms(
  { endMs, terms }: Reservation,
  { count, fromMs }: Pick<ChargedClaim, 'count' | 'fromMs'>,
): Proposal {
  const { earliestStartMs: _, leeway: ___, maxPriceMicros: __, startSlides: ____, ...same } = terms;
  return {
    ...same,
    numInstancesFixed: count,
    numInstancesOption: 0,
    startMs: fromMs,
    durationMs: endMs - fromMs,
  };
}

// What is owed when an agreement ends: what its user gets back, and what the provider pays on top where it did not deliver. The pricing policy
// says; without it the price of what was not delivered is given back.
import type { FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { Agreement } from '../../policy/ports.ts';
import type { Outbox } from '../outbox.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import { lackedBy, NOT_SERVED_YET } from '../state/service-record.ts';
import { claimedTerms } from './prices.ts';

export interface CompensationParts {
  readonly orElse: OrElse;
  readonly outbox: Outbox;
  readonly pricing: Seat<'pricing'>;
}

/** Micro-credits. */
export interface Owed {
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

export class Compensation {
  readonly #parts: CompensationParts;

  constructor(parts: CompensationParts) {
    this.#parts = parts;
  }

  /** What the user gets back, and what the provider pays on top, when a reservation ends. */
  of(reservation: Reservation, before: ReservationState, after: FinalState): Owed {
    const { outbox, pricing } = this.#parts;
    const wasConfirmed = before === 'CONFIRMED' || before === 'ACTIVATED';
    const { claims, priceMicros } = reservation;
    if (!wasConfirmed) return { refundMicros: 0, penaltyMicros: 0 };
    if (after === 'EXPIRED') return { refundMicros: 0, penaltyMicros: this.#owedForShortfall(reservation) };
    if (after === 'CANCELLED')
      return { refundMicros: this.#refundOfCancelled(reservation), penaltyMicros: 0 };
    const claimedMicros = claims.reduce((sum, claim) => sum + claim.priceMicros, 0);
    const { numInstancesFixed } = reservation.terms;
    const claimed = reservation.present.slice(numInstancesFixed);
    const broken = [
      ...brokenShares(reservation, {
        instances: reservation.present.slice(0, numInstancesFixed),
        proposal: reservation.terms,
        priceMicros: priceMicros - claimedMicros,
        fromMs: Math.max(reservation.openedMs, reservation.terms.startMs),
        nowMs: outbox.nowMs,
      }),
      ...claims.flatMap((claim) =>
        brokenShares(reservation, {
          instances: claimed.splice(0, claim.count),
          proposal: claimedTerms(reservation, claim),
          priceMicros: claim.priceMicros,
          fromMs: claim.fromMs,
          nowMs: outbox.nowMs,
        }),
      ),
    ].map(frozen);
    const sitting = pricing.sitting();
    const matter = { nowMs: outbox.nowMs, subject: reservation.id, terms: reservation.terms };
    return this.#parts.orElse(
      () => {
        const owed = { refundMicros: 0, penaltyMicros: 0 };
        for (const agreement of broken) {
          const { refundMicros, penaltyMicros } = sitting.ask(matter, 'compensation', agreement);
          owed.refundMicros += refundMicros;
          owed.penaltyMicros += penaltyMicros;
        }
        sitting.keep();
        return owed;
      },
      () => ({ refundMicros: broken.reduce((sum, part) => sum + part.priceMicros, 0), penaltyMicros: 0 }),
    );
  }

  /** For what was kept to its end, and yet lacked something. */
  #owedForShortfall({ claims, doneMs, id, openedMs, present, priceMicros, terms }: Reservation): number {
    const { orElse, outbox, pricing } = this.#parts;
    if (pricing.named.policy.shortfall === undefined) return 0;
    const { nowMs } = outbox;
    const instances = present
      .slice(0, terms.numInstancesFixed)
      .map(({ vm }) => lackedBy(vm?.service ?? NOT_SERVED_YET, nowMs));
    if (instances.every(({ lateMs, outMs }) => lateMs + outMs === 0)) return 0;
    const kept = frozen({
      proposal: terms,
      priceMicros: priceMicros - claims.reduce((sum, claim) => sum + claim.priceMicros, 0),
      openMs: doneMs + nowMs - Math.max(openedMs, terms.startMs),
      instances,
    });
    return orElse(
      () => {
        const sitting = pricing.sitting();
        const owedMicros = sitting.ask({ nowMs, subject: id, terms }, 'shortfall', kept);
        sitting.keep();
        return owedMicros;
      },
      () => 0,
    );
  }

  /** All of the price, unless the pricing policy keeps some of it. */
  #refundOfCancelled({ doneMs, id, priceMicros, terms: proposal }: Reservation): number {
    const { outbox, pricing } = this.#parts;
    // What it did before it was suspended is paid for, whatever the policy says of the rest.
    const restMicros = priceMicros - Math.round(priceMicros * (doneMs / proposal.durationMs));
    if (pricing.named.policy.cancellation === undefined) return restMicros;
    const { nowMs } = outbox;
    const matter = { nowMs, subject: id, terms: proposal };
    const leadMs = Math.max(0, proposal.startMs - nowMs);
    const cancelled = frozen({ proposal, priceMicros: restMicros, leadMs });
    return this.#parts.orElse(
      () => {
        const sitting = pricing.sitting();
        const refundMicros = sitting.ask(matter, 'cancellation', cancelled);
        if (refundMicros > restMicros) {
          const expected = `whole micro-credits from 0 to the price, ${restMicros}`;
          throw sitting.refuse(matter, 'cancellation', refundMicros, expected);
        }
        sitting.keep();
        return refundMicros;
      },
      () => restMicros,
    );
  }
}

interface Sold {
  /** None yet while they wait in a queue. */
  readonly instances: readonly Instance[];
  readonly proposal: Proposal;
  readonly priceMicros: number;
  readonly fromMs: number;
  readonly nowMs: number;
}

/**
 * Of instances that were sold together those that were not delivered to the end, by how long they were: each such part with its share of
 * the price, as if it were an agreement of its own. Delivered is what came before the reservation, or the VM, was stopped for good.
 */
function brokenShares(
  { deliveredElsewhereMs, doneMs, endMs, windowOpen }: Reservation,
  { fromMs, instances, nowMs, priceMicros, proposal }: Sold,
): Agreement[] {
  const { numInstancesFixed: sold } = proposal;
  if (deliveredElsewhereMs !== undefined)
    return [{ proposal, priceMicros, deliveredMs: windowOpen ? deliveredElsewhereMs : 0 }];
  const counts = new Map<number, number>();
  for (let i = 0; i < sold; i += 1) {
    const vm = instances[i]?.vm;
    const isDelivered = vm?.undeliveredSinceMs === undefined && (vm?.guestDone === true || nowMs >= endMs);
    if (isDelivered) continue;
    const ranMs = windowOpen ? Math.max(0, (vm?.undeliveredSinceMs ?? nowMs) - fromMs) : 0;
    const deliveredMs = doneMs + ranMs;
    counts.set(deliveredMs, (counts.get(deliveredMs) ?? 0) + 1);
  }
  let before = 0;
  // Rounded so that all shares together are the price.
  const priceOf = (instanceCount: number) => Math.round((priceMicros * instanceCount) / sold);
  return Array.from(counts, ([deliveredMs, numInstancesFixed]) => {
    before += numInstancesFixed;
    const share = priceOf(before) - priceOf(before - numInstancesFixed);
    return { proposal: { ...proposal, numInstancesFixed }, priceMicros: share, deliveredMs };
  });
}

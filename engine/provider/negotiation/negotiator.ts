// What the provider can offer for a proposal, at what price, and what it owes when a promise breaks. Asks the kind of lease for a plan,
// the counter-offer and pricing policies for the rest, and checks what they say. Changes nothing: holding what is offered is the
// Reservation Manager's business.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Plan } from '../../calendar/edit.ts';
import {
  endOf,
  type FinalState,
  type Offer,
  type Proposal,
  type RejectionReason,
  type ReservationState,
} from '../../domain/proposal.ts';
import { addResources, NO_RESOURCES, type Resources } from '../../domain/resources.ts';
import { isWellFormed, PolicyCall } from '../../policy/policy-call.ts';
import type { CounterOfferPolicy, PricingPolicy } from '../../policy/ports.ts';
import type { NegotiationView, PricingView, SlotQuery } from '../../policy/views.ts';
import type { LeaseDesk, LeaseKind } from '../leases/lease-kind.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { Named, ProviderSettings } from '../provider-settings.ts';
import type { Reservation } from '../state/reservation.ts';
import type { OptionCover } from './option-cover.ts';

export interface NegotiatorParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly allocator: Allocator;
  readonly kinds: LeaseKinds;
  readonly settings: ProviderSettings;
  readonly counterOffer: Named<CounterOfferPolicy>;
  readonly pricing: Named<PricingPolicy>;
}

/** What is to be decided, and in which round of its session. */
export interface Ask {
  readonly reservationId: string;
  readonly proposal: Proposal;
  /** 1 for the first. */
  readonly round: number;
}

/** Terms that fit now, what they cost and the plan that holds their capacity; or why there are none. */
export type Verdict =
  | {
      readonly reply: Offer['reply'];
      readonly proposal: Proposal;
      readonly priceMicros: number;
      readonly plan: Plan;
    }
  | RejectionReason;

export class Negotiator {
  readonly #parts: NegotiatorParts;
  readonly #clusterCapacity: Resources;
  readonly #desk: LeaseDesk;

  constructor(parts: NegotiatorParts) {
    this.#parts = parts;
    const { allocator, calendar, outbox, settings } = parts;
    const { sharedDiskGib } = calendar;
    const capacity = totalCapacity(calendar);
    this.#clusterCapacity = sharedDiskGib === undefined ? capacity : { ...capacity, diskGib: sharedDiskGib };
    const canPlace = (proposal: Proposal) => this.#canPlace(proposal);
    const earliestStart = (query: SlotQuery) =>
      this.#earliestStart(query, Number.POSITIVE_INFINITY, undefined);
    this.#desk = {
      get nowMs() {
        return outbox.nowMs;
      },
      shutdownLeadMs: settings.shutdownLeadMs,
      canPlace,
      earliestStart,
      place: (owner, window) => allocator.place(window, { owner, kind: 'hold' }),
    };
  }

  /** What a kind of lease may ask. */
  get desk(): LeaseDesk {
    return this.#desk;
  }

  /** What can be offered for a proposal, or why nothing can. */
  judge({ proposal, reservationId, round }: Ask): Verdict {
    const { kinds, settings } = this.#parts;
    if (round > settings.maxRounds) return 'too-many-rounds';
    const kind = kinds.of(proposal);
    if (kind === undefined) return 'unknown-kind';
    const impossible = this.#whyImpossible(proposal, kind);
    if (impossible !== undefined) return impossible;
    const planned = kind.plan({ reservationId, proposal }, this.#desk);
    if (planned.kind === 'planned') {
      const { edits: plan, terms } = planned;
      const priceMicros = this.#priceOf(terms);
      const affordable = proposal.maxPriceMicros === undefined || priceMicros <= proposal.maxPriceMicros;
      return { reply: affordable ? 'ACCEPT' : 'COUNTER', proposal: terms, priceMicros, plan };
    }
    return this.#alternative({ proposal, reservationId, round }, kind);
  }

  #alternative({ proposal, reservationId, round }: Ask, kind: LeaseKind): Verdict {
    const { counterOffer, outbox } = this.#parts;
    const call = new PolicyCall('counter-offer', counterOffer, outbox.nowMs);
    const view = this.#view(proposal, round, kind);
    const alternative = call.ask((policy) => policy.alternative(proposal, view));
    if (alternative === undefined) return this.#whyNoAlternative(proposal);
    const fits = isWellFormed(alternative) && this.#whyImpossible(alternative, kind) === undefined;
    const planned = fits ? kind.plan({ reservationId, proposal: alternative }, this.#desk) : undefined;
    if (planned?.kind !== 'planned') {
      throw call.brokeRules(`offered terms that do not fit: ${JSON.stringify(alternative)}`);
    }
    const { edits: plan, terms } = planned;
    return { reply: 'COUNTER', proposal: terms, priceMicros: this.#priceOf(terms), plan };
  }

  #whyImpossible(proposal: Proposal, kind: LeaseKind): RejectionReason | undefined {
    const { calendar, outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    if (proposal.startMs < nowMs) return 'start-in-past';
    if (endOf(proposal) > nowMs + settings.bookingHorizonMs) return 'beyond-booking-horizon';
    if (!calendar.couldEverFit(proposal.demand, proposal.numInstancesFixed)) return 'never-fits';
    return kind.accepts(proposal, nowMs);
  }

  #whyNoAlternative(proposal: Proposal): RejectionReason {
    const { calendar } = this.#parts;
    let anyNode = false;
    for (let node = 0; node < calendar.nodeCount && !anyNode; node++) anyNode = calendar.isAvailable(node);
    if (!anyNode) return 'no-node';
    return this.#parts.cover.admits(proposal) ? 'no-capacity' : 'claim-risk';
  }

  /** What the user gets back, and what the provider pays on top, when a reservation ends. */
  compensate(reservation: Reservation, before: ReservationState, after: FinalState) {
    const { outbox, pricing } = this.#parts;
    const wasConfirmed = before === 'CONFIRMED' || before === 'ACTIVATED';
    const { priceMicros } = reservation;
    if (!wasConfirmed || after === 'EXPIRED') return { refundMicros: 0, penaltyMicros: 0 };
    if (after === 'CANCELLED') return { refundMicros: priceMicros, penaltyMicros: 0 };
    // Delivered is what came before the reservation, or the first of its VMs that found no other node, was stopped for good.
    const stoppedMs = reservation.parkedSinceMs ?? outbox.nowMs;
    const deliveredMs = reservation.windowOpen ? stoppedMs - reservation.openedMs : 0;
    const agreement = { proposal: reservation.terms, priceMicros, deliveredMs };
    const call = new PolicyCall('pricing', pricing, outbox.nowMs);
    const { refundMicros, penaltyMicros } = call.ask((policy) => ({ ...policy.compensation(agreement) }));
    checkMoney(call, 'refund', refundMicros);
    checkMoney(call, 'penalty', penaltyMicros);
    return { refundMicros, penaltyMicros };
  }

  #canPlace(proposal: Proposal): boolean {
    return this.#parts.cover.admits(proposal) && this.#parts.calendar.canPlace(placementOf(proposal));
  }

  #view(proposal: Proposal, round: number, kind: LeaseKind): NegotiationView {
    const { outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    const latestOfKindMs = kind.latestStartMs(proposal, nowMs);
    return {
      nowMs,
      round,
      bookingHorizonMs: nowMs + settings.bookingHorizonMs,
      earliestStart: (query) => this.#earliestStart(query, latestOfKindMs, proposal),
      latestStart: (query) => this.#latestStart(query, latestOfKindMs, proposal),
      canPlace: (terms) => this.#whyImpossible(terms, kind) === undefined && this.#canPlace(terms),
      priceOf: (terms) => this.#priceOf(terms),
    };
  }

  /** Nodes and option cover each know their own slots; the answer is the first on which both agree. */
  #earliestStart(
    query: SlotQuery,
    latestOfKindMs: number,
    proposal: Proposal | undefined,
  ): number | undefined {
    const { calendar, cover, outbox } = this.#parts;
    const latestStartMs = Math.min(this.#lastStart(query), latestOfKindMs);
    const terms = asTerms(query, proposal);
    let notBeforeMs: number | undefined = Math.max(outbox.nowMs, query.notBeforeMs);
    while (notBeforeMs !== undefined && notBeforeMs <= latestStartMs) {
      const startMs = calendar.earliestStart({ ...query, notBeforeMs, latestStartMs });
      if (startMs === undefined) return undefined;
      notBeforeMs = cover.earliestAdmitted(terms, startMs, latestStartMs);
      if (notBeforeMs === startMs) return startMs;
    }
    return undefined;
  }

  #latestStart(
    query: SlotQuery & { readonly latestStartMs: number },
    latestOfKindMs: number,
    proposal: Proposal,
  ): number | undefined {
    const { calendar, cover, outbox } = this.#parts;
    const { count, demand, durationMs } = query;
    const terms = asTerms(query, proposal);
    const notBeforeMs = Math.max(outbox.nowMs, query.notBeforeMs);
    let notAfterMs: number | undefined = Math.min(this.#lastStart(query), latestOfKindMs);
    while (notAfterMs !== undefined && notAfterMs >= notBeforeMs) {
      const startMs = calendar.latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs });
      if (startMs === undefined) return undefined;
      notAfterMs = cover.latestAdmitted(terms, notBeforeMs, startMs);
      if (notAfterMs === startMs) return startMs;
    }
    return undefined;
  }

  #lastStart({ durationMs, latestStartMs = Number.POSITIVE_INFINITY }: SlotQuery): number {
    const { outbox, settings } = this.#parts;
    return Math.min(latestStartMs, outbox.nowMs + settings.bookingHorizonMs - durationMs);
  }

  #priceOf(proposal: Proposal): number {
    const { calendar, outbox, pricing } = this.#parts;
    const view: PricingView = {
      nowMs: outbox.nowMs,
      clusterCapacity: this.#clusterCapacity,
      bookedShare: (startMs, endMs) => {
        let bookedMilliCpuMs = 0;
        for (let node = 0; node < calendar.nodeCount; node++) {
          bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
        }
        return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
      },
    };
    const call = new PolicyCall('pricing', pricing, outbox.nowMs);
    const priceMicros = call.ask((policy) => policy.price(proposal, view));
    checkMoney(call, 'price', priceMicros);
    return priceMicros;
  }
}

/** What all nodes have together, up or not. */
export function totalCapacity(calendar: CapacityCalendar): Resources {
  let capacity = NO_RESOURCES;
  for (let node = 0; node < calendar.nodeCount; node++)
    capacity = addResources(capacity, calendar.capacityOf(node));
  return capacity;
}

function asTerms(
  { count, demand, durationMs, notBeforeMs }: SlotQuery,
  proposal: Proposal | undefined,
): Proposal {
  const terms = proposal ?? {
    type: '',
    template: '',
    startMs: notBeforeMs,
    numInstancesOption: 0,
  };
  return { ...terms, numInstancesFixed: count, demand, durationMs };
}

function checkMoney(call: PolicyCall<'pricing'>, what: string, micros: number): void {
  if (Number.isSafeInteger(micros) && micros >= 0) return;
  throw call.brokeRules(`gave a ${what} of ${micros}; whole micro-credits of at least 0 are expected`);
}

// What the provider can offer for a proposal, at what price, and what it owes when a promise breaks. Asks the counter-offer and pricing
// policies, and checks what they say. Changes nothing: holding what is offered is the Reservation Manager's business.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Clock } from '../../clock/clock.ts';
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
import type { NegotiationView, PlacementRequest, PricingView, SlotQuery } from '../../policy/views.ts';
import type { ManagerSettings, Named } from '../provider-settings.ts';
import type { Reservation } from '../state/reservation.ts';
import type { OptionCover } from './option-cover.ts';

export interface NegotiatorParts {
  readonly clock: Clock;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly settings: ManagerSettings;
  readonly counterOffer: Named<CounterOfferPolicy>;
  readonly pricing: Named<PricingPolicy>;
}

/** Terms that fit now and what they cost, or why there are none. */
export type Verdict =
  | { readonly reply: Offer['reply']; readonly proposal: Proposal; readonly priceMicros: number }
  | RejectionReason;

export class Negotiator {
  readonly #parts: NegotiatorParts;
  readonly #clusterCapacity: Resources;

  constructor(parts: NegotiatorParts) {
    this.#parts = parts;
    const { calendar } = parts;
    const { sharedDiskGib } = calendar;
    const capacity = totalCapacity(calendar);
    this.#clusterCapacity = sharedDiskGib === undefined ? capacity : { ...capacity, diskGib: sharedDiskGib };
  }

  /** What can be offered for a proposal, or why nothing can. */
  judge(proposal: Proposal, round: number): Verdict {
    const { settings } = this.#parts;
    if (round > settings.maxRounds) return 'too-many-rounds';
    const impossible = this.#whyImpossible(proposal);
    if (impossible !== undefined) return impossible;
    if (this.#canPlace(proposal)) {
      const priceMicros = this.#priceOf(proposal);
      const affordable = proposal.maxPriceMicros === undefined || priceMicros <= proposal.maxPriceMicros;
      return { reply: affordable ? 'ACCEPT' : 'COUNTER', proposal, priceMicros };
    }
    const alternative = this.#alternative(proposal, round);
    if (alternative === undefined) return this.#whyNoAlternative(proposal);
    return { reply: 'COUNTER', proposal: alternative, priceMicros: this.#priceOf(alternative) };
  }

  #whyImpossible(proposal: Proposal): RejectionReason | undefined {
    const { calendar, clock, settings } = this.#parts;
    if (proposal.startMs < clock.now()) return 'start-in-past';
    if (endOf(proposal) > clock.now() + settings.bookingHorizonMs) return 'beyond-booking-horizon';
    if (!calendar.couldEverFit(proposal.demand, proposal.numInstancesFixed)) return 'never-fits';
    return undefined;
  }

  #whyNoAlternative(proposal: Proposal): RejectionReason {
    const { calendar } = this.#parts;
    let anyNode = false;
    for (let node = 0; node < calendar.nodeCount && !anyNode; node++) anyNode = calendar.isAvailable(node);
    if (!anyNode) return 'no-node';
    return this.#parts.cover.admits(proposal) ? 'no-capacity' : 'claim-risk';
  }

  #alternative(proposal: Proposal, round: number): Proposal | undefined {
    const { clock, counterOffer } = this.#parts;
    const call = new PolicyCall('counter-offer', counterOffer, clock.now());
    const view = this.#view(proposal, round);
    const alternative = call.ask((policy) => policy.alternative(proposal, view));
    if (alternative === undefined) return undefined;
    if (
      !isWellFormed(alternative) ||
      this.#whyImpossible(alternative) !== undefined ||
      !this.#canPlace(alternative)
    ) {
      throw call.brokeRules(`offered terms that do not fit: ${JSON.stringify(alternative)}`);
    }
    return alternative;
  }

  /** What the user gets back, and what the provider pays on top, when a reservation ends. */
  compensate(reservation: Reservation, before: ReservationState, after: FinalState) {
    const { clock, pricing } = this.#parts;
    const wasConfirmed = before === 'CONFIRMED' || before === 'ACTIVATED';
    const { priceMicros } = reservation;
    if (!wasConfirmed || after === 'EXPIRED') return { refundMicros: 0, penaltyMicros: 0 };
    if (after === 'CANCELLED') return { refundMicros: priceMicros, penaltyMicros: 0 };
    // Delivered is what came before the reservation, or the first of its VMs that found no other node, was stopped for good.
    const stoppedMs = reservation.parkedSinceMs ?? clock.now();
    const deliveredMs = reservation.windowOpen ? stoppedMs - reservation.openedMs : 0;
    const agreement = { proposal: reservation.terms, priceMicros, deliveredMs };
    const call = new PolicyCall('pricing', pricing, clock.now());
    const { refundMicros, penaltyMicros } = call.ask((policy) => ({ ...policy.compensation(agreement) }));
    checkMoney(call, 'refund', refundMicros);
    checkMoney(call, 'penalty', penaltyMicros);
    return { refundMicros, penaltyMicros };
  }

  #canPlace(proposal: Proposal): boolean {
    return this.#parts.cover.admits(proposal) && this.#parts.calendar.canPlace(placementOf(proposal));
  }

  #view(proposal: Proposal, round: number): NegotiationView {
    const { calendar, clock, settings } = this.#parts;
    const nowMs = clock.now();
    const bookingHorizonMs = nowMs + settings.bookingHorizonMs;
    const lastStart = ({ durationMs, latestStartMs = Number.POSITIVE_INFINITY }: SlotQuery) =>
      Math.min(latestStartMs, bookingHorizonMs - durationMs);
    const asProposal = ({ count, demand, durationMs }: SlotQuery): Proposal => ({
      ...proposal,
      numInstancesFixed: count,
      demand,
      durationMs,
    });
    // Nodes and option cover each know their own slots; the answer is the first on which both agree.
    return {
      nowMs,
      round,
      bookingHorizonMs,
      earliestStart: (query) => {
        const latestStartMs = lastStart(query);
        const terms = asProposal(query);
        let notBeforeMs: number | undefined = Math.max(nowMs, query.notBeforeMs);
        while (notBeforeMs !== undefined && notBeforeMs <= latestStartMs) {
          const startMs = calendar.earliestStart({ ...query, notBeforeMs, latestStartMs });
          if (startMs === undefined) return undefined;
          notBeforeMs = this.#parts.cover.earliestAdmitted(terms, startMs, latestStartMs);
          if (notBeforeMs === startMs) return startMs;
        }
        return undefined;
      },
      latestStart: ({ demand, count, durationMs, ...query }) => {
        const terms = asProposal({ demand, count, durationMs, ...query });
        const notBeforeMs = Math.max(nowMs, query.notBeforeMs);
        let notAfterMs: number | undefined = lastStart({ demand, count, durationMs, ...query });
        while (notAfterMs !== undefined && notAfterMs >= notBeforeMs) {
          const startMs = calendar.latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs });
          if (startMs === undefined) return undefined;
          notAfterMs = this.#parts.cover.latestAdmitted(terms, notBeforeMs, startMs);
          if (notAfterMs === startMs) return startMs;
        }
        return undefined;
      },
      canPlace: (terms) => this.#whyImpossible(terms) === undefined && this.#canPlace(terms),
      priceOf: (terms) => this.#priceOf(terms),
    };
  }

  #priceOf(proposal: Proposal): number {
    const { calendar, clock, pricing } = this.#parts;
    const view: PricingView = {
      nowMs: clock.now(),
      clusterCapacity: this.#clusterCapacity,
      bookedShare: (startMs, endMs) => {
        let bookedMilliCpuMs = 0;
        for (let node = 0; node < calendar.nodeCount; node++) {
          bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
        }
        return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
      },
    };
    const call = new PolicyCall('pricing', pricing, clock.now());
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

/** The guaranteed instances of a proposal, as the calendar is asked for them. */
export function placementOf({ demand, durationMs, numInstancesFixed, startMs }: Proposal): PlacementRequest {
  return { demand, count: numInstancesFixed, startMs, endMs: startMs + durationMs };
}

function checkMoney(call: PolicyCall<'pricing'>, what: string, micros: number): void {
  if (Number.isSafeInteger(micros) && micros >= 0) return;
  throw call.brokeRules(`gave a ${what} of ${micros}; whole micro-credits of at least 0 are expected`);
}

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
import type { Matter } from '../../policy/decision.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import { offeredTerms } from '../../policy/terms.ts';
import type {
  AskReason,
  NegotiationAsk,
  NegotiationView,
  PlacementRequest,
  PricingView,
  SlotQuery,
} from '../../policy/views.ts';
import type { ManagerSettings } from '../provider-settings.ts';
import type { Reservation } from '../state/reservation.ts';
import type { OptionCover } from './option-cover.ts';

export interface NegotiatorParts {
  readonly clock: Clock;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly settings: ManagerSettings;
  readonly counterOffer: Seat<'counter-offer'>;
  readonly pricing: Seat<'pricing'>;
}

/** A proposal on its way to an answer: who asks, in which round, and the policies that are asked about it. */
interface Hearing {
  readonly proposal: Proposal;
  readonly matter: Matter;
  readonly counterOffer: Sitting<'counter-offer'>;
  readonly pricing: Sitting<'pricing'>;
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
    this.#clusterCapacity = frozen(
      sharedDiskGib === undefined ? capacity : { ...capacity, diskGib: sharedDiskGib },
    );
  }

  /**
   * What can be offered for a proposal, or why nothing can.
   * @param session absent for a quote: then the policies are asked in vain, and remember nothing of it
   */
  judge(asked: Proposal, session?: { readonly reservationId: string; readonly round: number }): Verdict {
    const { clock, counterOffer, pricing, settings } = this.#parts;
    const { reservationId = 'quote', round = 1 } = session ?? {};
    const proposal = frozen(asked);
    if (round > settings.maxRounds) return 'too-many-rounds';
    const impossible = this.#whyImpossible(proposal);
    if (impossible !== undefined) return impossible;
    const hearing: Hearing = {
      proposal,
      matter: { nowMs: clock.now(), subject: reservationId, round, terms: proposal },
      counterOffer: counterOffer.sitting(),
      pricing: pricing.sitting(),
    };
    const verdict = this.#hear(hearing);
    if (session !== undefined) {
      hearing.counterOffer.keep();
      hearing.pricing.keep();
    }
    return verdict;
  }

  #hear(hearing: Hearing): Verdict {
    const { proposal } = hearing;
    if (!this.#canPlace(proposal)) {
      const reason = this.#parts.cover.admits(proposal) ? 'no-room' : 'claim-risk';
      return this.#counter(hearing, { reason }) ?? this.#whyNoAlternative(proposal);
    }
    const pricing = hearing.pricing.fork();
    const priceMicros = this.#priceOf(proposal, hearing.matter, pricing);
    if (proposal.maxPriceMicros !== undefined && priceMicros > proposal.maxPriceMicros) {
      return this.#counter(hearing, { reason: 'price', priceMicros }) ?? 'price-too-high';
    }
    pricing.keep();
    return { reply: 'ACCEPT', proposal, priceMicros };
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

  /** The first offer of the counter-offer policy that differs from what was asked; undefined when there is none. */
  #counter(
    hearing: Hearing,
    { reason, priceMicros: askedMicros }: { reason: AskReason; priceMicros?: number },
  ): Verdict | undefined {
    const { counterOffer, matter, proposal } = hearing;
    const ask = this.#ask(hearing, reason, askedMicros);
    for (const draft of counterOffer.ask(matter, 'respond', ask, this.#view(hearing))) {
      const terms = offeredTerms(proposal, draft);
      if (this.#whyImpossible(terms) !== undefined || !this.#canPlace(terms)) {
        throw counterOffer.refuse(matter, 'respond', draft, 'offers that fit');
      }
      const priceMicros = draft.priceMicros ?? this.#priceOf(terms, matter, hearing.pricing);
      if (terms !== proposal || priceMicros !== askedMicros)
        return { reply: 'COUNTER', proposal: terms, priceMicros };
    }
    return undefined;
  }

  #ask({ matter, proposal }: Hearing, reason: AskReason, priceMicros: number | undefined): NegotiationAsk {
    const shortfall = () => this.#shortfall(proposal);
    return Object.freeze({
      proposal,
      round: matter.round!,
      reason,
      ...(priceMicros === undefined ? {} : { priceMicros }),
      get shortfall() {
        return shortfall();
      },
    });
  }

  /** Fewer instances fit wherever more do: the largest number that fits is found by halves. */
  #shortfall(proposal: Proposal): number {
    const window = placementOf(proposal);
    let fits = 0;
    let asked = window.count + 1;
    while (fits + 1 < asked) {
      const count = Math.floor((fits + asked) / 2);
      if (this.#parts.calendar.canPlace({ ...window, count })) fits = count;
      else asked = count;
    }
    return window.count - fits;
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
    const agreement = frozen({ proposal: reservation.terms, priceMicros, deliveredMs });
    const sitting = pricing.sitting();
    const matter = { nowMs: clock.now(), subject: reservation.id, terms: reservation.terms };
    const { refundMicros, penaltyMicros } = sitting.ask(matter, 'compensation', agreement);
    sitting.keep();
    return { refundMicros, penaltyMicros };
  }

  #canPlace(proposal: Proposal): boolean {
    return this.#parts.cover.admits(proposal) && this.#parts.calendar.canPlace(placementOf(proposal));
  }

  #view({ matter, pricing, proposal }: Hearing): NegotiationView {
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
    return Object.freeze<NegotiationView>({
      nowMs,
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
      // Nothing is offered yet: the pricing policy is asked in vain.
      priceOf: (terms) => this.#priceOf(terms, matter, pricing.fork()),
    });
  }

  #priceOf(terms: Proposal, matter: Matter, pricing: Sitting<'pricing'>): number {
    const { calendar, clock } = this.#parts;
    const proposal = frozen(terms);
    const view = Object.freeze<PricingView>({
      nowMs: clock.now(),
      clusterCapacity: this.#clusterCapacity,
      bookedShare: (startMs, endMs) => {
        let bookedMilliCpuMs = 0;
        for (let node = 0; node < calendar.nodeCount; node++) {
          bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
        }
        return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
      },
    });
    return pricing.ask({ ...matter, terms: proposal }, 'price', proposal, view);
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

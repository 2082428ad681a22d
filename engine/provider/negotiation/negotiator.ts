// What the provider can offer for a proposal, at what price, and what it owes when a promise breaks. Asks the kind of lease for a plan,
// the counter-offer and pricing policies for the rest, and checks what they say. Changes nothing: holding what is offered is the
// Reservation Manager's business.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Plan } from '../../calendar/edit.ts';
import type { PartnerOffer } from '../../domain/partner-offer.ts';
import {
  type Alternative,
  type Bottleneck,
  type ChargedClaim,
  chosenTerms,
  endOf,
  type FinalState,
  type Offer,
  type OfferPart,
  type Proposal,
  type RejectionReason,
  type ReservationState,
} from '../../domain/proposal.ts';
import { onSite, type ResourceDefinition, type Resources } from '../../domain/resources.ts';
import { invariant } from '../../invariant.ts';
import type { Matter } from '../../policy/decision.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import type { Agreement } from '../../policy/ports.ts';
import { offeredTerms, ownTerms, partTerms } from '../../policy/terms.ts';
import type {
  AskReason,
  DraftPart,
  InstanceType,
  NegotiationAsk,
  NegotiationView,
  PlacementRequest,
  PricingView,
  SlotQuery,
} from '../../policy/views.ts';
import type { Images, ImageView } from '../images/images.ts';
import { DEFAULT_LEASE_KIND, OVERBOOKED } from '../leases/catalogue.ts';
import type {
  Image,
  Lease,
  LeaseDesk,
  LeaseDraft,
  LeaseKind,
  LeasePlan,
  Queued,
  Refusal,
} from '../leases/lease-kind.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Suspension } from '../leases/suspension.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator, BookEdit, Placing } from '../placement/allocator.ts';
import type { MigrationDesk } from '../placement/migration-desk.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { Relocation, RePlacement, RoomMade } from '../placement/re-placement.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import { lackedBy, NOT_SERVED_YET } from '../state/service-record.ts';
import { bottleneckOf } from './bottleneck.ts';
import { partIdOf } from './offer-parts.ts';
import type { OptionCover } from './option-cover.ts';
import type { Overbooking } from './overbooking.ts';
import type { Cut, Preemption } from './preemption.ts';
import { NO_RULES, type ReservationRules, soldDurationMs, whyNotThen } from './reservation-rules.ts';

export interface NegotiatorParts {
  readonly orElse: OrElse;
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly allocator: Allocator;
  readonly kinds: LeaseKinds;
  readonly settings: ProviderSettings;
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  readonly counterOffer: Seat<'counter-offer'>;
  readonly pricing: Seat<'pricing'>;
  readonly preemption: { readonly seat: Seat<'preemption'>; readonly of: Preemption };
  readonly suspension: Suspension;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  /** What was suspended can be resumed on any node. */
  readonly canResumeElsewhere: boolean;
  readonly rePlacement: RePlacement;
  readonly migration: Seat<'migration'>;
  readonly migrationDesk: MigrationDesk;
  /** What users wait for is sold by auction. */
  readonly sellsByAuction: boolean;
  readonly overbooking: Overbooking;
}

/** What is to be decided, and in which round of its session. */
export interface Ask {
  readonly reservationId: string;
  readonly proposal: Proposal;
  /** 1 for the first. */
  readonly round: number;
  /** Of a change, which is asked for while its own capacity counts as free: the bookings of others stay as they are. */
  readonly movesNobody?: true;
  /** Of what waits: it is granted as asked, or goes on waiting. */
  readonly isTurn?: true;
  /** Of what won an auction. Absent: the pricing policy says. */
  readonly priceMicros?: number;
}

/** Terms that fit now, what they cost and the plan that holds their capacity; or why there are none. */
export type Verdict =
  | {
      readonly reply: Offer['reply'];
      readonly proposal: Proposal;
      readonly priceMicros: number;
      /** undefined: it waits for its turn, or is held at a partner, and nothing is held for it here. */
      readonly plan: Plan | undefined;
      /** What others give up for it, to be applied first; absent: nothing. */
      readonly cuts?: readonly Cut[];
      /** Bookings of others that change their nodes first. Absent: none. */
      readonly relocations?: readonly Relocation[];
      /** Further windows that are offered with it. Absent: none. */
      readonly parts?: readonly HeldPart[];
      readonly because?: Offer['because'];
      readonly alternatives?: readonly Alternative[];
      /** It is held at a partner, and there is no plan. Absent: it is not. */
      readonly outsourced?: PartnerOffer;
    }
  | RejectionReason;

/** A further window of an offer, and the plan that holds its capacity beside that of the others. */
export interface HeldPart extends OfferPart {
  readonly plan: Plan;
}

/** A verdict, and what the policies that were asked remember of it once it is applied. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What is in the way of the proposal as it is, when the provider explains itself. */
  readonly bottleneck: Bottleneck | undefined;
  /** To be called when the verdict is applied; a quote never does. */
  keep(): void;
}

/** As many as a person looks at. */
const ALTERNATIVES_MAX = 10;

/** Terms that can be held, and how. */
type Offered = Alternative & { readonly plan: Plan | undefined; readonly parts?: readonly HeldPart[] };

/** A proposal on its way to an answer: who asks, in which round, and the policies that are asked about it. */
interface Hearing {
  readonly ask: Ask;
  readonly kind: LeaseKind;
  readonly matter: Matter;
  readonly allocation: Sitting<'allocation'>;
  readonly counterOffer: Sitting<'counter-offer'>;
  readonly pricing: Sitting<'pricing'>;
  readonly migration: Sitting<'migration'>;
  readonly preemption: Sitting<'preemption'>;
}

export class Negotiator {
  readonly #parts: NegotiatorParts;
  readonly #clusterCapacity: Resources;
  readonly #namedResources: readonly ResourceDefinition[];
  readonly #instanceTypes: readonly InstanceType[];

  constructor(parts: NegotiatorParts) {
    this.#parts = parts;
    this.#clusterCapacity = frozen(parts.calendar.totalCapacity);
    this.#namedResources = frozen([...parts.calendar.space.named]);
    this.#instanceTypes = frozen([...parts.instanceTypes].map(([name, demand]) => ({ name, demand })));
  }

  /** What can be offered for a proposal, or why nothing can. */
  judge({ isTurn, movesNobody, priceMicros, proposal: asked, reservationId, round }: Ask): Judgement {
    const { allocator, counterOffer, kinds, migration, outbox, preemption, pricing, settings } = this.#parts;
    if (round > settings.maxRounds) return plain('too-many-rounds');
    const kind = kinds.of(asked);
    if (kind === undefined) return plain('unknown-kind');
    const sold = this.#asSold(asked, kind);
    if (sold === undefined) return plain('too-long');
    const proposal = frozen(sold);
    const impossible = this.#whyImpossible(proposal, kind);
    if (impossible !== undefined && proposal.otherwise === undefined) return plain(impossible);
    if (this.#isBid(proposal) && isTurn !== true && movesNobody !== true) return plain('sold-at-auction');
    const hearing: Hearing = {
      ask: {
        proposal,
        reservationId,
        round,
        ...(movesNobody && { movesNobody }),
        ...(isTurn && { isTurn }),
        ...(priceMicros !== undefined && { priceMicros }),
      },
      kind,
      matter: { nowMs: outbox.nowMs, subject: reservationId, round, terms: proposal },
      allocation: allocator.sitting(),
      counterOffer: counterOffer.sitting(),
      pricing: pricing.sitting(),
      migration: migration.sitting(),
      preemption: preemption.seat.sitting(),
    };
    const { bottleneck, verdict: heard } =
      impossible === undefined
        ? this.#hear(hearing)
        : { verdict: this.#secondOffer(hearing) ?? impossible, bottleneck: undefined };
    // Nobody agreed to a length that they did not ask for.
    const verdict =
      sold === asked || typeof heard === 'string' ? heard : { ...heard, reply: 'COUNTER' as const };
    return {
      verdict,
      bottleneck,
      keep: () => {
        hearing.allocation.keep();
        hearing.counterOffer.keep();
        hearing.pricing.keep();
        hearing.migration.keep();
        hearing.preemption.keep();
      },
    };
  }

  /**
   * What a kind of lease may ask, about a reservation or for several.
   * @param allocation what the allocation policy is asked in; kept by whoever applies its answers
   * @param placing what is placed there: what is on offer is held, what is confirmed stays reserved
   */
  desk(
    allocation: Sitting<'allocation'> = this.#parts.allocator.sitting(),
    { kind = 'hold', round = 0 }: Partial<Pick<Placing, 'kind' | 'round'>> = {},
  ): LeaseDesk {
    return this.#deskOn(this.#parts.calendar, this.#parts.images, allocation, { kind, round });
  }

  /** The same on a draft, for thinking ahead. */
  deskOn(calendar: CapacityCalendar): LeaseDesk {
    const allocation = this.#parts.allocator.sitting();
    return this.#deskOn(calendar, this.#parts.images, allocation, { kind: 'hold', round: 0 });
  }

  #deskOn(
    calendar: CapacityCalendar,
    images: ImageView | undefined,
    allocation: Sitting<'allocation'>,
    placing: Pick<Placing, 'kind' | 'round'>,
  ): LeaseDesk {
    const { allocator, canResumeElsewhere, outbox, settings, suspension } = this.#parts;
    return {
      nowMs: outbox.nowMs,
      shutdownLeadMs: settings.shutdownLeadMs,
      noShowGraceMs: settings.noShowGraceMs,
      backfillReservations: settings.backfillReservations,
      suspension: (size) => suspension.timesFor(size),
      canResumeElsewhere,
      canStay: (lease, window) =>
        this.#parts.cover.admits(during(lease.terms, window)) &&
        calendar.fork().apply(stayingEdits(lease, window, calendar)).kind === 'applied',
      stay: (lease, window) => stayingEdits(lease, window, calendar),
      canPlace: (proposal, image = proposal.template) => this.#canPlace(proposal, calendar, images, image),
      // Once it is to begin it is too late to wait for who does not come.
      overbooks: (ask) =>
        ask.proposal.startMs > this.#parts.outbox.nowMs && this.#parts.overbooking.admits(ask),
      imageReadyMs: (image, count) =>
        image === null || images === undefined ? outbox.nowMs : images.readyMs(image, count),
      shortestDurationMs: settings.shortestDurationMs,
      longestDurationMs: settings.longestDurationMs,
      earliestStart: (query, terms) =>
        this.#earliestStart(query, Number.POSITIVE_INFINITY, terms, calendar, images),
      place: (owner, window, image) => {
        // Where it is already it need not be sent.
        const among = image === null ? undefined : this.#nodesWith(image, window, calendar, images);
        return allocator.place(window, { owner, ...placing, firstNumber: 1, among }, allocation, calendar);
      },
      draft: () => this.#draftOf(calendar, images, allocation, placing),
    };
  }

  #draftOf(
    original: CapacityCalendar,
    originalImages: ImageView | undefined,
    allocation: Sitting<'allocation'>,
    placing: Pick<Placing, 'kind' | 'round'>,
  ): LeaseDraft {
    const calendar = original.fork();
    const images = originalImages?.draft();
    const take = (edits: Plan, image: Image) => {
      const { kind } = calendar.apply(edits);
      invariant(kind === 'applied', 'what is counted as done in a draft has room there');
      if (image !== null) images?.take(image, booksOf(edits));
    };
    return {
      ...this.#deskOn(calendar, images, allocation, placing),
      take,
      // What is only thought of leaves nothing in the memory of the policy.
      reserve: (owner, window, image) =>
        take(this.#deskOn(calendar, images, allocation.fork(), placing).place(owner, window, image), image),
    };
  }

  get #rules(): ReservationRules {
    return this.#parts.settings.rules ?? NO_RULES;
  }

  /** The same terms for a length that is sold, which is not less; undefined: none is so long. A length that bends is left to its kind. */
  #asSold(terms: Proposal, kind: LeaseKind): Proposal | undefined {
    if (kind.isChangeable !== true && !isAheadOfTime(kind)) return terms;
    const durationMs = soldDurationMs(this.#rules, terms.durationMs);
    if (durationMs === undefined) return undefined;
    return durationMs === terms.durationMs ? terms : { ...terms, durationMs };
  }

  /** Why a start is too near or too far for a window ahead of time. */
  #whyNotThen(
    { startMs }: Pick<Proposal, 'startMs'>,
    kind: LeaseKind,
  ): 'too-soon' | 'too-far-ahead' | undefined {
    return isAheadOfTime(kind) ? whyNotThen(this.#rules, startMs, this.#parts.outbox.nowMs) : undefined;
  }

  #hear(hearing: Hearing): Omit<Judgement, 'keep'> {
    const { matter, ask, kind } = hearing;
    const { proposal } = ask;
    const untimely = this.#whyNotThen(proposal, kind);
    if (untimely !== undefined) {
      return { verdict: this.#counter(hearing, { reason: 'no-room' }) ?? untimely, bottleneck: undefined };
    }
    const allocation = hearing.allocation.fork();
    const asIs = this.#plan(hearing, proposal, allocation);
    const reason = this.#parts.cover.admits(proposal) ? 'no-room' : 'claim-risk';
    const isRefused = asIs.kind === 'refused';
    // What costs nobody anything comes first: bookings that have not begun change nodes, then VMs that run; only then do others give way.
    const moved =
      isRefused && reason === 'no-room'
        ? (this.#makingRoom(hearing) ?? this.#movingAway(hearing, allocation))
        : undefined;
    const given = isRefused && moved === undefined ? this.#givingWay(hearing, allocation) : undefined;
    const planned = moved ?? given?.planned ?? asIs;
    if (planned.kind === 'refused') {
      if (ask.isTurn) return { verdict: 'no-capacity', bottleneck: undefined };
      const offer = this.#counter(hearing, { reason });
      const bottleneck = this.#bottleneckOf(proposal, reason);
      if (offer === undefined) return { verdict: this.#whyNoAlternative(proposal), bottleneck };
      const isForOutage = reason === 'no-room' && this.#isForOutage(proposal);
      return { verdict: isForOutage ? { ...offer, because: 'node-outage' } : offer, bottleneck };
    }
    const { terms } = planned;
    const pricing = hearing.pricing.fork();
    const priceMicros = ask.priceMicros ?? this.#priceOf(terms, matter, pricing);
    const { maxPriceMicros } = proposal;
    if (maxPriceMicros !== undefined && priceMicros > maxPriceMicros) {
      return {
        verdict: this.#counter(hearing, { reason: 'price', priceMicros }) ?? 'price-too-high',
        bottleneck: this.#parts.settings.explains ? { by: 'price', priceMicros, maxPriceMicros } : undefined,
      };
    }
    pricing.keep();
    allocation.keep();
    // Nobody agreed to terms that they did not ask for.
    const reply = terms === proposal ? 'ACCEPT' : 'COUNTER';
    return {
      verdict: {
        reply,
        proposal: terms,
        priceMicros,
        plan: planOf(planned),
        ...(moved !== undefined && { relocations: moved.relocations }),
        ...(given !== undefined && { cuts: given.cuts }),
      },
      bottleneck: undefined,
    };
  }

  /** It waits for an auction, whatever there is room for. */
  #isBid({ maxPriceMicros, waitlist }: Proposal): boolean {
    return this.#parts.sellsByAuction && waitlist !== undefined && maxPriceMicros !== undefined;
  }

  /** As asked, if others change their nodes for it. Only of leases that have one window and a place for each instance. */
  #makingRoom({
    ask: { movesNobody, proposal, reservationId },
    kind,
  }: Hearing): (LeasePlan & Pick<RoomMade, 'relocations'>) | undefined {
    if (movesNobody === true || kind.isChangeable !== true) return undefined;
    const made = this.#parts.rePlacement.roomFor(placementOf(proposal), reservationId);
    if (made === undefined) return undefined;
    return { kind: 'planned', terms: proposal, edits: made.books, relocations: made.relocations };
  }

  /** As asked, if running VMs change their nodes for it: of the same leases. */
  #movingAway(
    hearing: Hearing,
    allocation: Sitting<'allocation'>,
  ): (LeasePlan & Pick<RoomMade, 'relocations'>) | undefined {
    const { ask, kind, matter, migration } = hearing;
    const { migration: seat, migrationDesk } = this.#parts;
    const { movesNobody, proposal, reservationId, round } = ask;
    if (seat.named.policy.makeRoom === undefined) return undefined;
    if (movesNobody === true || kind.isChangeable !== true) return undefined;
    const request = frozen(placementOf(proposal));
    const moves = migration.ask(matter, 'makeRoom', request, migrationDesk.roomView(request));
    if (moves.length === 0) return undefined;
    const relocations = migrationDesk.relocations(moves, request.startMs);
    const draft = relocations && migrationDesk.draftOf(relocations);
    const { images } = this.#parts;
    const desk = draft && this.#deskOn(draft, images, allocation, { kind: 'hold', round });
    const planned = desk && kind.plan({ reservationId, proposal }, desk);
    if (relocations === undefined || planned?.kind !== 'planned')
      throw migration.refuse(matter, 'makeRoom', moves, 'moves that can be made together and make room');
    return { ...planned, relocations };
  }

  /** Room as asked, made by leases that give way; undefined when there is none even so. */
  #givingWay(
    { ask, kind, matter, preemption }: Hearing,
    allocation: Sitting<'allocation'>,
  ): { readonly planned: LeasePlan; readonly cuts: readonly Cut[] } | undefined {
    const { calendar, images } = this.#parts;
    const { movesNobody, proposal, reservationId, round } = ask;
    if (movesNobody === true) return undefined;
    const sitting = preemption.fork();
    const supposing = <T>(cuts: readonly Cut[], think: () => T): T => {
      const over = cuts.flatMap(({ reservation: { covered } }) => covered ?? []);
      return this.#parts.cover.supposing(proposal, over, proposal.startMs, think);
    };
    const cuts = this.#parts.preemption.of.roomFor(proposal, matter, sitting, (draft, given) =>
      supposing(given, () => this.#canPlace(proposal, draft)),
    );
    if (cuts === undefined) return undefined;
    const draft = calendar.fork();
    const { kind: outcome } = draft.apply(cuts.flatMap(({ edits }) => edits));
    invariant(outcome === 'applied', 'what made room once makes it again');
    const desk = this.#deskOn(draft, images, allocation, { kind: 'hold', round });
    const planned = supposing(cuts, () => kind.plan({ reservationId, proposal }, desk));
    if (planned.kind !== 'planned') return undefined;
    sitting.keep();
    return { planned, cuts };
  }

  #bottleneckOf(proposal: Proposal, reason: Exclude<AskReason, 'price'>): Bottleneck | undefined {
    const { calendar, settings } = this.#parts;
    if (!settings.explains) return undefined;
    if (reason === 'claim-risk') return { by: reason, fromMs: proposal.startMs, untilMs: endOf(proposal) };
    const shortfall = this.#shortfall(proposal);
    return shortfall === 0 ? undefined : bottleneckOf(calendar, proposal, shortfall);
  }

  #plan(
    { ask, kind }: Hearing,
    proposal: Proposal,
    allocation: Sitting<'allocation'>,
  ): LeasePlan | Queued | Refusal {
    const { reservationId, round } = ask;
    return kind.plan({ reservationId, proposal }, this.desk(allocation, { round }));
  }

  /**
   * What terms cost for which there is no room, where they are nothing that could not be sold if there were: a window, without optional instances, for
   * no more than its user pays. undefined: there is room, or they are not sold.
   */
  resalePrice(
    reservationId: string,
    proposal: Proposal,
  ): { readonly priceMicros: number; keep(): void } | undefined {
    const { kinds } = this.#parts;
    const kind = kinds.of(proposal);
    if (kind?.isChangeable !== true || proposal.numInstancesOption > 0 || this.#isBid(proposal))
      return undefined;
    if (this.#asSold(proposal, kind) !== proposal || this.#canPlace(proposal)) return undefined;
    const why = this.#whyNotOffered(proposal, kind);
    if (why !== undefined && why !== 'never-fits') return undefined;
    const prices = this.pricesFor(reservationId);
    const priceMicros = prices.of(proposal);
    if (priceMicros > (proposal.maxPriceMicros ?? Number.POSITIVE_INFINITY)) return undefined;
    return { priceMicros, keep: prices.keep };
  }

  /** What terms would cost if they were asked for now, about a reservation, new or not. */
  pricesFor(reservationId: string): { of(terms: Proposal): number; keep(): void } {
    const { outbox, pricing } = this.#parts;
    const sitting = pricing.sitting();
    return {
      of: (terms) => this.#priceOf(terms, { nowMs: outbox.nowMs, subject: reservationId, terms }, sitting),
      keep: () => sitting.keep(),
    };
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

  /** What so many optional instances cost from now to the end of the window: as much as a reservation of them. */
  claimPrice(reservation: Reservation, count: number): { readonly priceMicros: number; keep(): void } {
    const { outbox, pricing } = this.#parts;
    const terms = claimedTerms(reservation, { count, fromMs: outbox.nowMs });
    const sitting = pricing.sitting();
    const matter = { nowMs: outbox.nowMs, subject: reservation.id, terms };
    return { priceMicros: this.#priceOf(terms, matter, sitting), keep: () => sitting.keep() };
  }

  /**
   * What the user takes as well, then the offers of the counter-offer policy that differ from what was asked: the first is offered, the others
   * are alternatives; undefined when there is none.
   */
  #counter(
    hearing: Hearing,
    { reason, priceMicros: askedMicros }: { reason: AskReason; priceMicros?: number },
  ): Exclude<Verdict, string> | undefined {
    const { ask, counterOffer, kind, matter } = hearing;
    const { proposal } = ask;
    if (ask.isTurn || proposal.waitlist?.instead) return undefined;
    const question = this.#question(hearing, reason, askedMicros);
    // What the user said they take as well comes before anything that the provider thinks of.
    const { alternatives: chosen, first: choice } = this.#secondChoices(hearing);
    let first = choice ?? (reason === 'no-room' ? this.#overbooked(hearing) : undefined);
    const alternatives: Alternative[] = [...chosen];
    for (const draft of counterOffer.ask(matter, 'respond', question, this.#view(hearing))) {
      const { rest } = draft;
      if (rest !== undefined && (first !== undefined || !isDivisible(hearing))) continue;
      const asked = offeredTerms(proposal, draft);
      // What would be of a length that is not sold is not offered.
      if (this.#asSold(asked, kind) !== asked) continue;
      const allocation = (first === undefined ? hearing.allocation : this.#parts.allocator.sitting()).fork();
      const planned =
        this.#whyNotOffered(asked, kind) === undefined ? this.#plan(hearing, asked, allocation) : undefined;
      const parts =
        planned === undefined || rest === undefined
          ? undefined
          : this.#planParts(hearing, { first: planned, rest, allocation });
      // A policy cannot foresee which nodes another one chooses by chance.
      if (parts?.kind === 'refused' && planned?.kind === 'planned') continue;
      if (planned === undefined || planned.kind === 'refused' || parts?.kind === 'refused')
        throw counterOffer.refuse(matter, 'respond', draft, 'offers that fit');
      const { terms } = planned;
      const pricing = first === undefined ? hearing.pricing : hearing.pricing.fork();
      const priceMicros = draft.priceMicros ?? this.#priceOf(terms, matter, pricing);
      if (terms === proposal && priceMicros === askedMicros && rest === undefined) continue;
      if (first === undefined) {
        first = {
          ...{ proposal: terms, priceMicros, plan: planOf(planned) },
          ...(parts !== undefined && { parts: parts.parts }),
        };
        allocation.keep();
      } else if (alternatives.length < ALTERNATIVES_MAX) alternatives.push({ proposal: terms, priceMicros });
      else break;
    }
    if (first === undefined) return undefined;
    return { reply: 'COUNTER', ...first, ...(alternatives.length > 0 && { alternatives }) };
  }

  /** The further windows of an offer, each where the ones before it leave room. */
  #planParts(
    { ask, kind, matter, pricing }: Hearing,
    {
      allocation,
      first,
      rest,
    }: {
      readonly first: LeasePlan | Queued | Refusal;
      readonly rest: readonly DraftPart[];
      readonly allocation: Sitting<'allocation'>;
    },
  ): { readonly kind: 'planned'; readonly parts: readonly HeldPart[] } | Refusal {
    const refused: Refusal = { kind: 'refused', reason: 'no-room' };
    if (first.kind !== 'planned') return refused;
    const { reservationId, round } = ask;
    const draft = this.desk(allocation, { round }).draft();
    draft.take(first.edits, first.terms.template);
    const before: Proposal[] = [first.terms];
    const parts: HeldPart[] = [];
    for (const [i, window] of rest.entries()) {
      const proposal = partTerms(first.terms, window);
      if (this.#asSold(proposal, kind) !== proposal || this.#whyNotOffered(proposal, kind) !== undefined)
        return refused;
      if (!draft.canPlace(proposal) || !this.#admitsBeside(proposal, before)) return refused;
      const id = partIdOf(reservationId, round, i + 2);
      const plan = draft.place(id, placementOf(proposal), proposal.template);
      draft.take(plan, proposal.template);
      before.push(proposal);
      const priceMicros = this.#priceOf(proposal, { ...matter, terms: proposal }, pricing);
      parts.push({ reservationId: id, proposal, priceMicros, plan });
    }
    return { kind: 'planned', parts };
  }

  /** Optional instances of others are within their claim risk also when all these windows are sold at once. */
  #admitsBeside(proposal: Proposal, before: readonly Proposal[]): boolean {
    const atOnce = before
      .filter((other) => other.startMs < endOf(proposal) && proposal.startMs < endOf(other))
      .reduce((sum, { numInstancesFixed }) => sum + numInstancesFixed, proposal.numInstancesFixed);
    return this.#parts.cover.admits({ ...proposal, numInstancesFixed: atOnce });
  }

  /** Have several windows of one offer room beside each other? */
  #canPlaceAll(parts: readonly Proposal[], kind: LeaseKind): boolean {
    const draft = this.desk().draft();
    const before: Proposal[] = [];
    for (const terms of parts) {
      if (this.#asSold(terms, kind) !== terms || this.#whyNotOffered(terms, kind) !== undefined) return false;
      if (!draft.canPlace(terms) || !this.#admitsBeside(terms, before)) return false;
      draft.reserve('', placementOf(terms), terms.template);
      before.push(terms);
    }
    return true;
  }

  /** Of what the user said they take as well, whatever can be had at a price that they pay: the first of it with its plan. */
  #secondChoices(hearing: Hearing): {
    readonly first: Offered | undefined;
    readonly alternatives: readonly Alternative[];
  } {
    const { ask, kind, matter } = hearing;
    const { otherwise = [] } = ask.proposal;
    let first: Offered | undefined;
    const alternatives: Alternative[] = [];
    for (const choice of otherwise) {
      const asked = frozen(chosenTerms(ask.proposal, choice));
      if (this.#whyImpossible(asked, kind) !== undefined || !this.#parts.cover.admits(asked)) continue;
      const allocation = (first === undefined ? hearing.allocation : this.#parts.allocator.sitting()).fork();
      const pricing = first === undefined ? hearing.pricing.fork() : this.#parts.pricing.sitting();
      const planned = this.#plan(hearing, asked, allocation);
      if (planned.kind === 'refused') continue;
      const { terms: proposal } = planned;
      const priceMicros = this.#priceOf(proposal, { ...matter, terms: proposal }, pricing);
      if (priceMicros > (proposal.maxPriceMicros ?? Number.POSITIVE_INFINITY)) continue;
      if (first !== undefined) {
        alternatives.push({ proposal, priceMicros });
        continue;
      }
      first = { proposal, priceMicros, plan: planOf(planned) };
      allocation.keep();
      pricing.keep();
    }
    return { first, alternatives };
  }

  /** For a window ahead of time that has no room: the same, on the chance that others do not come. */
  #overbooked({ ask, kind, matter, pricing }: Hearing): Offered | undefined {
    const { movesNobody, proposal, reservationId } = ask;
    const { kinds, settings } = this.#parts;
    if (settings.overbooking === undefined || movesNobody === true || kind.name !== DEFAULT_LEASE_KIND)
      return undefined;
    const terms = frozen({ ...proposal, kind: OVERBOOKED.name });
    const sold = kinds.of(terms);
    if (sold === undefined || this.#whyNotThen(terms, kind) !== undefined) return undefined;
    if (this.#whyImpossible(terms, sold) !== undefined) return undefined;
    const { kind: outcome } = sold.plan({ reservationId, proposal: terms }, this.desk());
    if (outcome !== 'queued') return undefined;
    const sitting = pricing.fork();
    const priceMicros = this.#priceOf(terms, { ...matter, terms }, sitting);
    if (priceMicros > (proposal.maxPriceMicros ?? Number.POSITIVE_INFINITY)) return undefined;
    sitting.keep();
    return { proposal: terms, priceMicros, plan: undefined };
  }

  /** For who asks for what can never be had: what they take as well. */
  #secondOffer(hearing: Hearing): Exclude<Verdict, string> | undefined {
    const { alternatives, first } = this.#secondChoices(hearing);
    return first && { reply: 'COUNTER', ...first, ...(alternatives.length > 0 && { alternatives }) };
  }

  #question({ ask }: Hearing, reason: AskReason, priceMicros: number | undefined): NegotiationAsk {
    const { proposal, round } = ask;
    const shortfall = () => this.#shortfall(proposal);
    return Object.freeze({
      proposal,
      round,
      reason,
      get shortfall() {
        return shortfall();
      },
      ...(priceMicros === undefined ? {} : { priceMicros }),
    });
  }

  /** Fewer instances fit wherever more do: the largest number that fits is found by halves. */
  #shortfall(proposal: Proposal): number {
    const window: PlacementRequest = placementOf(proposal);
    let fits = 0;
    let asked = window.count + 1;
    while (fits + 1 < asked) {
      const count = Math.floor((fits + asked) / 2);
      if (this.#parts.calendar.canPlace({ ...window, count })) fits = count;
      else asked = count;
    }
    return window.count - fits;
  }

  #whyNotOffered(terms: Proposal, kind: LeaseKind): RejectionReason | undefined {
    return this.#whyImpossible(terms, kind) ?? this.#whyNotThen(terms, kind);
  }

  #whyImpossible(proposal: Proposal, kind: LeaseKind): RejectionReason | undefined {
    const { calendar, outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    if (proposal.startMs < nowMs) return 'start-in-past';
    if (proposal.durationMs < settings.shortestDurationMs) return 'too-short';
    const least = kind.least?.(proposal, settings.shortestDurationMs) ?? proposal;
    if (least.durationMs > settings.longestDurationMs) return 'too-long';
    if (endOf(least) > nowMs + settings.bookingHorizonMs) return 'beyond-booking-horizon';
    if (!calendar.couldEverFit(least.demand, least.numInstancesFixed)) return 'never-fits';
    return kind.accepts(proposal, nowMs, settings.shortestDurationMs);
  }

  #whyNoAlternative(proposal: Proposal): RejectionReason {
    const { calendar, cover } = this.#parts;
    if (calendar.isWhollyOut(proposal.startMs, endOf(proposal))) return 'no-node';
    if (!cover.admits(proposal)) return 'claim-risk';
    return this.#isForOutage(proposal) ? 'node-outage' : 'no-capacity';
  }

  /** There is no room as asked, and there would be if no node were out. */
  #isForOutage(proposal: Proposal): boolean {
    return this.#parts.calendar.canPlaceDespiteOutages(placementOf(proposal));
  }

  /** What the user gets back, and what the provider pays on top, when a reservation ends. */
  compensate(reservation: Reservation, before: ReservationState, after: FinalState) {
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

  #canPlace(
    proposal: Proposal,
    calendar = this.#parts.calendar,
    images: ImageView | undefined = this.#parts.images,
    image: Image = proposal.template,
  ): boolean {
    const window = placementOf(proposal);
    if (!(this.#parts.cover.admits(proposal) && calendar.canPlace(window))) return false;
    if (images === undefined || image === null || images.readyMs(image, window.count) <= window.startMs)
      return true;
    return this.#nodesWith(image, window, calendar, images) !== undefined;
  }

  /** Nodes to which the image need not be sent, if they have room for the whole window; undefined: they have not, or no image is sent anywhere. */
  #nodesWith(
    image: string,
    window: PlacementRequest,
    calendar: CapacityCalendar,
    images: ImageView | undefined,
  ): ((nodeIndex: number) => boolean) | undefined {
    const nodes = images?.nodesWith(image, window.startMs);
    if (nodes === undefined || nodes.size === 0) return undefined;
    const isThere = (nodeIndex: number) => nodes.has(nodeIndex);
    return this.#parts.allocator.hasRoom(window, isThere, calendar) ? isThere : undefined;
  }

  #view({ ask, kind, matter, pricing }: Hearing): NegotiationView {
    const { outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    const { proposal } = ask;
    const latestOfKindMs = kind.latestStartMs(proposal, nowMs, settings.shortestDurationMs);
    const { leadMaxMs, leadMinMs } = isAheadOfTime(kind) ? this.#rules : NO_RULES;
    const [firstMs, lastMs] = [nowMs + leadMinMs, nowMs + leadMaxMs];
    // What a policy makes of the types says nothing of the site.
    const here = <T extends { readonly demand: Resources }>(terms: T): T => {
      const demand = onSite(terms.demand, proposal.demand.site);
      return demand === terms.demand ? terms : { ...terms, demand };
    };
    return Object.freeze<NegotiationView>({
      nowMs,
      bookingHorizonMs: nowMs + settings.bookingHorizonMs,
      instanceTypes: this.#instanceTypes,
      earliestStart: (query) =>
        this.#earliestStart(
          { ...here(query), notBeforeMs: Math.max(query.notBeforeMs, firstMs) },
          Math.min(latestOfKindMs, lastMs),
          proposal,
        ),
      latestStart: (query) =>
        this.#latestStart(
          { ...here(query), notBeforeMs: Math.max(query.notBeforeMs, firstMs) },
          Math.min(latestOfKindMs, lastMs),
          proposal,
        ),
      canPlace: (terms) =>
        this.#whyNotOffered(here(terms), kind) === undefined && this.#canPlace(here(terms)),
      canPlaceAll: (parts) => this.#canPlaceAll(parts.map(here), kind),
      // Nothing is offered yet: the pricing policy is asked in vain.
      priceOf: (terms) => this.#priceOf(ownTerms(terms), matter, pricing.fork()),
      bookedShare: (startMs, endMs) => this.#bookedShare(startMs, endMs),
    });
  }

  /** Nodes and option cover each know their own slots; the answer is the first on which both agree. */
  #earliestStart(
    query: SlotQuery,
    latestOfKindMs: number,
    proposal: Proposal | undefined,
    calendar = this.#parts.calendar,
    images: ImageView | undefined = this.#parts.images,
  ): number | undefined {
    const { cover, outbox } = this.#parts;
    const latestStartMs = Math.min(this.#lastStart(query), latestOfKindMs);
    const terms = asTerms(query, proposal);
    const askedMs = Math.max(outbox.nowMs, query.notBeforeMs);
    const firstMs = Math.max(askedMs, this.#readyMs(query, proposal, images));
    // Where the image is, it can begin before it can be sent anywhere.
    if (askedMs < firstMs && askedMs <= latestStartMs) {
      if (this.#canPlace({ ...terms, startMs: askedMs }, calendar, images)) return askedMs;
    }
    let notBeforeMs: number | undefined = firstMs;
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
    const { calendar, cover, images } = this.#parts;
    const { count, demand, durationMs } = query;
    const terms = asTerms(query, proposal);
    const notBeforeMs = Math.max(query.notBeforeMs, this.#readyMs(query, proposal, images));
    let notAfterMs: number | undefined = Math.min(this.#lastStart(query), latestOfKindMs);
    while (notAfterMs !== undefined && notAfterMs >= notBeforeMs) {
      const startMs = calendar.latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs });
      if (startMs === undefined) return undefined;
      notAfterMs = cover.latestAdmitted(terms, notBeforeMs, startMs);
      if (notAfterMs === startMs) return startMs;
    }
    return undefined;
  }

  /** No start before that is possible wherever there is room. */
  #readyMs({ count }: SlotQuery, proposal: Proposal | undefined, images: ImageView | undefined): number {
    if (images === undefined || proposal === undefined) return this.#parts.outbox.nowMs;
    return images.readyMs(proposal.template, count);
  }

  #lastStart({ durationMs, latestStartMs = Number.POSITIVE_INFINITY }: SlotQuery): number {
    const { outbox, settings } = this.#parts;
    return Math.min(latestStartMs, outbox.nowMs + settings.bookingHorizonMs - durationMs);
  }

  #priceOf(terms: Proposal, matter: Matter, pricing: Sitting<'pricing'>): number {
    const { outbox } = this.#parts;
    const proposal = frozen(terms);
    const view = Object.freeze<PricingView>({
      nowMs: outbox.nowMs,
      clusterCapacity: this.#clusterCapacity,
      resources: this.#namedResources,
      bookedShare: (startMs, endMs) => this.#bookedShare(startMs, endMs),
    });
    return pricing.ask({ ...matter, terms: proposal }, 'price', proposal, view);
  }

  #bookedShare(startMs: number, endMs: number): number {
    const { calendar } = this.#parts;
    let bookedMilliCpuMs = 0;
    for (let node = 0; node < calendar.nodeCount; node++) {
      bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
    }
    return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
  }
}

/** A window at the time that was asked for, whoever else has reserved it. */
function isAheadOfTime({ name }: LeaseKind): boolean {
  return name === DEFAULT_LEASE_KIND || name === OVERBOOKED.name;
}

/** Terms that can be offered in parts: a window ahead of time without optional instances, that nobody has yet. */
function isDivisible({ ask: { movesNobody, proposal }, kind }: Hearing): boolean {
  return kind.name === DEFAULT_LEASE_KIND && proposal.numInstancesOption === 0 && movesNobody !== true;
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

/** What is asked, in that window. */
function during(terms: Proposal, { endMs, startMs }: Pick<PlacementRequest, 'startMs' | 'endMs'>): Proposal {
  return { ...terms, startMs, durationMs: endMs - startMs };
}

/** One `book` for each instance of a lease where it was. */
function stayingEdits(
  { pieces, reservationId: owner, terms: { demand } }: Lease,
  { endMs, startMs }: Pick<PlacementRequest, 'startMs' | 'endMs'>,
  calendar: CapacityCalendar,
): Plan {
  return pieces.map(({ nodeId }) => {
    const nodeIndex = calendar.nodeIndexOf(nodeId)!;
    return { edit: 'book', nodeIndex, startMs, endMs, demand, kind: 'reservation', owner };
  });
}

function booksOf(plan: Plan): readonly BookEdit[] {
  return plan.filter((edit) => edit.edit === 'book');
}

function planOf(planned: LeasePlan | Queued): Plan | undefined {
  return planned.kind === 'planned' ? planned.edits : undefined;
}

/** A verdict for which no policy was asked. */
function plain(verdict: RejectionReason): Judgement {
  return { verdict, bottleneck: undefined, keep: () => undefined };
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

/** Claimed instances, as if they were a reservation of their own. */
function claimedTerms(
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

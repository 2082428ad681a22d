// What is offered instead of what was asked for: what the user takes as well, then what the counter-offer policy thinks of, each offer checked before
// anybody hears of it.
import type { Alternative } from '../../domain/proposal.ts';
import { asAsked, type Resources } from '../../domain/resources.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import { offeredTerms, ownTerms, partTerms } from '../../policy/terms.ts';
import type {
  AskReason,
  DraftOffer,
  InstanceType,
  NegotiationAsk,
  NegotiationView,
  SlotQuery,
} from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Desks } from './desks.ts';
import { type FurtherWindows, isDivisible } from './further-windows.ts';
import { type Hearing, type Offered, planOf, type Verdict } from './hearing.ts';
import type { WayMade } from './making-way.ts';
import type { Prices } from './prices.ts';
import type { Room } from './room.ts';
import type { SecondChoices } from './second-choices.ts';
import type { SoldTerms } from './sold-terms.ts';

export interface CounterOffersParts {
  readonly outbox: Outbox;
  readonly allocator: Allocator;
  readonly settings: Pick<ProviderSettings, 'bookingHorizonMs'>;
  /** Frozen: policies see them. */
  readonly instanceTypes: readonly InstanceType[];
  readonly desks: Desks;
  readonly further: FurtherWindows;
  readonly prices: Prices;
  readonly room: Room;
  readonly secondChoices: SecondChoices;
  readonly sold: SoldTerms;
}

/** Why something else is to be offered, and at which price the proposal could be had if it is that. */
export interface Cause {
  readonly reason: AskReason;
  readonly priceMicros?: number;
  /** Where it has room because others make some: how, and by which choices of nodes. Absent: it needs nobody's. */
  readonly way?: { readonly made: WayMade; readonly allocation: Sitting<'allocation'> };
}

type Countered = Exclude<Verdict, string>;

/** As many as a person looks at. */
const ALTERNATIVES_MAX = 10;

export class CounterOffers {
  readonly #parts: CounterOffersParts;

  constructor(parts: CounterOffersParts) {
    this.#parts = parts;
  }

  /**
   * What the user takes as well, then the offers of the counter-offer policy that differ from what was asked: the first is offered, the others
   * are alternatives; undefined when there is none.
   */
  counter(hearing: Hearing, cause: Cause): Countered | undefined {
    const { ask, counterOffer, matter } = hearing;
    if (ask.isTurn || ask.proposal.waitlist?.instead) return undefined;
    const question = this.#question(hearing, cause);
    // What the user said they take as well comes before anything that the provider thinks of.
    const { secondChoices } = this.#parts;
    const chosen = secondChoices.of(hearing);
    let first = chosen.first ?? (cause.reason === 'no-room' ? secondChoices.onChance(hearing) : undefined);
    const alternatives: Alternative[] = [...chosen.alternatives];
    for (const draft of counterOffer.ask(matter, 'respond', question, this.#view(hearing))) {
      const isHeld = first === undefined;
      if (draft.rest !== undefined && !(isHeld && isDivisible(hearing))) continue;
      const allocation = (isHeld ? hearing.allocation : this.#parts.allocator.sitting()).fork();
      const pricing = hearing.pricing.fork();
      const isByWay =
        cause.way !== undefined &&
        draft.rest === undefined &&
        offeredTerms(ask.proposal, draft) === ask.proposal;
      // Others make room for what is held, not for what is told beside it.
      if (isByWay && !isHeld) continue;
      const offer = isByWay
        ? offeredByWay(draft, cause)
        : this.#offerOf(hearing, draft, { cause, allocation, pricing });
      if (offer === undefined) continue;
      if (isHeld) {
        first = offer;
        (isByWay ? cause.way!.allocation : allocation).keep();
        pricing.keep();
      } else if (alternatives.length < ALTERNATIVES_MAX) {
        const { priceMicros, proposal } = offer;
        alternatives.push({ proposal, priceMicros });
      } else break;
    }
    return countered(first, alternatives);
  }

  /** For who asks for what can never be had: what they take as well. */
  secondOffer(hearing: Hearing): Countered | undefined {
    const { alternatives, first } = this.#parts.secondChoices.of(hearing);
    return countered(first, alternatives);
  }

  /** What a policy drafted, as it can be held; undefined: it is passed over. */
  #offerOf(
    hearing: Hearing,
    draft: DraftOffer,
    {
      allocation,
      cause,
      pricing,
    }: {
      readonly cause: Cause;
      readonly allocation: Sitting<'allocation'>;
      readonly pricing: Sitting<'pricing'>;
    },
  ): Offered | undefined {
    const { desks, further, prices, sold } = this.#parts;
    const {
      ask: { proposal },
      counterOffer,
      kind,
      matter,
    } = hearing;
    const { rest = [] } = draft;
    const asked = offeredTerms(proposal, draft);
    const windows = [asked, ...rest.map((window) => partTerms(asked, window))];
    // What would be of a length that is not sold is not offered.
    if (!windows.every((terms) => sold.isOfSoldLength(terms, kind))) return undefined;
    const planned =
      sold.whyNotOffered(asked, kind) === undefined ? desks.plan(hearing, asked, allocation) : undefined;
    const placed =
      planned?.kind === 'planned' && rest.length > 0
        ? further.plan(hearing, planned, windows.slice(1), allocation)
        : [];
    if (planned === undefined || planned.kind === 'refused' || placed === undefined) {
      // A policy can ask whether several windows have room, not foresee which nodes another one chooses by chance.
      if (rest.length > 0 && further.canPlaceAll(windows, kind)) return undefined;
      throw counterOffer.refuse(matter, 'respond', draft, 'offers that fit');
    }
    const { terms } = planned;
    const priceMicros = draft.priceMicros ?? prices.of(terms, matter, pricing);
    if (terms === proposal && priceMicros === cause.priceMicros && rest.length === 0) return undefined;
    const parts = placed.map((window) => ({
      ...window,
      priceMicros: prices.of(window.proposal, matter, pricing),
    }));
    return { proposal: terms, priceMicros, plan: planOf(planned), ...(parts.length > 0 && { parts }) };
  }

  #question({ ask }: Hearing, { priceMicros, reason }: Cause): NegotiationAsk {
    const { proposal, round } = ask;
    const shortfall = () => this.#parts.room.shortfall(proposal);
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

  #view({ ask: { proposal }, kind, matter, pricing }: Hearing): NegotiationView {
    const { further, outbox, prices, room, settings, sold } = this.#parts;
    const { nowMs } = outbox;
    const { firstMs, lastMs } = sold.startsFor(proposal, kind);
    // What a policy makes of the types says nothing of the site, and perhaps nothing of models.
    const here = <T extends { readonly demand: Resources }>(terms: T): T => {
      const demand = asAsked(terms.demand, proposal.demand);
      return demand === terms.demand ? terms : { ...terms, demand };
    };
    const soonEnough = <Q extends SlotQuery>(query: Q): Q => ({
      ...here(query),
      notBeforeMs: Math.max(query.notBeforeMs, firstMs),
    });
    return Object.freeze<NegotiationView>({
      nowMs,
      bookingHorizonMs: nowMs + settings.bookingHorizonMs,
      instanceTypes: this.#parts.instanceTypes,
      earliestStart: (query) => room.earliestStart(soonEnough(query), lastMs, proposal),
      latestStart: (query) => room.latestStart(soonEnough(query), lastMs, proposal),
      longestSold: (mostMs) => sold.longestAtMost(mostMs, kind),
      shortestSold: (leastMs) => sold.shortestAtLeast(leastMs, kind),
      canPlace: (terms) => sold.whyNotOffered(here(terms), kind) === undefined && room.canPlace(here(terms)),
      canPlaceAll: (parts) => further.canPlaceAll(parts.map(here), kind),
      // Nothing is offered yet: the pricing policy is asked in vain.
      priceOf: (terms) => prices.of(ownTerms(terms), matter, pricing.fork()),
      bookedShare: (startMs, endMs) => prices.bookedShare(startMs, endMs),
    });
  }
}

/** What was asked for, at another price, in the room that others make; undefined: the price is no other. */
function offeredByWay(
  { priceMicros }: DraftOffer,
  { priceMicros: listMicros, way }: Cause,
): Offered | undefined {
  if (priceMicros === undefined || priceMicros === listMicros) return undefined;
  const { cuts, planned, relocations } = way!.made;
  return {
    proposal: planned.terms,
    priceMicros,
    plan: planOf(planned),
    ...(relocations !== undefined && { relocations }),
    ...(cuts !== undefined && { cuts }),
  };
}

function countered(first: Offered | undefined, alternatives: readonly Alternative[]): Countered | undefined {
  if (first === undefined) return undefined;
  return { reply: 'COUNTER', ...first, ...(alternatives.length > 0 && { alternatives }) };
}

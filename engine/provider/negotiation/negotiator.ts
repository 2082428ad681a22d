// What the provider can offer for a proposal, at what price: as it is, with others making way, or something else instead. Asks the kind of lease for a
// plan and the policies for the rest. Changes nothing: holding what is offered is the Reservation Manager's business.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { type Bottleneck, endOf, type Proposal, type RejectionReason } from '../../domain/proposal.ts';
import type { Resources } from '../../domain/resources.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import type { AskReason } from '../../policy/views.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { MigrationDesk } from '../placement/migration-desk.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { RePlacement } from '../placement/re-placement.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import { bottleneckOf } from './bottleneck.ts';
import { type Cause, CounterOffers } from './counter-offers.ts';
import type { Desks } from './desks.ts';
import { FurtherWindows } from './further-windows.ts';
import { type Ask, type Hearing, type Judgement, planOf } from './hearing.ts';
import { MakingWay, type WayMade } from './making-way.ts';
import type { OptionCover } from './option-cover.ts';
import type { Preemption } from './preemption.ts';
import type { Prices } from './prices.ts';
import type { Room } from './room.ts';
import { SecondChoices } from './second-choices.ts';
import { SoldTerms } from './sold-terms.ts';

export interface NegotiatorParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly allocator: Allocator;
  readonly kinds: LeaseKinds;
  readonly settings: ProviderSettings;
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  readonly room: Room;
  readonly desks: Desks;
  readonly prices: Prices;
  readonly counterOffer: Seat<'counter-offer'>;
  readonly preemption: { readonly seat: Seat<'preemption'>; readonly of: Preemption };
  readonly rePlacement: RePlacement;
  readonly migration: Seat<'migration'>;
  readonly migrationDesk: MigrationDesk;
  /** What users wait for is sold by auction. */
  readonly sellsByAuction: boolean;
}

export class Negotiator {
  readonly #parts: NegotiatorParts;
  readonly #sold: SoldTerms;
  readonly #makingWay: MakingWay;
  readonly #counterOffers: CounterOffers;

  constructor(parts: NegotiatorParts) {
    this.#parts = parts;
    const { desks, preemption, room } = parts;
    const sold = new SoldTerms(parts);
    this.#sold = sold;
    this.#makingWay = new MakingWay({ ...parts, preemption: preemption.of });
    this.#counterOffers = new CounterOffers({
      ...parts,
      sold,
      further: new FurtherWindows({ desks, room, sold }),
      secondChoices: new SecondChoices({ ...parts, sold }),
      instanceTypes: frozen([...parts.instanceTypes].map(([name, demand]) => ({ name, demand }))),
    });
  }

  /** What can be offered for a proposal, or why nothing can. */
  judge({ isTurn, movesNobody, priceMicros, proposal: asked, reservationId, round }: Ask): Judgement {
    const { allocator, counterOffer, kinds, migration, outbox, preemption, prices, settings } = this.#parts;
    const sold = this.#sold;
    if (round > settings.maxRounds) return plain('too-many-rounds');
    const kind = kinds.of(asked);
    if (kind === undefined) return plain('unknown-kind');
    const terms = sold.asSold(asked, kind);
    if (terms === undefined) return plain('too-long');
    const proposal = frozen(terms);
    const impossible = sold.whyImpossible(proposal, kind);
    if (impossible !== undefined && proposal.otherwise === undefined) return plain(impossible);
    if (sold.isBid(proposal) && isTurn !== true && movesNobody !== true) return plain('sold-at-auction');
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
      pricing: prices.sitting(),
      migration: migration.sitting(),
      preemption: preemption.seat.sitting(),
    };
    const { bottleneck, verdict: heard } =
      impossible === undefined
        ? this.#hear(hearing)
        : { verdict: this.#counterOffers.secondOffer(hearing) ?? impossible, bottleneck: undefined };
    // Nobody agreed to a length that they did not ask for.
    const verdict =
      terms === asked || typeof heard === 'string' ? heard : { ...heard, reply: 'COUNTER' as const };
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
   * What terms cost for which there is no room, where they are nothing that could not be sold if there were: a window, without optional instances, for
   * no more than its user pays. undefined: there is room, or they are not sold.
   */
  resalePrice(
    reservationId: string,
    proposal: Proposal,
  ): { readonly priceMicros: number; keep(): void } | undefined {
    const { kinds, prices, room } = this.#parts;
    const sold = this.#sold;
    const kind = kinds.of(proposal);
    if (kind?.isChangeable !== true || proposal.numInstancesOption > 0 || sold.isBid(proposal))
      return undefined;
    if (!sold.isOfSoldLength(proposal, kind) || room.canPlace(proposal)) return undefined;
    const why = sold.whyNotOffered(proposal, kind);
    if (why !== undefined && why !== 'never-fits') return undefined;
    const { keep, of } = prices.about(reservationId);
    const priceMicros = of(proposal);
    if (priceMicros > (proposal.maxPriceMicros ?? Number.POSITIVE_INFINITY)) return undefined;
    return { priceMicros, keep };
  }

  #hear(hearing: Hearing): Omit<Judgement, 'keep'> {
    const { matter, ask, kind } = hearing;
    const { proposal } = ask;
    const { cover, desks, prices, settings } = this.#parts;
    const counter = (cause: Cause) => this.#counterOffers.counter(hearing, cause);
    const untimely = this.#sold.whyNotThen(proposal, kind);
    if (untimely !== undefined)
      return { verdict: counter({ reason: 'no-room' }) ?? untimely, bottleneck: undefined };
    const allocation = hearing.allocation.fork();
    const asIs = desks.plan(hearing, proposal, allocation);
    const reason = cover.admits(proposal) ? 'no-room' : 'claim-risk';
    const way = asIs.kind === 'refused' ? this.#wayFor(hearing, reason, allocation) : undefined;
    const planned = way?.planned ?? asIs;
    if (planned.kind === 'refused') {
      if (ask.isTurn) return { verdict: 'no-capacity', bottleneck: undefined };
      const offer = counter({ reason });
      const bottleneck = this.#bottleneckOf(proposal, reason);
      if (offer === undefined) return { verdict: this.#whyNoAlternative(proposal), bottleneck };
      const isForOutage = reason === 'no-room' && this.#isForOutage(proposal);
      return { verdict: isForOutage ? { because: 'node-outage', ...offer } : offer, bottleneck };
    }
    const { terms } = planned;
    const pricing = hearing.pricing.fork();
    const priceMicros = ask.priceMicros ?? prices.of(terms, matter, pricing);
    const { maxPriceMicros } = proposal;
    if (maxPriceMicros !== undefined && priceMicros > maxPriceMicros) {
      return {
        verdict:
          counter({ reason: 'price', priceMicros, ...(way && { way: { made: way, allocation } }) }) ??
          'price-too-high',
        bottleneck: settings.explains ? { by: 'price', priceMicros, maxPriceMicros } : undefined,
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
        ...(way?.relocations !== undefined && { relocations: way.relocations }),
        ...(way?.cuts !== undefined && { cuts: way.cuts }),
      },
      bottleneck: undefined,
    };
  }

  /** What costs nobody anything comes first. */
  #wayFor(
    hearing: Hearing,
    reason: Exclude<AskReason, 'price'>,
    allocation: Sitting<'allocation'>,
  ): WayMade | undefined {
    const makingWay = this.#makingWay;
    const moved = reason === 'no-room' ? makingWay.byMoving(hearing, allocation) : undefined;
    return moved ?? makingWay.byGivingWay(hearing, allocation);
  }

  #bottleneckOf(proposal: Proposal, reason: Exclude<AskReason, 'price'>): Bottleneck | undefined {
    const { calendar, settings } = this.#parts;
    if (!settings.explains) return undefined;
    if (reason === 'claim-risk') return { by: reason, fromMs: proposal.startMs, untilMs: endOf(proposal) };
    const shortfall = this.#parts.room.shortfall(proposal);
    return shortfall === 0 ? undefined : bottleneckOf(calendar, proposal, shortfall);
  }

  #whyNoAlternative(proposal: Proposal): RejectionReason {
    const { calendar, cover } = this.#parts;
    if (calendar.isWhollyOut(proposal.startMs, endOf(proposal))) return 'no-node';
    if (!cover.admits(proposal)) return 'claim-risk';
    return this.#isForOutage(proposal) ? 'node-outage' : 'no-capacity';
  }

  /** There is no room as asked, and there would be if no node were out. */
  #isForOutage(proposal: Proposal): boolean {
    const { calendar } = this.#parts;
    const window = placementOf(proposal);
    // Where there is room, its image cannot be there in time.
    return !calendar.canPlace(window) && calendar.canPlaceDespiteOutages(window);
  }
}

/** A verdict for which no policy was asked. */
function plain(verdict: RejectionReason): Judgement {
  return { verdict, bottleneck: undefined, keep: () => undefined };
}

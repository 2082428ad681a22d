// What is offered before the provider thinks of anything: what the user said they take as well, and the same window on the chance that others do not
// come.
import { type Alternative, chosenTerms, type Proposal } from '../../domain/proposal.ts';
import { frozen } from '../../policy/frozen.ts';
import { DEFAULT_LEASE_KIND, OVERBOOKED } from '../leases/catalogue.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Desks } from './desks.ts';
import { type Hearing, type Offered, planOf } from './hearing.ts';
import type { OptionCover } from './option-cover.ts';
import type { Prices } from './prices.ts';
import type { SoldTerms } from './sold-terms.ts';

export interface SecondChoicesParts {
  readonly allocator: Allocator;
  readonly cover: OptionCover;
  readonly desks: Desks;
  readonly kinds: LeaseKinds;
  readonly prices: Prices;
  readonly settings: Pick<ProviderSettings, 'overbooking'>;
  readonly sold: SoldTerms;
}

export class SecondChoices {
  readonly #parts: SecondChoicesParts;

  constructor(parts: SecondChoicesParts) {
    this.#parts = parts;
  }

  /** Of what the user said they take as well, whatever can be had at a price that they pay: the first of it with its plan. */
  of(hearing: Hearing): {
    readonly first: Offered | undefined;
    readonly alternatives: readonly Alternative[];
  } {
    const { allocator, cover, desks, prices, sold } = this.#parts;
    const { ask, kind, matter } = hearing;
    const { otherwise = [] } = ask.proposal;
    let first: Offered | undefined;
    const alternatives: Alternative[] = [];
    for (const choice of otherwise) {
      const asked = frozen(chosenTerms(ask.proposal, choice));
      if (sold.whyImpossible(asked, kind) !== undefined || !cover.admits(asked)) continue;
      const allocation = (first === undefined ? hearing.allocation : allocator.sitting()).fork();
      const pricing = first === undefined ? hearing.pricing.fork() : prices.sitting();
      const planned = desks.plan(hearing, asked, allocation);
      if (planned.kind === 'refused') continue;
      const { terms: proposal } = planned;
      const priceMicros = prices.of(proposal, matter, pricing);
      if (priceMicros > mostOf(proposal)) continue;
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
  onChance({ ask, kind, matter, pricing }: Hearing): Offered | undefined {
    const { desks, kinds, prices, settings, sold } = this.#parts;
    const { movesNobody, proposal, reservationId } = ask;
    if (settings.overbooking === undefined || movesNobody === true || kind.name !== DEFAULT_LEASE_KIND)
      return undefined;
    const terms = frozen({ ...proposal, kind: OVERBOOKED.name });
    const overbooked = kinds.of(terms);
    if (overbooked === undefined || sold.whyNotThen(terms, kind) !== undefined) return undefined;
    if (sold.whyImpossible(terms, overbooked) !== undefined) return undefined;
    const { kind: outcome } = overbooked.plan({ reservationId, proposal: terms }, desks.desk());
    if (outcome !== 'queued') return undefined;
    const sitting = pricing.fork();
    const priceMicros = prices.of(terms, matter, sitting);
    if (priceMicros > mostOf(proposal)) return undefined;
    sitting.keep();
    return { proposal: terms, priceMicros, plan: undefined };
  }
}

function mostOf({ maxPriceMicros = Number.POSITIVE_INFINITY }: Proposal): number {
  return maxPriceMicros;
}

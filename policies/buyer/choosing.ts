// Users who look at all that is offered, and ask for what is best for them.
import type { BuyerDecision, Offer, UserRequest } from '../../engine/for-policies.ts';
import { isTooExpensive, type Terms } from './objection.ts';

export interface Taste {
  /** How good it is, the higher the better; undefined: no use. */
  readonly value: (terms: Terms, request: UserRequest) => number | undefined;
  /** Why there is no use for any of it. */
  readonly refusal: string;
}

/** Takes the offer if nothing else is better, asks for the best alternative otherwise; leaves when there is no use for any. */
export function chooseBest(offer: Offer, request: UserRequest, { refusal, value }: Taste): BuyerDecision {
  const worth = (terms: Terms) => (isTooExpensive(terms, request) ? undefined : value(terms, request));
  let best: Terms | undefined;
  let bestValue = Number.NEGATIVE_INFINITY;
  // The offer comes first: it is held, and wins among equals.
  for (const terms of [offer, ...(offer.alternatives ?? [])]) {
    const its = worth(terms);
    if (its === undefined || its <= bestValue) continue;
    best = terms;
    bestValue = its;
  }
  if (best === undefined) {
    const reason = isTooExpensive(offer, request) ? 'price-too-high' : refusal;
    return { reply: 'REJECT', reason };
  }
  return best === offer ? { reply: 'ACCEPT' } : { reply: 'COUNTER', proposal: best.proposal };
}

// Why a buyer turns an offer down: the tests that buyer policies share, each named as reports show it.
import { type Offer, sameResources, type UserRequest } from '../../engine/index.ts';

export type Objection = 'price-too-high' | 'other-terms' | 'other-start' | 'too-early' | 'too-late';

/** Costs more than the user said they pay; a user who named no price takes any. */
export function isTooExpensive(offer: Offer, { proposal }: UserRequest): boolean {
  return proposal.maxPriceMicros !== undefined && offer.priceMicros > proposal.maxPriceMicros;
}

/** Is it still the reservation that was asked for, whatever its start? */
export function changesMoreThanStart(offer: Offer, { proposal: asked }: UserRequest): boolean {
  const offered = offer.proposal;
  return (
    offered.type !== asked.type ||
    offered.template !== asked.template ||
    offered.numInstancesFixed !== asked.numInstancesFixed ||
    offered.numInstancesOption !== asked.numInstancesOption ||
    offered.durationMs !== asked.durationMs ||
    !sameResources(offered.demand, asked.demand)
  );
}

// Why a buyer turns an offer down: the tests that buyer policies share, each named as reports show it.
import { type Offer, sameResources, type UserRequest } from '../../engine/index.ts';

export type Objection = 'price-too-high' | 'other-terms' | 'other-start' | 'too-early' | 'too-late';

/** Costs more than the user said they pay; a user who named no price takes any. */
export function isTooExpensive(offer: Offer, { proposal }: UserRequest): boolean {
  return proposal.maxPriceMicros !== undefined && offer.priceMicros > proposal.maxPriceMicros;
}

/** Is it other than what was asked for, or what the user takes as well, whatever its start? */
export function changesMoreThanStart(offer: Offer, { leeway, proposal: asked }: UserRequest): boolean {
  const offered = offer.proposal;
  const { minDurationMs = asked.durationMs, minInstances = asked.numInstancesFixed } = leeway ?? {};
  return (
    offered.type !== asked.type ||
    offered.template !== asked.template ||
    isOutside(offered.numInstancesFixed, minInstances, asked.numInstancesFixed) ||
    offered.numInstancesOption !== asked.numInstancesOption ||
    isOutside(offered.durationMs, minDurationMs, asked.durationMs) ||
    !sameResources(offered.demand, asked.demand)
  );
}

function isOutside(value: number, least: number, most: number): boolean {
  return value < least || value > most;
}

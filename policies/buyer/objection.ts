// Why a buyer turns an offer down: the tests that buyer policies share, each named as reports show it.
import {
  type Alternative,
  chosenTerms,
  type Offer,
  type Proposal,
  sameResources,
  type UserRequest,
} from '../../engine/for-policies.ts';

export type Objection = 'price-too-high' | 'other-terms' | 'other-start' | 'too-early' | 'too-late';

/** Costs more than the user said they pay; a user who named no price takes any. */
export function isTooExpensive(offer: Terms, { proposal }: UserRequest): boolean {
  return proposal.maxPriceMicros !== undefined && wholePriceMicros(offer) > proposal.maxPriceMicros;
}

/** What is offered, or would be; an offer may have parts. */
export type Terms = Alternative & Pick<Offer, 'parts'>;

/** All windows of an offer. */
export function windowsOf({ parts = [], proposal }: Terms): readonly Proposal[] {
  return [proposal, ...parts.map((part) => part.proposal)];
}

/** What all windows of an offer cost together. */
export function wholePriceMicros({ parts = [], priceMicros }: Terms): number {
  return parts.reduce((sum, part) => sum + part.priceMicros, priceMicros);
}

/** Is it other than what was asked for, or what the user takes as well, whatever its start? */
export function changesMoreThanStart(offer: Terms, { leeway, proposal: asked }: UserRequest): boolean {
  const offered = offer.proposal;
  const { minDurationMs = asked.durationMs, minInstances = asked.numInstancesFixed } = leeway ?? {};
  return (
    offer.parts !== undefined ||
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

/** Is it what the user said they take as well? */
export function isSecondChoice(
  { parts, proposal: offered }: Terms,
  { proposal: asked }: UserRequest,
): boolean {
  if (parts !== undefined) return false;
  return (asked.otherwise ?? []).some((choice) => {
    const { demand, durationMs, numInstancesFixed, numInstancesOption, startMs, type } = chosenTerms(
      asked,
      choice,
    );
    return (
      offered.startMs === startMs &&
      offered.durationMs === durationMs &&
      offered.numInstancesFixed === numInstancesFixed &&
      offered.numInstancesOption === numInstancesOption &&
      offered.type === type &&
      offered.template === asked.template &&
      sameResources(offered.demand, demand)
    );
  });
}

/** Starts when the user has no use for it any more. */
export function isTooLate(offer: Offer, request: UserRequest): boolean {
  const isLate = windowsOf(offer).some(({ startMs }) => startMs > request.latestStartMs);
  return isLate && !isSecondChoice(offer, request);
}

/** The terms of the offer, as the user asks for them again: the price is theirs to name. */
export function withTerms(offer: Offer, { proposal: asked }: UserRequest): Proposal {
  // Nobody can ask for several windows at once.
  const { maxPriceMicros: _, ...terms } = offer.parts === undefined ? offer.proposal : asked;
  return asked.maxPriceMicros === undefined ? terms : { ...terms, maxPriceMicros: asked.maxPriceMicros };
}

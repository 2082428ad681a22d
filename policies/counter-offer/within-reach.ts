// What counter-offer policies look for: terms that have room, at a price that the user pays.
import type { NegotiationView, Proposal } from '../../engine/for-policies.ts';

/** Whether the terms have room, and cost no more than the user said they pay. */
export function isWithinReach(terms: Proposal, view: NegotiationView): boolean {
  return view.canPlace(terms) && view.priceOf(terms) <= (terms.maxPriceMicros ?? Number.POSITIVE_INFINITY);
}

/**
 * The largest whole number in [least, most] of which it is true, found by halves; undefined when it is true of none.
 * @param isTrue of all smaller ones too
 */
export function largest(least: number, most: number, isTrue: (value: number) => boolean): number | undefined {
  if (most < least || !isTrue(least)) return undefined;
  let known = least;
  let unknown = most + 1;
  while (known + 1 < unknown) {
    const middle = Math.floor((known + unknown) / 2);
    if (isTrue(middle)) known = middle;
    else unknown = middle;
  }
  return known;
}

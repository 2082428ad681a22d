// What counter-offer policies look for: terms that have room, at a price that the user pays.
import type { NegotiationView, Proposal } from '../../engine/for-policies.ts';

/** Whether the terms have room, and cost no more than the user said they pay. */
export function isWithinReach(terms: Proposal, view: NegotiationView): boolean {
  return view.canPlace(terms) && view.priceOf(terms) <= (terms.maxPriceMicros ?? Number.POSITIVE_INFINITY);
}

/**
 * The longest time of at most `mostMs` that is sold and a multiple of `stepMs`, and leaves of `wholeMs`, if that is given, a rest that is sold as well;
 * undefined when there is none of at least `leastMs`.
 */
export function longestTime(
  {
    leastMs,
    mostMs,
    stepMs,
    wholeMs,
  }: {
    readonly leastMs: number;
    readonly mostMs: number;
    readonly stepMs: number;
    readonly wholeMs?: number;
  },
  view: NegotiationView,
): number | undefined {
  // What it is not is left out in great leaps, not step by step: steps may be milliseconds.
  for (let timeMs = mostMs; ; ) {
    const alignedMs = Math.floor(timeMs / stepMs) * stepMs;
    const soldMs = view.longestSold(alignedMs);
    if (soldMs === undefined || soldMs < leastMs || soldMs <= 0) return undefined;
    const restMs = wholeMs === undefined ? undefined : view.shortestSold(wholeMs - soldMs);
    if (wholeMs !== undefined && restMs === undefined) return undefined;
    const nextMs = wholeMs === undefined ? soldMs : wholeMs - restMs!;
    if (soldMs === alignedMs && nextMs === soldMs) return soldMs;
    timeMs = Math.min(soldMs, nextMs);
  }
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

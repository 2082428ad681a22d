// Max-min fair shares of links: nobody gets more while somebody who gets less could have it (Bertsekas and Gallager, section 6.5.2).

/** What is shared: so much of each link, used by flows that may want no more than their own limit. */
export interface Flow {
  /** Indices of the links that it goes over. */
  readonly over: readonly number[];
  /** Above 0; Infinity: as much as it can get. */
  readonly limit: number;
}

/**
 * Progressive filling: all rates grow together; a flow stops where a link of its own is full, or at its limit. O(flows x links x rounds).
 * @param capacities of the links, each above 0
 * @returns the rate of each flow
 */
export function fairShares(flows: readonly Flow[], capacities: readonly number[]): number[] {
  const rates = flows.map(() => 0);
  const left = [...capacities];
  const growing = new Set(flows.keys());
  while (growing.size > 0) {
    const counts = capacities.map(() => 0);
    for (const i of growing) for (const link of flows[i]!.over) counts[link]! += 1;
    // What the tightest link, or the flow that wants least, lets every one of them have.
    let level = Number.POSITIVE_INFINITY;
    for (const [link, count] of counts.entries()) if (count > 0) level = Math.min(level, left[link]! / count);
    let limit = Number.POSITIVE_INFINITY;
    for (const i of growing) limit = Math.min(limit, flows[i]!.limit);
    const fixed = [...growing].filter((i) =>
      limit <= level
        ? flows[i]!.limit === limit
        : flows[i]!.over.some((link) => left[link]! / counts[link]! === level),
    );
    const rate = Math.min(limit, level);
    for (const i of fixed) {
      rates[i] = rate;
      growing.delete(i);
      for (const link of flows[i]!.over) left[link] = Math.max(0, left[link]! - rate);
    }
  }
  return rates;
}

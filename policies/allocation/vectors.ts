// Demand and what is free as vectors, each amount as a share of what the node has. What it does not have does not count.
import { amountOf, type NodeView, namesIn, type PlacementRequest } from '../../engine/for-policies.ts';

export interface Shares {
  readonly demand: number;
  readonly free: number;
}

/** One for each resource of the node; free at the tightest instant of the window. */
export function sharesOf({ capacity, minFree }: NodeView, { demand }: PlacementRequest): readonly Shares[] {
  return namesIn(capacity).flatMap((name) => {
    const has = amountOf(capacity, name);
    return has === 0 ? [] : [{ demand: amountOf(demand, name) / has, free: amountOf(minFree, name) / has }];
  });
}

export function sum(shares: readonly Shares[], of: (share: Shares) => number): number {
  return shares.reduce((total, share) => total + of(share), 0);
}

// What would be left on a node: the measure that best-fit and worst-fit share.
import { amountOf, type NodeView, namesIn, type PlacementRequest } from '../../engine/index.ts';

/**
 * The share of a node that one more instance would leave free at the tightest instant of the window, 0..1, of the resource of which
 * it would leave the least. A resource that the node does not have, such as its own disk beside a shared one, does not count.
 */
export function residualShare(node: NodeView, request: PlacementRequest): number {
  const { capacity, minFree } = node;
  let least = 1;
  for (const name of namesIn(capacity)) {
    const has = amountOf(capacity, name);
    if (has === 0) continue;
    least = Math.min(least, (amountOf(minFree, name) - amountOf(request.demand, name)) / has);
  }
  return least;
}

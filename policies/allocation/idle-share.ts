// How much of a node's CPUs is free at the tightest instant of a window.
import type { NodeView, PlacementRequest } from '../../engine/for-policies.ts';

/**
 * From 0 to 1; of a node without CPUs 1.
 * @param after instances of the request that are counted as placed there
 */
export function idleShare({ capacity, minFree }: NodeView, { demand }: PlacementRequest, after = 0): number {
  if (capacity.milliCpus === 0) return 1;
  return Math.max(0, minFree.milliCpus - after * demand.milliCpus) / capacity.milliCpus;
}

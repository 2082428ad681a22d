// Orders of nodes that the calendar can compute by itself: what they measure, and which end of it comes first.
import { amountOf, namesIn, type Resources } from './resources.ts';

/**
 * load: the booked share of a node's CPU time in the window (tech report 3.2). residual-share: the share of the node that one more instance
 * would leave free at the tightest instant of the window, of the resource of which it would leave the least.
 */
export type Measure = 'load' | 'residual-share';

/** Nodes by a measure; among equals the lowest index comes first. */
export interface Ranking {
  readonly by: Measure;
  readonly first: 'most' | 'least';
  /** Of a residual share: the only resource that counts, by its name (`milliCpus`, or one that the provider names). Absent: all do. */
  readonly of?: string | undefined;
}

/** @param placedMilliCpus of instances that are to be placed there as well */
export function loadOf(
  reservedMilliCpuMs: number,
  { capacityMilliCpus, durationMs }: { readonly capacityMilliCpus: number; readonly durationMs: number },
  placedMilliCpus: number,
): number {
  if (capacityMilliCpus === 0) return 0;
  return reservedMilliCpuMs / (capacityMilliCpus * durationMs) + placedMilliCpus / capacityMilliCpus;
}

/**
 * A resource that the node does not have, such as its own disk beside a shared one, does not count.
 * @param of the only one that counts; absent: all do
 */
export function residualShareOf(
  minFree: Resources,
  demand: Resources,
  capacity: Resources,
  of?: string,
): number {
  let least = 1;
  for (const name of of === undefined ? namesIn(capacity) : [of]) {
    const has = amountOf(capacity, name);
    if (has > 0) least = Math.min(least, (amountOf(minFree, name) - amountOf(demand, name)) / has);
  }
  return least;
}

// Small hand-made views for tests of policies.
import {
  type ClusterView,
  type Decision,
  type NegotiationAsk,
  type NegotiationView,
  type NodeView,
  type Offer,
  type PlacementRequest,
  type PolicyKind,
  type PolicyPorts,
  type Proposal,
  type Resources,
  Rng,
  type SlotQuery,
  type UserRequest,
} from '../../engine/index.ts';
import { findPolicy } from '../../policies/catalogue.ts';
import { makePolicy, resolvePolicy } from '../../policies/resolve-policy.ts';

export const HOUR = 3_600_000;
export const SMALL: Resources = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };

export function make<K extends PolicyKind>(
  kind: K,
  name: string,
  options: Record<string, unknown> = {},
): PolicyPorts[K] {
  return makePolicy(resolvePolicy(findPolicy(kind, name), options)).policy;
}

/** A decision with chance and memory of its own. */
export function decision<M extends object = object>(memory: M = {} as M, seed = 1): Decision<M> {
  return { rng: Rng.fromSeed(seed), memory };
}

/** A node of 4 CPUs, 4096 MiB and 100 GiB, `free` of which is free. */
export function nodeView(index: number, view: Partial<NodeView> = {}): NodeView {
  const capacity: Resources = { milliCpus: 4000, memoryMib: 4096, diskGib: 100 };
  return {
    index,
    nodeId: `n${index}`,
    group: 'test',
    capacity,
    freeCount: 1,
    minFree: capacity,
    load: 0,
    milliCpuMsAhead: 0,
    instancesBooked: 0,
    nextChangeMs: Number.POSITIVE_INFINITY,
    placedHere: 0,
    losses: 0,
    servedMs: 0,
    freeDevices: {},
    ...view,
  };
}

export function placement(request: Partial<PlacementRequest> = {}): PlacementRequest {
  return { demand: SMALL, count: 1, startMs: 0, endMs: HOUR, ...request };
}

export function clusterView(view: Partial<ClusterView> = {}): ClusterView {
  return { nowMs: 0, nodeCount: 5, ...view };
}

export function proposal(terms: Partial<Proposal> = {}): Proposal {
  return {
    type: 'SMALL',
    demand: SMALL,
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: 10 * HOUR,
    durationMs: HOUR,
    template: 'debian',
    ...terms,
  };
}

export function ask(terms: Proposal, about: Partial<NegotiationAsk> = {}): NegotiationAsk {
  return { proposal: terms, round: 1, reason: 'no-room', shortfall: terms.numInstancesFixed, ...about };
}

export function userRequest(request: Partial<UserRequest> = {}): UserRequest {
  return {
    requestId: 'r1',
    userId: 'rachael',
    kind: 'advance',
    submitMs: 0,
    proposal: proposal(),
    latestStartMs: Number.POSITIVE_INFINITY,
    runTimeMs: Number.POSITIVE_INFINITY,
    ...request,
  };
}

export function offer(terms: Partial<Proposal>, priceMicros = 0): Offer {
  return { reply: 'COUNTER', proposal: proposal(terms), priceMicros, holdUntilMs: HOUR };
}

/** A calendar in which exactly the given starts fit; it keeps the queries that it was asked. */
export function calendarOf(
  starts: readonly number[],
  nowMs = 0,
): NegotiationView & { readonly queries: SlotQuery[] } {
  const sorted = [...starts].sort((a, b) => a - b);
  const queries: SlotQuery[] = [];
  const fitting = (query: SlotQuery) => {
    queries.push(query);
    const { notBeforeMs, latestStartMs = Number.POSITIVE_INFINITY } = query;
    return sorted.filter((startMs) => startMs >= notBeforeMs && startMs <= latestStartMs);
  };
  return {
    nowMs,
    bookingHorizonMs: 1000 * HOUR,
    instanceTypes: [],
    earliestStart: (query) => fitting(query)[0],
    latestStart: (query) => fitting(query).at(-1),
    longestSold: (mostMs) => mostMs,
    shortestSold: (leastMs) => leastMs,
    canPlace: ({ startMs }) => sorted.includes(startMs),
    canPlaceAll: (parts) => parts.every(({ startMs }) => sorted.includes(startMs)),
    priceOf: () => 0,
    bookedShare: () => 0,
    queries,
  };
}

// What a provider could promise, found out the slow way: at every instant of every window, from the auditor's books. Keep times and
// durations small. Knows nothing of calendars, sweeps or indexes.
import { endOf, type Proposal, type Resources, timesFits } from '../../engine/index.ts';
import type { Auditor } from '../../experiments/fuzz/auditor.ts';

export interface NaiveProviderParts {
  readonly auditor: Auditor;
  readonly nodeIds: readonly string[];
  readonly claimRisk: number;
  readonly sharesDisk: boolean;
}

export class NaiveProvider {
  readonly #parts: NaiveProviderParts;

  constructor(parts: NaiveProviderParts) {
    this.#parts = parts;
  }

  /** Whether the guaranteed instances have room, and the options stay within the claim risk. */
  fits(terms: Proposal): boolean {
    return (
      this.roomFor(terms.demand, terms.startMs, endOf(terms)) >= terms.numInstancesFixed &&
      this.#covers(terms)
    );
  }

  /** How many instances fit for the whole window, on all nodes together. */
  roomFor(demand: Resources, startMs: number, endMs: number): number {
    const { auditor, nodeIds, sharesDisk } = this.#parts;
    let room = 0;
    let diskRoom = Number.POSITIVE_INFINITY;
    for (const nodeId of nodeIds) {
      let onNode = Number.POSITIVE_INFINITY;
      for (const atMs of this.#instants(startMs, endMs)) {
        const free = auditor.freeOn(nodeId, atMs);
        onNode = Math.min(onNode, timesFits(free, demand));
        if (sharesDisk) diskRoom = Math.min(diskRoom, Math.floor(free.diskGib / demand.diskGib));
      }
      room += onNode;
    }
    return Math.min(room, diskRoom);
  }

  /**
   * The start closest to the one asked for at which everything fits, tried instant by instant: not before now or what the user
   * allows, not so late that the booking horizon is passed; of two equally close the earlier.
   */
  nearestStart(
    terms: Proposal,
    { nowMs, horizonMs }: { nowMs: number; horizonMs: number },
  ): number | undefined {
    const firstMs = Math.max(nowMs, terms.earliestStartMs ?? terms.startMs);
    const lastMs = nowMs + horizonMs - terms.durationMs;
    for (let distanceMs = 0; ; distanceMs++) {
      const earlierMs = terms.startMs - distanceMs;
      const laterMs = terms.startMs + distanceMs;
      if (earlierMs < firstMs && laterMs > lastMs) return undefined;
      if (earlierMs >= firstMs && this.fits({ ...terms, startMs: earlierMs })) return earlierMs;
      if (laterMs <= lastMs && this.fits({ ...terms, startMs: laterMs })) return laterMs;
    }
  }

  /** OpenPEX late binding: bound + fixed + risk x (unbound + optional) <= total, at each instant, in CPUs. */
  #covers(terms: Proposal): boolean {
    const { auditor, nodeIds } = this.#parts;
    const totalMilliCpus = nodeIds.reduce((sum, nodeId) => sum + auditor.capacityOf(nodeId).milliCpus, 0);
    const outstanding = auditor.outstanding();
    if (
      terms.numInstancesOption === 0 &&
      outstanding.every(({ numInstancesOption }) => numInstancesOption === 0)
    ) {
      return true;
    }
    return this.#instants(terms.startMs, endOf(terms)).every((atMs) => {
      const there = outstanding.filter((other) => other.startMs <= atMs && atMs < endOf(other));
      return [terms, ...there].reduce((sum, other) => sum + this.#expected(other), 0) <= totalMilliCpus;
    });
  }

  #expected({ demand, numInstancesFixed, numInstancesOption }: Proposal): number {
    const claimed = Math.ceil(this.#parts.claimRisk * numInstancesOption * demand.milliCpus);
    return numInstancesFixed * demand.milliCpus + claimed;
  }

  #instants(startMs: number, endMs: number): number[] {
    return Array.from({ length: endMs - startMs }, (_, i) => startMs + i);
  }
}

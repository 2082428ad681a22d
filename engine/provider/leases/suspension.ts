// How long it takes to suspend the VMs of a lease together, and to resume them. What saves memory to one disk does so one after the other:
// t = N e + n m / r for N VMs of memory m, of which n share a disk, at a rate r, with e for each command.
// Sotomayor et al., "Resource Leasing and the Art of Suspending Virtual Machines", HPCC 2009, section IV.
import type { NodeSpec } from '../../domain/node.ts';
import { type Resources, timesFits } from '../../domain/resources.ts';
import type { LeaseSize, SuspensionTimes } from './lease-kind.ts';

export interface SuspensionSettings {
  /** MiB of memory that are written, or read, in a second. More than 0. */
  readonly suspendMibPerS: number;
  readonly resumeMibPerS: number;
  /** What the command for each VM takes; they are given one after the other. */
  readonly enactmentMs: number;
  /** Who takes turns: the VMs of a lease that are on one node, or all of them, because their memory goes to one store. */
  readonly exclusion: 'node' | 'store';
  /** A lease that will be suspended runs before that at least so many times as long as it takes to suspend and to resume it. */
  readonly threshold: number;
}

export class Suspension {
  readonly #settings: SuspensionSettings | undefined;
  readonly #nodes: readonly NodeSpec[];
  /** How many instances the largest node holds. */
  readonly #mostOnOne = new WeakMap<Resources, number>();

  /** @param settings undefined: leases are not suspended */
  constructor(settings: SuspensionSettings | undefined, nodes: readonly NodeSpec[]) {
    const canAll = nodes.every(({ limits }) => limits?.suspension !== false);
    this.#settings = canAll ? settings : undefined;
    this.#nodes = nodes;
  }

  /** For that many VMs wherever they are: as long as it takes where most of them share a node. Undefined: they are not suspended. */
  timesFor({ demand, numInstancesFixed: count }: LeaseSize): SuspensionTimes | undefined {
    const settings = this.#settings;
    if (settings === undefined) return undefined;
    const { enactmentMs, exclusion, resumeMibPerS, suspendMibPerS, threshold } = settings;
    const inTurn = exclusion === 'store' ? count : Math.min(count, this.#most(demand));
    const timeAt = (mibPerS: number) =>
      Math.ceil(count * enactmentMs + (inTurn * demand.memoryMib * 1000) / mibPerS);
    const suspendMs = timeAt(suspendMibPerS);
    const resumeMs = timeAt(resumeMibPerS);
    return { suspendMs, resumeMs, shortestRunMs: Math.max(1, Math.ceil(threshold * (suspendMs + resumeMs))) };
  }

  #most(demand: Resources): number {
    let most = this.#mostOnOne.get(demand);
    if (most === undefined) {
      most = this.#nodes.reduce((max, { capacity }) => Math.max(max, timesFits(capacity, demand)), 1);
      this.#mostOnOne.set(demand, most);
    }
    return most;
  }
}

// Copies of VMs on other nodes: what was held for them, and how often a VM went on from one.
import type { EventOf } from '../../engine/index.ts';
import { rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

const MIB_MS_PER_GIB_HOUR = 1024 * 3_600_000;

export interface ReplicaFigures {
  readonly takenOver: number;
  readonly heldMibMs: number;
}

interface Held {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly memoryMib: number;
}

class ReplicaMeter implements Meter<ReplicaFigures> {
  readonly #measuredFromMs: number;
  /** By VM. */
  readonly #held = new Map<string, Held>();
  #heldMibMs = 0;
  #takenOver = 0;

  constructor(measuredFromMs: number) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'replica-placed': ({ atMs: fromMs, demand, untilMs, vmId }: EventOf<'replica-placed'>) => {
      this.#held.set(vmId, { fromMs, untilMs, memoryMib: demand.memoryMib });
    },
    'replica-ended': ({ atMs, reason, vmId }: EventOf<'replica-ended'>) => {
      this.#settle(vmId, atMs);
      if (reason === 'taken-over' && atMs >= this.#measuredFromMs) this.#takenOver += 1;
    },
  };

  finish(endMs: number): ReplicaFigures {
    for (const vmId of [...this.#held.keys()]) this.#settle(vmId, endMs);
    return { takenOver: this.#takenOver, heldMibMs: this.#heldMibMs };
  }

  #settle(vmId: string, atMs: number): void {
    const held = this.#held.get(vmId);
    if (held === undefined) return;
    this.#held.delete(vmId);
    const fromMs = Math.max(this.#measuredFromMs, held.fromMs);
    this.#heldMibMs += held.memoryMib * Math.max(0, Math.min(atMs, held.untilMs) - fromMs);
  }
}

export const replicas = metric({
  name: 'replicas',
  over: 'by instant',
  start: ({ measuredFromMs }: StreamStart) => new ReplicaMeter(measuredFromMs),
  summary: {
    replicasTakenOver: {
      means:
        'VMs that went on from their replica on another node when their own was lost (`manager.replicas`)',
      of: ({ takenOver }) => takenOver,
    },
    replicaGibHours: {
      unit: 'GiB h',
      means: 'memory that was held on other nodes for replicas',
      of: ({ heldMibMs }) => rounded(heldMibMs / MIB_MS_PER_GIB_HOUR),
    },
  },
});

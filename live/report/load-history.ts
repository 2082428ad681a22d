// How much of the cluster, or of one of its nodes, was reserved, allocated and busy in a span of time that is over: exact means over steps
// of equal length, by the same definitions as the utilisation of a report. Made of the events up to its end, whatever happened before it begins.
import type { DomainEvent, EventOf, Resources } from '../../engine/index.ts';
import type { ReservedChange } from '../../reports/facts/derived.ts';
import type { Hearing } from '../../reports/facts/hearing.ts';
import { occupies } from '../../reports/metrics/utilisation.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import type { LoadMeans, LoadSpan } from '../records.ts';

/** Steps of a history, at most. */
const STEPS = 240;

/** Lengths of steps that people read easily. */
const STEP_LENGTHS_MS = [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000];

type Channel = Exclude<keyof LoadMeans, 'startMs' | 'endMs'>;
type Levels = Record<Channel, number>;

const NOTHING: Levels = {
  onlineMilliCpus: 0,
  reservedMilliCpus: 0,
  allocatedMilliCpus: 0,
  busyMilliCpus: 0,
  onlineMemoryMib: 0,
  reservedMemoryMib: 0,
  allocatedMemoryMib: 0,
};
const CHANNELS = Object.keys(NOTHING) as Channel[];

interface Node {
  capacity: Resources;
  isOnline: boolean;
}

interface Allocation {
  nodeId: string;
  readonly demand: Resources;
  readonly loadPermille: number;
}

export class LoadHistory {
  readonly stepMs: number;
  readonly #span: LoadSpan;
  readonly #metrics: RunMetrics;
  readonly #nodes = new Map<string, Node>();
  readonly #allocations = new Map<string, Allocation>();
  readonly #levels = { ...NOTHING };
  readonly #sums: Levels[];
  #sinceMs: number;

  /** @param startMs of the events that will be told */
  constructor(startMs: number, span: LoadSpan) {
    const lengthMs = span.toMs - span.fromMs;
    this.stepMs = STEP_LENGTHS_MS.find((stepMs) => lengthMs <= stepMs * STEPS) ?? Math.ceil(lengthMs / STEPS);
    this.#span = span;
    this.#sinceMs = span.fromMs;
    this.#sums = Array.from({ length: Math.ceil(lengthMs / this.stepMs) }, () => ({ ...NOTHING }));
    this.#metrics = new RunMetrics(
      { startMs, measuredFromMs: startMs },
      { metrics: [], listeners: [this.#hears] },
    );
  }

  /** Takes the next event; their times never go back. Those at `toMs` or later are not needed. */
  record(event: DomainEvent): void {
    this.#advance(event.atMs);
    this.#metrics.record(event);
  }

  /** It was there, by what was told so far; so is the cluster, of which all is asked for. */
  get isNodeKnown(): boolean {
    const { nodeId } = this.#span;
    return nodeId === undefined || this.#nodes.has(nodeId);
  }

  /** The steps, in order. Call once, after the last event. */
  finish(): readonly LoadMeans[] {
    const { fromMs, toMs } = this.#span;
    this.#advance(toMs);
    return this.#sums.map((sums, index) => {
      const startMs = fromMs + index * this.stepMs;
      const endMs = Math.min(startMs + this.stepMs, toMs);
      const means = { ...sums };
      for (const channel of CHANNELS) means[channel] /= endMs - startMs;
      return { startMs, endMs, ...means };
    });
  }

  readonly #hears: Hearing = {
    'node-joined': ({ capacity, nodeId }: EventOf<'node-joined'>) => {
      this.#switchNode(nodeId, false);
      this.#nodes.set(nodeId, { capacity, isOnline: false });
      this.#switchNode(nodeId, true);
    },
    'node-left': ({ nodeId }: EventOf<'node-left'>) => this.#switchNode(nodeId, false),
    'node-lost': ({ nodeId }: EventOf<'node-lost'>) => this.#switchNode(nodeId, false),
    'node-returned': ({ nodeId }: EventOf<'node-returned'>) => this.#switchNode(nodeId, true),
    'vm-state-changed': ({ demand, loadPermille, nodeId, to, vmId }: EventOf<'vm-state-changed'>) => {
      const before = this.#allocations.get(vmId);
      if (before !== undefined) this.#allocate(before, -1);
      this.#allocations.delete(vmId);
      if (!occupies(to)) return;
      const after = { nodeId, demand, loadPermille };
      this.#allocations.set(vmId, after);
      this.#allocate(after, 1);
    },
    'vm-migrated': ({ toNodeId, vmId }: EventOf<'vm-migrated'>) => {
      const allocation = this.#allocations.get(vmId);
      if (allocation === undefined) return;
      this.#allocate(allocation, -1);
      allocation.nodeId = toNodeId;
      this.#allocate(allocation, 1);
    },
    'reserved-changed': ({ demand, instances, nodeId }: ReservedChange) => {
      if (!this.#counts(nodeId)) return;
      this.#levels.reservedMilliCpus += instances * demand.milliCpus;
      this.#levels.reservedMemoryMib += instances * demand.memoryMib;
    },
  };

  #counts(nodeId: string): boolean {
    return this.#span.nodeId === undefined || this.#span.nodeId === nodeId;
  }

  #switchNode(nodeId: string, isOnline: boolean): void {
    const node = this.#nodes.get(nodeId);
    if (node === undefined || node.isOnline === isOnline) return;
    node.isOnline = isOnline;
    if (!this.#counts(nodeId)) return;
    const sign = isOnline ? 1 : -1;
    this.#levels.onlineMilliCpus += sign * node.capacity.milliCpus;
    this.#levels.onlineMemoryMib += sign * node.capacity.memoryMib;
  }

  #allocate({ demand, loadPermille, nodeId }: Allocation, sign: 1 | -1): void {
    if (!this.#counts(nodeId)) return;
    this.#levels.allocatedMilliCpus += sign * demand.milliCpus;
    this.#levels.allocatedMemoryMib += sign * demand.memoryMib;
    this.#levels.busyMilliCpus += (sign * demand.milliCpus * loadPermille) / 1000;
  }

  #advance(atMs: number): void {
    const { fromMs, toMs } = this.#span;
    const untilMs = Math.min(atMs, toMs);
    while (this.#sinceMs < untilMs) {
      const step = Math.floor((this.#sinceMs - fromMs) / this.stepMs);
      const nextMs = Math.min(untilMs, fromMs + (step + 1) * this.stepMs);
      const sums = this.#sums[step]!;
      for (const channel of CHANNELS) sums[channel] += this.#levels[channel] * (nextMs - this.#sinceMs);
      this.#sinceMs = nextMs;
    }
  }
}

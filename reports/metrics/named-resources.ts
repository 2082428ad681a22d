// How much was reserved and allocated of what providers have beside CPU, memory and disk, by the names that they give it: the same figures
// as of those three (utilisation.ts), but for what only guests could tell.
import { amountOf, type EventOf, type Resources, type VmState } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { QuantileSketch } from '../statistics/quantile-sketch.ts';
import { ratio, round, rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';
import { occupies, SERIES_BUCKETS } from './utilisation.ts';

/** Shares of what was online; null: nothing was. */
export interface NamedUses {
  readonly reserved: number | null;
  readonly allocated: number | null;
}

/** Averages in one bucket of the series, as the engine counts: thousandths of what is divisible. */
export interface NamedBucket {
  readonly startMs: number;
  readonly spanMs: number;
  readonly online: number;
  readonly reserved: number;
  readonly allocated: number;
}

export interface NamedResourceFigures {
  readonly name: string;
  /** Counted in thousandths. */
  readonly divisible: boolean;
  /** What was online on average over the measured time, as the engine counts; null when no time was measured. */
  readonly online: number | null;
  readonly mean: NamedUses;
  readonly peak: NamedUses;
  readonly p95: NamedUses;
  /** Over the whole run, in the buckets of the series of utilisation. */
  readonly series: readonly NamedBucket[];
}

const CHANNEL = { online: 0, reserved: 1, allocated: 2 } as const;
type Channel = keyof typeof CHANNEL;
const CHANNELS = 3;

/** One resource, of all providers that have it. */
class NamedResource {
  readonly name: string;
  readonly divisible: boolean;
  readonly #measuredFromMs: number;
  readonly #levels = new Float64Array(CHANNELS);
  readonly #integrals = new Float64Array(CHANNELS);
  readonly #shares = { reserved: new QuantileSketch(), allocated: new QuantileSketch() };
  readonly #series: BucketSeries;
  #measuredMs = 0;
  #sinceMs: number;

  constructor(name: string, divisible: boolean, { startMs, measuredFromMs }: StreamStart) {
    this.name = name;
    this.divisible = divisible;
    this.#measuredFromMs = measuredFromMs;
    this.#series = new BucketSeries(startMs, CHANNELS, SERIES_BUCKETS);
    this.#sinceMs = startMs;
  }

  change(channel: Channel, atMs: number, delta: number): void {
    if (delta === 0) return;
    this.#advance(atMs);
    this.#levels[CHANNEL[channel]]! += delta;
  }

  finish(endMs: number): NamedResourceFigures {
    this.#advance(endMs);
    this.#series.extendTo(endMs);
    const uses = (of: (use: 'reserved' | 'allocated') => number | null): NamedUses => ({
      reserved: of('reserved'),
      allocated: of('allocated'),
    });
    const online = this.#integrals[CHANNEL.online]!;
    return {
      name: this.name,
      divisible: this.divisible,
      online: this.#measuredMs === 0 ? null : online / this.#measuredMs,
      mean: uses((use) => ratio(this.#integrals[CHANNEL[use]]!, online)),
      peak: uses((use) => this.#shares[use].max),
      p95: uses((use) => this.#shares[use].quantile(0.95)),
      series: this.#buckets(),
    };
  }

  #advance(toMs: number): void {
    const fromMs = this.#sinceMs;
    if (toMs <= fromMs) return;
    this.#sinceMs = toMs;
    this.#series.add(fromMs, toMs, this.#levels);
    const measuredMs = toMs - Math.max(fromMs, this.#measuredFromMs);
    if (measuredMs <= 0) return;
    this.#measuredMs += measuredMs;
    for (let i = 0; i < CHANNELS; i++) this.#integrals[i]! += this.#levels[i]! * measuredMs;
    const online = this.#levels[CHANNEL.online]!;
    if (online === 0) return;
    this.#shares.reserved.add(this.#levels[CHANNEL.reserved]! / online, measuredMs);
    this.#shares.allocated.add(this.#levels[CHANNEL.allocated]! / online, measuredMs);
  }

  #buckets(): NamedBucket[] {
    const series = this.#series;
    return Array.from({ length: series.length }, (_, bucket) => {
      const spanMs = series.spanMs(bucket);
      const mean = (channel: Channel) => series.integral(bucket, CHANNEL[channel]) / spanMs;
      return {
        startMs: series.startMs + bucket * series.widthMs,
        spanMs,
        online: mean('online'),
        reserved: mean('reserved'),
        allocated: mean('allocated'),
      };
    });
  }
}

interface NodeAmounts {
  capacity: Resources;
  isOnline: boolean;
}

class NamedResources implements Meter<readonly NamedResourceFigures[]> {
  readonly #start: StreamStart;
  readonly #resources = new Map<string, NamedResource>();
  /** By provider and name: what all nodes of the provider share. */
  readonly #pools = new Map<string, number>();
  readonly #nodes = new Map<string, NodeAmounts>();
  /** What VMs take that are up. */
  readonly #allocations = new Map<string, Resources>();

  constructor(start: StreamStart) {
    this.#start = start;
  }

  readonly hears = {
    'provider-joined': (event: EventOf<'provider-joined'>) => this.#joinProvider(event),
    'node-joined': ({ nodeId, atMs, capacity }: EventOf<'node-joined'>) => {
      // It may have left, and come back with other capacity.
      this.#switchNode(nodeId, atMs, false);
      this.#nodes.delete(nodeId);
      if (capacity.named === undefined) return;
      this.#nodes.set(nodeId, { capacity, isOnline: false });
      this.#switchNode(nodeId, atMs, true);
    },
    'node-left': ({ nodeId, atMs }: EventOf<'node-left'>) => this.#switchNode(nodeId, atMs, false),
    'node-lost': ({ nodeId, atMs }: EventOf<'node-lost'>) => this.#switchNode(nodeId, atMs, false),
    'node-returned': ({ nodeId, atMs }: EventOf<'node-returned'>) => this.#switchNode(nodeId, atMs, true),
    'reserved-changed': ({ atMs, instances, demand }: ReservedChange) =>
      this.#change('reserved', atMs, demand, instances),
    'vm-state-changed': ({ vmId, atMs, to, demand }: EventOf<'vm-state-changed'>) =>
      this.#vmChanged(vmId, atMs, to, demand),
  };

  finish(endMs: number): readonly NamedResourceFigures[] {
    return Array.from(this.#resources.values(), (resource) => resource.finish(endMs));
  }

  #joinProvider({ atMs, provider, resources = [] }: EventOf<'provider-joined'>): void {
    for (const definition of resources) {
      const { name, divisible } = definition;
      let resource = this.#resources.get(name);
      if (resource === undefined) {
        resource = new NamedResource(name, divisible, this.#start);
        this.#resources.set(name, resource);
      }
      const key = `${provider}/${name}`;
      const capacity = definition.scope === 'pool' ? definition.capacity : 0;
      resource.change('online', atMs, capacity - (this.#pools.get(key) ?? 0));
      this.#pools.set(key, capacity);
    }
  }

  #switchNode(nodeId: string, atMs: number, isOnline: boolean): void {
    const node = this.#nodes.get(nodeId);
    if (node === undefined || node.isOnline === isOnline) return;
    node.isOnline = isOnline;
    this.#change('online', atMs, node.capacity, isOnline ? 1 : -1);
  }

  #vmChanged(vmId: string, atMs: number, to: VmState, demand: Resources): void {
    if (demand.named === undefined) return;
    const before = this.#allocations.get(vmId);
    if (before !== undefined) this.#change('allocated', atMs, before, -1);
    if (occupies(to)) {
      this.#allocations.set(vmId, demand);
      this.#change('allocated', atMs, demand, 1);
    } else {
      this.#allocations.delete(vmId);
    }
  }

  #change(channel: Channel, atMs: number, amounts: Resources, times: number): void {
    for (const name in amounts.named) {
      this.#resources.get(name)?.change(channel, atMs, amountOf(amounts, name) * times);
    }
  }
}

export const namedResources = metric({
  name: 'namedResources',
  over: 'by instant',
  start: (stream: StreamStart) => new NamedResources(stream),
  summary: {
    resources: {
      means:
        'by the name of each resource that a provider names: `online`, the amount online on average; `utilisation`, `utilisationPeak`, `utilisationP95`, each `reserved` and `allocated`, as of CPU, memory and disk',
      of: (figures) => Object.fromEntries(figures.map((each) => [each.name, summaryOf(each)])),
    },
  },
});

function summaryOf({ divisible, mean, online, p95, peak }: NamedResourceFigures) {
  return {
    online: online === null ? null : round(divisible ? online / 1000 : online),
    utilisation: roundedUses(mean),
    utilisationPeak: roundedUses(peak),
    utilisationP95: roundedUses(p95),
  };
}

function roundedUses({ allocated, reserved }: NamedUses): NamedUses {
  return { reserved: rounded(reserved), allocated: rounded(allocated) };
}

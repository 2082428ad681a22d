// How much of the cluster was reserved, allocated and busy: exact time-weighted shares, their peaks and 95th percentiles, and a
// bounded time series, for the cluster and for every node.
import type { EventOf, Resources, VmState } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import type {} from '../facts/hearing.ts';
import { BucketExtremes } from '../statistics/bucket-extremes.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { QuantileSketch } from '../statistics/quantile-sketch.ts';
import { rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';
import { type NodeFigures, type NodeMeter, NodeMeters } from './node-meters.ts';
import { type OccupancyOverview, OccupancyRows } from './occupancy-rows.ts';
import {
  BUSY_SCALE,
  type ByUse,
  byUse,
  CHANNEL,
  CHANNELS,
  FIELD_OF,
  REPORT_RESOURCES,
  type ReportResource,
  SHARED_CHANNELS,
  sharedIndex,
  sharesOf,
} from './use-channels.ts';

/** Of the series, at most. */
export const SERIES_BUCKETS = 2000;
export interface Extremes {
  readonly least: number;
  readonly most: number;
}

/** Time averages in one bucket of the series; amounts in units of {@link Resources} (busy too). */
export interface UtilisationBucket {
  readonly startMs: number;
  readonly spanMs: number;
  readonly nodesOnline: number;
  /** Of these, switched off. */
  readonly nodesOff: number;
  /** Of the nodes with a power model. */
  readonly watts: number;
  readonly resources: Readonly<
    Record<
      ReportResource,
      {
        readonly online: number;
        readonly reserved: number;
        readonly allocated: number;
        readonly busy: number | null;
        /** The least and the highest share of what was online at any instant of the bucket; null: nothing was online. */
        readonly reservedShares: Extremes | null;
      }
    >
  >;
}

/** What a VM takes of its node while it is up. */
interface Allocation {
  node: NodeMeter;
  readonly demand: Resources;
  readonly busyCpu: number;
}

export interface UtilisationFigures {
  /** Averages over the measured time. */
  readonly mean: ByUse;
  readonly peak: ByUse;
  readonly p95: ByUse;
  /** What was online, over the measured time, in CPU-milliseconds. */
  readonly onlineCpuMs: number;
  /** Of all nodes together, within the measured time: online and too busy; online with nothing on it; online and switched off. */
  readonly hotNodeMs: number;
  readonly emptyNodeMs: number;
  readonly offNodeMs: number;
  /** In the order in which the nodes joined. */
  readonly nodes: readonly NodeFigures[];
  /** Over the whole run, the warm-up included; so is the next. */
  readonly series: readonly UtilisationBucket[];
  readonly overview: OccupancyOverview;
}

class Utilisation implements Meter<UtilisationFigures> {
  readonly #start: StreamStart;
  /** By provider: disk of a storage node that all its nodes share, which takes the place of their own; null: it has none. */
  readonly #pools = new Map<string, number | null>();
  readonly #nodes: NodeMeters;
  /** Capacities without their disk. */
  readonly #diskless = new WeakMap<Resources, Resources>();
  readonly #allocations = new Map<string, Allocation>();
  readonly #levels = new Float64Array(CHANNELS);
  readonly #integrals = new Float64Array(CHANNELS);
  readonly #series: BucketSeries;
  /** Of what is reserved, the first of {@link SHARED_CHANNELS}. */
  readonly #extremes: BucketExtremes;
  /** As {@link SHARED_CHANNELS}. */
  readonly #nowShares = new Float64Array(SHARED_CHANNELS.length);
  /** As {@link SHARED_CHANNELS}. */
  readonly #shares = SHARED_CHANNELS.map(() => new QuantileSketch());
  readonly #occupancy: OccupancyRows;
  #sinceMs: number;

  constructor(start: StreamStart) {
    this.#start = start;
    this.#nodes = new NodeMeters(start.measuredFromMs);
    this.#occupancy = new OccupancyRows(start.startMs);
    this.#series = new BucketSeries(start.startMs, CHANNELS, SERIES_BUCKETS);
    this.#extremes = new BucketExtremes(this.#series, REPORT_RESOURCES.length);
    this.#sinceMs = start.startMs;
    this.#levels[CHANNEL.online.disk] = start.sharedDiskGib ?? 0;
  }

  readonly hears = {
    'provider-joined': (event: EventOf<'provider-joined'>) => this.#joinPool(event),
    'node-joined': (event: EventOf<'node-joined'>) => this.#join(event),
    'node-left': ({ nodeId, atMs }: EventOf<'node-left'>) => this.#switchNode(nodeId, atMs, false),
    'node-lost': ({ nodeId, atMs }: EventOf<'node-lost'>) => {
      if (atMs >= this.#start.measuredFromMs) this.#nodes.noteLoss(this.#nodes.get(nodeId));
      this.#switchNode(nodeId, atMs, false);
    },
    'node-returned': ({ nodeId, atMs }: EventOf<'node-returned'>) => this.#switchNode(nodeId, atMs, true),
    'node-power-changed': (event: EventOf<'node-power-changed'>) => this.#powerChanged(event),
    'vm-state-changed': (event: EventOf<'vm-state-changed'>) => this.#vmChanged(event),
    'vm-migrated': (event: EventOf<'vm-migrated'>) => this.#vmMoved(event),
    'reserved-changed': ({ atMs, nodeId, instances, demand }: ReservedChange) =>
      this.#take(this.#nodes.get(nodeId), atMs, CHANNEL.reserved, demand, instances),
  };

  finish(endMs: number): UtilisationFigures {
    this.#advance(endMs);
    this.#series.extendTo(endMs);
    const { emptyNodeMs, hotNodeMs, offNodeMs } = this.#nodes.finish(endMs);
    const nodes = [...this.#nodes.all()];
    return {
      mean: sharesOf(this.#integrals),
      peak: byUse((channel) => this.#shareOf(channel).max),
      p95: byUse((channel) => this.#shareOf(channel).quantile(0.95)),
      onlineCpuMs: this.#integrals[CHANNEL.online.cpu]! / 1000,
      hotNodeMs,
      emptyNodeMs,
      offNodeMs,
      nodes,
      series: this.#buckets(),
      overview: this.#occupancy.finish(
        endMs,
        nodes.map(({ capacity }) => capacity.milliCpus),
      ),
    };
  }

  #joinPool({ atMs, pool, provider }: EventOf<'provider-joined'>): void {
    this.#advance(atMs);
    this.#levels[CHANNEL.online.disk]! += (pool.diskGib ?? 0) - (this.#poolOf(provider) ?? 0);
    this.#pools.set(provider, pool.diskGib);
  }

  #poolOf(provider: string): number | null {
    const pool = this.#pools.get(provider);
    if (pool !== undefined) return pool;
    return this.#start.severalProviders === true ? null : (this.#start.sharedDiskGib ?? null);
  }

  #join(event: EventOf<'node-joined'>): void {
    const { atMs, capacity, nodeId, provider } = event;
    const known = this.#nodes.find(nodeId);
    if (known !== undefined) {
      this.#nodes.joinAgain(known, event);
      this.#switchNode(nodeId, atMs, true);
      return;
    }
    this.#advance(atMs);
    const node = this.#nodes.join(event, this.#offeredBy(provider, capacity));
    const levels = this.#nodes.levelsAtJoining(node);
    for (let i = 0; i < CHANNELS; i++) this.#levels[i]! += levels[i]!;
    this.#occupancy.join(node.index, atMs, capacity.milliCpus);
  }

  /** What a node adds to the cluster: all of it, but for the disk where all nodes share one. */
  #offeredBy(provider: string, capacity: Resources): Resources {
    return this.#poolOf(provider) === null ? capacity : this.#withoutDisk(capacity);
  }

  /** One for all nodes of a kind. */
  #withoutDisk(capacity: Resources): Resources {
    let without = this.#diskless.get(capacity);
    if (without === undefined) {
      without = { ...capacity, diskGib: 0 };
      this.#diskless.set(capacity, without);
    }
    return without;
  }

  #switchNode(nodeId: string, atMs: number, isOnline: boolean): void {
    const node = this.#nodes.get(nodeId);
    if ((node.online !== null) === isOnline) return;
    const offered = node.online ?? this.#offeredBy(node.provider, node.capacity);
    this.#take(node, atMs, CHANNEL.online, offered, isOnline ? 1 : -1);
    node.online = isOnline ? offered : null;
    this.#shift(node, CHANNEL.nodesOnline, isOnline ? 1 : -1);
    if (!isOnline) this.#switchOff(node, false);
    this.#draw(node);
  }

  #vmChanged({ vmId, nodeId, atMs, to, demand, loadPermille }: EventOf<'vm-state-changed'>): void {
    const before = this.#allocations.get(vmId);
    if (before !== undefined) {
      this.#allocate(before, atMs, -1);
      this.#allocations.delete(vmId);
    }
    if (!occupies(to)) return;
    const busyCpu = demand.milliCpus * loadPermille;
    const after = { node: this.#nodes.get(nodeId), demand, busyCpu };
    this.#allocations.set(vmId, after);
    this.#allocate(after, atMs, 1);
  }

  #vmMoved({ vmId, toNodeId, atMs }: EventOf<'vm-migrated'>): void {
    const allocation = this.#allocations.get(vmId);
    if (allocation === undefined) return;
    this.#allocate(allocation, atMs, -1);
    allocation.node = this.#nodes.get(toNodeId);
    this.#allocate(allocation, atMs, 1);
  }

  #allocate({ node, demand, busyCpu }: Allocation, atMs: number, sign: 1 | -1): void {
    this.#take(node, atMs, CHANNEL.allocated, demand, sign);
    this.#shift(node, CHANNEL.busyCpu, sign * busyCpu);
    this.#draw(node);
  }

  #powerChanged({ atMs, nodeId, power, watts }: EventOf<'node-power-changed'>): void {
    const node = this.#nodes.get(nodeId);
    this.#advance(atMs);
    this.#nodes.advance(node, atMs);
    this.#nodes.setDraws(node, watts);
    this.#switchOff(node, power === 'off');
    this.#draw(node);
  }

  #switchOff(node: NodeMeter, isOff: boolean): void {
    const offNow = isOff ? 1 : 0;
    this.#shift(node, CHANNEL.nodesOff, offNow - this.#nodes.level(node, CHANNEL.nodesOff));
  }

  /** What it draws from now on, as it is. */
  #draw(node: NodeMeter): void {
    if (node.power === null) return;
    const watts = this.#nodes.wattsOf(node);
    this.#shift(node, CHANNEL.watts, watts - this.#nodes.level(node, CHANNEL.watts));
  }

  #take(
    node: NodeMeter,
    atMs: number,
    channels: Readonly<Record<ReportResource, number>>,
    amount: Resources,
    times: number,
  ): void {
    this.#advance(atMs);
    this.#nodes.advance(node, atMs);
    const milliCpus = times * amount[FIELD_OF.cpu];
    if (channels === CHANNEL.online) this.#occupancy.online(node.index, atMs, milliCpus);
    else if (channels === CHANNEL.reserved) this.#occupancy.reserved(node.index, atMs, milliCpus);
    this.#shift(node, channels.cpu, milliCpus);
    this.#shift(node, channels.memory, times * amount[FIELD_OF.memory]);
    this.#shift(node, channels.disk, times * amount[FIELD_OF.disk]);
  }

  /** Both the node and the cluster must have been advanced to now. */
  #shift(node: NodeMeter, channel: number, delta: number): void {
    this.#nodes.shift(node, channel, delta);
    this.#levels[channel]! += delta;
  }

  #advance(toMs: number): void {
    const fromMs = this.#sinceMs;
    if (toMs <= fromMs) return;
    this.#sinceMs = toMs;
    this.#series.add(fromMs, toMs, this.#levels);
    const shares = this.#nowShares;
    for (let i = 0; i < SHARED_CHANNELS.length; i++) {
      const { channel, online, scale } = SHARED_CHANNELS[i]!;
      const capacity = this.#levels[online]! * scale;
      shares[i] = capacity > 0 ? this.#levels[channel]! / capacity : Number.NaN;
    }
    this.#extremes.add(fromMs, toMs, shares, this.#series);
    const measuredMs = toMs - Math.max(fromMs, this.#start.measuredFromMs);
    if (measuredMs <= 0) return;
    for (let i = 0; i < CHANNELS; i++) this.#integrals[i]! += this.#levels[i]! * measuredMs;
    for (let i = 0; i < SHARED_CHANNELS.length; i++) {
      const share = shares[i]!;
      if (!Number.isNaN(share)) this.#shares[i]!.add(share, measuredMs);
    }
  }

  #shareOf(channel: number): QuantileSketch {
    return this.#shares[sharedIndex(channel)]!;
  }

  #buckets(): UtilisationBucket[] {
    const series = this.#series;
    return Array.from({ length: series.length }, (_, bucket) => {
      const spanMs = series.spanMs(bucket);
      const mean = (channel: number) => series.integral(bucket, channel) / spanMs;
      const of = (resource: ReportResource) => ({
        online: mean(CHANNEL.online[resource]),
        reserved: mean(CHANNEL.reserved[resource]),
        allocated: mean(CHANNEL.allocated[resource]),
        busy: resource === 'cpu' ? mean(CHANNEL.busyCpu) / BUSY_SCALE : null,
        reservedShares: this.#extremes.of(bucket, sharedIndex(CHANNEL.reserved[resource])),
      });
      return {
        startMs: series.startMs + bucket * series.widthMs,
        spanMs,
        nodesOnline: mean(CHANNEL.nodesOnline),
        nodesOff: mean(CHANNEL.nodesOff),
        watts: mean(CHANNEL.watts),
        resources: { cpu: of('cpu'), memory: of('memory'), disk: of('disk') },
      };
    });
  }
}

/** Whether a VM in this state takes what was given to it. */
export function occupies(state: VmState): boolean {
  return state === 'RUNNING' || state === 'PAUSED' || state === 'UNDER_MIGRATION';
}

const SHARES = '`cpu`, `memory`, `disk`, each `reserved`, `allocated`, `busy`';

export const utilisation = metric({
  name: 'utilisation',
  over: 'by instant',
  start: (stream: StreamStart) => new Utilisation(stream),
  summary: {
    utilisation: {
      unit: 'share',
      means: `${SHARES}: what was used / what was online, both integrated over time, see below`,
      of: ({ mean }) => roundedUses(mean),
    },
    utilisationPeak: {
      unit: 'share',
      means: 'the same at the instant at which it was highest',
      of: ({ peak }) => roundedUses(peak),
    },
    utilisationP95: {
      unit: 'share',
      means: 'the same as it was not exceeded 95 % of the time in which anything was online',
      of: ({ p95 }) => roundedUses(p95),
    },
    hotNodeMs: {
      unit: 'ms',
      means:
        'node-time in which guests kept more than 75 % of the CPUs of a node that was online busy: hotspots',
      of: ({ hotNodeMs }) => hotNodeMs,
    },
    emptyNodeMs: {
      unit: 'ms',
      means: 'node-time in which a node was online and no VM had any of its CPUs: it could have been off',
      of: ({ emptyNodeMs }) => emptyNodeMs,
    },
    offNodeMs: {
      unit: 'ms',
      means: 'node-time in which a node was in service and switched off (`hypervisor.standby`)',
      of: ({ offNodeMs }) => offNodeMs,
    },
  },
});

function roundedUses({ cpu, memory, disk }: ByUse): ByUse {
  const of = ({ reserved, allocated, busy }: ByUse['cpu']) => ({
    reserved: rounded(reserved),
    allocated: rounded(allocated),
    busy: rounded(busy),
  });
  return { cpu: of(cpu), memory: of(memory), disk: of(disk) };
}

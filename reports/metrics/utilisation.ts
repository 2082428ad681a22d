// How much of the cluster was reserved, allocated and busy: exact time-weighted shares, their peaks and 95th percentiles, and a
// bounded time series, for the cluster and for every node.
import type { EventOf, PowerModel, Resources, VmState } from '../../engine/index.ts';
import { invariant } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import type {} from '../facts/hearing.ts';
import { BucketExtremes } from '../statistics/bucket-extremes.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { QuantileSketch } from '../statistics/quantile-sketch.ts';
import { rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

/** The resources as reports call them, in order, and the field of {@link Resources} behind each. */
export const REPORT_RESOURCES = ['cpu', 'memory', 'disk'] as const;
export type ReportResource = (typeof REPORT_RESOURCES)[number];
const FIELD_OF = { cpu: 'milliCpus', memory: 'memoryMib', disk: 'diskGib' } as const satisfies Record<
  ReportResource,
  keyof Resources
>;

/**
 * reserved: in the window of a confirmed reservation; allocated: taken by a VM that is running, paused or under migration; busy: CPU
 * kept busy by guests. Memory and disk are never busy: guests report no load for them.
 */
export type Use = 'reserved' | 'allocated' | 'busy';

/** One figure for each use of each resource; null: not observed, or nothing was online. */
export type ByUse = Readonly<Record<ReportResource, Readonly<Record<Use, number | null>>>>;

/** Positions in the vectors of levels. Busy CPU is counted in thousandths of a thousandth of a CPU, so that it stays an integer. */
const CHANNEL = {
  online: { cpu: 0, memory: 1, disk: 2 },
  reserved: { cpu: 3, memory: 4, disk: 5 },
  allocated: { cpu: 6, memory: 7, disk: 8 },
  busyCpu: 9,
  nodesOnline: 10,
  watts: 11,
  nodesOff: 12,
} as const;
const CHANNELS = 13;
const BUSY_SCALE = 1000;
/** A node of whose CPUs guests keep a larger share busy is a hotspot (Wood et al. 2007). */
const HOT = 0.75;

/** Of the series, at most. */
export const SERIES_BUCKETS = 2000;
/** The overview of nodes: at most so many rows, each of at most so many buckets. */
const OVERVIEW_ROWS = 400;
const OVERVIEW_BUCKETS = 400;

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

export interface NodeFigures {
  readonly provider: string;
  readonly nodeId: string;
  readonly group: string;
  readonly capacity: Resources;
  readonly power: PowerModel | null;
  /** Within the measured time. */
  readonly onlineMs: number;
  readonly shares: ByUse;
  /** Busy CPU, in CPU-milliseconds, within the measured time. */
  readonly busyCpuMs: number;
  /** Watts x milliseconds, within the measured time; 0 without a power model. */
  readonly wattMs: number;
  readonly losses: number;
}

/** Share of CPU reserved, by row of nodes and time; null where most of the row was offline. */
export interface OccupancyOverview {
  readonly startMs: number;
  readonly widthMs: number;
  readonly nodesPerRow: number;
  readonly rows: ReadonlyArray<ReadonlyArray<number | null>>;
}

interface NodeMeter {
  readonly provider: string;
  readonly nodeId: string;
  group: string;
  capacity: Resources;
  power: PowerModel | null;
  readonly index: number;
  sinceMs: number;
  /** What it adds to the cluster; null while it is not online. */
  online: Resources | null;
  losses: number;
  /** Within the measured time: online and too busy; online with nothing on it. */
  hotMs: number;
  emptyMs: number;
  /** Online, and switched off. */
  offMs: number;
  isOff: boolean;
  /** Watts, whatever runs on it; null: as its power model has it. */
  draws: number | null;
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
  /** Of all nodes together, within the measured time: see {@link NodeMeter}. */
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
  readonly #nodes = new Map<string, NodeMeter>();
  /** Of all nodes, one after the other: a cluster can have a million. */
  #nodeLevels: Float64Array = new Float64Array(CHANNELS);
  #nodeIntegrals: Float64Array = new Float64Array(CHANNELS);
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
  #overview: BucketSeries[] = [];
  #nodesPerRow = 1;
  #sinceMs: number;

  constructor(start: StreamStart) {
    this.#start = start;
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
      if (atMs >= this.#start.measuredFromMs) this.#node(nodeId).losses += 1;
      this.#switchNode(nodeId, atMs, false);
    },
    'node-returned': ({ nodeId, atMs }: EventOf<'node-returned'>) => this.#switchNode(nodeId, atMs, true),
    'node-power-changed': (event: EventOf<'node-power-changed'>) => this.#powerChanged(event),
    'vm-state-changed': (event: EventOf<'vm-state-changed'>) => this.#vmChanged(event),
    'vm-migrated': (event: EventOf<'vm-migrated'>) => this.#vmMoved(event),
    'reserved-changed': ({ atMs, nodeId, instances, demand }: ReservedChange) =>
      this.#take(this.#node(nodeId), atMs, CHANNEL.reserved, demand, instances),
  };

  finish(endMs: number): UtilisationFigures {
    this.#advance(endMs);
    for (const node of this.#nodes.values()) this.#advanceNode(node, endMs);
    this.#series.extendTo(endMs);
    return {
      mean: sharesOf(this.#integrals),
      peak: byUse((channel) => this.#shareOf(channel).max),
      p95: byUse((channel) => this.#shareOf(channel).quantile(0.95)),
      onlineCpuMs: this.#integrals[CHANNEL.online.cpu]! / 1000,
      hotNodeMs: sumOf(this.#nodes.values(), ({ hotMs }) => hotMs),
      emptyNodeMs: sumOf(this.#nodes.values(), ({ emptyMs }) => emptyMs),
      offNodeMs: sumOf(this.#nodes.values(), ({ offMs }) => offMs),
      nodes: Array.from(this.#nodes.values(), (node) => this.#figuresOf(node)),
      series: this.#buckets(),
      overview: this.#occupancy(),
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

  #join({ atMs, nodeId, group, capacity, power, provider }: EventOf<'node-joined'>): void {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) {
      // It had left.
      Object.assign(known, { group, capacity, power });
      this.#switchNode(nodeId, atMs, true);
      return;
    }
    const index = this.#nodes.size;
    this.#nodeLevels = reaching(this.#nodeLevels, (index + 1) * CHANNELS);
    this.#nodeIntegrals = reaching(this.#nodeIntegrals, (index + 1) * CHANNELS);
    this.#nodes.set(nodeId, {
      provider,
      nodeId,
      group,
      capacity,
      power,
      index,
      sinceMs: atMs,
      online: null,
      losses: 0,
      hotMs: 0,
      emptyMs: 0,
      offMs: 0,
      isOff: false,
      draws: null,
    });
    if (Math.floor(index / this.#nodesPerRow) >= OVERVIEW_ROWS) this.#mergeOverviewRows();
    if (Math.floor(index / this.#nodesPerRow) >= this.#overview.length) {
      this.#overview.push(new BucketSeries(this.#start.startMs, 2, OVERVIEW_BUCKETS));
    }
    this.#switchNode(nodeId, atMs, true);
  }

  #mergeOverviewRows(): void {
    const merged: BucketSeries[] = [];
    for (const [i, row] of this.#overview.entries()) {
      if (i % 2 === 0) merged.push(row);
      else merged[merged.length - 1]!.absorb(row);
    }
    this.#overview = merged;
    this.#nodesPerRow *= 2;
  }

  #switchNode(nodeId: string, atMs: number, isOnline: boolean): void {
    const node = this.#node(nodeId);
    if ((node.online !== null) === isOnline) return;
    const ownsDisk = this.#poolOf(node.provider) === null;
    const offered = node.online ?? (ownsDisk ? node.capacity : { ...node.capacity, diskGib: 0 });
    node.online = isOnline ? offered : null;
    this.#take(node, atMs, CHANNEL.online, offered, isOnline ? 1 : -1);
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
    const after = { node: this.#node(nodeId), demand, busyCpu };
    this.#allocations.set(vmId, after);
    this.#allocate(after, atMs, 1);
  }

  #vmMoved({ vmId, toNodeId, atMs }: EventOf<'vm-migrated'>): void {
    const allocation = this.#allocations.get(vmId);
    if (allocation === undefined) return;
    this.#allocate(allocation, atMs, -1);
    allocation.node = this.#node(toNodeId);
    this.#allocate(allocation, atMs, 1);
  }

  #allocate({ node, demand, busyCpu }: Allocation, atMs: number, sign: 1 | -1): void {
    this.#take(node, atMs, CHANNEL.allocated, demand, sign);
    this.#shift(node, CHANNEL.busyCpu, sign * busyCpu);
    this.#draw(node);
  }

  #powerChanged({ atMs, nodeId, power, watts }: EventOf<'node-power-changed'>): void {
    const node = this.#node(nodeId);
    this.#advance(atMs);
    this.#advanceNode(node, atMs);
    node.draws = watts ?? null;
    this.#switchOff(node, power === 'off');
    this.#draw(node);
  }

  #switchOff(node: NodeMeter, isOff: boolean): void {
    if (node.isOff === isOff) return;
    node.isOff = isOff;
    this.#shift(node, CHANNEL.nodesOff, isOff ? 1 : -1);
  }

  /** What it draws from now on, as it is. */
  #draw(node: NodeMeter): void {
    const { capacity, index, online, power } = node;
    if (power === null) return;
    const level = (channel: number) => this.#nodeLevels[index * CHANNELS + channel]!;
    const busyShare = capacity.milliCpus === 0 ? 0 : level(CHANNEL.busyCpu) / BUSY_SCALE / capacity.milliCpus;
    const watts = online === null ? 0 : (node.draws ?? wattsAt(power, busyShare));
    this.#shift(node, CHANNEL.watts, watts - level(CHANNEL.watts));
  }

  #take(
    node: NodeMeter,
    atMs: number,
    channels: Readonly<Record<ReportResource, number>>,
    amount: Resources,
    times: number,
  ): void {
    this.#advance(atMs);
    this.#advanceNode(node, atMs);
    this.#shift(node, channels.cpu, times * amount[FIELD_OF.cpu]);
    this.#shift(node, channels.memory, times * amount[FIELD_OF.memory]);
    this.#shift(node, channels.disk, times * amount[FIELD_OF.disk]);
  }

  /** Both the node and the cluster must have been advanced to now. */
  #shift(node: NodeMeter, channel: number, delta: number): void {
    this.#nodeLevels[node.index * CHANNELS + channel]! += delta;
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

  #advanceNode(node: NodeMeter, toMs: number): void {
    const fromMs = node.sinceMs;
    if (toMs <= fromMs) return;
    node.sinceMs = toMs;
    const row = this.#overview[Math.floor(node.index / this.#nodesPerRow)]!;
    const levels = this.#nodeLevels;
    const integrals = this.#nodeIntegrals;
    const own = node.index * CHANNELS;
    row.add(fromMs, toMs, [levels[own + CHANNEL.reserved.cpu]!, levels[own + CHANNEL.online.cpu]!]);
    const measuredMs = toMs - Math.max(fromMs, this.#start.measuredFromMs);
    if (measuredMs <= 0) return;
    for (let i = own; i < own + CHANNELS; i++) integrals[i]! += levels[i]! * measuredMs;
    if (levels[own + CHANNEL.nodesOnline] === 0) return;
    if (levels[own + CHANNEL.busyCpu]! > HOT * BUSY_SCALE * levels[own + CHANNEL.online.cpu]!)
      node.hotMs += measuredMs;
    if (levels[own + CHANNEL.allocated.cpu] === 0) node.emptyMs += measuredMs;
    if (node.isOff) node.offMs += measuredMs;
  }

  #figuresOf({ capacity, group, index, losses, nodeId, power, provider }: NodeMeter): NodeFigures {
    const integrals = this.#nodeIntegrals;
    const own = index * CHANNELS;
    return {
      provider,
      nodeId,
      group,
      capacity,
      power,
      onlineMs: integrals[own + CHANNEL.nodesOnline]!,
      shares: sharesOf(integrals.subarray(own, own + CHANNELS)),
      busyCpuMs: integrals[own + CHANNEL.busyCpu]! / BUSY_SCALE / 1000,
      wattMs: integrals[own + CHANNEL.watts]!,
      losses,
    };
  }

  #node(nodeId: string): NodeMeter {
    const node = this.#nodes.get(nodeId);
    invariant(node !== undefined, 'a node joins before anything happens on it', { nodeId });
    return node;
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

  #occupancy(): OccupancyOverview {
    const rows = this.#overview;
    const capacities = rows.map(() => 0);
    for (const { capacity, index } of this.#nodes.values()) {
      capacities[Math.floor(index / this.#nodesPerRow)]! += capacity.milliCpus;
    }
    return {
      startMs: this.#start.startMs,
      widthMs: rows[0]?.widthMs ?? 0,
      nodesPerRow: this.#nodesPerRow,
      rows: rows.map((row, i) =>
        Array.from({ length: row.length }, (_, bucket) => {
          const online = row.integral(bucket, 1);
          if (online * 2 < capacities[i]! * row.spanMs(bucket)) return null;
          return online === 0 ? 0 : row.integral(bucket, 0) / online;
        }),
      ),
    };
  }
}

function sumOf(nodes: Iterable<NodeMeter>, of: (node: NodeMeter) => number): number {
  let sum = 0;
  for (const node of nodes) sum += of(node);
  return sum;
}

/** Channels that are shares of another one. */
const SHARED_CHANNELS = [
  ...(['reserved', 'allocated'] as const).flatMap((use) =>
    REPORT_RESOURCES.map((resource) => ({
      channel: CHANNEL[use][resource],
      online: CHANNEL.online[resource],
      scale: 1,
    })),
  ),
  { channel: CHANNEL.busyCpu, online: CHANNEL.online.cpu, scale: BUSY_SCALE },
];

function sharedIndex(channel: number): number {
  return SHARED_CHANNELS.findIndex((shared) => shared.channel === channel);
}

function byUse(figureOf: (channel: number) => number | null): ByUse {
  const of = (resource: ReportResource) => ({
    reserved: figureOf(CHANNEL.reserved[resource]),
    allocated: figureOf(CHANNEL.allocated[resource]),
    busy: resource === 'cpu' ? figureOf(CHANNEL.busyCpu) : null,
  });
  return { cpu: of('cpu'), memory: of('memory'), disk: of('disk') };
}

function sharesOf(integrals: Float64Array): ByUse {
  return byUse((channel) => {
    const { online, scale } = SHARED_CHANNELS.find((shared) => shared.channel === channel)!;
    const capacity = integrals[online]! * scale;
    return capacity === 0 ? null : integrals[channel]! / capacity;
  });
}

/** Whether a VM in this state takes what was given to it. */
export function occupies(state: VmState): boolean {
  return state === 'RUNNING' || state === 'PAUSED' || state === 'UNDER_MIGRATION';
}

/** The same numbers, with room for so many. */
function reaching(numbers: Float64Array, length: number): Float64Array {
  if (numbers.length >= length) return numbers;
  const longer = new Float64Array(2 * length);
  longer.set(numbers);
  return longer;
}

/** @param busyShare of its CPUs */
export function wattsAt({ idleW, peakW, watts }: PowerModel, busyShare: number): number {
  if (watts === undefined) return idleW + (peakW - idleW) * busyShare;
  const at = Math.min(1, Math.max(0, busyShare)) * (watts.length - 1);
  const step = Math.min(watts.length - 2, Math.floor(at));
  return watts[step]! + (watts[step + 1]! - watts[step]!) * (at - step);
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

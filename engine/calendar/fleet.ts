// All nodes of a provider over time: their calendars, when they are out, and the search for nodes and starts with the help of the index.
// It knows amounts, not bookings; capacity-calendar.ts keeps those and is the only one that changes it.

import type { Devices } from '../domain/devices.ts';
import type { Ranking } from '../domain/ranking.ts';
import type { Amounts, DeviceDimension } from '../domain/resource-space.ts';
import { type BoundedClass, ClassWalk, type Counts } from './class-walk.ts';
import { DeviceCalendar, type DeviceLayout, deviceLayout } from './device-calendar.ts';
import { type FitQuery, NodeCalendar } from './node-calendar.ts';
import {
  hasBit,
  NodeIndex,
  type NodeMask,
  type NodeSet,
  Selection,
  setBit,
  wholeMask,
} from './node-index.ts';
import { StartSweep, SWEEP_RANGE_MS_MAX, type SweepRange } from './start-sweep.ts';

/** Instances that start together, on any nodes. */
export interface StartSearch extends FitQuery {
  readonly count: number;
}

export interface FleetOptions {
  /** Of each node; nodes that are alike share one. */
  readonly capacities: readonly Amounts[];
  /** The resources that come in devices. */
  readonly devices: readonly DeviceDimension[];
  /** Whether to keep an index over the nodes. */
  readonly indexed: boolean;
}

/** The nodes that have room for a window, to be walked with {@link Fleet.next}; good until something changes. */
export interface FleetCandidates {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Amounts;
  readonly selection: Selection;
}

/** A time in which a node is out: [fromMs, untilMs). */
export interface NodeOutage {
  /** -Infinity when it has begun. */
  readonly fromMs: number;
  /** Infinity: nobody knows when the node comes back. It is out of all windows then, whenever they begin. */
  readonly untilMs: number;
}

/** What a node with outages has beside the calendar that shows nothing free while it is out. */
interface OutNode {
  readonly outages: readonly NodeOutage[];
  /** What is free of it but for its outages: what is booked is booked here. */
  readonly ledger: NodeCalendar;
}

/** Copies a node's calendar before it changes it, when it is a fork; the index and the sweep serve all forks. */
export class Fleet {
  private readonly original: Fleet | undefined;
  /** All of them, as they are in the fleet that is no fork: what is free, which is nothing while a node is out. */
  private readonly calendars: NodeCalendar[];
  /** In a fork, those that were changed here. */
  private readonly changed = new Map<number, NodeCalendar>();
  /** Nodes with outages. In a fork, those that were changed here; null for one that has none any more. */
  private readonly out = new Map<number, OutNode | null>();
  private readonly mask: NodeMask;
  /** Nodes that are asked about; undefined: all. */
  private among: NodeSet | undefined;
  private readonly index: NodeIndex;
  private readonly sweep: StartSweep;
  /** Working memory of one question. */
  private readonly selection: Selection;
  private readonly walk: ClassWalk;
  /** While many changes are made: the last of them that the index is still to be told of, with those of the same node just before it. */
  private untold: Untold | undefined;
  private isTelling = true;

  /** @param source what each node has; or the fleet to begin as a fork of */
  constructor(source: FleetOptions | Fleet) {
    if (source instanceof Fleet) {
      const { available, unindexed, hasUnindexed } = source.mask;
      this.original = source;
      this.calendars = source.calendars;
      this.mask = { available: available.slice(), unindexed: unindexed.slice(), hasUnindexed };
      this.among = source.among;
      this.index = source.index;
      this.sweep = source.sweep;
      this.selection = source.selection;
      this.walk = source.walk;
    } else {
      this.calendars = calendarsOf(source);
      this.mask = wholeMask(this.calendars.length);
      this.index = new NodeIndex(this.calendars, source.indexed);
      this.sweep = new StartSweep();
      this.selection = new Selection();
      this.walk = new ClassWalk(this.index);
    }
  }

  /** The same as if there were only these nodes: to be asked, not to be changed, and good until something changes. */
  only(nodes: NodeSet): Fleet {
    const fleet = new Fleet(this);
    const { available } = fleet.mask;
    for (let word = 0; word < available.length; word += 1) available[word]! &= nodes[word]!;
    fleet.among = nodes;
    return fleet;
  }

  get nodeCount(): number {
    return this.calendars.length;
  }

  /** Whether the node is out at some instant of the window. */
  isOut(node: number, startMs: number, endMs: number): boolean {
    return this.outNode(node)?.outages.some((outage) => overlaps(outage, startMs, endMs)) ?? false;
  }

  outagesOf(node: number): readonly NodeOutage[] {
    return this.outNode(node)?.outages ?? NO_OUTAGES;
  }

  /** From now on these are the outages of the node. */
  setOutages(node: number, outages: readonly NodeOutage[]): void {
    const { fromMs, untilMs } = spanOf([...this.outagesOf(node), ...outages]);
    const ledger = this.own(node);
    if (outages.length > 0) this.out.set(node, { outages, ledger });
    else if (this.original === undefined) this.out.delete(node);
    else this.out.set(node, null);
    // One that is out for ever is not even asked; the others show that they have nothing free in between.
    setBit(this.mask.available, node, !outages.some((outage) => outage.untilMs === Number.POSITIVE_INFINITY));
    this.show(node, ledger);
    this.noteChange(node, fromMs, untilMs);
  }

  /** Nodes with outages, in no order. */
  private *outNodes(): Generator<[number, OutNode]> {
    for (const [node, out] of this.out) if (out !== null) yield [node, out];
    if (this.original === undefined) return;
    for (const entry of this.original.outNodes()) if (!this.out.has(entry[0])) yield entry;
  }

  private outNode(node: number): OutNode | undefined {
    const out = this.out.get(node);
    return out === undefined ? this.original?.outNode(node) : (out ?? undefined);
  }

  /**
   * Makes many changes at once: nothing may be asked of the fleet meanwhile but by {@link ledger} and {@link isOut}. Changes in a row of one node are
   * noted together, by the time from the first of them to the last.
   */
  changeMany<R>(change: () => R): R {
    this.isTelling = false;
    try {
      return change();
    } finally {
      this.isTelling = true;
      this.tell();
    }
  }

  /** See {@link NodeCalendar.take}. */
  take(node: number, startMs: number, endMs: number, amounts: Amounts, devices?: Devices): boolean {
    const ledger = this.own(node);
    const isTaken = ledger.take(startMs, endMs, amounts, devices);
    if (!isTaken) return false;
    if (this.outNode(node) !== undefined) this.show(node, ledger);
    this.noteChange(node, startMs, endMs, true);
    return true;
  }

  /** See {@link NodeCalendar.giveBack}. */
  giveBack(node: number, startMs: number, endMs: number, amounts: Amounts, devices?: Devices): void {
    const ledger = this.own(node);
    ledger.giveBack(startMs, endMs, amounts, devices);
    if (this.outNode(node) !== undefined) this.show(node, ledger);
    this.noteChange(node, startMs, endMs);
  }

  /** From now on `ms` is the present: what starts now is found sooner. It never goes back. Not for a fork. */
  passTo(ms: number): void {
    this.index.passTo(ms);
  }

  /** Nothing before `ms` is asked or changed any more. Not for a fork. */
  forgetBefore(ms: number): void {
    this.index.forgetBefore(ms);
  }

  /** Drops what the nodes know of the time before `ms`. Not for a fork. */
  dropBefore(ms: number): void {
    for (const calendar of this.calendars) calendar.forgetBefore(ms);
    for (const out of this.out.values()) out?.ledger.forgetBefore(ms);
  }

  /** What the node has but for its outages. */
  ledger(node: number): NodeCalendar {
    return this.outNode(node)?.ledger ?? this.node(node);
  }

  /** The node, to be asked. */
  node(node: number): NodeCalendar {
    if (this.original === undefined) return this.calendars[node]!;
    return this.changed.get(node) ?? this.original.node(node);
  }

  /** The available nodes that have room for the whole window. */
  select(
    startMs: number,
    endMs: number,
    demand: Amounts,
    selection: Selection = new Selection(),
  ): FleetCandidates {
    this.index.select({ startMs, durationMs: endMs - startMs, demand, isExact: true }, selection);
    return { startMs, endMs, demand, selection };
  }

  /** The lowest candidate from `from` on; the number of nodes if there is none. */
  next({ startMs, endMs, demand, selection }: FleetCandidates, from: number): number {
    let node = this.nextPossible(selection, from);
    while (node < this.nodeCount && !this.node(node).fits(startMs, endMs, demand)) {
      node = this.nextPossible(selection, node + 1);
    }
    return node;
  }

  /**
   * The candidates in classes, by falling bounds of their scores; see {@link nextOf}. Good until something changes or classes are asked for
   * again.
   * @param ranking undefined: nothing is known of the scores
   * @param counts the resources that count for it
   */
  classes(
    { startMs, endMs, demand }: FleetCandidates,
    ranking: Ranking | undefined,
    counts: Counts,
  ): ClassWalk {
    this.walk.begin({ startMs, durationMs: endMs - startMs, demand }, ranking, counts);
    return this.walk;
  }

  /** The lowest candidate of the class that was not looked at; the number of nodes if there is none. */
  nextOf(nodes: BoundedClass, { startMs, endMs, demand, selection }: FleetCandidates): number {
    let node = this.index.nextOf(nodes, selection, nodes.cursor, this.mask);
    while (node < this.nodeCount && !this.node(node).fits(startMs, endMs, demand)) {
      node = this.index.nextOf(nodes, selection, node + 1, this.mask);
    }
    return node;
  }

  /** Whether `count` instances fit together for the whole window. */
  canPlace(startMs: number, endMs: number, demand: Amounts, count: number): boolean {
    const { nodeCount } = this;
    let free = 0;
    const window = { startMs, durationMs: endMs - startMs, demand, isExact: true };
    const possible = this.index.select(window, this.selection);
    for (
      let node = this.nextPossible(possible, 0);
      node < nodeCount;
      node = this.nextPossible(possible, node + 1)
    ) {
      free += this.node(node).freeCount(startMs, endMs, demand);
      if (free >= count) return true;
    }
    return false;
  }

  /** Whether `count` instances would fit together for the whole window if no node were out. */
  canPlaceDespiteOutages(startMs: number, endMs: number, demand: Amounts, count: number): boolean {
    let wanted = count;
    for (const [node, { ledger }] of this.outNodes()) {
      if (this.isAsked(node) && this.isOut(node, startMs, endMs))
        wanted -= ledger.freeCount(startMs, endMs, demand);
    }
    return wanted <= 0 || this.canPlace(startMs, endMs, demand, wanted);
  }

  /** Whether every node is out at some instant of the window. */
  isWhollyOut(startMs: number, endMs: number): boolean {
    let out = 0;
    for (const [node] of this.outNodes()) if (this.isOut(node, startMs, endMs)) out += 1;
    return out === this.nodeCount;
  }

  /** Whether `count` instances would fit if nothing were used and no node out. */
  couldEverFit(demand: Amounts, count: number): boolean {
    let free = 0;
    for (let node = 0; node < this.nodeCount; node += 1) {
      if (!this.isAsked(node)) continue;
      free += this.calendars[node]!.countWhenUnused(demand);
      if (free >= count) return true;
    }
    return false;
  }

  private isAsked(node: number): boolean {
    return this.among === undefined || hasBit(this.among, node);
  }

  /** The least start at which all instances fit. */
  earliestStart({ demand, count, durationMs, notBeforeMs, latestStartMs }: StartSearch): number | undefined {
    // Most requests get the start they ask for, and to see that few nodes have to be visited.
    if (count > 1 && this.canPlace(notBeforeMs, notBeforeMs + durationMs, demand, count)) return notBeforeMs;
    for (let fromMs = notBeforeMs; fromMs <= latestStartMs; ) {
      const toMs = Math.min(latestStartMs, this.index.lastStartLike(fromMs), fromMs + SWEEP_RANGE_MS_MAX);
      const range = { demand, count, durationMs, fromMs, toMs };
      const startMs = count === 1 ? this.earliestOfOne(range) : this.sweepOver(range)?.earliest();
      if (startMs !== undefined) return startMs;
      fromMs = toMs + 1;
    }
    return undefined;
  }

  /** The greatest start at which all instances fit. */
  latestStart({ demand, count, durationMs, notBeforeMs, latestStartMs }: StartSearch): number | undefined {
    if (count > 1 && this.canPlace(latestStartMs, latestStartMs + durationMs, demand, count)) {
      return latestStartMs;
    }
    for (let toMs = latestStartMs; toMs >= notBeforeMs; ) {
      const fromMs = Math.max(notBeforeMs, this.index.firstStartLike(toMs), toMs - SWEEP_RANGE_MS_MAX);
      const range = { demand, count, durationMs, fromMs, toMs };
      const startMs = count === 1 ? this.latestOfOne(range) : this.sweepOver(range)?.latest();
      if (startMs !== undefined) return startMs;
      toMs = fromMs - 1;
    }
    return undefined;
  }

  private earliestOfOne({ demand, durationMs, fromMs, toMs }: SweepRange): number | undefined {
    const { index, nodeCount } = this;
    // Changed from node to node: only an earlier start than the best so far is of interest.
    const query = { demand, durationMs, notBeforeMs: fromMs, latestStartMs: toMs };
    let bestMs: number | undefined;
    const possible = index.select({ startMs: fromMs, durationMs, demand }, this.selection);
    for (
      let node = this.nextPossible(possible, 0);
      node < nodeCount;
      node = this.nextPossible(possible, node + 1)
    ) {
      const fitMs = this.node(node).earliestFit(query);
      if (fitMs === undefined) continue;
      if (fitMs === fromMs) return fitMs;
      bestMs = fitMs;
      query.latestStartMs = fitMs - 1;
    }
    return bestMs;
  }

  private latestOfOne({ demand, durationMs, fromMs, toMs }: SweepRange): number | undefined {
    const { index, nodeCount } = this;
    const query = { demand, durationMs, notBeforeMs: fromMs, latestStartMs: toMs };
    let bestMs: number | undefined;
    const possible = index.select({ startMs: fromMs, durationMs, demand }, this.selection);
    for (
      let node = this.nextPossible(possible, 0);
      node < nodeCount;
      node = this.nextPossible(possible, node + 1)
    ) {
      const fitMs = this.node(node).latestFit(query);
      if (fitMs === undefined) continue;
      if (fitMs === toMs) return fitMs;
      bestMs = fitMs;
      query.notBeforeMs = fitMs + 1;
    }
    return bestMs;
  }

  /** Undefined when it is plain that the instances do not fit in the range. */
  private sweepOver(range: SweepRange): StartSweep | undefined {
    const { demand, durationMs, fromMs } = range;
    const { index, nodeCount, sweep } = this;
    if (!this.mayFitInBucket(range)) return undefined;
    const possible = index.select({ startMs: fromMs, durationMs, demand }, this.selection);
    sweep.begin(range);
    for (
      let node = this.nextPossible(possible, 0);
      node < nodeCount;
      node = this.nextPossible(possible, node + 1)
    ) {
      sweep.include(this.node(node));
    }
    return sweep;
  }

  /** False when it is plain that the instances do not fit at any start in the bucket of `fromMs`. */
  private mayFitInBucket({ demand, count, durationMs, fromMs }: SweepRange): boolean {
    let wanted = count;
    for (let fork: Fleet = this; fork.original !== undefined; fork = fork.original) {
      for (const calendar of fork.changed.values()) wanted -= calendar.countWhenUnused(demand);
    }
    if (wanted <= 0) return true;
    return (
      this.index.countAtMost({ startMs: fromMs, durationMs, demand, enough: wanted }, this.mask) >= wanted
    );
  }

  /** The lowest available node from `from` on that may take what was selected in the index. */
  private nextPossible(selection: Selection, from: number): number {
    return this.index.nextPossible(selection, from, this.mask);
  }

  /** What the node has but for its outages, to be changed. */
  private own(node: number): NodeCalendar {
    if (this.original === undefined || this.changed.has(node)) return this.ledger(node);
    const ledger = this.ledger(node).copy();
    const out = this.outNode(node);
    this.changed.set(node, ledger);
    if (out !== undefined) {
      this.out.set(node, { ...out, ledger });
      this.show(node, ledger);
    }
    return ledger;
  }

  /** Derives what may be asked of the node. Costs as much as its calendar is long, which few nodes have to bear. */
  private show(node: number, ledger: NodeCalendar): void {
    const outages = this.outagesOf(node).filter(({ untilMs }) => untilMs !== Number.POSITIVE_INFINITY);
    const shown = outages.length === 0 ? ledger : ledger.copy();
    for (const { fromMs, untilMs } of outages) shown.close(fromMs, untilMs);
    if (this.original === undefined) this.calendars[node] = shown;
    else this.changed.set(node, shown);
  }

  private noteChange(node: number, startMs: number, endMs: number, isTaken = false): void {
    if (this.original !== undefined) {
      setBit(this.mask.unindexed, node, true);
      this.mask.hasUnindexed = true;
      return;
    }
    if (this.isTelling) {
      this.index.refresh(node, startMs, endMs, isTaken);
      return;
    }
    if (this.untold?.node !== node) {
      this.tell();
      this.untold = { node, startMs, endMs, isTaken };
      return;
    }
    this.untold.startMs = Math.min(this.untold.startMs, startMs);
    this.untold.endMs = Math.max(this.untold.endMs, endMs);
    this.untold.isTaken &&= isTaken;
  }

  private tell(): void {
    if (this.untold === undefined) return;
    const { endMs, isTaken, node, startMs } = this.untold;
    this.untold = undefined;
    this.index.refresh(node, startMs, endMs, isTaken);
  }
}

interface Untold {
  readonly node: number;
  startMs: number;
  endMs: number;
  isTaken: boolean;
}

function calendarsOf({ capacities, devices }: FleetOptions): NodeCalendar[] {
  if (devices.length === 0) return capacities.map((capacity) => new NodeCalendar(capacity));
  const layouts = new Map<Amounts, DeviceLayout | undefined>();
  return capacities.map((capacity) => {
    if (!layouts.has(capacity)) layouts.set(capacity, deviceLayout(capacity, devices));
    const layout = layouts.get(capacity);
    return layout === undefined ? new NodeCalendar(capacity) : new DeviceCalendar(layout);
  });
}

const NO_OUTAGES: readonly NodeOutage[] = [];

function overlaps({ fromMs, untilMs }: NodeOutage, startMs: number, endMs: number): boolean {
  return untilMs === Number.POSITIVE_INFINITY || (fromMs < endMs && startMs < untilMs);
}

/** From the first beginning to the last end that is known; empty when there is none. */
function spanOf(outages: readonly NodeOutage[]): NodeOutage {
  const ends = outages
    .map(({ untilMs }) => untilMs)
    .filter((untilMs) => untilMs !== Number.POSITIVE_INFINITY);
  return {
    fromMs: Math.min(...outages.map(({ fromMs }) => fromMs)),
    untilMs: Math.max(...ends),
  };
}

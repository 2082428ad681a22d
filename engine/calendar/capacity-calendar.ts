// The capacity of a whole provider over time: its nodes (fleet.ts), what they share, and the bookings.
// It answers where and when instances fit, and plans of edits are the only way to change it.
// The manager applies what a policy decided; a plan that does not fit is refused here, whatever the policy thought.

import type { ClusterSpec, NodeSpec } from '../domain/node.ts';
import { loadOf, type Ranking } from '../domain/ranking.ts';
import { type Amounts, ResourceSpace } from '../domain/resource-space.ts';
import { isWithin, NO_RESOURCES, type Resources, sameResources } from '../domain/resources.ts';
import { assertNever, invariant } from '../invariant.ts';
import { BestFirst } from './best-first.ts';
import type { Booking, BookingId } from './booking.ts';
import { BookingTable } from './booking-table.ts';
import { ChangeHeap } from './change-heap.ts';
import type { Counts } from './class-walk.ts';
import type { Applied, Edit, Plan, RefusalOfEdit, Refused } from './edit.ts';
import { Fleet, type NodeOutage } from './fleet.ts';
import { NodeCalendar } from './node-calendar.ts';
import { emptySet, hasBit, type NodeSet, Selection, setBit } from './node-index.ts';
import { SWEEP_COUNT_MAX } from './start-sweep.ts';

/** A cluster, as far as the calendar needs to know it. */
export interface CapacityCalendarOptions extends Pick<ClusterSpec, 'sharedDiskGib' | 'resources'> {
  /** A node's index is its place in this list; ties between nodes go to the lowest index. */
  readonly nodes: readonly Pick<NodeSpec, 'nodeId' | 'capacity' | 'models' | 'site'>[];
  /** False turns off the index over nodes: the same answers, later. */
  readonly indexed?: boolean;
}

/** One instance for the window [startMs, endMs). */
export interface WindowQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: Resources;
}

export interface PlacementQuery extends WindowQuery {
  /** Identical instances wanted, all or nothing. */
  readonly count: number;
}

export interface EarliestStartQuery {
  readonly demand: Resources;
  /** Identical instances that start together, all or nothing, on any nodes. */
  readonly count: number;
  readonly durationMs: number;
  readonly notBeforeMs: number;
  /** Inclusive. Without it the search goes on until the last booking and the last outage have ended. */
  readonly latestStartMs?: number;
}

export interface LatestStartQuery {
  readonly demand: Resources;
  readonly count: number;
  readonly durationMs: number;
  readonly notBeforeMs: number;
  /** The latest start that is acceptable, inclusive. */
  readonly notAfterMs: number;
}

/** What a ranking looks at. */
interface Sight {
  readonly counts: Counts;
  /** The resources that count, by their places. */
  readonly places: readonly number[];
}

/** Why an edit cannot be applied. */
type Obstacle = Pick<Refused, 'reason' | 'details'>;

/** What one edit does to a booking: enters `after`, drops `before`, or puts one in the place of the other. */
type Change =
  | { readonly before: undefined; readonly after: Booking }
  | { readonly before: Booking; readonly after: Booking | undefined };

/**
 * Books capacity, and finds capacity to book.
 *
 * Times are integer milliseconds and windows half-open. Nothing may be asked or booked before the instant given to
 * {@link forgetBefore}. What is pool-wide (disk, when it is shared) is drawn from by the bookings of all nodes, and nodes
 * have none of it for themselves. A question that makes no sense throws InvariantError.
 */
export class CapacityCalendar {
  readonly space: ResourceSpace;
  /** What all nodes have together, out or not, and what they share. */
  readonly totalCapacity: Resources;
  private readonly nodes: CapacityCalendarOptions['nodes'];
  private readonly nodeIndexById: ReadonlyMap<string, number>;
  private readonly fleet: Fleet;
  /** What all nodes share, over time. A draft has that of its original until it changes it. */
  private pool: NodeCalendar | undefined;
  private readonly bookings: BookingTable;
  private lastId: BookingId = 0;
  private knownFromMs = Number.NEGATIVE_INFINITY;
  /** No booking ends after this, and no outage whose end is known. */
  private lastEndMs = Number.NEGATIVE_INFINITY;
  private takenSinceSweep = 0;
  /** When bookings and outages end, or were to; undefined of a draft. */
  private readonly ends: ChangeHeap | undefined;
  private room = 0;
  /** The nodes on which room may have come free last, one for each version of that. Not of a draft. */
  private readonly raised: number[] = [];
  /** Counts changes, so that a draft sees that its original is no longer what it was made from. */
  private version = 0;
  private readonly draftOf: { readonly original: CapacityCalendar; readonly version: number } | undefined;
  /** What each node has, of what is pool-wide as well. */
  private readonly capacities: readonly Amounts[];
  // Working memory, good until the next question.
  private readonly onNode: Amounts;
  private readonly inPool: Amounts;
  private readonly free: Amounts;
  /** What a demand takes of nodes and pool together. */
  private readonly wanted: Amounts;
  private readonly poolFree: Amounts;
  private readonly ranked: BestFirst;
  private readonly selection: Selection;
  private readonly sights: WeakMap<Ranking, Sight>;
  /** The nodes with devices of such models. */
  private readonly nodesOfModels: WeakMap<NonNullable<Resources['models']>, NodeSet>;

  /** @param source a cluster; or another calendar, to begin as its draft (see {@link fork}) */
  constructor(source: CapacityCalendarOptions | CapacityCalendar) {
    if (source instanceof CapacityCalendar) {
      this.nodes = source.nodes;
      this.draftOf = { original: source, version: source.version };
      this.space = source.space;
      this.totalCapacity = source.totalCapacity;
      this.nodeIndexById = source.nodeIndexById;
      this.fleet = new Fleet(source.fleet);
      this.pool = source.pool;
      this.bookings = new BookingTable(source.bookings);
      this.ends = undefined;
      this.lastId = source.lastId;
      this.knownFromMs = source.knownFromMs;
      this.lastEndMs = source.lastEndMs;
      this.capacities = source.capacities;
      this.onNode = source.onNode;
      this.inPool = source.inPool;
      this.free = source.free;
      this.wanted = source.wanted;
      this.poolFree = source.poolFree;
      this.sights = source.sights;
      this.nodesOfModels = source.nodesOfModels;
      this.ranked = source.ranked;
      this.selection = source.selection;
      return;
    }
    const { nodes, indexed = true } = source;
    this.nodes = nodes;
    this.nodeIndexById = new Map(nodes.map(({ nodeId }, nodeIndex) => [nodeId, nodeIndex]));
    invariant(this.nodeIndexById.size === nodes.length, 'node ids are unique');
    this.space = new ResourceSpace(source);
    const { poolCapacity } = this.space;
    const capacities = amountsOfNodes(nodes, (node) => this.space.ofNode(node));
    this.totalCapacity = this.space.resourcesOf(
      sumOf([...capacities, poolCapacity ?? this.space.amounts(NO_RESOURCES, 'pool')]),
    );
    this.fleet = new Fleet({ capacities, devices: this.space.devices, indexed });
    this.pool = poolCapacity && new NodeCalendar(poolCapacity);
    this.capacities =
      poolCapacity === undefined
        ? capacities
        : amountsOfNodes(nodes, (node) =>
            sumOf([this.space.ofNode(node), this.space.amounts(node.capacity, 'pool')]),
          );
    this.bookings = new BookingTable(nodes.length);
    this.ends = new ChangeHeap();
    this.onNode = this.space.amounts(NO_RESOURCES, 'node');
    this.inPool = this.space.amounts(NO_RESOURCES, 'pool');
    this.free = this.space.amounts(NO_RESOURCES, 'node');
    this.wanted = this.space.amounts(NO_RESOURCES, 'node');
    this.poolFree = this.space.amounts(NO_RESOURCES, 'pool');
    this.sights = new WeakMap();
    this.nodesOfModels = new WeakMap();
    this.ranked = new BestFirst();
    this.selection = new Selection();
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** How many bookings are kept: all that are neither released nor forgotten, and forgotten ones not yet swept away. */
  get bookingCount(): number {
    return this.bookings.count;
  }

  nodeId(nodeIndex: number): string {
    return this.specOf(nodeIndex).nodeId;
  }

  /** Undefined for an id that no node has. */
  nodeIndexOf(nodeId: string): number | undefined {
    return this.nodeIndexById.get(nodeId);
  }

  capacityOf(nodeIndex: number): Resources {
    return this.specOf(nodeIndex).capacity;
  }

  /** Undefined: nobody said where it stands. */
  siteOf(nodeIndex: number): string | undefined {
    return this.specOf(nodeIndex).site?.name;
  }

  /** Whether the node is out at some instant of [startMs, endMs). */
  isOut(nodeIndex: number, startMs: number, endMs: number): boolean {
    this.checkCurrent();
    this.specOf(nodeIndex);
    return this.fleet.isOut(nodeIndex, startMs, endMs);
  }

  /** As they were set. */
  outagesOf(nodeIndex: number): readonly NodeOutage[] {
    this.checkCurrent();
    this.specOf(nodeIndex);
    return this.fleet.outagesOf(nodeIndex);
  }

  /** Whether every node is out at some instant of [startMs, endMs). */
  isWhollyOut(startMs: number, endMs: number): boolean {
    this.checkCurrent();
    return this.fleet.isWhollyOut(startMs, endMs);
  }

  /**
   * When the node is out, from now on; instead of what was set before. It keeps its bookings, but takes no new ones whose window
   * overlaps an outage, and is offered for none by any query.
   */
  setOutages(nodeIndex: number, outages: readonly NodeOutage[]): void {
    if (outages.length === 0 && this.outagesOf(nodeIndex).length === 0) return;
    for (const { fromMs, untilMs } of outages) {
      invariant(fromMs < untilMs, 'an outage ends after it begins', { fromMs, untilMs });
      if (untilMs !== Number.POSITIVE_INFINITY) this.lastEndMs = Math.max(this.lastEndMs, untilMs);
    }
    this.fleet.setOutages(nodeIndex, outages);
    this.version += 1;
    this.noteRoom(nodeIndex);
    for (const { untilMs } of outages) this.noteEnd(nodeIndex, untilMs);
  }

  // Changes

  /**
   * A draft for thinking ahead: a calendar that begins as this one is, and whose edits never come back here. It costs little: a node
   * is copied when the draft first changes it. A draft is of the calendar as it was, so it is out of date, and throws when it is
   * used, as soon as this one changes. A plan that a draft has applied is applied here with the same ids.
   */
  fork(): CapacityCalendar {
    this.checkCurrent();
    return new CapacityCalendar(this);
  }

  /** Checks and applies the edits in their order: all of them, or none and the calendar stays exactly as it was. */
  apply(plan: Plan): Applied | Refused {
    this.checkCurrent();
    return plan.length < 2 ? this.performAll(plan) : this.fleet.changeMany(() => this.performAll(plan));
  }

  /** Tells that it is `ms` now, which changes no answer, but lets those about what starts now be found sooner. Time never goes back. */
  passTo(ms: number): void {
    this.checkCurrent();
    const { ends, fleet } = this;
    if (ends === undefined) return;
    fleet.passTo(ms);
    while (ends.earliestMs <= ms) this.noteRoom(ends.take());
  }

  /**
   * Changes whenever room may have come free, by an edit, an outage, or because the present has come to the end of one ({@link passTo}). As long as it is
   * the same, what had no room from the present on has none from a later one on, for as long or longer. Not of a draft.
   */
  get roomVersion(): number {
    return this.room;
  }

  /** The nodes on which room may have come free since that version; undefined: that is not known, because it was long ago or all nodes share something. */
  roomSince(version: number): ReadonlySet<number> | undefined {
    const { length } = this.raised;
    const count = this.room - version;
    if (count > length || this.pool !== undefined) return undefined;
    const nodes = new Set<number>();
    for (let i = length - count; i < length; i += 1) nodes.add(this.raised[i]!);
    return nodes;
  }

  /**
   * Drops the time before `ms`: bookings that ended before it are gone without a release, and nothing before it can be
   * asked or booked. A booking that ends exactly at `ms` stays, so that forgetting at an instant does not race with
   * releasing what ends at that instant. Amortised O(1) for each booking made, however often it is called.
   */
  forgetBefore(ms: number): void {
    this.checkCurrent();
    if (ms <= this.knownFromMs) return;
    this.knownFromMs = ms;
    this.version += 1;
    // A draft is not for long, and what it has not changed is not its own.
    if (this.draftOf !== undefined) return;
    this.fleet.forgetBefore(ms);
    // The sweep visits everything, so wait until as much has been booked as it will visit.
    if (this.takenSinceSweep < this.bookingCount / 2 + this.nodeCount) return;
    this.takenSinceSweep = 0;
    this.pool?.forgetBefore(ms);
    this.fleet.dropBefore(ms);
    this.bookings.forgetBefore(ms);
  }

  // Questions about bookings

  /** Undefined when the booking was released or forgotten, or never was. */
  get(id: BookingId): Booking | undefined {
    this.checkCurrent();
    const booking = this.bookings.get(id);
    return booking !== undefined && booking.endMs >= this.knownFromMs ? booking : undefined;
  }

  /** The bookings of the node that overlap [fromMs, toMs), by start, then by id. */
  bookingsOn(nodeIndex: number, fromMs: number, toMs: number): Booking[] {
    this.checkCurrent();
    this.specOf(nodeIndex);
    return this.bookings.on(nodeIndex, fromMs, toMs).filter(({ endMs }) => endMs >= this.knownFromMs);
  }

  // Questions about one node

  /** How many instances the node can take for the whole window; 0 where it is out, Infinity for no demand. */
  freeCount(nodeIndex: number, { startMs, endMs, demand }: WindowQuery): number {
    this.checkWindow(startMs, endMs);
    if (this.isOut(nodeIndex, startMs, endMs) || !this.hasModels(nodeIndex, demand)) return 0;
    const count = this.fleet.node(nodeIndex).freeCount(startMs, endMs, this.partOnNode(demand));
    return this.pool === undefined || count === 0
      ? count
      : Math.min(count, this.pool.freeCount(startMs, endMs, this.partInPool(demand)));
  }

  /** Whether the node's devices are of the models that will do. */
  hasModels(nodeIndex: number, { models }: Resources): boolean {
    return models === undefined || hasBit(this.nodesOf(models), nodeIndex);
  }

  /** What the node has free throughout the window, out or not, and what is free of what all nodes share. */
  minFree(nodeIndex: number, startMs: number, endMs: number): Resources {
    this.checkWindow(startMs, endMs);
    this.specOf(nodeIndex);
    this.fleet.ledger(nodeIndex).minFreeInto(this.onNode, startMs, endMs);
    if (this.pool === undefined) return this.space.resourcesOf(this.onNode);
    this.pool.minFreeInto(this.inPool, startMs, endMs);
    return this.space.resourcesOf(sumOf([this.onNode, this.inPool]));
  }

  /**
   * Of each resource that comes in devices, what each device of the node has free throughout the window, out or not; by the name of the
   * resource, in the order of their numbers.
   */
  freeDevices(
    nodeIndex: number,
    startMs: number,
    endMs: number,
  ): Readonly<Record<string, readonly number[]>> {
    this.checkWindow(startMs, endMs);
    this.specOf(nodeIndex);
    const ledger = this.fleet.ledger(nodeIndex);
    return Object.fromEntries(
      this.space.devices.map(({ name, place }) => [name, ledger.freeDevices(place, startMs, endMs)]),
    );
  }

  /**
   * The plan with the devices that its new bookings would take if it were applied now: what is cut into pieces afterwards is on the same
   * devices throughout. As it is when it would be refused, or takes no devices.
   */
  withDevices<E extends Edit>(plan: readonly E[]): readonly E[] {
    const isOfDevices = (edit: Edit) => edit.edit === 'book' && this.space.usesDevices(edit.demand);
    if (this.space.devices.length === 0 || !plan.some(isOfDevices)) return plan;
    const draft = this.fork();
    const outcome = draft.apply(plan);
    if (outcome.kind === 'refused') return plan;
    const ids = outcome.bookings.values();
    return plan.map((edit) => {
      if (edit.edit !== 'book') return edit;
      const devices = draft.get(ids.next().value!)?.devices;
      return devices === undefined ? edit : { ...edit, devices };
    });
  }

  /** The integral of the booked milli-CPUs over the window, in milli-CPU milliseconds. */
  reservedMilliCpuMs(nodeIndex: number, startMs: number, endMs: number): number {
    this.checkWindow(startMs, endMs);
    this.specOf(nodeIndex);
    return this.fleet.ledger(nodeIndex).reservedMilliCpuMs(startMs, endMs);
  }

  // Questions about all nodes

  /** The nodes that can take at least one instance for the whole window, by rising index, found as asked for. */
  *candidates({ startMs, endMs, demand }: WindowQuery): Generator<number, void, undefined> {
    this.checkWindow(startMs, endMs);
    if (!this.fitsPool(startMs, endMs, demand, 1)) return;
    const { nodeCount } = this;
    const fleet = this.fleetFor(demand);
    const candidates = fleet.select(startMs, endMs, this.space.amounts(demand, 'node'));
    for (let node = fleet.next(candidates, 0); node < nodeCount; node = fleet.next(candidates, node + 1)) {
      yield node;
    }
  }

  /**
   * A node for each of the instances, one after the other: the first of the ranking among those with room for one more, where those of
   * the query that were placed before count as if they were booked. Fewer when there is no room for all of them.
   */
  bestNodes(query: PlacementQuery, ranking: Ranking): number[] {
    const { startMs, endMs, demand, count } = query;
    const { by } = ranking;
    this.checkWindow(startMs, endMs);
    checkCount(count);
    const { pool, ranked, nodeCount } = this;
    const fleet = this.fleetFor(demand);
    if (!this.fitsPool(startMs, endMs, demand, 1)) return [];
    const onNode = this.partOnNode(demand);
    const sight = this.sightOf(ranking);
    const scoreOf = this.scorer(query, ranking, sight);
    const candidates = fleet.select(startMs, endMs, onNode, this.selection);
    const isBounded = by === 'load' || pool === undefined;
    const classes = fleet.classes(candidates, isBounded ? ranking : undefined, sight.counts);
    /** Looks at nodes until none that is left can come before the best. */
    const best = () => {
      for (let position = 0; ; position += 1) {
        const nodes = classes.class(position);
        if (nodes === undefined || ranked.isBefore(nodes.bound, 0)) return ranked.best();
        while (nodes.cursor < nodeCount && !ranked.isBefore(nodes.bound, nodes.cursor)) {
          const node = fleet.nextOf(nodes, candidates);
          if (node < nodeCount) ranked.add(node, scoreOf(node, 0));
          nodes.cursor = node + 1;
        }
      }
    };
    ranked.clear();
    const poolCount = pool?.freeCount(startMs, endMs, this.partInPool(demand)) ?? Number.POSITIVE_INFINITY;
    if (count === 1) {
      const node = best();
      return node === undefined ? [] : [node];
    }
    const placed = new Map<number, { count: number; readonly room: number }>();
    const chosen: number[] = [];
    for (let node = best(); node !== undefined; node = best()) {
      chosen.push(node);
      if (chosen.length === count) return chosen;
      let here = placed.get(node);
      if (here === undefined) {
        const room = Math.min(poolCount, fleet.node(node).freeCount(startMs, endMs, onNode));
        here = { count: 0, room };
        placed.set(node, here);
      }
      here.count += 1;
      if (here.count < here.room) ranked.rescore(scoreOf(node, here.count));
      else ranked.drop();
    }
    return chosen;
  }

  /** Whether `count` instances fit together for the whole window, on any nodes. */
  canPlace({ startMs, endMs, demand, count }: PlacementQuery): boolean {
    this.checkWindow(startMs, endMs);
    checkCount(count);
    return (
      this.fitsPool(startMs, endMs, demand, count) &&
      this.fleetFor(demand).canPlace(startMs, endMs, this.partOnNode(demand), count)
    );
  }

  /** Whether they would fit if no node were out. O(nodes with outages) more than {@link canPlace}. */
  canPlaceDespiteOutages({ startMs, endMs, demand, count }: PlacementQuery): boolean {
    this.checkWindow(startMs, endMs);
    checkCount(count);
    return (
      this.fitsPool(startMs, endMs, demand, count) &&
      this.fleetFor(demand).canPlaceDespiteOutages(startMs, endMs, this.partOnNode(demand), count)
    );
  }

  /**
   * The least start in [notBeforeMs, latestStartMs] from which all instances fit for the whole duration; undefined when
   * there is none. It is notBeforeMs, or an instant at which a booking or an outage ends.
   */
  earliestStart({
    demand,
    count,
    durationMs,
    notBeforeMs,
    latestStartMs = Number.POSITIVE_INFINITY,
  }: EarliestStartQuery): number | undefined {
    this.checkWindow(notBeforeMs, notBeforeMs + durationMs);
    checkCount(count);
    const { pool } = this;
    const fleet = this.fleetFor(demand);
    const onNode = this.partOnNode(demand);
    // When the last booking and the last outage have ended nothing changes any more.
    const lastMs = Math.min(latestStartMs, Math.max(notBeforeMs, this.lastEndMs));
    let fromMs = notBeforeMs;
    while (fromMs <= lastMs) {
      const nodesMs = fleet.earliestStart({
        demand: onNode,
        count,
        durationMs,
        notBeforeMs: fromMs,
        latestStartMs: lastMs,
      });
      if (nodesMs === undefined || pool === undefined) return nodesMs;
      const poolMs = pool.earliestFit({
        demand: this.partInPool(demand, count),
        durationMs,
        notBeforeMs: nodesMs,
        latestStartMs: lastMs,
      });
      if (poolMs === undefined || poolMs === nodesMs) return poolMs;
      fromMs = poolMs;
    }
    return undefined;
  }

  /**
   * The greatest start in [notBeforeMs, notAfterMs] from which all instances fit for the whole duration; undefined when
   * there is none. It is notAfterMs, or the start of a booking or an outage less the duration.
   */
  latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs }: LatestStartQuery): number | undefined {
    this.checkWindow(notBeforeMs, notBeforeMs + durationMs);
    checkCount(count);
    const { pool } = this;
    const fleet = this.fleetFor(demand);
    const onNode = this.partOnNode(demand);
    let toMs = notAfterMs;
    while (toMs >= notBeforeMs) {
      const nodesMs = fleet.latestStart({
        demand: onNode,
        count,
        durationMs,
        notBeforeMs,
        latestStartMs: toMs,
      });
      if (nodesMs === undefined || pool === undefined) return nodesMs;
      const poolMs = pool.latestFit({
        demand: this.partInPool(demand, count),
        durationMs,
        notBeforeMs,
        latestStartMs: nodesMs,
      });
      if (poolMs === undefined || poolMs === nodesMs) return poolMs;
      toMs = poolMs;
    }
    return undefined;
  }

  /** Whether all instances would fit on an empty calendar with no node out: if not, no wait will help. */
  couldEverFit(demand: Resources, count: number): boolean {
    checkCount(count);
    if (!this.space.describes(demand)) return false;
    if (this.pool !== undefined && this.pool.countWhenUnused(this.partInPool(demand)) < count) return false;
    return this.fleetFor(demand).couldEverFit(this.partOnNode(demand), count);
  }

  // Edits: each drops a booking, enters one, or puts one in the place of another.

  private performAll(plan: Plan): Applied | Refused {
    const { lastId, lastEndMs } = this;
    const done: Change[] = [];
    for (let index = 0; index < plan.length; index += 1) {
      const edit = plan[index]!;
      const change = this.perform(edit);
      if ('reason' in change) {
        for (const each of done.reverse()) this.undo(each);
        this.lastId = lastId;
        this.lastEndMs = lastEndMs;
        return { kind: 'refused', index, edit, ...change };
      }
      // After the last one there is nothing that could be undone: most plans are of one edit.
      if (index < plan.length - 1) done.push(change);
    }
    this.version += 1;
    return { kind: 'applied', bookings: idsBetween(lastId, this.lastId) };
  }

  private perform(edit: Edit): Change | Obstacle {
    const wanted = this.wantedBy(edit);
    if ('reason' in wanted) return wanted;
    const { before } = wanted;
    let { after } = wanted;
    if (before === undefined || after === undefined || takesOther(before, after)) {
      if (after !== undefined && takesMore(before, after) && this.isInTheWay(after)) {
        return { reason: 'node-unavailable', details: { nodeId: this.nodeId(after.nodeIndex) } };
      }
      if (after !== undefined && !this.hasModels(after.nodeIndex, after.demand)) {
        return this.noRoom('no-room', after);
      }
      if (before !== undefined) this.giveBack(before);
      if (after !== undefined) after = this.onDevices(after);
      const lacking = after && this.take(after);
      if (lacking !== undefined) {
        const refusal = this.noRoom(lacking, after!);
        if (before !== undefined) this.take(before);
        return refusal;
      }
      if (before !== undefined) this.noteRoom(before.nodeIndex);
      if (after !== undefined) this.noteEnd(after.nodeIndex, after.endMs);
    }
    this.bookings.exchange(before, after);
    if (after !== undefined) {
      this.lastId = Math.max(this.lastId, after.id);
      this.lastEndMs = Math.max(this.lastEndMs, after.endMs);
    }
    return after === wanted.after ? wanted : ({ before, after } as Change);
  }

  /** The same with devices, if it needs some, has none yet, and there are enough. */
  private onDevices(booking: Booking): Booking {
    const { demand, devices, endMs, nodeIndex, startMs } = booking;
    if (devices !== undefined || this.space.devices.length === 0 || !this.space.usesDevices(demand)) {
      return booking;
    }
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return booking;
    const chosen = this.fleet.ledger(nodeIndex).chooseDevices(fromMs, endMs, this.partOnNode(demand));
    return chosen === undefined || chosen.length === 0 ? booking : { ...booking, devices: chosen };
  }

  private noteEnd(nodeIndex: number, ms: number): void {
    if (ms !== Number.POSITIVE_INFINITY) this.ends?.add(ms, nodeIndex);
  }

  private noteRoom(nodeIndex: number): void {
    this.room += 1;
    if (this.ends === undefined) return;
    if (this.raised.length >= 2 * RAISED_KEPT) this.raised.splice(0, RAISED_KEPT);
    this.raised.push(nodeIndex);
  }

  private wantedBy(edit: Edit): Change | Obstacle {
    if (edit.edit === 'book') {
      const { devices, nodeIndex, startMs, endMs, demand, kind, owner } = edit;
      const plain = { id: this.lastId + 1, nodeIndex, startMs, endMs, demand, kind, owner };
      const after = devices === undefined ? plain : { ...plain, devices };
      return this.flawOf(after) ?? { before: undefined, after };
    }
    const before = this.get(edit.id);
    if (before === undefined) return { reason: 'unknown-booking', details: { id: edit.id } };
    switch (edit.edit) {
      case 'release':
        return { before, after: undefined };
      case 'rekind':
        return { before, after: { ...before, kind: edit.kind } };
      case 'move': {
        const startMs = Math.max(before.startMs, this.knownFromMs, edit.fromMs ?? before.startMs);
        const { devices: _, ...placeless } = before;
        const after = { ...placeless, nodeIndex: edit.nodeIndex, startMs };
        return this.flawOf(after, before) ?? { before, after };
      }
      case 'resize': {
        const { startMs = before.startMs, endMs = before.endMs, demand = before.demand } = edit;
        const { devices, ...same } = before;
        const stays = devices !== undefined && sameResources(demand, before.demand);
        const after = { ...same, startMs, endMs, demand, ...(stays && { devices }) };
        return this.flawOf(after, before) ?? { before, after };
      }
      default:
        return assertNever(edit);
    }
  }

  /** What is wrong with a booking in itself, whatever else is booked. */
  private flawOf(after: Booking, before?: Booking): Obstacle | undefined {
    const { devices, nodeIndex, startMs, endMs, demand } = after;
    const { knownFromMs } = this;
    if (this.nodes[nodeIndex] === undefined) return { reason: 'unknown-node', details: { nodeIndex } };
    // What has begun may go on; its past is as it was.
    const isInTime = startMs >= knownFromMs || (startMs === before?.startMs && endMs >= knownFromMs);
    if (!(isWindow(startMs, endMs) && isInTime)) {
      return { reason: 'bad-window', details: { startMs, endMs, knownFromMs } };
    }
    if (!this.space.describes(demand)) return { reason: 'bad-demand', details: { demand } };
    if (
      devices !== undefined &&
      !this.fleet.ledger(nodeIndex).areDevicesFor(devices, this.partOnNode(demand))
    ) {
      return { reason: 'bad-demand', details: { demand, devices } };
    }
    return undefined;
  }

  /** Whether the node of the booking is out in what is left of its window. */
  private isInTheWay({ endMs, nodeIndex, startMs }: Booking): boolean {
    return this.fleet.isOut(nodeIndex, Math.max(startMs, this.knownFromMs), endMs);
  }

  private noRoom(reason: RefusalOfEdit, booking: Booking): Obstacle {
    const { nodeIndex, startMs, endMs, demand } = booking;
    const nodeId = this.nodeId(nodeIndex);
    const fromMs = Math.max(startMs, this.knownFromMs);
    const free = this.minFree(nodeIndex, fromMs, endMs);
    const details = { nodeId, startMs, endMs, demand, free };
    if (!this.space.usesDevices(demand)) return { reason, details };
    return { reason, details: { ...details, freeDevices: this.freeDevices(nodeIndex, fromMs, endMs) } };
  }

  private undo({ before, after }: Change): void {
    this.bookings.exchange(after, before);
    if (before !== undefined && after !== undefined && !takesOther(before, after)) return;
    if (after !== undefined) this.giveBack(after);
    if (before !== undefined) this.take(before);
  }

  // What a booking takes before `knownFromMs` is left as it is, and forgotten in time.

  /** Takes what the booking needs; or nothing, and says why. */
  private take({
    devices,
    nodeIndex,
    startMs,
    endMs,
    demand,
  }: Booking): 'no-room' | 'no-room-in-pool' | undefined {
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return undefined;
    const pool = this.ownPool();
    if (pool !== undefined && !pool.take(fromMs, endMs, this.partInPool(demand))) return 'no-room-in-pool';
    if (!this.fleet.take(nodeIndex, fromMs, endMs, this.partOnNode(demand), devices)) {
      pool?.giveBack(fromMs, endMs, this.partInPool(demand));
      return 'no-room';
    }
    this.takenSinceSweep += 1;
    return undefined;
  }

  private giveBack({ devices, nodeIndex, startMs, endMs, demand }: Booking): void {
    const fromMs = Math.max(startMs, this.knownFromMs);
    if (fromMs >= endMs) return;
    this.ownPool()?.giveBack(fromMs, endMs, this.partInPool(demand));
    this.fleet.giveBack(nodeIndex, fromMs, endMs, this.partOnNode(demand), devices);
  }

  /** The pool, to be changed. */
  private ownPool(): NodeCalendar | undefined {
    if (this.pool === this.draftOf?.original.pool) this.pool = this.pool?.copy();
    return this.pool;
  }

  private fitsPool(startMs: number, endMs: number, demand: Resources, count: number): boolean {
    return this.pool === undefined || this.pool.fits(startMs, endMs, this.partInPool(demand, count));
  }

  /** How a ranking looks at a node on which some instances are placed already: the higher, the better. */
  private scorer(
    { startMs, endMs, demand }: WindowQuery,
    ranking: Ranking,
    { places }: Sight,
  ): (node: number, placed: number) => number {
    const { by, first } = ranking;
    const { capacities, fleet, free, pool } = this;
    const sign = first === 'most' ? 1 : -1;
    if (by === 'load') {
      const durationMs = endMs - startMs;
      return (node, placed) => {
        const capacityMilliCpus = capacities[node]![0]!;
        const reserved = fleet.node(node).reservedMilliCpuMs(startMs, endMs);
        return sign * loadOf(reserved, { capacityMilliCpus, durationMs }, placed * demand.milliCpus);
      };
    }
    const { poolFree, wanted } = this;
    this.space.wholeInto(wanted, demand);
    pool?.minFreeInto(poolFree, startMs, endMs);
    return (node, placed) => {
      const capacity = capacities[node]!;
      fleet.node(node).minFreeInto(free, startMs, endMs);
      let least = 1;
      for (let index = 0; index < places.length; index += 1) {
        const place = places[index]!;
        const has = capacity[place]!;
        if (has === 0) continue;
        const left = free[place]! + poolFree[place]! - (placed + 1) * wanted[place]!;
        least = Math.min(least, left / has);
      }
      return sign * least;
    };
  }

  /** The nodes that have devices of the models that will do. */
  private fleetFor({ models }: Resources): Fleet {
    return models === undefined ? this.fleet : this.fleet.only(this.nodesOf(models));
  }

  private nodesOf(models: NonNullable<Resources['models']>): NodeSet {
    const known = this.nodesOfModels.get(models);
    if (known !== undefined) return known;
    const set = emptySet(this.nodeCount);
    for (const [index, node] of this.nodes.entries()) {
      const suits = Object.entries(models).every(([name, wanted]) => {
        const model = node.models?.[name];
        return model !== undefined && wanted.includes(model);
      });
      setBit(set, index, suits);
    }
    this.nodesOfModels.set(models, set);
    return set;
  }

  private sightOf(ranking: Ranking): Sight {
    let sight = this.sights.get(ranking);
    if (sight === undefined) {
      const { of } = ranking;
      const only = this.space.dimensions.findIndex(({ name }) => name === of);
      const counts: Counts = (place) => (of === undefined ? place < this.space.amountsCount : place === only);
      sight = { counts, places: [...this.space.dimensions.keys()].filter(counts) };
      this.sights.set(ranking, sight);
    }
    return sight;
  }

  private partOnNode(demand: Resources): Amounts {
    return this.space.amountsInto(this.onNode, demand, 'node');
  }

  private partInPool(demand: Resources, count = 1): Amounts {
    return this.space.amountsInto(this.inPool, demand, 'pool', count);
  }

  private specOf(nodeIndex: number): CapacityCalendarOptions['nodes'][number] {
    const node = this.nodes[nodeIndex];
    if (node === undefined) invariant(false, 'there is a node with that index', { nodeIndex });
    return node;
  }

  private checkWindow(startMs: number, endMs: number): void {
    this.checkCurrent();
    if (!isWindow(startMs, endMs)) {
      invariant(false, 'a window is in whole milliseconds, and ends after it starts', { startMs, endMs });
    }
    if (startMs < this.knownFromMs) {
      invariant(false, 'a window starts after the forgotten past', {
        startMs,
        knownFromMs: this.knownFromMs,
      });
    }
  }

  private checkCurrent(): void {
    const { draftOf } = this;
    if (draftOf === undefined) return;
    if (draftOf.original.version !== draftOf.version) {
      invariant(false, 'a draft is used before the calendar that it was made from changes');
    }
    draftOf.original.checkCurrent();
  }
}

/** At least; more than come free between two looks at a queue. */
const RAISED_KEPT = 64;

function isWindow(startMs: number, endMs: number): boolean {
  return Number.isSafeInteger(startMs) && Number.isSafeInteger(endMs) && startMs < endMs;
}

function checkCount(count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= SWEEP_COUNT_MAX)) {
    invariant(false, 'a count of instances is a positive integer', { count });
  }
}

/** Whether the two take anything else, or take it elsewhere or at another time. */
function takesOther(before: Booking, after: Booking): boolean {
  return (
    before.nodeIndex !== after.nodeIndex ||
    before.startMs !== after.startMs ||
    before.endMs !== after.endMs ||
    before.demand !== after.demand ||
    before.devices !== after.devices
  );
}

/** Whether the second takes something that the first does not have. */
function takesMore(before: Booking | undefined, after: Booking): boolean {
  return (
    before?.nodeIndex !== after.nodeIndex ||
    after.startMs < before.startMs ||
    after.endMs > before.endMs ||
    !isWithin(after.demand, before.demand)
  );
}

/** The ids after `before`, up to `last`. */
function idsBetween(before: BookingId, last: BookingId): readonly BookingId[] {
  const ids: BookingId[] = [];
  for (let id = before + 1; id <= last; id += 1) ids.push(id);
  return ids;
}

/** Nodes that share a capacity share what is made of it. */
function amountsOfNodes(
  nodes: CapacityCalendarOptions['nodes'],
  of: (node: Pick<NodeSpec, 'capacity' | 'site'>) => Amounts,
): Amounts[] {
  const known = new Map<string | undefined, Map<Resources, Amounts>>();
  return nodes.map((node) => {
    const onSite = known.get(node.site?.name) ?? new Map<Resources, Amounts>();
    known.set(node.site?.name, onSite);
    const amounts = onSite.get(node.capacity) ?? of(node);
    onSite.set(node.capacity, amounts);
    return amounts;
  });
}

function sumOf(all: readonly Amounts[]): Amounts {
  return all.reduce((sum, amounts) => sum.map((amount, place) => amount + amounts[place]!));
}

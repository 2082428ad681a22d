// The capacity of a whole provider over time: every node's calendar, the disk pool they may share, and the bookings.
// It answers where and when instances fit, and is the only writer of the node calendars (node-calendar.ts).
// The manager books what a policy decided; a booking that does not fit is refused here, whatever the policy thought.

import type { NodeSpec } from '../domain/node.ts';
import { NO_RESOURCES, RESOURCE_NAMES, type Resources, timesFits } from '../domain/resources.ts';
import { invariant } from '../invariant.ts';
import type { Booking, BookingId, BookingKind, NewBooking } from './booking.ts';
import type { Applied, Plan, Refused } from './edit.ts';
import { type FitQuery, NodeCalendar } from './node-calendar.ts';
import { NodeIndex } from './node-index.ts';
import { StartSweep, SWEEP_COUNT_MAX, SWEEP_RANGE_MS_MAX, type SweepRange } from './start-sweep.ts';

/** What the calendar needs to know of a ClusterSpec. */
export interface CapacityCalendarOptions {
  /** A node's index is its place in this list; ties between nodes go to the lowest index. */
  readonly nodes: readonly Pick<NodeSpec, 'nodeId' | 'capacity'>[];
  /**
   * A store that all nodes share. When given, every booking draws its disk from it, and the disk of the nodes
   * themselves limits nothing.
   */
  readonly sharedDiskGib?: number;
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
  /** Inclusive. Without it the search goes on until the last booking has ended. */
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

/** All limits given: the form that both searches share. */
interface StartSearch extends FitQuery {
  readonly count: number;
}

/**
 * Books capacity, and finds capacity to book.
 *
 * Times are integer milliseconds and windows half-open. Nothing may be asked or booked before the instant given to
 * {@link forgetBefore}. Every check that fails throws InvariantError and leaves the calendar as it was.
 */
export class CapacityCalendar {
  readonly sharedDiskGib: number | undefined;
  private readonly nodes: CapacityCalendarOptions['nodes'];
  private readonly nodeIndexById: ReadonlyMap<string, number>;
  private readonly calendars: readonly NodeCalendar[];
  private readonly availability: Uint8Array;
  private readonly pool: NodeCalendar | undefined;
  private readonly index: NodeIndex;
  private readonly sweep = new StartSweep();
  private readonly bookings = new Map<BookingId, Booking>();
  /** Per node, in the order of their ids. */
  private readonly bookingsByNode: readonly Booking[][];
  private lastId: BookingId = 0;
  private knownFromMs = Number.NEGATIVE_INFINITY;
  /** No booking ends after this. */
  private lastEndMs = Number.NEGATIVE_INFINITY;
  private bookedSinceSweep = 0;

  constructor({ nodes, sharedDiskGib, indexed = true }: CapacityCalendarOptions) {
    this.sharedDiskGib = sharedDiskGib;
    this.nodes = nodes;
    this.nodeIndexById = new Map(nodes.map(({ nodeId }, nodeIndex) => [nodeId, nodeIndex]));
    invariant(this.nodeIndexById.size === nodes.length, 'node ids are unique');
    this.pool =
      sharedDiskGib === undefined ? undefined : new NodeCalendar({ ...NO_RESOURCES, diskGib: sharedDiskGib });
    this.calendars = nodes.map(({ capacity }) => new NodeCalendar(this.partOnNode(capacity)));
    this.index = new NodeIndex(this.calendars, indexed);
    this.availability = new Uint8Array(nodes.length).fill(1);
    this.bookingsByNode = nodes.map(() => []);
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** How many bookings are kept: all that are neither released nor forgotten, and forgotten ones not yet swept away. */
  get bookingCount(): number {
    return this.bookings.size;
  }

  nodeId(nodeIndex: number): string {
    return this.node(nodeIndex).nodeId;
  }

  /** Undefined for an id that no node has. */
  nodeIndexOf(nodeId: string): number | undefined {
    return this.nodeIndexById.get(nodeId);
  }

  capacityOf(nodeIndex: number): Resources {
    return this.node(nodeIndex).capacity;
  }

  isAvailable(nodeIndex: number): boolean {
    this.node(nodeIndex);
    return this.availability[nodeIndex] === 1;
  }

  /** An unavailable node keeps its bookings, but takes no new ones and is offered by no query. */
  setAvailable(nodeIndex: number, available: boolean): void {
    this.node(nodeIndex);
    this.availability[nodeIndex] = available ? 1 : 0;
    this.index.setAvailable(nodeIndex, available);
  }

  // Booking

  apply(plan: Plan): Applied | Refused {
    const bookings: BookingId[] = [];
    for (const [index, edit] of plan.entries()) {
      try {
        if (edit.edit === 'book') bookings.push(this.book(edit));
        else if (edit.edit === 'release') this.release(edit.id);
        else if (edit.edit === 'rekind') this.rekind(edit.id, edit.kind);
      } catch {
        return { kind: 'refused', edit, index, reason: 'no-room' };
      }
    }
    return { kind: 'applied', bookings };
  }

  /** Takes capacity of an available node for a window, where it is free throughout. */
  book(request: NewBooking): BookingId {
    const { nodeIndex, startMs, endMs, demand, kind, owner } = request;
    this.checkWindow(startMs, endMs);
    checkDemand(demand);
    invariant(this.isAvailable(nodeIndex), 'a booking is made on an available node', { request });
    invariant(this.fitsPool(startMs, endMs, demand, 1), 'a booking fits in the shared disk pool', {
      request,
    });
    this.calendar(nodeIndex).add(startMs, endMs, this.partOnNode(demand));
    this.pool?.add(startMs, endMs, partInPool(demand));
    this.index.refresh(nodeIndex, startMs, endMs);

    this.lastId += 1;
    const booking: Booking = { id: this.lastId, nodeIndex, startMs, endMs, demand, kind, owner };
    this.bookings.set(booking.id, booking);
    this.bookingsByNode[nodeIndex]!.push(booking);
    this.lastEndMs = Math.max(this.lastEndMs, endMs);
    this.bookedSinceSweep += 1;
    return booking.id;
  }

  /** Gives back what the booking took. Its id is unknown from then on, so this happens exactly once. */
  release(id: BookingId): void {
    const booking = this.known(id);
    this.giveBack(booking, booking.startMs);
    const siblings = this.bookingsByNode[booking.nodeIndex]!;
    siblings.splice(placeOf(id, siblings), 1);
    this.bookings.delete(id);
  }

  /** Ends the booking at `endMs`, after its start and not after its end so far; the rest is given back. */
  truncate(id: BookingId, endMs: number): void {
    const booking = this.known(id);
    invariant(
      Number.isSafeInteger(endMs) && booking.startMs < endMs && endMs <= booking.endMs,
      'a booking is truncated inside its window',
      { booking, endMs },
    );
    if (endMs === booking.endMs) return;
    this.giveBack(booking, endMs);
    this.replace({ ...booking, endMs });
  }

  /** Changes what the booking is for, not what it takes: a hold becomes a reservation. */
  rekind(id: BookingId, kind: BookingKind): void {
    this.replace({ ...this.known(id), kind });
  }

  /** Undefined when the booking was released or forgotten, or never was. */
  get(id: BookingId): Booking | undefined {
    const booking = this.bookings.get(id);
    return booking !== undefined && booking.endMs >= this.knownFromMs ? booking : undefined;
  }

  /** The bookings of the node that overlap [fromMs, toMs), by start, then by id. */
  bookingsOn(nodeIndex: number, fromMs: number, toMs: number): Booking[] {
    this.node(nodeIndex);
    return this.bookingsByNode[nodeIndex]!.filter(
      ({ startMs, endMs }) => startMs < toMs && fromMs < endMs && endMs >= this.knownFromMs,
    ).sort((a, b) => a.startMs - b.startMs || a.id - b.id);
  }

  /**
   * Drops the time before `ms`: bookings that ended before it are gone without a release, and nothing before it can be
   * asked or booked. A booking that ends exactly at `ms` stays, so that forgetting at an instant does not race with
   * releasing what ends at that instant. Amortised O(1) for each booking made, however often it is called.
   */
  forgetBefore(ms: number): void {
    if (ms <= this.knownFromMs) return;
    this.knownFromMs = ms;
    this.index.forgetBefore(ms);
    // The sweep visits everything, so wait until as much has been booked as it will visit.
    if (this.bookedSinceSweep < this.bookings.size / 2 + this.nodeCount) return;
    this.bookedSinceSweep = 0;
    this.pool?.forgetBefore(ms);
    this.calendars.forEach((calendar, nodeIndex) => {
      calendar.forgetBefore(ms);
      const siblings = this.bookingsByNode[nodeIndex]!;
      let kept = 0;
      for (const booking of siblings) {
        if (booking.endMs < ms) {
          this.bookings.delete(booking.id);
        } else {
          siblings[kept] = booking;
          kept += 1;
        }
      }
      siblings.length = kept;
    });
  }

  // Questions about one node

  /** How many instances the node can take for the whole window; 0 on an unavailable node, Infinity for no demand. */
  freeCount(nodeIndex: number, { startMs, endMs, demand }: WindowQuery): number {
    this.checkWindow(startMs, endMs);
    if (!this.isAvailable(nodeIndex)) return 0;
    const count = this.calendar(nodeIndex).freeCount(startMs, endMs, this.partOnNode(demand));
    return this.pool === undefined || count === 0
      ? count
      : Math.min(count, this.pool.freeCount(startMs, endMs, partInPool(demand)));
  }

  /** What the node has free throughout the window, available or not. With a shared pool, the disk is the pool's. */
  minFree(nodeIndex: number, startMs: number, endMs: number): Resources {
    this.checkWindow(startMs, endMs);
    const free = this.calendar(nodeIndex).minFree(startMs, endMs);
    return this.pool === undefined ? free : { ...free, diskGib: this.pool.minFree(startMs, endMs).diskGib };
  }

  /** The integral of the booked milli-CPUs over the window, in milli-CPU milliseconds. */
  reservedMilliCpuMs(nodeIndex: number, startMs: number, endMs: number): number {
    this.checkWindow(startMs, endMs);
    return this.calendar(nodeIndex).reservedMilliCpuMs(startMs, endMs);
  }

  // Questions about all nodes

  /** The available nodes that can take at least one instance for the whole window, by rising index, found as asked for. */
  *candidates({ startMs, endMs, demand }: WindowQuery): Generator<number, void, undefined> {
    this.checkWindow(startMs, endMs);
    if (!this.fitsPool(startMs, endMs, demand, 1)) return;
    const onNode = this.partOnNode(demand);
    for (let nodeIndex = 0; ; nodeIndex += 1) {
      // Selected anew each time, since others may have used the index in between.
      this.index.select(startMs, endMs - startMs, onNode);
      nodeIndex = this.index.nextPossible(nodeIndex);
      if (nodeIndex === this.nodeCount) return;
      if (this.calendar(nodeIndex).fits(startMs, endMs, onNode)) yield nodeIndex;
    }
  }

  /** Whether `count` instances fit together for the whole window, on any available nodes. */
  canPlace({ startMs, endMs, demand, count }: PlacementQuery): boolean {
    this.checkWindow(startMs, endMs);
    checkCount(count);
    return (
      this.fitsPool(startMs, endMs, demand, count) &&
      this.fitOnNodes(startMs, endMs, this.partOnNode(demand), count)
    );
  }

  /**
   * The least start in [notBeforeMs, latestStartMs] from which all instances fit for the whole duration; undefined when
   * there is none. It is notBeforeMs, or an instant at which a booking ends.
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
    const onNode = this.partOnNode(demand);
    // When the last booking has ended nothing changes any more.
    const lastMs = Math.min(latestStartMs, Math.max(notBeforeMs, this.lastEndMs));
    let fromMs = notBeforeMs;
    while (fromMs <= lastMs) {
      const nodesMs = this.earliestOnNodes({
        demand: onNode,
        count,
        durationMs,
        notBeforeMs: fromMs,
        latestStartMs: lastMs,
      });
      if (nodesMs === undefined || this.pool === undefined) return nodesMs;
      const poolMs = this.pool.earliestFit({
        demand: partInPool(demand, count),
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
   * there is none. It is notAfterMs, or the start of a booking less the duration.
   */
  latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs }: LatestStartQuery): number | undefined {
    this.checkWindow(notBeforeMs, notBeforeMs + durationMs);
    checkCount(count);
    const onNode = this.partOnNode(demand);
    let toMs = notAfterMs;
    while (toMs >= notBeforeMs) {
      const nodesMs = this.latestOnNodes({
        demand: onNode,
        count,
        durationMs,
        notBeforeMs,
        latestStartMs: toMs,
      });
      if (nodesMs === undefined || this.pool === undefined) return nodesMs;
      const poolMs = this.pool.latestFit({
        demand: partInPool(demand, count),
        durationMs,
        notBeforeMs,
        latestStartMs: nodesMs,
      });
      if (poolMs === undefined || poolMs === nodesMs) return poolMs;
      toMs = poolMs;
    }
    return undefined;
  }

  /** Whether all instances would fit on an empty calendar with every node available: if not, no wait will help. */
  couldEverFit(demand: Resources, count: number): boolean {
    checkCount(count);
    if (this.sharedDiskGib !== undefined && demand.diskGib * count > this.sharedDiskGib) return false;
    const onNode = this.partOnNode(demand);
    let free = 0;
    for (const { capacity } of this.calendars) {
      free += timesFits(capacity, onNode);
      if (free >= count) return true;
    }
    return false;
  }

  private earliestOnNodes({
    demand,
    count,
    durationMs,
    notBeforeMs,
    latestStartMs,
  }: StartSearch): number | undefined {
    // Most requests get the start they ask for, and to see that few nodes have to be visited.
    if (count > 1 && this.fitOnNodes(notBeforeMs, notBeforeMs + durationMs, demand, count))
      return notBeforeMs;
    for (let fromMs = notBeforeMs; fromMs <= latestStartMs; ) {
      const toMs = Math.min(latestStartMs, this.index.lastStartLike(fromMs), fromMs + SWEEP_RANGE_MS_MAX);
      const range = { demand, count, durationMs, fromMs, toMs };
      const startMs = count === 1 ? this.earliestOfOne(range) : this.sweepOver(range)?.earliest();
      if (startMs !== undefined) return startMs;
      fromMs = toMs + 1;
    }
    return undefined;
  }

  private latestOnNodes({
    demand,
    count,
    durationMs,
    notBeforeMs,
    latestStartMs,
  }: StartSearch): number | undefined {
    if (count > 1 && this.fitOnNodes(latestStartMs, latestStartMs + durationMs, demand, count)) {
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
    const { index } = this;
    let bestMs: number | undefined;
    let latestStartMs = toMs;
    index.select(fromMs, durationMs, demand);
    for (let node = index.nextPossible(0); node < this.nodeCount; node = index.nextPossible(node + 1)) {
      const fitMs = this.calendar(node).earliestFit({
        demand,
        durationMs,
        notBeforeMs: fromMs,
        latestStartMs,
      });
      if (fitMs === undefined) continue;
      if (fitMs === fromMs) return fitMs;
      bestMs = fitMs;
      latestStartMs = fitMs - 1;
    }
    return bestMs;
  }

  private latestOfOne({ demand, durationMs, fromMs, toMs }: SweepRange): number | undefined {
    const { index } = this;
    let bestMs: number | undefined;
    let notBeforeMs = fromMs;
    index.select(fromMs, durationMs, demand);
    for (let node = index.nextPossible(0); node < this.nodeCount; node = index.nextPossible(node + 1)) {
      const fitMs = this.calendar(node).latestFit({ demand, durationMs, notBeforeMs, latestStartMs: toMs });
      if (fitMs === undefined) continue;
      if (fitMs === toMs) return fitMs;
      bestMs = fitMs;
      notBeforeMs = fitMs + 1;
    }
    return bestMs;
  }

  /** Undefined when it is plain that the instances do not fit in the range. */
  private sweepOver(range: SweepRange): StartSweep | undefined {
    const { demand, count, durationMs, fromMs } = range;
    const { index, sweep } = this;
    if (index.countAtMost(fromMs, durationMs, demand, count) < count) return undefined;
    index.select(fromMs, durationMs, demand);
    sweep.begin(range);
    for (let node = index.nextPossible(0); node < this.nodeCount; node = index.nextPossible(node + 1)) {
      sweep.include(this.calendar(node));
    }
    return sweep;
  }

  private fitOnNodes(startMs: number, endMs: number, onNode: Resources, count: number): boolean {
    const { index } = this;
    let free = 0;
    index.select(startMs, endMs - startMs, onNode);
    for (let node = index.nextPossible(0); node < this.nodeCount; node = index.nextPossible(node + 1)) {
      free += this.calendar(node).freeCount(startMs, endMs, onNode);
      if (free >= count) return true;
    }
    return false;
  }

  private fitsPool(startMs: number, endMs: number, demand: Resources, count: number): boolean {
    return this.pool === undefined || this.pool.fits(startMs, endMs, partInPool(demand, count));
  }

  private giveBack(booking: Booking, fromMs: number): void {
    const { nodeIndex, endMs, demand } = booking;
    this.calendar(nodeIndex).remove(fromMs, endMs, this.partOnNode(demand));
    this.pool?.remove(fromMs, endMs, partInPool(demand));
    this.index.refresh(nodeIndex, fromMs, endMs);
  }

  private replace(booking: Booking): void {
    const siblings = this.bookingsByNode[booking.nodeIndex]!;
    siblings[placeOf(booking.id, siblings)] = booking;
    this.bookings.set(booking.id, booking);
  }

  private known(id: BookingId): Booking {
    const booking = this.get(id);
    if (booking === undefined) invariant(false, 'the booking is known, and not yet released', { id });
    return booking;
  }

  private node(nodeIndex: number): CapacityCalendarOptions['nodes'][number] {
    const node = this.nodes[nodeIndex];
    if (node === undefined) invariant(false, 'there is a node with that index', { nodeIndex });
    return node;
  }

  private calendar(nodeIndex: number): NodeCalendar {
    const calendar = this.calendars[nodeIndex];
    if (calendar === undefined) invariant(false, 'there is a node with that index', { nodeIndex });
    return calendar;
  }

  private partOnNode(demand: Resources): Resources {
    return this.pool === undefined || demand.diskGib === 0 ? demand : { ...demand, diskGib: 0 };
  }

  private checkWindow(startMs: number, endMs: number): void {
    if (!(Number.isSafeInteger(startMs) && Number.isSafeInteger(endMs) && startMs < endMs)) {
      invariant(false, 'a window is in whole milliseconds, and ends after it starts', { startMs, endMs });
    }
    if (startMs < this.knownFromMs) {
      invariant(false, 'a window starts after the forgotten past', {
        startMs,
        knownFromMs: this.knownFromMs,
      });
    }
  }
}

function partInPool(demand: Resources, count = 1): Resources {
  return { ...NO_RESOURCES, diskGib: demand.diskGib * count };
}

function checkDemand(demand: Resources): void {
  for (const name of RESOURCE_NAMES) {
    if (!(Number.isSafeInteger(demand[name]) && demand[name] >= 0)) {
      invariant(false, 'a demand is a non-negative integer', { demand });
    }
  }
}

function checkCount(count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= SWEEP_COUNT_MAX)) {
    invariant(false, 'a count of instances is a positive integer', { count });
  }
}

/** Where the booking is in a list that is sorted by id. */
function placeOf(id: BookingId, bookings: readonly Booking[]): number {
  let low = 0;
  let high = bookings.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bookings[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

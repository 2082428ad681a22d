// The oracle of the capacity calendar: a list of bookings and no cleverness. Every question is answered by adding up
// the bookings at every millisecond of every window, at every possible start, so keep times and durations small.

import type { Booking, BookingId } from '../../../engine/calendar/booking.ts';
import type { EarliestStartQuery, LatestStartQuery } from '../../../engine/calendar/capacity-calendar.ts';
import type { Edit, Plan, RefusalOfEdit } from '../../../engine/calendar/edit.ts';
import type { NodeOutage } from '../../../engine/calendar/fleet.ts';
import { amountOf, RESOURCE_NAMES, type Resources, timesFits } from '../../../engine/domain/resources.ts';
import type { Provider } from './history.ts';

export type NaiveOutcome =
  | { readonly kind: 'applied'; readonly bookings: readonly BookingId[] }
  | { readonly kind: 'refused'; readonly index: number; readonly reason: RefusalOfEdit };

export class NaiveCalendar {
  readonly provider: Provider;
  /** Of each node. */
  readonly outages: (readonly NodeOutage[])[];
  /** Replaced, never changed in place. */
  bookings: readonly Booking[] = [];
  knownFromMs = Number.NEGATIVE_INFINITY;
  lastId: BookingId = 0;
  /** What all nodes share, by name. */
  private readonly pools: ReadonlyMap<string, number>;
  private readonly names: readonly string[];
  private readonly nothing: readonly number[];
  private used: (readonly number[])[][] = [];
  private addedUp: readonly Booking[] | undefined;

  constructor(provider: Provider) {
    const { capacities, sharedDiskGib, resources = [] } = provider;
    this.provider = provider;
    this.outages = capacities.map(() => []);
    this.names = [...RESOURCE_NAMES, ...resources.map(({ name }) => name)];
    this.nothing = this.names.map(() => 0);
    const pools = new Map<string, number>();
    if (sharedDiskGib !== undefined) pools.set('diskGib', sharedDiskGib);
    for (const each of resources) if (each.scope === 'pool') pools.set(each.name, each.capacity);
    this.pools = pools;
  }

  copy(): NaiveCalendar {
    const copy = new NaiveCalendar(this.provider);
    copy.outages.splice(0, copy.outages.length, ...this.outages);
    copy.bookings = this.bookings;
    copy.knownFromMs = this.knownFromMs;
    copy.lastId = this.lastId;
    return copy;
  }

  apply(plan: Plan): NaiveOutcome {
    const { bookings, lastId } = this;
    const ids: BookingId[] = [];
    for (const [index, edit] of plan.entries()) {
      const reason = this.edit(edit);
      if (reason !== undefined) {
        this.bookings = bookings;
        this.lastId = lastId;
        return { kind: 'refused', index, reason };
      }
      if (edit.edit === 'book') ids.push(this.lastId);
    }
    return { kind: 'applied', bookings: ids };
  }

  private edit(edit: Edit): RefusalOfEdit | undefined {
    if (edit.edit === 'book') {
      const { nodeIndex, startMs, endMs, demand, kind, owner } = edit;
      this.lastId += 1;
      return this.enter({ id: this.lastId, nodeIndex, startMs, endMs, demand, kind, owner });
    }
    const old = this.get(edit.id);
    if (old === undefined) return 'unknown-booking';
    switch (edit.edit) {
      case 'release':
        this.bookings = this.bookings.filter(({ id }) => id !== edit.id);
        return undefined;
      case 'rekind':
        this.bookings = this.bookings.map((each) => (each === old ? { ...old, kind: edit.kind } : each));
        return undefined;
      case 'move': {
        const startMs = Math.max(old.startMs, this.knownFromMs, edit.fromMs ?? -Infinity);
        return this.enter({ ...old, nodeIndex: edit.nodeIndex, startMs }, old);
      }
      case 'resize': {
        const { startMs = old.startMs, endMs = old.endMs, demand = old.demand } = edit;
        return this.enter({ ...old, startMs, endMs, demand }, old);
      }
    }
  }

  /** Puts the booking in the place of the old one, if that is possible. */
  private enter(booking: Booking, old?: Booking): RefusalOfEdit | undefined {
    const { demand, endMs, nodeIndex, startMs } = booking;
    const { knownFromMs } = this;
    if (!(nodeIndex in this.provider.capacities)) return 'unknown-node';
    if (!(startMs < endMs) || endMs < knownFromMs) return 'bad-window';
    if (startMs < knownFromMs && startMs !== old?.startMs) return 'bad-window';
    if (Object.keys(demand.named ?? {}).some((name) => !this.names.includes(name))) return 'bad-demand';
    if (this.names.some((name) => amountOf(demand, name) < 0)) return 'bad-demand';
    const isPartOfOld =
      old?.nodeIndex === nodeIndex &&
      old.startMs <= startMs &&
      endMs <= old.endMs &&
      this.names.every((name) => amountOf(demand, name) <= amountOf(old.demand, name));
    if (!isPartOfOld && this.isOut(nodeIndex, Math.max(startMs, knownFromMs), endMs))
      return 'node-unavailable';
    const { bookings } = this;
    this.bookings = [...bookings.filter((each) => each !== old), booking].sort((a, b) => a.id - b.id);
    const overdrawn = new Set<string>();
    for (let ms = Math.max(startMs, knownFromMs); ms < endMs; ms += 1) {
      this.amountsAt(nodeIndex, ms).forEach((amount, place) => {
        if (amount < 0) overdrawn.add(this.names[place]!);
      });
    }
    if (overdrawn.size === 0) return undefined;
    this.bookings = bookings;
    return [...overdrawn].some((name) => this.pools.has(name)) ? 'no-room-in-pool' : 'no-room';
  }

  forgetBefore(ms: number): void {
    this.knownFromMs = ms;
    this.bookings = this.bookings.filter(({ endMs }) => endMs >= ms);
  }

  get(id: BookingId): Booking | undefined {
    return this.bookings.find((booking) => booking.id === id);
  }

  bookingsOn(nodeIndex: number, fromMs: number, toMs: number): Booking[] {
    return this.bookings
      .filter(
        (booking) => booking.nodeIndex === nodeIndex && booking.startMs < toMs && fromMs < booking.endMs,
      )
      .sort((a, b) => a.startMs - b.startMs || a.id - b.id);
  }

  /** What is free at the instant. A pool is free to every node. */
  freeAt(nodeIndex: number, ms: number): Resources {
    return this.resourcesOf(this.amountsAt(nodeIndex, ms));
  }

  minFree(nodeIndex: number, startMs: number, endMs: number): Resources {
    return this.resourcesOf(this.minAmounts(nodeIndex, startMs, endMs));
  }

  freeCount(nodeIndex: number, startMs: number, endMs: number, demand: Resources): number {
    const isOut = this.isOut(nodeIndex, startMs, endMs);
    return isOut ? 0 : timesFits(this.minFree(nodeIndex, startMs, endMs), demand);
  }

  reservedMilliCpuMs(nodeIndex: number, startMs: number, endMs: number): number {
    let sum = 0;
    for (let ms = startMs; ms < endMs; ms += 1) sum += this.usedAt(nodeIndex, ms)[0]!;
    return sum;
  }

  candidates(startMs: number, endMs: number, demand: Resources): number[] {
    return this.provider.capacities
      .map((_, index) => index)
      .filter((index) => this.freeCount(index, startMs, endMs, demand) > 0);
  }

  /** Out for ever, or at one of the instants. */
  isOut(nodeIndex: number, startMs: number, endMs: number): boolean {
    return this.outages[nodeIndex]!.some(({ fromMs, untilMs }) => {
      if (untilMs === Number.POSITIVE_INFINITY) return true;
      for (let ms = startMs; ms < endMs; ms += 1) if (fromMs <= ms && ms < untilMs) return true;
      return false;
    });
  }

  /** Places the instances one by one, each on the first node that still has room for the window. */
  canPlace(
    startMs: number,
    endMs: number,
    demand: Resources,
    count: number,
    { despiteOutages = false }: { despiteOutages?: boolean } = {},
  ): boolean {
    const wanted = this.amounts(demand);
    const free = this.provider.capacities.map((_, node) => [...this.minAmounts(node, startMs, endMs)]);
    const isOut = free.map((_, node) => !despiteOutages && this.isOut(node, startMs, endMs));
    for (let placed = 0; placed < count; placed += 1) {
      const chosen = free.findIndex(
        (left, node) => !isOut[node] && left.every((amount, place) => amount >= wanted[place]!),
      );
      if (chosen < 0) return false;
      free.forEach((left, node) => {
        this.names.forEach((name, place) => {
          if (node === chosen || this.pools.has(name)) left[place]! -= wanted[place]!;
        });
      });
    }
    return true;
  }

  earliestStart({
    demand,
    count,
    durationMs,
    notBeforeMs,
    latestStartMs,
  }: EarliestStartQuery): number | undefined {
    const backMs = this.outages.flat().map(({ untilMs }) => (Number.isFinite(untilMs) ? untilMs : 0));
    const lastMs =
      latestStartMs ?? Math.max(notBeforeMs, ...backMs, ...this.bookings.map(({ endMs }) => endMs));
    for (let ms = notBeforeMs; ms <= lastMs; ms += 1) {
      if (this.canPlace(ms, ms + durationMs, demand, count)) return ms;
    }
    return undefined;
  }

  latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs }: LatestStartQuery): number | undefined {
    for (let ms = notAfterMs; ms >= notBeforeMs; ms -= 1) {
      if (this.canPlace(ms, ms + durationMs, demand, count)) return ms;
    }
    return undefined;
  }

  private minAmounts(nodeIndex: number, startMs: number, endMs: number): readonly number[] {
    const least = this.names.map(() => Number.POSITIVE_INFINITY);
    for (let ms = startMs; ms < endMs; ms += 1) {
      this.amountsAt(nodeIndex, ms).forEach((amount, place) => {
        least[place] = Math.min(least[place]!, amount);
      });
    }
    return least;
  }

  /** What is free at the instant, in the order of the names. */
  private amountsAt(nodeIndex: number, ms: number): readonly number[] {
    const capacity = this.amounts(this.provider.capacities[nodeIndex]!);
    return this.names.map((name, place) => {
      const pool = this.pools.get(name);
      if (pool === undefined) return capacity[place]! - this.usedAt(nodeIndex, ms)[place]!;
      return this.provider.capacities.reduce((free, _, node) => free - this.usedAt(node, ms)[place]!, pool);
    });
  }

  /** What the bookings of the node use at the instant. */
  private usedAt(nodeIndex: number, ms: number): readonly number[] {
    if (this.addedUp !== this.bookings) {
      this.addedUp = this.bookings;
      this.used = this.provider.capacities.map(() => []);
      for (const booking of this.bookings) {
        const used = this.used[booking.nodeIndex]!;
        const amounts = this.amounts(booking.demand);
        for (let at = booking.startMs; at < booking.endMs; at += 1) {
          used[at] = amounts.map((amount, place) => amount + (used[at]?.[place] ?? 0));
        }
      }
    }
    return this.used[nodeIndex]![ms] ?? this.nothing;
  }

  private amounts(resources: Resources): readonly number[] {
    return this.names.map((name) => amountOf(resources, name));
  }

  private resourcesOf(amounts: readonly number[]): Resources {
    const all = Object.fromEntries(this.names.map((name, place) => [name, amounts[place]!]));
    const { milliCpus = 0, memoryMib = 0, diskGib = 0, ...named } = all;
    const fixed = { milliCpus, memoryMib, diskGib };
    return this.names.length === RESOURCE_NAMES.length ? fixed : { ...fixed, named };
  }
}

// The oracle of the capacity calendar: a list of bookings and no cleverness. Every question is answered by adding up
// the bookings at every millisecond of every window, at every possible start, so keep times and durations small.

import type { Booking, BookingId, BookingKind, NewBooking } from '../../../engine/calendar/booking.ts';
import type { EarliestStartQuery, LatestStartQuery } from '../../../engine/calendar/capacity-calendar.ts';
import {
  addResources,
  isWithin,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type Resources,
  timesFits,
} from '../../../engine/domain/resources.ts';

export class NaiveCalendar {
  readonly capacities: readonly Resources[];
  readonly sharedDiskGib: number | undefined;
  readonly available: boolean[];
  /** Replaced, never changed in place. */
  bookings: readonly Booking[] = [];
  knownFromMs = Number.NEGATIVE_INFINITY;
  lastId: BookingId = 0;
  private used: Resources[][] = [];
  private addedUp: readonly Booking[] | undefined;

  constructor(capacities: readonly Resources[], sharedDiskGib?: number) {
    this.capacities = capacities;
    this.sharedDiskGib = sharedDiskGib;
    this.available = capacities.map(() => true);
  }

  book(request: NewBooking): BookingId {
    this.lastId += 1;
    this.bookings = [...this.bookings, { ...request, id: this.lastId }];
    return this.lastId;
  }

  release(id: BookingId): void {
    this.bookings = this.bookings.filter((booking) => booking.id !== id);
  }

  truncate(id: BookingId, endMs: number): void {
    this.bookings = this.bookings.map((booking) => (booking.id === id ? { ...booking, endMs } : booking));
    this.forgetBefore(this.knownFromMs);
  }

  rekind(id: BookingId, kind: BookingKind): void {
    this.bookings = this.bookings.map((booking) => (booking.id === id ? { ...booking, kind } : booking));
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

  /** What the bookings of the node use at the instant. */
  usedAt(nodeIndex: number, ms: number): Resources {
    return this.usedOn(nodeIndex)[ms] ?? NO_RESOURCES;
  }

  /** What is free at the instant. A shared pool is free to every node. */
  freeAt(nodeIndex: number, ms: number): Resources {
    const capacity = this.capacities[nodeIndex]!;
    const used = this.usedAt(nodeIndex, ms);
    let diskGib = capacity.diskGib - used.diskGib;
    if (this.sharedDiskGib !== undefined) {
      diskGib = this.sharedDiskGib;
      for (let other = 0; other < this.capacities.length; other += 1)
        diskGib -= this.usedAt(other, ms).diskGib;
    }
    return {
      milliCpus: capacity.milliCpus - used.milliCpus,
      memoryMib: capacity.memoryMib - used.memoryMib,
      diskGib,
    };
  }

  minFree(nodeIndex: number, startMs: number, endMs: number): Resources {
    const free = { milliCpus: Infinity, memoryMib: Infinity, diskGib: Infinity };
    for (let ms = startMs; ms < endMs; ms += 1) {
      const freeNow = this.freeAt(nodeIndex, ms);
      for (const name of RESOURCE_NAMES) free[name] = Math.min(free[name], freeNow[name]);
    }
    return free;
  }

  freeCount(nodeIndex: number, startMs: number, endMs: number, demand: Resources): number {
    return this.available[nodeIndex] ? timesFits(this.minFree(nodeIndex, startMs, endMs), demand) : 0;
  }

  reservedMilliCpuMs(nodeIndex: number, startMs: number, endMs: number): number {
    let sum = 0;
    for (let ms = startMs; ms < endMs; ms += 1) sum += this.usedAt(nodeIndex, ms).milliCpus;
    return sum;
  }

  candidates(startMs: number, endMs: number, demand: Resources): number[] {
    return this.capacities
      .map((_, index) => index)
      .filter((index) => this.freeCount(index, startMs, endMs, demand) > 0);
  }

  /** Places the instances one by one, each on the first node that still has room for the window. */
  canPlace(startMs: number, endMs: number, demand: Resources, count: number): boolean {
    const free = this.capacities.map((_, nodeIndex) => ({ ...this.minFree(nodeIndex, startMs, endMs) }));
    for (let placed = 0; placed < count; placed += 1) {
      const node = free.findIndex((left, nodeIndex) => this.available[nodeIndex] && isWithin(demand, left));
      if (node < 0) return false;
      free.forEach((left, other) => {
        const isOnNode = other === node;
        if (isOnNode) left.milliCpus -= demand.milliCpus;
        if (isOnNode) left.memoryMib -= demand.memoryMib;
        if (isOnNode || this.sharedDiskGib !== undefined) left.diskGib -= demand.diskGib;
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
    const lastMs = latestStartMs ?? Math.max(notBeforeMs, ...this.bookings.map(({ endMs }) => endMs));
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

  /** Millisecond by millisecond, what the bookings of the node add up to. */
  private usedOn(nodeIndex: number): readonly Resources[] {
    if (this.addedUp !== this.bookings) {
      this.addedUp = this.bookings;
      this.used = this.capacities.map(() => []);
      for (const booking of this.bookings) {
        const used = this.used[booking.nodeIndex]!;
        for (let ms = booking.startMs; ms < booking.endMs; ms += 1) {
          used[ms] = addResources(used[ms] ?? NO_RESOURCES, booking.demand);
        }
      }
    }
    return this.used[nodeIndex]!;
  }
}

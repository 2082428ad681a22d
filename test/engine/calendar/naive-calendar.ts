// The oracle of the capacity calendar: a list of bookings and no cleverness. Every question is answered by adding up
// the bookings at every millisecond of every window at every possible start, so keep times and durations small.

import type { Booking, BookingId, BookingKind, NewBooking } from '../../../engine/calendar/booking.ts';
import type { EarliestStartQuery, LatestStartQuery } from '../../../engine/calendar/capacity-calendar.ts';
import { RESOURCE_NAMES, type Resources, timesFits } from '../../../engine/domain/resources.ts';

export class NaiveCalendar {
  readonly capacities: readonly Resources[];
  readonly sharedDiskGib: number | undefined;
  readonly available: boolean[];
  bookings: Booking[] = [];
  knownFromMs = Number.NEGATIVE_INFINITY;
  lastId: BookingId = 0;

  constructor(capacities: readonly Resources[], sharedDiskGib?: number) {
    this.capacities = capacities;
    this.sharedDiskGib = sharedDiskGib;
    this.available = capacities.map(() => true);
  }

  book(request: NewBooking): BookingId {
    this.lastId += 1;
    this.bookings.push({ ...request, id: this.lastId });
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

  /** What is in use on the node at the instant; with a shared pool, the disk that all nodes use. */
  usedAt(nodeIndex: number, ms: number): Resources {
    const used = { milliCpus: 0, memoryMib: 0, diskGib: 0 };
    for (const booking of this.bookings) {
      if (ms < booking.startMs || booking.endMs <= ms) continue;
      const isOnNode = booking.nodeIndex === nodeIndex;
      if (isOnNode) used.milliCpus += booking.demand.milliCpus;
      if (isOnNode) used.memoryMib += booking.demand.memoryMib;
      if (isOnNode || this.sharedDiskGib !== undefined) used.diskGib += booking.demand.diskGib;
    }
    return used;
  }

  freeAt(nodeIndex: number, ms: number): Resources {
    const used = this.usedAt(nodeIndex, ms);
    const capacity = this.capacities[nodeIndex]!;
    return {
      milliCpus: capacity.milliCpus - used.milliCpus,
      memoryMib: capacity.memoryMib - used.memoryMib,
      diskGib: (this.sharedDiskGib ?? capacity.diskGib) - used.diskGib,
    };
  }

  minFree(nodeIndex: number, startMs: number, endMs: number): Resources {
    const free = { milliCpus: Infinity, memoryMib: Infinity, diskGib: Infinity };
    for (let ms = startMs; ms < endMs; ms += 1) {
      for (const name of RESOURCE_NAMES) free[name] = Math.min(free[name], this.freeAt(nodeIndex, ms)[name]);
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

  /** Places the instances one by one, as a manager would. */
  canPlace(startMs: number, endMs: number, demand: Resources, count: number): boolean {
    const trial = new NaiveCalendar(this.capacities, this.sharedDiskGib);
    trial.available.splice(0, trial.available.length, ...this.available);
    trial.bookings = [...this.bookings];
    for (let placed = 0; placed < count; placed += 1) {
      const nodeIndex = trial.candidates(startMs, endMs, demand)[0];
      if (nodeIndex === undefined) return false;
      trial.book({ nodeIndex, startMs, endMs, demand, kind: 'hold', owner: '' });
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
}

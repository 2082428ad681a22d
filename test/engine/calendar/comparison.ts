// Runs one history through a capacity calendar and its oracle, and fails at the first answer that differs.

import assert from 'node:assert/strict';
import type { BookingId } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import { RESOURCE_NAMES } from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';
import type { Ask, History, Provider, Step } from './history.ts';
import { NaiveCalendar } from './naive-calendar.ts';

/** @throws AssertionError, or whatever the calendar throws, where the two differ. */
export function compareWithNaive({ provider, steps }: History): void {
  const comparison = new Comparison(provider);
  for (const step of steps) comparison.run(step);
  comparison.compareBookings();
  comparison.checkCapacity();
}

export function calendarOf(provider: Provider, indexed: boolean): CapacityCalendar {
  return new CapacityCalendar({
    ...provider,
    nodes: provider.capacities.map((capacity, index) => ({ nodeId: `n${index}`, capacity })),
    indexed,
  });
}

class Comparison {
  private readonly calendar: CapacityCalendar;
  private readonly naive: NaiveCalendar;
  private readonly released: BookingId[] = [];

  constructor(provider: Provider) {
    this.calendar = calendarOf(provider, true);
    this.naive = new NaiveCalendar(provider.capacities, provider.sharedDiskGib);
  }

  run(step: Step): void {
    const { calendar, naive } = this;
    switch (step.act) {
      case 'book':
        this.book(step);
        break;
      case 'set available':
        naive.available[this.nodeIndex(step.node)] = step.available;
        calendar.setAvailable(this.nodeIndex(step.node), step.available);
        break;
      case 'forget': {
        const ms = Math.max(0, naive.knownFromMs) + step.advance;
        naive.forgetBefore(ms);
        calendar.forgetBefore(ms);
        break;
      }
      case 'release again': {
        const id = this.released[step.pick % this.released.length] ?? naive.lastId + 1;
        assert.throws(() => calendar.release(id), InvariantError);
        break;
      }
      case 'ask':
        this.ask(step);
        break;
      default:
        this.change(step);
    }
  }

  private book({ node, from, length, demand }: Step & { act: 'book' }): void {
    const { calendar, naive } = this;
    const nodeIndex = this.nodeIndex(node);
    const startMs = Math.max(from, naive.knownFromMs);
    const endMs = startMs + length;
    const request = { nodeIndex, startMs, endMs, demand, kind: 'hold', owner: 'someone' } as const;
    if (naive.freeCount(nodeIndex, startMs, endMs, demand) > 0) {
      assert.equal(calendar.book(request), naive.book(request));
    } else {
      assert.throws(() => calendar.book(request), InvariantError);
    }
  }

  private change(step: Step & { act: 'release' | 'rekind' | 'truncate' }): void {
    const { calendar, naive } = this;
    const booking = naive.bookings[step.pick % naive.bookings.length];
    if (booking === undefined) return;
    const { id, startMs, endMs } = booking;
    if (step.act === 'release') {
      naive.release(id);
      calendar.release(id);
      this.released.push(id);
    } else if (step.act === 'rekind') {
      naive.rekind(id, 'reservation');
      calendar.rekind(id, 'reservation');
    } else if (startMs + step.length <= endMs) {
      naive.truncate(id, startMs + step.length);
      calendar.truncate(id, startMs + step.length);
    } else {
      assert.throws(() => calendar.truncate(id, startMs + step.length), InvariantError);
    }
  }

  private ask({ from, length, demand, count, span }: Ask): void {
    const { calendar, naive } = this;
    const startMs = Math.max(from, naive.knownFromMs);
    const endMs = startMs + length;
    const window = { startMs, endMs, demand };
    for (let node = 0; node < calendar.nodeCount; node += 1) {
      assert.equal(calendar.freeCount(node, window), naive.freeCount(node, startMs, endMs, demand));
      assert.deepEqual(calendar.minFree(node, startMs, endMs), naive.minFree(node, startMs, endMs));
      assert.deepEqual(calendar.bookingsOn(node, startMs, endMs), naive.bookingsOn(node, startMs, endMs));
      assert.equal(
        calendar.reservedMilliCpuMs(node, startMs, endMs),
        naive.reservedMilliCpuMs(node, startMs, endMs),
      );
    }
    assert.deepEqual([...calendar.candidates(window)], naive.candidates(startMs, endMs, demand));
    assert.equal(calendar.canPlace({ ...window, count }), naive.canPlace(startMs, endMs, demand, count));
    for (const instances of new Set([1, count])) {
      const search = { demand, count: instances, durationMs: length, notBeforeMs: startMs };
      const bounded = { ...search, latestStartMs: startMs + span };
      const backwards = { ...search, notAfterMs: startMs + span };
      assert.equal(calendar.earliestStart(search), naive.earliestStart(search));
      assert.equal(calendar.earliestStart(bounded), naive.earliestStart(bounded));
      assert.equal(calendar.latestStart(backwards), naive.latestStart(backwards));
    }
    const empty = new NaiveCalendar(naive.capacities, naive.sharedDiskGib);
    assert.equal(calendar.couldEverFit(demand, count), empty.canPlace(0, 1, demand, count));
  }

  compareBookings(): void {
    const { calendar, naive } = this;
    for (let id = 1; id <= naive.lastId; id += 1) assert.deepEqual(calendar.get(id), naive.get(id));
  }

  /** What was booked, added up independently, is within the capacity at every instant. */
  checkCapacity(): void {
    const { naive } = this;
    const instants = naive.bookings.map(({ startMs }) => startMs);
    naive.capacities.forEach((_, node) => {
      for (const ms of instants) {
        const free = naive.freeAt(node, ms);
        for (const name of RESOURCE_NAMES) assert.ok(free[name] >= 0, `${name} of node ${node} at ${ms}`);
      }
    });
  }

  private nodeIndex(node: number): number {
    return node % this.calendar.nodeCount;
  }
}

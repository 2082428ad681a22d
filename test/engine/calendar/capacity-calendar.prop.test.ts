// The capacity calendar against its oracle: random provider, random history, and after every step the same answers.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BookingId } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import { RESOURCE_NAMES, type Resources } from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';
import { NaiveCalendar } from './naive-calendar.ts';

const HORIZON_MS = 40;

interface Provider {
  readonly capacities: readonly Resources[];
  readonly sharedDiskGib: number | undefined;
}

type Step =
  | {
      readonly act: 'book';
      readonly node: number;
      readonly from: number;
      readonly length: number;
      readonly demand: Resources;
    }
  | { readonly act: 'release' | 'rekind' | 'double-release'; readonly pick: number }
  | { readonly act: 'truncate'; readonly pick: number; readonly end: number }
  | { readonly act: 'forget'; readonly ms: number }
  | { readonly act: 'available'; readonly node: number; readonly available: boolean }
  | {
      readonly act: 'ask';
      readonly from: number;
      readonly length: number;
      readonly demand: Resources;
      readonly count: number;
      readonly span: number;
    };

const resources = (max: number): fc.Arbitrary<Resources> =>
  fc.record({
    milliCpus: fc.integer({ min: 0, max }),
    memoryMib: fc.integer({ min: 0, max }),
    diskGib: fc.integer({ min: 0, max }),
  });

const provider: fc.Arbitrary<Provider> = fc.record({
  capacities: fc.array(resources(6), { minLength: 1, maxLength: 5 }),
  sharedDiskGib: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});

const instant = fc.integer({ min: 0, max: HORIZON_MS });
const length = fc.integer({ min: 1, max: 12 });
const pick = fc.nat(20);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('book' as const),
      node: fc.nat(4),
      from: instant,
      length,
      demand: resources(4),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom('release' as const, 'rekind' as const, 'double-release' as const),
      pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('truncate' as const),
      pick,
      end: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('forget' as const), ms: fc.nat(8) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('available' as const),
      node: fc.nat(4),
      available: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('ask' as const),
      from: instant,
      length,
      demand: resources(4),
      count: fc.integer({ min: 1, max: 6 }),
      span: fc.nat(30),
    }),
  },
);

/** Drives both calendars through one history and compares whatever can be asked. */
class Comparison {
  readonly calendar: CapacityCalendar;
  readonly naive: NaiveCalendar;
  readonly nodeCount: number;
  readonly released: BookingId[] = [];

  constructor({ capacities, sharedDiskGib }: Provider) {
    this.nodeCount = capacities.length;
    this.naive = new NaiveCalendar(capacities, sharedDiskGib);
    this.calendar = new CapacityCalendar({
      nodes: capacities.map((capacity, index) => ({ nodeId: `n${index}`, capacity })),
      ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
    });
  }

  run(step: Step): void {
    const { calendar, naive } = this;
    switch (step.act) {
      case 'book': {
        const nodeIndex = step.node % this.nodeCount;
        const startMs = Math.max(step.from, naive.knownFromMs);
        const endMs = startMs + step.length;
        const request = { nodeIndex, startMs, endMs, demand: step.demand, kind: 'hold' as const, owner: 'o' };
        if (naive.freeCount(nodeIndex, startMs, endMs, step.demand) > 0) {
          expect(calendar.book(request)).toBe(naive.book(request));
        } else {
          expect(() => calendar.book(request)).toThrow(InvariantError);
        }
        break;
      }
      case 'release': {
        const booking = naive.bookings[step.pick % Math.max(1, naive.bookings.length)];
        if (booking === undefined) break;
        calendar.release(booking.id);
        naive.release(booking.id);
        this.released.push(booking.id);
        break;
      }
      case 'double-release': {
        const id = this.released[step.pick % Math.max(1, this.released.length)] ?? 999;
        expect(() => calendar.release(id)).toThrow(InvariantError);
        break;
      }
      case 'rekind': {
        const booking = naive.bookings[step.pick % Math.max(1, naive.bookings.length)];
        if (booking === undefined) break;
        calendar.rekind(booking.id, 'reservation');
        naive.rekind(booking.id, 'reservation');
        break;
      }
      case 'truncate': {
        const booking = naive.bookings[step.pick % Math.max(1, naive.bookings.length)];
        if (booking === undefined) break;
        const endMs = booking.startMs + step.end;
        if (endMs <= booking.endMs) {
          calendar.truncate(booking.id, endMs);
          naive.truncate(booking.id, endMs);
        } else {
          expect(() => calendar.truncate(booking.id, endMs)).toThrow(InvariantError);
        }
        break;
      }
      case 'forget': {
        const ms = Math.max(0, naive.knownFromMs) + step.ms;
        calendar.forgetBefore(ms);
        naive.forgetBefore(ms);
        break;
      }
      case 'available': {
        const nodeIndex = step.node % this.nodeCount;
        calendar.setAvailable(nodeIndex, step.available);
        naive.available[nodeIndex] = step.available;
        break;
      }
      case 'ask':
        this.compareAnswers(step);
        break;
    }
  }

  compareAnswers({ from, length, demand, count, span }: Step & { act: 'ask' }): void {
    const { calendar, naive } = this;
    const startMs = Math.max(from, naive.knownFromMs);
    const endMs = startMs + length;
    const window = { startMs, endMs, demand };
    for (let nodeIndex = 0; nodeIndex < this.nodeCount; nodeIndex += 1) {
      expect(calendar.freeCount(nodeIndex, window)).toBe(naive.freeCount(nodeIndex, startMs, endMs, demand));
      expect(calendar.minFree(nodeIndex, startMs, endMs)).toEqual(naive.minFree(nodeIndex, startMs, endMs));
      expect(calendar.bookingsOn(nodeIndex, startMs, endMs)).toEqual(
        naive.bookingsOn(nodeIndex, startMs, endMs),
      );
      expect(calendar.reservedMilliCpuMs(nodeIndex, startMs, endMs)).toBe(
        naive.reservedMilliCpuMs(nodeIndex, startMs, endMs),
      );
    }
    expect([...calendar.candidates(window)]).toEqual(naive.candidates(startMs, endMs, demand));
    expect(calendar.canPlace({ ...window, count })).toBe(naive.canPlace(startMs, endMs, demand, count));
    for (const instances of [1, count]) {
      const search = { demand, count: instances, durationMs: length, notBeforeMs: startMs };
      expect(calendar.earliestStart(search)).toBe(naive.earliestStart(search));
      const bounded = { ...search, latestStartMs: startMs + span };
      expect(calendar.earliestStart(bounded)).toBe(naive.earliestStart(bounded));
      const backwards = { ...search, notAfterMs: startMs + span };
      expect(calendar.latestStart(backwards)).toBe(naive.latestStart(backwards));
    }
    const empty = new NaiveCalendar(naive.capacities, naive.sharedDiskGib);
    expect(calendar.couldEverFit(demand, count)).toBe(empty.canPlace(0, 1, demand, count));
  }

  compareBookings(): void {
    for (let id = 1; id <= this.naive.lastId; id += 1)
      expect(this.calendar.get(id)).toEqual(this.naive.get(id));
  }

  expectNeverOverCapacity(): void {
    const { naive } = this;
    naive.capacities.forEach((_, nodeIndex) => {
      for (let ms = Math.max(0, naive.knownFromMs); ms < HORIZON_MS + 24; ms += 1) {
        for (const name of RESOURCE_NAMES)
          expect(naive.freeAt(nodeIndex, ms)[name]).toBeGreaterThanOrEqual(0);
      }
    });
  }
}

describe('the capacity calendar', () => {
  test('answers as the naive calendar does, after any history, and is never over capacity', () => {
    fc.assert(
      fc.property(provider, fc.array(step, { maxLength: 60 }), (shape, steps) => {
        const comparison = new Comparison(shape);
        for (const each of steps) comparison.run(each);
        comparison.compareBookings();
        comparison.expectNeverOverCapacity();
      }),
      { numRuns: 3000 },
    );
  });
});

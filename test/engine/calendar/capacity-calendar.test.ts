// What the capacity calendar does, one behaviour at a time. Whether its answers are right on any history is the matter of
// capacity-calendar.prop.test.ts.

import { describe, expect, test } from 'vitest';
import type { NewBooking } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import type { Resources } from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';

const dayMs = 86_400_000;
/** The 2009 testbed: five nodes of four CPUs, and a storage node. */
const node: Resources = { milliCpus: 4_000, memoryMib: 3_584, diskGib: 0 };
const small: Resources = { milliCpus: 1_000, memoryMib: 768, diskGib: 10 };
const large: Resources = { milliCpus: 3_000, memoryMib: 2_560, diskGib: 40 };

function testbed(options: { nodes?: number; sharedDiskGib?: number } = {}): CapacityCalendar {
  const { nodes = 5, sharedDiskGib = 1_000 } = options;
  return new CapacityCalendar({
    nodes: Array.from({ length: nodes }, (_, index) => ({ nodeId: `xen-${index + 1}`, capacity: node })),
    sharedDiskGib,
  });
}

function booking(changes: Partial<NewBooking> = {}): NewBooking {
  return { nodeIndex: 0, startMs: 0, endMs: 10, demand: small, kind: 'hold', owner: 'r-1', ...changes };
}

describe('bookings', () => {
  test('are counted from 1 and never share an id, even after a release', () => {
    const calendar = testbed();
    const first = calendar.book(booking());
    calendar.release(first);
    expect([first, calendar.book(booking())]).toEqual([1, 2]);
  });

  test('can be read back with their owner', () => {
    const calendar = testbed();
    const id = calendar.book(booking({ owner: 'r-7' }));
    expect(calendar.get(id)).toEqual({ ...booking({ owner: 'r-7' }), id });
  });

  test('are released exactly once', () => {
    const calendar = testbed();
    const id = calendar.book(booking());
    calendar.release(id);
    expect(() => calendar.release(id)).toThrow(InvariantError);
    expect(() => calendar.truncate(id, 5)).toThrow(InvariantError);
    expect(() => calendar.rekind(id, 'reservation')).toThrow(InvariantError);
    expect(() => calendar.release(99)).toThrow(InvariantError);
    expect(calendar.get(id)).toBeUndefined();
  });

  test('keep their capacity when a hold becomes a reservation', () => {
    const calendar = testbed();
    const id = calendar.book(booking({ demand: large }));
    calendar.rekind(id, 'reservation');
    expect(calendar.get(id)?.kind).toBe('reservation');
    expect(calendar.freeCount(0, booking())).toBe(1);
  });

  test('that end early give back the rest', () => {
    const calendar = testbed();
    const id = calendar.book(booking({ demand: large, endMs: 10 }));
    calendar.truncate(id, 4);
    expect(calendar.get(id)?.endMs).toBe(4);
    expect(calendar.freeCount(0, { startMs: 4, endMs: 10, demand: large })).toBe(1);
    expect(calendar.freeCount(0, { startMs: 3, endMs: 10, demand: large })).toBe(0);
  });

  test('are listed by start, then by id, when they overlap the window', () => {
    const calendar = testbed();
    calendar.book(booking({ startMs: 5, endMs: 20 }));
    calendar.book(booking({ startMs: 0, endMs: 10 }));
    calendar.book(booking({ startMs: 5, endMs: 6 }));
    calendar.book(booking({ startMs: 0, endMs: 5 }));
    calendar.book(booking({ nodeIndex: 1, startMs: 5 }));
    expect(calendar.bookingsOn(0, 5, 7).map(({ id }) => id)).toEqual([2, 1, 3]);
  });

  test.each<[string, Partial<NewBooking>]>([
    ['on no node', { nodeIndex: 5 }],
    ['for an empty window', { endMs: 0 }],
    ['at half a millisecond', { startMs: 0.5 }],
    ['of a negative amount', { demand: { ...small, milliCpus: -1 } }],
    ['of half an amount', { demand: { ...small, memoryMib: 0.5 } }],
    ['of more than the node has', { demand: { ...small, memoryMib: 3_585 } }],
    ['of more than the shared disk has', { demand: { ...small, diskGib: 1_001 } }],
  ])('are refused %s, and nothing is taken', (_, changes) => {
    const calendar = testbed();
    expect(() => calendar.book(booking(changes))).toThrow(InvariantError);
    const whole = { ...node, diskGib: 1_000 };
    expect(calendar.freeCount(0, { startMs: 0, endMs: 10, demand: whole })).toBe(1);
  });
});

describe('a shared disk', () => {
  test('is drawn from by the bookings of all nodes', () => {
    const calendar = testbed({ sharedDiskGib: 25 });
    calendar.book(booking({ nodeIndex: 0 }));
    calendar.book(booking({ nodeIndex: 1 }));
    expect(calendar.freeCount(2, booking())).toBe(0);
    expect([...calendar.candidates(booking())]).toEqual([]);
    expect(calendar.minFree(2, 0, 10)).toEqual({ ...node, diskGib: 5 });
  });

  test('can be what a start waits for', () => {
    const calendar = testbed({ sharedDiskGib: 25 });
    calendar.book(booking({ nodeIndex: 0, endMs: 7 }));
    calendar.book(booking({ nodeIndex: 1, endMs: 9 }));
    const request = { demand: small, durationMs: 5, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, count: 1 })).toBe(7);
    expect(calendar.earliestStart({ ...request, count: 2 })).toBe(9);
    expect(calendar.earliestStart({ ...request, count: 3 })).toBeUndefined();
  });
});

describe('an unavailable node', () => {
  test('keeps its bookings but is offered by no query and takes no booking', () => {
    const calendar = testbed({ nodes: 2 });
    const id = calendar.book(booking({ nodeIndex: 1 }));
    calendar.setAvailable(1, false);
    expect(calendar.get(id)).toBeDefined();
    expect([...calendar.candidates(booking())]).toEqual([0]);
    expect(calendar.freeCount(1, booking())).toBe(0);
    expect(calendar.canPlace({ ...booking(), count: 5 })).toBe(false);
    expect(
      calendar.earliestStart({ demand: small, count: 5, durationMs: 1, notBeforeMs: 0 }),
    ).toBeUndefined();
    expect(() => calendar.book(booking({ nodeIndex: 1 }))).toThrow(InvariantError);
    calendar.setAvailable(1, true);
    expect([...calendar.candidates(booking())]).toEqual([0, 1]);
  });

  test('still counts for what could ever fit', () => {
    const calendar = testbed({ nodes: 2 });
    calendar.setAvailable(1, false);
    expect(calendar.couldEverFit(large, 2)).toBe(true);
    expect(calendar.couldEverFit(large, 3)).toBe(false);
  });
});

describe('the earliest start', () => {
  test('of the worked example of the paper: five SMALL for six days, asked for the 21st, fit from the 23rd', () => {
    const calendar = testbed({ nodes: 2 });
    const dayOfMonth = (day: number) => (day - 1) * dayMs;
    for (const nodeIndex of [0, 1]) {
      calendar.book(booking({ nodeIndex, demand: large, startMs: dayOfMonth(18), endMs: dayOfMonth(23) }));
    }
    const request = { demand: small, count: 5, durationMs: 6 * dayMs, notBeforeMs: dayOfMonth(21) };
    expect(calendar.earliestStart(request)).toBe(dayOfMonth(23));
    expect(calendar.earliestStart({ ...request, latestStartMs: dayOfMonth(22) })).toBeUndefined();
  });

  test('of several instances is the first instant at which they all fit, not each of them', () => {
    const calendar = testbed({ nodes: 2 });
    // Node 0 has room in [10, 20), node 1 from 15 on: together they have it from 25 on, when node 0 is free again.
    calendar.book(booking({ nodeIndex: 0, demand: large, startMs: 0, endMs: 10 }));
    calendar.book(booking({ nodeIndex: 0, demand: large, startMs: 20, endMs: 25 }));
    calendar.book(booking({ nodeIndex: 1, demand: large, startMs: 0, endMs: 15 }));
    const request = { demand: large, durationMs: 6, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, count: 1 })).toBe(10);
    expect(calendar.earliestStart({ ...request, count: 2 })).toBe(25);
    expect(calendar.earliestStart({ ...request, count: 2, durationMs: 5 })).toBe(15);
  });

  test('takes the gap between two bookings when it is exactly as long as needed', () => {
    const calendar = testbed({ nodes: 1 });
    calendar.book(booking({ demand: large, startMs: 0, endMs: 10 }));
    calendar.book(booking({ demand: large, startMs: 15, endMs: 30 }));
    const request = { demand: large, count: 1, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, durationMs: 5 })).toBe(10);
    expect(calendar.earliestStart({ ...request, durationMs: 6 })).toBe(30);
  });
});

test('the latest start ends where the next booking begins', () => {
  const calendar = testbed({ nodes: 1 });
  calendar.book(booking({ demand: large, startMs: 100, endMs: 200 }));
  const request = { demand: large, count: 1, durationMs: 30, notBeforeMs: 0 };
  expect(calendar.latestStart({ ...request, notAfterMs: 150 })).toBe(70);
  expect(calendar.latestStart({ ...request, notAfterMs: 250 })).toBe(250);
  expect(calendar.latestStart({ ...request, notBeforeMs: 80, notAfterMs: 150 })).toBeUndefined();
});

describe('forgetting the past', () => {
  test('ends bookings without a release, except those that end at that very instant', () => {
    const calendar = testbed();
    const over = calendar.book(booking({ endMs: 10 }));
    const ending = calendar.book(booking({ endMs: 20 }));
    const running = calendar.book(booking({ endMs: 30 }));
    calendar.forgetBefore(20);
    expect(calendar.get(over)).toBeUndefined();
    expect(() => calendar.release(over)).toThrow(InvariantError);
    calendar.release(ending);
    calendar.release(running);
    expect(calendar.freeCount(0, { startMs: 20, endMs: 30, demand: small })).toBe(4);
  });

  test('leaves nothing to ask or to book before it', () => {
    const calendar = testbed();
    calendar.forgetBefore(20);
    expect(() => calendar.book(booking({ startMs: 19, endMs: 30 }))).toThrow(InvariantError);
    expect(() => calendar.freeCount(0, booking({ startMs: 19, endMs: 30 }))).toThrow(InvariantError);
    expect(() => calendar.reservedMilliCpuMs(0, 19, 30)).toThrow(InvariantError);
  });

  test('keeps the calendar small when nobody ever releases', () => {
    const calendar = testbed();
    let keptMax = 0;
    for (let now = 0; now < 50_000; now += 1) {
      calendar.forgetBefore(now);
      calendar.book(booking({ nodeIndex: now % 5, startMs: now, endMs: now + 10 }));
      keptMax = Math.max(keptMax, calendar.bookingCount);
    }
    expect(keptMax).toBeLessThan(50);
  });
});

test('candidates are found as they are asked for, and see what was booked in between', () => {
  const calendar = testbed();
  const window = { startMs: 0, endMs: 10, demand: large };
  const seen: number[] = [];
  for (const nodeIndex of calendar.candidates(window)) {
    seen.push(nodeIndex);
    if (nodeIndex === 0) calendar.book(booking({ nodeIndex: 1, demand: large }));
  }
  expect(seen).toEqual([0, 2, 3, 4]);
});

test('nodes are known by index and by id', () => {
  const calendar = testbed();
  expect(calendar.nodeCount).toBe(5);
  expect(calendar.nodeId(4)).toBe('xen-5');
  expect(calendar.nodeIndexOf('xen-5')).toBe(4);
  expect(calendar.nodeIndexOf('xen-6')).toBeUndefined();
  expect(calendar.capacityOf(4)).toEqual(node);
  expect(() => calendar.nodeId(5)).toThrow(InvariantError);
});

test('two nodes with one id are refused', () => {
  const twin = { nodeId: 'twin', capacity: node };
  expect(() => new CapacityCalendar({ nodes: [twin, twin] })).toThrow(InvariantError);
});

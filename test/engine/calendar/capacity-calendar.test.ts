// What the capacity calendar does, one behaviour at a time. Whether its answers are right on any history is the matter of
// capacity-calendar.prop.test.ts.

import { describe, expect, test } from 'vitest';
import type { BookingId, NewBooking } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import { applied, type Edit, type RefusalOfEdit } from '../../../engine/calendar/edit.ts';
import type { Resources } from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';

const FOR_EVER = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
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

function book(calendar: CapacityCalendar, changes: Partial<NewBooking> = {}): BookingId {
  return applied(calendar.apply([{ edit: 'book', ...booking(changes) }]))[0]!;
}

function release(calendar: CapacityCalendar, id: BookingId): void {
  applied(calendar.apply([{ edit: 'release', id }]));
}

describe('bookings', () => {
  test('are counted from 1 and never share an id, even after a release', () => {
    const calendar = testbed();
    const first = book(calendar);
    release(calendar, first);
    expect([first, book(calendar)]).toEqual([1, 2]);
  });

  test('can be read back with their owner', () => {
    const calendar = testbed();
    const id = book(calendar, { owner: 'r-7' });
    expect(calendar.get(id)).toEqual({ ...booking({ owner: 'r-7' }), id });
  });

  test('are released exactly once', () => {
    const calendar = testbed();
    const id = book(calendar);
    release(calendar, id);
    const edits: Edit[] = [
      { edit: 'release', id },
      { edit: 'rekind', id, kind: 'reservation' },
      { edit: 'move', id, nodeIndex: 1 },
      { edit: 'resize', id, endMs: 5 },
      { edit: 'release', id: 99 },
    ];
    for (const edit of edits) {
      expect(calendar.apply([edit])).toMatchObject({ kind: 'refused', index: 0, reason: 'unknown-booking' });
    }
    expect(calendar.get(id)).toBeUndefined();
  });

  test('keep their capacity when a hold becomes a reservation', () => {
    const calendar = testbed();
    const id = book(calendar, { demand: large });
    applied(calendar.apply([{ edit: 'rekind', id, kind: 'reservation' }]));
    expect(calendar.get(id)?.kind).toBe('reservation');
    expect(calendar.freeCount(0, booking())).toBe(1);
  });

  test('that end early give back the rest', () => {
    const calendar = testbed();
    const id = book(calendar, { demand: large, endMs: 10 });
    applied(calendar.apply([{ edit: 'resize', id, endMs: 4 }]));
    expect(calendar.get(id)?.endMs).toBe(4);
    expect(calendar.freeCount(0, { startMs: 4, endMs: 10, demand: large })).toBe(1);
    expect(calendar.freeCount(0, { startMs: 3, endMs: 10, demand: large })).toBe(0);
  });

  test('that have begun go on with another demand, from then on', () => {
    const calendar = testbed({ nodes: 1 });
    book(calendar, { demand: large, endMs: 5 });
    const id = book(calendar, { endMs: 20 });
    calendar.forgetBefore(5);
    applied(calendar.apply([{ edit: 'resize', id, demand: large }]));
    expect(calendar.get(id)).toMatchObject({ startMs: 0, endMs: 20, demand: large });
    release(calendar, id);
    expect(calendar.freeCount(0, { startMs: 5, endMs: 20, demand: small })).toBe(4);
  });

  test('that move keep their id, and leave what lies before to others', () => {
    const calendar = testbed();
    const id = book(calendar, { demand: large, endMs: 10 });
    applied(calendar.apply([{ edit: 'move', id, nodeIndex: 3, fromMs: 6 }]));
    expect(calendar.get(id)).toMatchObject({ id, nodeIndex: 3, startMs: 6, endMs: 10 });
    const whole = { startMs: 0, endMs: 10, demand: large };
    expect([...calendar.candidates(whole)]).toEqual([0, 1, 2, 4]);
    expect(calendar.freeCount(3, { ...whole, endMs: 6 })).toBe(1);
    calendar.forgetBefore(8);
    applied(calendar.apply([{ edit: 'move', id, nodeIndex: 0 }]));
    expect(calendar.get(id)).toMatchObject({ nodeIndex: 0, startMs: 8 });
  });

  test('are listed by start, then by id, when they overlap the window', () => {
    const calendar = testbed();
    book(calendar, { startMs: 5, endMs: 20 });
    book(calendar, { startMs: 0, endMs: 10 });
    book(calendar, { startMs: 5, endMs: 6 });
    book(calendar, { startMs: 0, endMs: 5 });
    book(calendar, { nodeIndex: 1, startMs: 5 });
    expect(calendar.bookingsOn(0, 5, 7).map(({ id }) => id)).toEqual([2, 1, 3]);
  });

  test.each<[RefusalOfEdit, string, Partial<NewBooking>]>([
    ['unknown-node', 'on no node', { nodeIndex: 5 }],
    ['bad-window', 'for an empty window', { endMs: 0 }],
    ['bad-window', 'at half a millisecond', { startMs: 0.5 }],
    ['bad-demand', 'of a negative amount', { demand: { ...small, milliCpus: -1 } }],
    ['bad-demand', 'of half an amount', { demand: { ...small, memoryMib: 0.5 } }],
    ['bad-demand', 'of what the provider does not have', { demand: { ...small, named: { gpu: 0 } } }],
    ['no-room', 'of more than the node has', { demand: { ...small, memoryMib: 3_585 } }],
    ['no-room-in-pool', 'of more than the shared disk has', { demand: { ...small, diskGib: 1_001 } }],
  ])('are refused as %s when they are %s, and nothing is taken', (reason, _, changes) => {
    const calendar = testbed();
    const edit: Edit = { edit: 'book', ...booking(changes) };
    expect(calendar.apply([edit])).toMatchObject({ kind: 'refused', index: 0, edit, reason });
    const whole = { ...node, diskGib: 1_000 };
    expect(calendar.freeCount(0, { startMs: 0, endMs: 10, demand: whole })).toBe(1);
    expect(book(calendar)).toBe(1);
  });
});

describe('a plan', () => {
  test('may book what it releases', () => {
    const calendar = testbed({ nodes: 1 });
    const id = book(calendar, { demand: large });
    const swap: Edit[] = [
      { edit: 'release', id },
      { edit: 'book', ...booking({ demand: large, owner: 'r-2' }) },
      { edit: 'book', ...booking({ owner: 'r-3' }) },
    ];
    expect(calendar.apply([...swap].reverse())).toMatchObject({ kind: 'refused', index: 1 });
    expect(calendar.apply(swap)).toEqual({ kind: 'applied', bookings: [2, 3] });
    expect(calendar.bookingsOn(0, 0, 10).map(({ owner }) => owner)).toEqual(['r-2', 'r-3']);
  });

  test('that is refused says where, and leaves everything as it was', () => {
    const calendar = testbed({ nodes: 2, sharedDiskGib: 55 });
    const first = book(calendar, { demand: large });
    const second = book(calendar, { nodeIndex: 1 });
    const bookings = () => [first, second].map((id) => calendar.get(id));
    const before = bookings();
    const plan: Edit[] = [
      { edit: 'release', id: first },
      { edit: 'rekind', id: second, kind: 'reservation' },
      { edit: 'move', id: second, nodeIndex: 0, fromMs: 5 },
      { edit: 'resize', id: second, endMs: 100 },
      { edit: 'book', ...booking({ nodeIndex: 1, demand: large }) },
      { edit: 'book', ...booking({ nodeIndex: 1, startMs: 9, endMs: 30 }) },
    ];
    const outcome = calendar.apply(plan);
    expect(outcome).toMatchObject({ kind: 'refused', index: 5, edit: plan[5], reason: 'no-room-in-pool' });
    expect(outcome).toMatchObject({ details: { nodeId: 'xen-2', free: { diskGib: 5 } } });
    expect(bookings()).toEqual(before);
    expect(calendar.bookingsOn(0, 0, 100)).toEqual([before[0]]);
    expect(calendar.minFree(0, 0, 10)).toEqual({ milliCpus: 1_000, memoryMib: 1_024, diskGib: 5 });
    expect(
      calendar.earliestStart({ demand: large, count: 2, durationMs: 1, notBeforeMs: 0 }),
    ).toBeUndefined();
    expect(calendar.bookingCount).toBe(2);
    expect(book(calendar, { startMs: 10, endMs: 11 })).toBe(3);
  });

  test('of which a caller was sure is our bug when it is refused', () => {
    const calendar = testbed();
    expect(() => applied(calendar.apply([{ edit: 'release', id: 1 }]))).toThrow(InvariantError);
  });
});

describe('a draft', () => {
  test('thinks ahead without a trace, and finds the ids that its plan will get', () => {
    const calendar = testbed({ nodes: 2 });
    const id = book(calendar, { demand: large });
    const draft = calendar.fork();
    const plan: Edit[] = [
      { edit: 'move', id, nodeIndex: 1 },
      { edit: 'book', ...booking({ demand: large }) },
    ];
    expect(draft.apply(plan)).toEqual({ kind: 'applied', bookings: [2] });
    expect(draft.bookingsOn(1, 0, 10)).toHaveLength(1);
    expect(calendar.bookingsOn(1, 0, 10)).toEqual([]);
    expect(calendar.get(id)).toMatchObject({ nodeIndex: 0 });
    expect([...draft.candidates(booking({ demand: large }))]).toEqual([]);
    expect([...calendar.candidates(booking({ demand: large }))]).toEqual([1]);
    expect(calendar.apply(plan)).toEqual({ kind: 'applied', bookings: [2] });
  });

  test('can have a draft of its own', () => {
    const calendar = testbed({ nodes: 1 });
    const draft = calendar.fork();
    const first = book(draft, { demand: large });
    const inner = draft.fork();
    expect(inner.freeCount(0, booking())).toBe(1);
    release(inner, first);
    expect([calendar, draft, inner].map((each) => each.freeCount(0, booking()))).toEqual([4, 1, 4]);
    expect([calendar, draft, inner].map((each) => each.bookingCount)).toEqual([0, 1, 0]);
  });

  test('has its own nodes in service, and its own present', () => {
    const calendar = testbed({ nodes: 2 });
    const draft = calendar.fork();
    draft.setOutages(0, [FOR_EVER]);
    draft.forgetBefore(5);
    expect([...draft.candidates(booking({ startMs: 5 }))]).toEqual([1]);
    expect(() => draft.freeCount(1, booking())).toThrow(InvariantError);
    expect([...calendar.candidates(booking())]).toEqual([0, 1]);
  });

  test.each<[string, (calendar: CapacityCalendar) => void]>([
    ['a plan is applied', (calendar) => book(calendar)],
    ['a node goes out of service', (calendar) => calendar.setOutages(0, [FOR_EVER])],
    ['the past is forgotten', (calendar) => calendar.forgetBefore(5)],
  ])('is out of date when %s to its original', (_, change) => {
    const calendar = testbed();
    const draft = calendar.fork();
    const inner = draft.fork();
    change(calendar);
    for (const each of [draft, inner]) {
      expect(() => each.freeCount(1, booking({ startMs: 5 }))).toThrow(InvariantError);
      expect(() => each.get(1)).toThrow(InvariantError);
      expect(() => each.apply([])).toThrow(InvariantError);
      expect(() => each.fork()).toThrow(InvariantError);
    }
  });

  test('stays good when a plan is refused', () => {
    const calendar = testbed();
    const draft = calendar.fork();
    calendar.apply([
      { edit: 'book', ...booking() },
      { edit: 'release', id: 7 },
    ]);
    expect(draft.freeCount(0, booking())).toBe(4);
  });
});

describe('resources that a provider names', () => {
  const gpuNode = { ...node, named: { gpu: 2_000 } };
  const provider = () =>
    new CapacityCalendar({
      nodes: [
        { nodeId: 'plain', capacity: node },
        { nodeId: 'with-gpu', capacity: gpuNode },
      ],
      sharedDiskGib: 100,
      resources: [
        { name: 'gpu', divisible: true, scope: 'node' },
        { name: 'licence', divisible: false, scope: 'pool', capacity: 3 },
      ],
    });
  const half = { ...small, named: { gpu: 500 } };
  const licensed = { ...small, named: { licence: 2 } };

  test('are listed after the three that all have', () => {
    const { space, totalCapacity } = provider();
    expect(space.dimensions.map(({ name, scope }) => `${name} ${scope}`)).toEqual([
      'milliCpus node',
      'memoryMib node',
      'diskGib pool',
      'gpu node',
      'licence pool',
    ]);
    expect(totalCapacity).toEqual({
      milliCpus: 8_000,
      memoryMib: 7_168,
      diskGib: 100,
      named: { gpu: 2_000, licence: 3 },
    });
  });

  test('are taken from the node, in parts where they are divisible', () => {
    const calendar = provider();
    expect([...calendar.candidates(booking({ demand: half }))]).toEqual([1]);
    book(calendar, { nodeIndex: 1, demand: { ...half, named: { gpu: 1_200 } } });
    expect(calendar.freeCount(1, booking({ demand: half }))).toBe(1);
    expect(calendar.minFree(1, 0, 10).named).toEqual({ gpu: 800, licence: 3 });
    const request = { demand: half, count: 2, durationMs: 5, notBeforeMs: 0 };
    expect(calendar.earliestStart(request)).toBe(10);
    expect(calendar.latestStart({ ...request, notAfterMs: 9 })).toBeUndefined();
    expect(calendar.couldEverFit(half, 4)).toBe(true);
    expect(calendar.couldEverFit(half, 5)).toBe(false);
  });

  test('are drawn from one pool by the bookings of all nodes', () => {
    const calendar = provider();
    book(calendar, { nodeIndex: 0, demand: licensed, endMs: 7 });
    expect(calendar.freeCount(1, booking({ demand: licensed }))).toBe(0);
    expect(calendar.earliestStart({ demand: licensed, count: 1, durationMs: 5, notBeforeMs: 0 })).toBe(7);
    expect(calendar.couldEverFit(licensed, 2)).toBe(false);
    expect(calendar.apply([{ edit: 'book', ...booking({ nodeIndex: 1, demand: licensed }) }])).toMatchObject({
      reason: 'no-room-in-pool',
    });
  });

  test('cannot be asked for by a name that the provider does not give', () => {
    const demand = { ...small, named: { gpus: 1 } };
    expect(() => provider().freeCount(1, booking({ demand }))).toThrow(InvariantError);
    expect(provider().couldEverFit(demand, 1)).toBe(false);
  });

  test('have names of their own', () => {
    const gpu = { name: 'gpu', divisible: false, scope: 'node' } as const;
    for (const resources of [[gpu, gpu], [{ ...gpu, name: 'diskGib' }]]) {
      expect(() => new CapacityCalendar({ nodes: [], resources })).toThrow(InvariantError);
    }
  });
});

describe('a shared disk', () => {
  test('is drawn from by the bookings of all nodes', () => {
    const calendar = testbed({ sharedDiskGib: 25 });
    book(calendar, { nodeIndex: 0 });
    book(calendar, { nodeIndex: 1 });
    expect(calendar.freeCount(2, booking())).toBe(0);
    expect([...calendar.candidates(booking())]).toEqual([]);
    expect(calendar.minFree(2, 0, 10)).toEqual({ ...node, diskGib: 5 });
  });

  test('can be what a start waits for', () => {
    const calendar = testbed({ sharedDiskGib: 25 });
    book(calendar, { nodeIndex: 0, endMs: 7 });
    book(calendar, { nodeIndex: 1, endMs: 9 });
    const request = { demand: small, durationMs: 5, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, count: 1 })).toBe(7);
    expect(calendar.earliestStart({ ...request, count: 2 })).toBe(9);
    expect(calendar.earliestStart({ ...request, count: 3 })).toBeUndefined();
  });
});

describe('a node that is out', () => {
  test('until a known time takes what begins then, and is offered again from then on', () => {
    const calendar = testbed({ nodes: 2 });
    const id = book(calendar, { nodeIndex: 1, demand: large, endMs: 30 });
    calendar.setOutages(1, [{ fromMs: Number.NEGATIVE_INFINITY, untilMs: 20 }]);
    const search = { demand: large, count: 2, durationMs: 5, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...search, demand: small, count: 5 })).toBe(20);
    expect(calendar.earliestStart({ ...search, count: 2 })).toBe(30);
    expect(calendar.earliestStart({ ...search, count: 1 })).toBe(0);
    expect(calendar.latestStart({ ...search, demand: small, count: 5, notAfterMs: 19 })).toBeUndefined();
    const late = booking({ nodeIndex: 1, startMs: 20, endMs: 21 });
    expect(calendar.apply([{ edit: 'book', ...late }])).toMatchObject({ kind: 'applied' });
    expect(calendar.apply([{ edit: 'book', ...late, startMs: 19 }])).toMatchObject({
      reason: 'node-unavailable',
    });
    // What is booked there is given back as it was taken.
    release(calendar, id);
    calendar.setOutages(1, []);
    expect(calendar.freeCount(1, booking({ startMs: 0, endMs: 20 }))).toBe(4);
  });

  test('in a time that is planned takes what ends before it, and tells what fits despite it', () => {
    const calendar = testbed({ nodes: 1 });
    calendar.setOutages(0, [{ fromMs: 10, untilMs: 20 }]);
    expect(calendar.canPlace({ ...booking({ startMs: 0, endMs: 10 }), count: 4 })).toBe(true);
    expect(calendar.canPlace({ ...booking({ startMs: 5, endMs: 11 }), count: 1 })).toBe(false);
    expect(calendar.canPlaceDespiteOutages({ ...booking({ startMs: 5, endMs: 11 }), count: 4 })).toBe(true);
    expect(calendar.canPlaceDespiteOutages({ ...booking({ startMs: 5, endMs: 11 }), count: 5 })).toBe(false);
    expect([calendar.isWhollyOut(5, 11), calendar.isWhollyOut(20, 21)]).toEqual([true, false]);
  });

  test('keeps its bookings but is offered by no query and takes no booking', () => {
    const calendar = testbed({ nodes: 2 });
    const id = book(calendar, { nodeIndex: 1 });
    calendar.setOutages(1, [FOR_EVER]);
    expect(calendar.get(id)).toBeDefined();
    expect([...calendar.candidates(booking())]).toEqual([0]);
    expect(calendar.freeCount(1, booking())).toBe(0);
    expect(calendar.canPlace({ ...booking(), count: 5 })).toBe(false);
    expect(
      calendar.earliestStart({ demand: small, count: 5, durationMs: 1, notBeforeMs: 0 }),
    ).toBeUndefined();
    expect(calendar.apply([{ edit: 'book', ...booking({ nodeIndex: 1 }) }])).toMatchObject({
      kind: 'refused',
      reason: 'node-unavailable',
      details: { nodeId: 'xen-2' },
    });
    expect(calendar.apply([{ edit: 'move', id: book(calendar), nodeIndex: 1 }])).toMatchObject({
      reason: 'node-unavailable',
    });
    expect(calendar.apply([{ edit: 'resize', id, endMs: 11 }])).toMatchObject({ reason: 'node-unavailable' });
    expect(calendar.apply([{ edit: 'resize', id, endMs: 9 }])).toMatchObject({ kind: 'applied' });
    calendar.setOutages(1, []);
    expect([...calendar.candidates(booking())]).toEqual([0, 1]);
  });

  test('still counts for what could ever fit', () => {
    const calendar = testbed({ nodes: 2 });
    calendar.setOutages(1, [FOR_EVER]);
    expect(calendar.couldEverFit(large, 2)).toBe(true);
    expect(calendar.couldEverFit(large, 3)).toBe(false);
  });
});

describe('the earliest start', () => {
  test('of the worked example of the paper: five SMALL for six days, asked for the 21st, fit from the 23rd', () => {
    const calendar = testbed({ nodes: 2 });
    const dayOfMonth = (day: number) => (day - 1) * dayMs;
    for (const nodeIndex of [0, 1]) {
      book(calendar, { nodeIndex, demand: large, startMs: dayOfMonth(18), endMs: dayOfMonth(23) });
    }
    const request = { demand: small, count: 5, durationMs: 6 * dayMs, notBeforeMs: dayOfMonth(21) };
    expect(calendar.earliestStart(request)).toBe(dayOfMonth(23));
    expect(calendar.earliestStart({ ...request, latestStartMs: dayOfMonth(22) })).toBeUndefined();
  });

  test('of several instances is the first instant at which they all fit, not each of them', () => {
    const calendar = testbed({ nodes: 2 });
    // Node 0 has room in [10, 20), node 1 from 15 on: together they have it from 25 on, when node 0 is free again.
    book(calendar, { nodeIndex: 0, demand: large, startMs: 0, endMs: 10 });
    book(calendar, { nodeIndex: 0, demand: large, startMs: 20, endMs: 25 });
    book(calendar, { nodeIndex: 1, demand: large, startMs: 0, endMs: 15 });
    const request = { demand: large, durationMs: 6, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, count: 1 })).toBe(10);
    expect(calendar.earliestStart({ ...request, count: 2 })).toBe(25);
    expect(calendar.earliestStart({ ...request, count: 2, durationMs: 5 })).toBe(15);
  });

  test('takes the gap between two bookings when it is exactly as long as needed', () => {
    const calendar = testbed({ nodes: 1 });
    book(calendar, { demand: large, startMs: 0, endMs: 10 });
    book(calendar, { demand: large, startMs: 15, endMs: 30 });
    const request = { demand: large, count: 1, notBeforeMs: 0 };
    expect(calendar.earliestStart({ ...request, durationMs: 5 })).toBe(10);
    expect(calendar.earliestStart({ ...request, durationMs: 6 })).toBe(30);
  });
});

test('the latest start ends where the next booking begins', () => {
  const calendar = testbed({ nodes: 1 });
  book(calendar, { demand: large, startMs: 100, endMs: 200 });
  const request = { demand: large, count: 1, durationMs: 30, notBeforeMs: 0 };
  expect(calendar.latestStart({ ...request, notAfterMs: 150 })).toBe(70);
  expect(calendar.latestStart({ ...request, notAfterMs: 250 })).toBe(250);
  expect(calendar.latestStart({ ...request, notBeforeMs: 80, notAfterMs: 150 })).toBeUndefined();
});

describe('forgetting the past', () => {
  test('ends bookings without a release, except those that end at that very instant', () => {
    const calendar = testbed();
    const over = book(calendar, { endMs: 10 });
    const ending = book(calendar, { endMs: 20 });
    const running = book(calendar, { endMs: 30 });
    calendar.forgetBefore(20);
    expect(calendar.get(over)).toBeUndefined();
    expect(calendar.apply([{ edit: 'release', id: over }])).toMatchObject({ reason: 'unknown-booking' });
    release(calendar, ending);
    release(calendar, running);
    expect(calendar.freeCount(0, { startMs: 20, endMs: 30, demand: small })).toBe(4);
  });

  test('leaves nothing to ask or to book before it', () => {
    const calendar = testbed();
    calendar.forgetBefore(20);
    expect(calendar.apply([{ edit: 'book', ...booking({ startMs: 19, endMs: 30 }) }])).toMatchObject({
      reason: 'bad-window',
    });
    expect(() => calendar.freeCount(0, booking({ startMs: 19, endMs: 30 }))).toThrow(InvariantError);
    expect(() => calendar.reservedMilliCpuMs(0, 19, 30)).toThrow(InvariantError);
  });

  test('keeps the calendar small when nobody ever releases', () => {
    const calendar = testbed();
    let keptMax = 0;
    for (let now = 0; now < 50_000; now += 1) {
      calendar.forgetBefore(now);
      book(calendar, { nodeIndex: now % 5, startMs: now, endMs: now + 10 });
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
    if (nodeIndex === 0) book(calendar, { nodeIndex: 1, demand: large });
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

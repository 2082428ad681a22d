// Resources in devices against a brute-force oracle on small clusters: every device at every millisecond, every node, every start.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Booking } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import { applied } from '../../../engine/calendar/edit.ts';
import { DEVICE_RULES, type DeviceRule } from '../../../engine/domain/devices.ts';
import { amountOf, type Resources } from '../../../engine/domain/resources.ts';
import { runs } from '../../support/fast-check.ts';

const HORIZON_MS = 16;

interface Node {
  readonly cpu: number;
  readonly gpus: number;
  readonly model: 'T4' | 'A10';
}

interface Setup {
  readonly nodes: readonly Node[];
  readonly rule: DeviceRule;
}

interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

const node = fc.record<Node>({
  cpu: fc.integer({ min: 3, max: 9 }),
  gpus: fc.integer({ min: 0, max: 3 }),
  model: fc.constantFrom('T4', 'A10'),
});
const demand = fc
  .record({
    cpu: fc.integer({ min: 0, max: 2 }),
    gpu: fc.constantFrom(0, 300, 400, 500, 600, 700, 1000, 2000),
    models: fc.constantFrom(undefined, undefined, undefined, ['T4'], ['A10', 'T4']),
  })
  .map(
    ({ cpu, gpu, models }): Resources => ({
      milliCpus: cpu,
      memoryMib: 0,
      diskGib: 0,
      named: { gpu },
      ...(models !== undefined && gpu > 0 && { models: { gpu: models } }),
    }),
  );
const window = fc
  .record({ startMs: fc.nat(7), length: fc.integer({ min: 1, max: 8 }) })
  .map(({ length, startMs }): Window => ({ startMs, endMs: startMs + length }));
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constant('book' as const), node: fc.nat(3), window, demand }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('release' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('move' as const), pick: fc.nat(), node: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('resize' as const), pick: fc.nat(), window }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('ask' as const),
      window,
      demand,
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
);
const setups = fc.record<Setup>({
  nodes: fc.array(node, { minLength: 1, maxLength: 3 }),
  rule: fc.constantFrom(...DEVICE_RULES),
});

function calendarOf({ nodes, rule }: Setup, indexed = true): CapacityCalendar {
  return new CapacityCalendar({
    nodes: nodes.map(({ cpu, gpus, model }, i) => ({
      nodeId: `n${i}`,
      capacity: { milliCpus: cpu, memoryMib: 0, diskGib: 0, named: { gpu: 1000 * gpus } },
      models: { gpu: model },
    })),
    resources: [{ name: 'gpu', divisible: true, scope: 'node', devices: rule }],
    indexed,
  });
}

/** What is free of CPU and of each device in a window. */
function freeOf({ cpu, gpus }: Node, bookings: readonly Booking[], { endMs, startMs }: Window) {
  let cpus = cpu;
  const devices = new Array<number>(gpus).fill(1000);
  for (let ms = startMs; ms < endMs; ms++) {
    const here = bookings.filter((each) => each.startMs <= ms && ms < each.endMs);
    cpus = Math.min(cpus, cpu - here.reduce((sum, each) => sum + each.demand.milliCpus, 0));
    for (const [device] of devices.entries()) {
      const used = here
        .filter((each) => each.devices?.includes(device))
        .reduce((sum, each) => sum + Math.min(1000, amountOf(each.demand, 'gpu')), 0);
      devices[device] = Math.min(devices[device]!, 1000 - used);
    }
  }
  return { cpus, devices };
}

/** Puts one after the other on the node, as long as there is room. */
function countOn(of: Node, bookings: readonly Booking[], span: Window, wanted: Resources): number {
  const { milliCpus, models } = wanted;
  const gpu = amountOf(wanted, 'gpu');
  if (models !== undefined && !models['gpu']!.includes(of.model)) return 0;
  let { cpus, devices } = freeOf(of, bookings, span);
  if (milliCpus === 0 && gpu === 0) return Number.POSITIVE_INFINITY;
  for (let count = 0; ; count++) {
    if (cpus < milliCpus) return count;
    cpus -= milliCpus;
    for (let left = Math.ceil(gpu / 1000); left > 0; left--) {
      const device = devices.findIndex((free) => free >= Math.min(1000, gpu));
      if (device < 0) return count;
      devices = devices.with(device, devices[device]! - Math.min(1000, gpu));
    }
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function live(setup: Setup, steps: readonly Step[]): void {
  const { nodes } = setup;
  const calendar = calendarOf(setup);
  const unindexed = calendarOf(setup, false);
  const all = () => nodes.flatMap((_, index) => calendar.bookingsOn(index, 0, HORIZON_MS * 2));
  const on = (nodeIndex: number, but?: number) =>
    all().filter((booking) => booking.nodeIndex === nodeIndex && booking.id !== but);
  const count = (nodeIndex: number, span: Window, wanted: Resources, but?: number) =>
    countOn(nodes[nodeIndex]!, on(nodeIndex, but), span, wanted);
  const apply = (...[edit]: Parameters<CapacityCalendar['apply']>[0]) => {
    const outcome = calendar.apply([edit!]);
    assert.deepEqual(unindexed.apply([edit!]).kind, outcome.kind);
    return outcome.kind === 'applied';
  };
  for (const each of steps) {
    const pool = all();
    if (each.act === 'book') {
      const nodeIndex = each.node % nodes.length;
      const { startMs, endMs } = each.window;
      const mayHave = count(nodeIndex, each.window, each.demand) > 0;
      const draft = calendar.fork();
      const book = {
        edit: 'book',
        nodeIndex,
        startMs,
        endMs,
        demand: each.demand,
        kind: 'hold',
        owner: 'o',
      } as const;
      assert.equal(draft.apply([book]).kind === 'applied', mayHave);
      assert.equal(apply(book), mayHave);
    } else if (each.act === 'ask') {
      ask(each.window, each.demand, each.count);
    } else if (pool.length > 0) {
      const { endMs, id, demand: wanted, devices = [], nodeIndex, startMs } = pool[each.pick % pool.length]!;
      if (each.act === 'release') assert.ok(apply({ edit: 'release', id }));
      else if (each.act === 'move') {
        const to = each.node % nodes.length;
        assert.equal(
          apply({ edit: 'move', id, nodeIndex: to }),
          count(to, { startMs, endMs }, wanted, id) > 0,
        );
      } else {
        // It stays on its devices, however many others are free.
        const free = freeOf(nodes[nodeIndex]!, on(nodeIndex, id), each.window);
        const mayHave =
          free.cpus >= wanted.milliCpus &&
          devices.every((device) => free.devices[device]! >= Math.min(1000, amountOf(wanted, 'gpu')));
        assert.equal(apply({ edit: 'resize', id, ...each.window }), mayHave);
      }
    }
    for (const [nodeIndex, of] of nodes.entries()) {
      const free = freeOf(of, on(nodeIndex), { startMs: 0, endMs: HORIZON_MS });
      assert.ok(free.cpus >= 0);
      assert.ok(
        free.devices.every((left) => left >= 0),
        'no device is above what it has',
      );
    }
    for (const { demand: wanted, devices = [] } of all()) {
      assert.equal(devices.length, Math.ceil(amountOf(wanted, 'gpu') / 1000));
      assert.equal(new Set(devices).size, devices.length);
    }
  }

  function ask(span: Window, wanted: Resources, instances: number): void {
    const counts = nodes.map((_, nodeIndex) => count(nodeIndex, span, wanted));
    const query = { ...span, demand: wanted };
    assert.deepEqual(
      nodes.map((_, nodeIndex) => calendar.freeCount(nodeIndex, query)),
      counts,
    );
    assert.deepEqual(
      [...calendar.candidates(query)],
      counts.flatMap((here, i) => (here > 0 ? [i] : [])),
    );
    const fits = (startMs: number) => {
      const at = { startMs, endMs: startMs + span.endMs - span.startMs };
      return nodes.reduce((sum, _, nodeIndex) => sum + count(nodeIndex, at, wanted), 0) >= instances;
    };
    assert.equal(calendar.canPlace({ ...query, count: instances }), fits(span.startMs));
    const best = calendar.bestNodes({ ...query, count: instances }, { by: 'residual-share', first: 'least' });
    assert.equal(
      best.length,
      Math.min(
        instances,
        counts.reduce((sum, here) => sum + here, 0),
      ),
    );
    const durationMs = span.endMs - span.startMs;
    const search = { demand: wanted, count: instances, durationMs, notBeforeMs: 0 };
    const starts = Array.from({ length: HORIZON_MS }, (_, startMs) => startMs).filter(fits);
    const found = { ...search, latestStartMs: HORIZON_MS - 1 };
    for (const one of [calendar, unindexed]) {
      assert.equal(one.earliestStart(found), starts[0]);
      const notAfterMs = span.startMs;
      const until = starts.filter((startMs) => startMs <= notAfterMs);
      assert.equal(one.latestStart({ ...search, notAfterMs }), until.at(-1));
    }
  }
}

describe('resources in devices', () => {
  test('are had as brute force says, and no device is ever above what it has', () => {
    fc.assert(fc.property(setups, fc.array(step, { minLength: 8, maxLength: 25, size: 'max' }), live), {
      numRuns: runs(360),
    });
  });

  const GPU: Resources = { milliCpus: 1, memoryMib: 0, diskGib: 0, named: { gpu: 600 } };
  const gpus = (amount: number): Resources => ({ ...GPU, named: { gpu: amount } });
  const book = (wanted: Resources, startMs: number, endMs: number) =>
    ({ edit: 'book', nodeIndex: 0, startMs, endMs, demand: wanted, kind: 'hold', owner: 'o' }) as const;
  const one: Setup = { nodes: [{ cpu: 9, gpus: 2, model: 'T4' }], rule: 'best-fit' };

  test('two free parts of two devices are no share of one', () => {
    const calendar = calendarOf(one);
    applied(calendar.apply([book(gpus(600), 0, 10), book(gpus(600), 0, 10)]));
    expect(calendar.apply([book(gpus(700), 0, 10)])).toMatchObject({
      reason: 'no-room',
      details: { free: { named: { gpu: 800 } }, freeDevices: { gpu: [400, 400] } },
    });
    expect(calendar.earliestStart({ demand: gpus(700), count: 1, durationMs: 5, notBeforeMs: 0 })).toBe(10);
  });

  test('a device that is free first and another that is free afterwards are none for the whole time', () => {
    const calendar = calendarOf(one);
    applied(calendar.apply([book(gpus(1000), 0, 5), book(gpus(1000), 5, 10)]));
    // Both went to the first device, which was the first with room.
    const [second] = applied(calendar.apply([{ ...book(gpus(1000), 0, 4), devices: [1] }]));
    expect(calendar.get(second!)?.devices).toEqual([1]);
    expect(calendar.freeCount(0, { startMs: 0, endMs: 10, demand: gpus(500) })).toBe(0);
    expect(calendar.freeCount(0, { startMs: 4, endMs: 10, demand: gpus(500) })).toBe(2);
  });

  test.each([
    ['best-fit', 0],
    ['first-fit', 0],
    ['worst-fit', 1],
  ] as const)('%s takes the device it is named after', (rule, device) => {
    const calendar = calendarOf({ ...one, rule });
    const [first, then] = applied(calendar.apply([book(gpus(300), 0, 10), book(gpus(300), 0, 10)]));
    expect(calendar.get(first!)?.devices).toEqual([0]);
    expect(calendar.get(then!)?.devices).toEqual([device]);
  });

  test.each([
    ['one and a half', { ...book(gpus(1500), 0, 10) }],
    ['too few', { ...book(gpus(2000), 0, 10), devices: [0] }],
    ['the same twice', { ...book(gpus(2000), 0, 10), devices: [0, 0] }],
    ['one that there is not', { ...book(gpus(500), 0, 10), devices: [2] }],
    ['some for nothing', { ...book(gpus(0), 0, 10), devices: [1] }],
  ])('%s cannot be booked', (_, edit) => {
    expect(calendarOf(one).apply([edit])).toMatchObject({ kind: 'refused', reason: 'bad-demand' });
  });
});

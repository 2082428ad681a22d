// What of the heap the clocks do not show: the limits of its handles, and a sweep at every size.
import { expect, test } from 'vitest';
import { Phase } from '../../../engine/clock/clock.ts';
import { TimerHeap } from '../../../engine/clock/timer-heap.ts';

const nothing = () => {};

test('a slot retires before its generations run out, so no handle is issued twice', () => {
  const usesPerSlot = 3;
  const heap = new TimerHeap(usesPerSlot);
  const handles = new Set<number>();
  for (let round = 0; round < 300; round++) {
    handles.add(heap.add(round, Phase.Arrival, nothing));
    const cancelled = heap.add(round, Phase.Arrival, nothing);
    handles.add(cancelled);
    expect(heap.cancel(cancelled)).toBe(true);
    expect(heap.take()).toBe(nothing);
  }
  expect(handles.size).toBe(600);
  // The generation is what is above the 24 bits of the slot.
  expect(Math.max(...handles)).toBeLessThan(usesPerSlot * 2 ** 24);
  for (const handle of handles) expect(heap.cancel(handle)).toBe(false);
  expect(heap.capacity).toBe(64);
});

test('a sweep gives the slots of cancelled timers back', () => {
  const heap = new TimerHeap();
  const live = Array.from({ length: 100 }, (_, index) => heap.add(1000 - index, Phase.Arrival, nothing));
  const before = heap.capacity;
  for (let round = 0; round < 10_000; round++) heap.cancel(heap.add(round, Phase.Arrival, nothing));
  expect(heap.capacity).toBeLessThanOrEqual(2 * before);
  expect(heap.pending).toBe(100);
  expect(live.every((handle) => heap.cancel(handle))).toBe(true);
  expect(heap.nextTimeMs()).toBe(Number.POSITIVE_INFINITY);
  expect(heap.take()).toBeUndefined();
});

test('what a sweep leaves of a heap without its upper half comes in order, at every size', () => {
  for (let count = 130; count < 200; count++) {
    const heap = new TimerHeap();
    // A permutation of 0 … 210: 97 is coprime with 211.
    const timesMs = Array.from({ length: count }, (_, index) => (index * 97) % 211);
    const handles = timesMs.map((timeMs) => heap.add(timeMs, Phase.Arrival, nothing));
    const medianMs = timesMs.toSorted((a, b) => a - b)[Math.floor(count / 2)]!;
    for (const [index, timeMs] of timesMs.entries()) if (timeMs <= medianMs) heap.cancel(handles[index]!);

    const taken: number[] = [];
    for (let timeMs = heap.nextTimeMs(); heap.take() !== undefined; timeMs = heap.nextTimeMs())
      taken.push(timeMs);
    expect(taken).toEqual(timesMs.filter((timeMs) => timeMs > medianMs).sort((a, b) => a - b));
  }
});

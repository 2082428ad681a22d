// What of the heap no clock can show in reasonable time: the limits of its handles.
import { expect, test } from 'vitest';
import { Phase } from '../../../engine/clock/clock.ts';
import { TimerHeap } from '../../../engine/clock/timer-heap.ts';

const nothing = () => {};

test('a slot retires after its last generation, so a handle is never issued twice', () => {
  const heap = new TimerHeap(3);
  const handles = new Set<number>();
  for (let round = 0; round < 300; round++) {
    const kept = heap.add(round, Phase.Arrival, nothing);
    const cancelled = heap.add(round, Phase.Arrival, nothing);
    for (const handle of [kept, cancelled]) {
      expect(handles.has(handle)).toBe(false);
      handles.add(handle);
    }
    expect(heap.cancel(cancelled)).toBe(true);
    expect(heap.take()).toBe(nothing);
  }
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

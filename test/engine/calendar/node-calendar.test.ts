// What one node's calendar promises beyond its answers: refusals change nothing, and the past costs nothing.

import { describe, expect, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import type { Resources } from '../../../engine/domain/resources.ts';
import { InvariantError } from '../../../engine/invariant.ts';

const capacity: Resources = { milliCpus: 4_000, memoryMib: 3_584, diskGib: 60 };
const small: Resources = { milliCpus: 1_000, memoryMib: 768, diskGib: 10 };

describe('a node calendar', () => {
  test('lets windows touch, since they are half-open', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.add(0, 10, capacity);
    calendar.add(10, 20, capacity);
    expect(calendar.fits(20, 30, capacity)).toBe(true);
    expect(calendar.fits(19, 30, small)).toBe(false);
  });

  test('refuses what is over capacity at one instant of the window, and stays as it was', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.add(50, 51, { ...small, milliCpus: 3_500 });
    expect(() => calendar.add(0, 100, small)).toThrow(InvariantError);
    expect(calendar.reservedMilliCpuMs(0, 100)).toBe(3_500);
    expect(calendar.stepCount).toBe(3);
  });

  test('refuses to give back more than was taken, and stays as it was', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.add(10, 20, small);
    expect(() => calendar.remove(10, 21, small)).toThrow(InvariantError);
    expect(calendar.minFree(10, 20).milliCpus).toBe(3_000);
  });

  test('refuses an empty window', () => {
    const calendar = new NodeCalendar(capacity);
    expect(() => calendar.add(10, 10, small)).toThrow(InvariantError);
  });

  test('never fits more than the whole node, however long one waits', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.add(10, 20, small);
    const demand = { ...small, memoryMib: 3_585 };
    const query = { demand, durationMs: 5, notBeforeMs: 0, latestStartMs: Number.POSITIVE_INFINITY };
    expect(calendar.earliestFit(query)).toBeUndefined();
    expect(calendar.latestFit({ ...query, latestStartMs: 1_000 })).toBeUndefined();
  });

  test('drops what was added and removed without a trace', () => {
    const calendar = new NodeCalendar(capacity);
    for (let start = 0; start < 100; start += 1) calendar.add(start, start + 3, small);
    for (let start = 0; start < 100; start += 1) calendar.remove(start, start + 3, small);
    expect(calendar.stepCount).toBe(1);
  });

  test('stays small while time goes by and the past is forgotten', () => {
    const calendar = new NodeCalendar(capacity);
    let stepsMax = 0;
    for (let now = 0; now < 100_000; now += 1) {
      calendar.forgetBefore(now);
      calendar.add(now + (now % 3), now + 4, small);
      stepsMax = Math.max(stepsMax, calendar.stepCount);
    }
    expect(stepsMax).toBeLessThan(10);
  });

  test('gives back the future part of a window whose past is forgotten', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.add(0, 100, capacity);
    calendar.forgetBefore(60);
    expect(calendar.fits(0, 60, capacity)).toBe(true);
    calendar.remove(0, 100, capacity);
    expect(calendar.stepCount).toBe(1);
  });
});

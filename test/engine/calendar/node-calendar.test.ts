// What one node's calendar promises beyond its answers: refusals change nothing, and the past costs nothing.

import { describe, expect, test } from 'vitest';
import { NodeCalendar } from '../../../engine/calendar/node-calendar.ts';
import type { Amounts } from '../../../engine/domain/resource-space.ts';
import { InvariantError } from '../../../engine/invariant.ts';

const capacity: Amounts = Float64Array.of(4_000, 3_584, 60);
const small: Amounts = Float64Array.of(1_000, 768, 10);

function minFree(calendar: NodeCalendar, startMs: number, endMs: number): number[] {
  const free = new Float64Array(3);
  calendar.minFreeInto(free, startMs, endMs);
  return [...free];
}

describe('a node calendar', () => {
  test('lets windows touch, since they are half-open', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(0, 10, capacity);
    calendar.take(10, 20, capacity);
    expect(calendar.fits(20, 30, capacity)).toBe(true);
    expect(calendar.fits(19, 30, small)).toBe(false);
  });

  test('refuses what is over capacity at one instant of the window, and stays as it was', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(50, 51, Float64Array.of(3_500, 768, 10));
    expect(calendar.take(0, 100, small)).toBe(false);
    expect(calendar.reservedMilliCpuMs(0, 100)).toBe(3_500);
    expect(calendar.stepCount).toBe(3);
  });

  test('refuses to give back more than was taken, and stays as it was', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(10, 20, small);
    expect(() => calendar.giveBack(10, 21, small)).toThrow(InvariantError);
    expect(minFree(calendar, 10, 20)).toEqual([3_000, 2_816, 50]);
  });

  test('refuses an empty window', () => {
    const calendar = new NodeCalendar(capacity);
    expect(() => calendar.take(10, 10, small)).toThrow(InvariantError);
  });

  test('never fits more than the whole node, however long one waits', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(10, 20, small);
    const demand = Float64Array.of(1_000, 3_585, 10);
    const query = { demand, durationMs: 5, notBeforeMs: 0, latestStartMs: Number.POSITIVE_INFINITY };
    expect(calendar.earliestFit(query)).toBeUndefined();
    expect(calendar.latestFit({ ...query, latestStartMs: 1_000 })).toBeUndefined();
  });

  test('drops what was added and removed without a trace', () => {
    const calendar = new NodeCalendar(capacity);
    for (let start = 0; start < 100; start += 1) calendar.take(start, start + 3, small);
    for (let start = 0; start < 100; start += 1) calendar.giveBack(start, start + 3, small);
    expect(calendar.stepCount).toBe(1);
  });

  test('stays small while time goes by and the past is forgotten', () => {
    const calendar = new NodeCalendar(capacity);
    let stepsMax = 0;
    for (let now = 0; now < 100_000; now += 1) {
      calendar.forgetBefore(now);
      calendar.take(now + (now % 3), now + 4, small);
      stepsMax = Math.max(stepsMax, calendar.stepCount);
    }
    expect(stepsMax).toBeLessThan(10);
  });

  test('gives back the future part of a window whose past is forgotten', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(0, 100, capacity);
    calendar.forgetBefore(60);
    expect(calendar.fits(0, 60, capacity)).toBe(true);
    calendar.giveBack(0, 100, capacity);
    expect(calendar.stepCount).toBe(1);
  });

  test('says the same as its copy until one of them changes', () => {
    const calendar = new NodeCalendar(capacity);
    calendar.take(0, 100, small);
    calendar.forgetBefore(50);
    const copy = calendar.copy();
    calendar.take(60, 70, small);
    expect(minFree(copy, 40, 80)).toEqual([3_000, 2_816, 50]);
    for (let startMs = 100; startMs < 200; startMs += 1) copy.take(startMs, startMs + 3, small);
    expect(calendar.lastChangeMs).toBe(100);
    copy.giveBack(0, 100, small);
    expect(minFree(calendar, 60, 70)).toEqual([2_000, 2_048, 40]);
  });

  test('has as many resources as it is made with', () => {
    const calendar = new NodeCalendar(Float64Array.of(8, 8, 8, 2_000, 1));
    const demand = Float64Array.of(1, 0, 0, 500, 0);
    expect(calendar.freeCount(0, 10, demand)).toBe(4);
    expect(calendar.take(0, 10, Float64Array.of(1, 1, 1, 1_600, 1))).toBe(true);
    expect(calendar.fits(0, 10, demand)).toBe(false);
    expect(calendar.take(5, 15, demand)).toBe(false);
    const query = { demand, durationMs: 5, notBeforeMs: 0, latestStartMs: 20 };
    expect(calendar.earliestFit(query)).toBe(10);
    expect(calendar.latestFit({ ...query, latestStartMs: 8 })).toBeUndefined();
  });
});

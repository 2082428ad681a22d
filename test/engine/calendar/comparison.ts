// Runs one history through a capacity calendar and its oracle, and fails at the first answer that differs.

import assert from 'node:assert/strict';
import type { BookingId } from '../../../engine/calendar/booking.ts';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import type { Edit, Plan } from '../../../engine/calendar/edit.ts';
import { amountOf, namesIn } from '../../../engine/domain/resources.ts';
import { assertNever } from '../../../engine/invariant.ts';
import type { Ask, Draw, History, Provider, Step } from './history.ts';
import { NaiveCalendar } from './naive-calendar.ts';

/** @throws AssertionError, or whatever the calendar throws, where the two differ. */
export function compareWithNaive({ provider, steps }: History): void {
  const comparison = new Comparison(calendarOf(provider, true), new NaiveCalendar(provider));
  for (const step of steps) comparison.run(step);
  comparison.compareBookings();
  comparison.checkCapacity();
}

export function calendarOf(provider: Provider, indexed: boolean): CapacityCalendar {
  const { capacities, ...pools } = provider;
  return new CapacityCalendar({
    ...pools,
    nodes: capacities.map((capacity, index) => ({ nodeId: `n${index}`, capacity })),
    indexed,
  });
}

/** The plan that a history means, on a calendar with these bookings. */
export function planOf(
  draws: readonly Draw[],
  { bookings, knownFromMs, lastId }: Pick<NaiveCalendar, 'bookings' | 'knownFromMs' | 'lastId'>,
): Plan {
  return draws.flatMap((draw): Edit[] => {
    if (draw.draw === 'book') {
      const { node: nodeIndex, from, length, demand } = draw;
      // One in the past, now and then, as the past is never far away.
      const startMs = from === 0 ? 0 : Math.max(from, knownFromMs);
      const window = { startMs, endMs: startMs + length };
      return [{ edit: 'book', nodeIndex, ...window, demand, kind: 'hold', owner: 'someone' }];
    }
    if (draw.draw === 'release again') return [{ edit: 'release', id: 1 + (draw.pick % (lastId + 2)) }];
    const booking = bookings[draw.pick % bookings.length];
    if (booking === undefined) return [];
    const { id, startMs, endMs } = booking;
    switch (draw.draw) {
      case 'release':
        return [{ edit: 'release', id }];
      case 'rekind':
        return [{ edit: 'rekind', id, kind: 'reservation' }];
      case 'move': {
        const { after, node: nodeIndex } = draw;
        return [{ edit: 'move', id, nodeIndex, ...(after !== undefined && { fromMs: startMs + after }) }];
      }
      case 'resize': {
        const { by, demand, length } = draw;
        return [
          {
            edit: 'resize',
            id,
            ...(by !== undefined && { startMs: startMs + by }),
            ...(length !== undefined && { endMs: Math.max(startMs, endMs - 3) + length }),
            ...(demand !== undefined && { demand }),
          },
        ];
      }
      default:
        return assertNever(draw);
    }
  });
}

class Comparison {
  private readonly calendar: CapacityCalendar;
  private readonly naive: NaiveCalendar;
  /** What was applied, and the bookings that came of it; undefined when something else was changed as well. */
  private applied: { edits: Edit[]; bookings: BookingId[] } | undefined = { edits: [], bookings: [] };

  constructor(calendar: CapacityCalendar, naive: NaiveCalendar) {
    this.calendar = calendar;
    this.naive = naive;
  }

  run(step: Step): void {
    const { calendar, naive } = this;
    switch (step.act) {
      case 'plan':
        this.apply(planOf(step.edits, naive));
        break;
      case 'set outages': {
        const node = step.node % calendar.nodeCount;
        const outages = step.outages.map(({ from, length = Number.POSITIVE_INFINITY }) => ({
          fromMs: from ?? Number.NEGATIVE_INFINITY,
          untilMs: (from ?? Math.max(0, naive.knownFromMs)) + length,
        }));
        naive.outages[node] = outages;
        calendar.setOutages(node, outages);
        this.applied = undefined;
        break;
      }
      case 'forget': {
        const ms = Math.max(0, naive.knownFromMs) + step.advance;
        calendar.passTo(ms);
        naive.forgetBefore(ms);
        calendar.forgetBefore(ms);
        this.applied = undefined;
        break;
      }
      case 'ask':
        this.ask(step);
        break;
      case 'fork':
        this.fork(step.steps);
    }
  }

  private apply(plan: Plan): void {
    const outcome = this.calendar.apply(plan);
    const expected = this.naive.apply(plan);
    if (outcome.kind === 'applied') {
      assert.deepEqual(outcome, expected);
      this.applied?.edits.push(...plan);
      this.applied?.bookings.push(...outcome.bookings);
      return;
    }
    const { kind, index, reason } = outcome;
    assert.deepEqual({ kind, index, reason }, expected, JSON.stringify(outcome));
    assert.equal(outcome.edit, plan[index]);
    this.compareBookings();
  }

  /** What happens to a draft does not happen here; but what it applied can be applied here, and comes to the same. */
  private fork(steps: readonly Step[]): void {
    const draft = new Comparison(this.calendar.fork(), this.naive.copy());
    for (const step of steps) draft.run(step);
    draft.compareBookings();
    this.compareBookings();
    if (draft.applied === undefined) return;
    const { edits, bookings } = draft.applied;
    const ask: Ask = { act: 'ask', from: 0, length: 5, demand: ONE, count: 2, span: 20 };
    this.ask(ask);
    assert.deepEqual(this.calendar.fork().apply(edits), { kind: 'applied', bookings });
    this.ask(ask);
    this.apply(edits);
    if (edits.length > 0) assert.throws(() => draft.calendar.apply([]), /broken invariant: a draft/);
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
    assert.equal(
      calendar.canPlaceDespiteOutages({ ...window, count }),
      naive.canPlace(startMs, endMs, demand, count, { despiteOutages: true }),
    );
    assert.equal(
      calendar.isWhollyOut(startMs, endMs),
      naive.outages.every((_, node) => naive.isOut(node, startMs, endMs)),
    );
    for (const instances of new Set([1, count])) {
      const search = { demand, count: instances, durationMs: length, notBeforeMs: startMs };
      const bounded = { ...search, latestStartMs: startMs + span };
      const backwards = { ...search, notAfterMs: startMs + span };
      assert.equal(calendar.earliestStart(search), naive.earliestStart(search));
      assert.equal(calendar.earliestStart(bounded), naive.earliestStart(bounded));
      assert.equal(calendar.latestStart(backwards), naive.latestStart(backwards));
    }
    const empty = new NaiveCalendar(naive.provider);
    assert.equal(calendar.couldEverFit(demand, count), empty.canPlace(0, 1, demand, count));
  }

  compareBookings(): void {
    const { calendar, naive } = this;
    for (let id = 1; id <= naive.lastId + 1; id += 1) assert.deepEqual(calendar.get(id), naive.get(id));
  }

  /** What was booked, added up independently, is within the capacity at every instant. */
  checkCapacity(): void {
    const { naive } = this;
    const instants = naive.bookings.map(({ startMs }) => Math.max(startMs, naive.knownFromMs));
    naive.provider.capacities.forEach((_, node) => {
      for (const ms of instants) {
        const free = naive.freeAt(node, ms);
        for (const name of namesIn(free))
          assert.ok(amountOf(free, name) >= 0, `${name} of node ${node} at ${ms}`);
      }
    });
  }
}

const ONE = { milliCpus: 1, memoryMib: 1, diskGib: 0 };

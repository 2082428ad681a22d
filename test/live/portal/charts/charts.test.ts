import { describe, expect, test } from 'vitest';
import {
  atMost,
  barredStarts,
  countOfStart,
  instantAt,
  leastWithin,
  stripBars,
} from '../../../../live/portal/src/charts/availability.ts';
import { ganttRows, userColours } from '../../../../live/portal/src/charts/gantt.ts';
import { ticks } from '../../../../live/portal/src/charts/time-axis.ts';
import { bookedSteps, meanCpus } from '../../../../live/portal/src/charts/utilisation.ts';
import type { CalendarEntry } from '../../../../live/wire/cluster.ts';

const STEPS = [
  { fromMs: 0, count: 4 },
  { fromMs: 30, count: 1 },
  { fromMs: 50, count: 3 },
];
const STRIP = { fromMs: 0, toMs: 100 };

describe('the availability strip', () => {
  test('draws a bar a step, as high as what fits', () => {
    expect(stripBars({ steps: STEPS, ...STRIP, width: 200, height: 40, needed: 2 })).toEqual([
      { x: 0, width: 60, height: 40, count: 4, enough: true, fromMs: 0, toMs: 30 },
      { x: 60, width: 40, height: 10, count: 1, enough: false, fromMs: 30, toMs: 50 },
      { x: 100, width: 100, height: 30, count: 3, enough: true, fromMs: 50, toMs: 100 },
    ]);
  });

  test('shows the lack of what is asked as such', () => {
    const [bar] = stripBars({ steps: STEPS.slice(0, 1), ...STRIP, width: 10, height: 40, needed: 8 });
    expect(bar).toMatchObject({ height: 20, enough: false });
  });

  test('shows what own limits leave of it, and no bar is higher than the strip', () => {
    const own = atMost(STEPS, [
      { fromMs: 0, count: 2 },
      { fromMs: 40, count: 9 },
    ]);
    expect(own).toEqual([
      { fromMs: 0, count: 2 },
      { fromMs: 30, count: 1 },
      { fromMs: 50, count: 3 },
    ]);
    const [first] = stripBars({ steps: STEPS, ...STRIP, width: 10, height: 40, needed: 1, highest: 3 });
    expect(first).toMatchObject({ count: 4, height: 40 });
  });

  test('shows where a window may not begin, as one stretch however many counts are too few there', () => {
    expect(barredStarts(STEPS, STRIP, 4)).toEqual([{ fromMs: 30, toMs: 100 }]);
    expect(barredStarts(STEPS, STRIP, 3)).toEqual([{ fromMs: 30, toMs: 50 }]);
    expect(barredStarts(undefined, STRIP, 3)).toEqual([]);
    expect([countOfStart(STEPS, 49), countOfStart(STEPS, -1), countOfStart(undefined, 0)]).toEqual([
      1,
      4,
      null,
    ]);
  });

  test('knows the least that fits within a window, its end excluded', () => {
    expect(leastWithin(STEPS, STRIP, { fromMs: 0, toMs: 30 })).toBe(4);
    expect(leastWithin(STEPS, STRIP, { fromMs: 20, toMs: 60 })).toBe(1);
    expect(leastWithin(STEPS, STRIP, { fromMs: 60, toMs: 101 })).toBeNull();
  });

  test('takes a point for a round instant before it, within the strip', () => {
    expect(instantAt(87, STRIP, 200, 10)).toBe(40);
    expect(instantAt(1, { fromMs: 7, toMs: 107 }, 200, 10)).toBe(7);
  });
});

function booking(reservationId: string, startTimeMs: number, endTimeMs: number, cpus: number): CalendarEntry {
  return {
    reservationId,
    startTimeMs,
    endTimeMs,
    cpus,
    node: 'leon',
    username: reservationId.toLowerCase(),
    reservationName: null,
    kind: 'reservation',
    memoryMib: 768,
  };
}

describe('the Gantt chart', () => {
  const NODES = [
    { node: 'leon', cpus: 4 },
    { node: 'roy', cpus: 4 },
  ];

  test('puts bookings at one time side by side and reuses the place of those that are over', () => {
    const rows = ganttRows(NODES, [booking('A', 0, 10, 2), booking('B', 5, 20, 1), booking('C', 10, 30, 2)]);
    expect(
      rows.map(({ node, cpus, bars }) => [
        node,
        cpus,
        bars.map((bar) => [bar.entry.reservationId, bar.offset]),
      ]),
    ).toEqual([
      [
        'leon',
        4,
        [
          ['A', 0],
          ['B', 2],
          ['C', 0],
        ],
      ],
      ['roy', 4, []],
    ]);
  });

  test('never draws one booking over another, even when the room is in pieces', () => {
    const [row] = ganttRows(NODES, [booking('A', 0, 10, 1), booking('B', 5, 30, 1), booking('C', 10, 30, 3)]);
    expect(row?.bars.map(({ offset }) => offset)).toEqual([0, 1, 2]);
    expect(row?.cpus).toBe(5);
  });

  test('shows a node that is booked but no longer known', () => {
    expect(ganttRows([], [booking('A', 0, 10, 2)])).toMatchObject([{ node: 'leon', cpus: 2 }]);
  });

  test('gives each user a colour by name, again from the first when they run out', () => {
    const colours = userColours([booking('B', 0, 1, 1), booking('A', 0, 1, 1), booking('C', 0, 1, 1)], 2);
    expect([...colours]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 0],
    ]);
  });
});

test('what is booked over time has no gaps and is clipped to what is shown', () => {
  const steps = bookedSteps([booking('A', -10, 20, 2), booking('B', 10, 200, 1)], 0, 100);
  expect(steps).toEqual([
    { fromMs: 0, toMs: 10, cpus: 2 },
    { fromMs: 10, toMs: 20, cpus: 3 },
    { fromMs: 20, toMs: 100, cpus: 1 },
  ]);
  expect(meanCpus(steps)).toBe(1.3);
  expect(meanCpus([])).toBe(0);
});

test('ticks are round local times, few enough, with days named at midnight', () => {
  const from = new Date(2026, 10, 22, 18, 7).getTime();
  const found = ticks(from, from + 12 * 3_600_000, 8);
  expect(found.map(({ label }) => label)).toEqual([
    '20:00',
    '22:00',
    'Mon 23 Nov',
    '02:00',
    '04:00',
    '06:00',
  ]);
  expect(found.filter(({ isMidnight }) => isMidnight)).toHaveLength(1);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  type CalendarView,
  readingOf,
  spanOf,
  viewOf,
} from '../../../../live/portal/src/charts/calendar-view.ts';
import { ganttRows } from '../../../../live/portal/src/charts/gantt.ts';
import {
  barAt,
  boxOf,
  layOut,
  rowsBetween,
  stepTo,
} from '../../../../live/portal/src/charts/gantt-layout.ts';
import { parseRoute } from '../../../../live/portal/src/route.ts';
import type { CalendarEntry } from '../../../../live/wire/cluster.ts';
import { runs } from '../../../support/fast-check.ts';

const entry = fc.record({
  node: fc.constantFrom('a', 'b', 'c', 'd'),
  reservationId: fc.constantFrom('R1', 'R2', 'R3', 'R4', 'R5'),
  username: fc.constant('ada'),
  reservationName: fc.constant(null),
  kind: fc.constantFrom<CalendarEntry['kind']>('hold', 'reservation'),
  startTimeMs: fc.integer({ min: 0, max: 90 }),
  lengthMs: fc.integer({ min: 1, max: 40 }),
  cpus: fc.integer({ min: 1, max: 4 }),
  memoryMib: fc.constant(768),
});
const entries = fc
  .array(entry, { maxLength: 30 })
  .map((all) =>
    all.map(({ lengthMs, ...rest }): CalendarEntry => ({ ...rest, endTimeMs: rest.startTimeMs + lengthMs })),
  );
const NODES = ['a', 'b', 'c', 'd'].map((node) => ({ node, cpus: 4 }));
const PLOT = { span: { fromMs: 20, toMs: 80 }, left: 100, width: 600 };

describe('the Gantt chart', () => {
  test('is one bar for all instances of a reservation on a node, with what they have together', () => {
    const one = {
      node: 'a',
      reservationId: 'R',
      username: 'ada',
      reservationName: null,
      kind: 'reservation',
    } as const;
    const window = { startTimeMs: 0, endTimeMs: 10 };
    const [row] = ganttRows(NODES, [
      { ...one, ...window, cpus: 1, memoryMib: 100, resources: { gpu: 0.5 } },
      { ...one, ...window, cpus: 2, memoryMib: 200, resources: { gpu: 1 } },
      { ...one, startTimeMs: 10, endTimeMs: 20, cpus: 1, memoryMib: 100 },
    ]);
    expect(row?.bars.map((bar) => [bar.cpus, bar.entry.memoryMib, bar.entry.resources])).toEqual([
      [3, 300, { gpu: 1.5 }],
      [1, 100, undefined],
    ]);
  });

  test('draws no bar over another, and loses none of what is booked', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const rows = ganttRows(NODES, all);
        for (const { bars } of rows)
          for (const a of bars)
            for (const b of bars) {
              if (a === b) continue;
              const apart =
                a.entry.endTimeMs <= b.entry.startTimeMs ||
                b.entry.endTimeMs <= a.entry.startTimeMs ||
                a.offset + a.cpus <= b.offset ||
                b.offset + b.cpus <= a.offset;
              expect(apart).toBe(true);
            }
        const work = (of: readonly CalendarEntry[]) =>
          of.reduce((sum, { cpus, endTimeMs, startTimeMs }) => sum + cpus * (endTimeMs - startTimeMs), 0);
        expect(work(rows.flatMap(({ bars }) => bars.map((bar) => bar.entry)))).toBe(work(all));
      }),
      { numRuns: runs(100) },
    );
  });

  test('finds the bar under a point as looking at all of them does', () => {
    fc.assert(
      fc.property(
        entries,
        fc.integer({ min: 90, max: 720 }),
        fc.integer({ min: -5, max: 400 }),
        (all, x, y) => {
          const layout = layOut(ganttRows(NODES, all));
          const hits = layout.rows.flatMap((row, index) =>
            row.bars.flatMap((bar, place) => {
              const box = boxOf(row, bar, PLOT);
              if (box === undefined) return [];
              const inside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
              return inside ? [{ row: index, bar: place }] : [];
            }),
          );
          expect(barAt(layout, PLOT, x, y)).toEqual(hits.at(-1));
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('knows which rows are in sight', () => {
    const layout = layOut(Array.from({ length: 1000 }, (_, i) => ({ node: `n${i}`, cpus: 64, bars: [] })));
    const { from, to } = rowsBetween(layout, 5000, 5400);
    expect(to - from).toBeLessThan(25);
    expect(layout.rows[from]!.y + layout.rows[from]!.height).toBeGreaterThan(5000);
    expect(layout.rows[from - 1]!.y + layout.rows[from - 1]!.height).toBeLessThanOrEqual(5000);
    expect(layout.rows[to]!.y).toBeGreaterThanOrEqual(5400);
    expect(rowsBetween(layOut([]), 0, 100)).toEqual({ from: 0, to: 0 });
  });

  test('few rows are as high as their CPUs, many as low as a name', () => {
    const heights = (count: number) =>
      layOut(Array.from({ length: count }, () => ({ node: 'n', cpus: 4, bars: [] }))).rows[0]!.height;
    expect([heights(3), heights(30), heights(300)]).toEqual([56, 32, 20]);
  });

  test('arrow keys lead to every bar in sight, and back', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const layout = layOut(ganttRows(NODES, all));
        const { span } = PLOT;
        const seen = layout.rows.flatMap((row, index) =>
          row.bars.flatMap((bar, place) =>
            boxOf(row, bar, PLOT) === undefined ? [] : [{ row: index, bar: place }],
          ),
        );
        const walked = [];
        let at = stepTo(layout, span, undefined, 'next');
        while (at !== undefined) {
          walked.push(at);
          at = stepTo(layout, span, at, 'next');
        }
        expect(walked).toEqual(seen);
        const back = [];
        at = seen.at(-1);
        while (at !== undefined) {
          back.unshift(at);
          at = stepTo(layout, span, at, 'previous');
        }
        expect(back).toEqual(seen);
        const first = seen[0];
        const below = first && stepTo(layout, span, first, 'down');
        if (below !== undefined) expect(below.row).toBeGreaterThan(first!.row);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('what the calendar shows', () => {
  const NOW = Date.parse('2026-03-29T10:07:00Z');

  test('stands in the address, and is read from it again', () => {
    fc.assert(
      fc.property(
        fc.record<CalendarView>({
          zoom: fc.constantFrom('6h', '1d', '1w', '2w', '1m'),
          fromMs: fc.option(fc.integer({ min: 0, max: 4e12 })),
          node: fc.string({ maxLength: 8 }),
          user: fc.string({ maxLength: 8 }),
          kind: fc.constantFrom('all', 'hold', 'reservation'),
        }),
        (view) => {
          expect(viewOf(parseRoute(addressOf(view)).query)).toEqual(view);
        },
      ),
      { numRuns: runs(100) },
    );
    expect(addressOf(viewOf(new URLSearchParams()))).toBe('#/calendar');
  });

  test('is the first view where the address makes no sense', () => {
    expect(viewOf(new URLSearchParams('zoom=toString&from=soon&kind=x'))).toEqual(
      viewOf(new URLSearchParams()),
    );
  });

  test('follows now in steps, and is read with room on both sides', () => {
    const view = viewOf(new URLSearchParams('zoom=6h'));
    const span = spanOf(view, NOW);
    expect(span.toMs - span.fromMs).toBe(6 * 3_600_000);
    expect(span.fromMs).toBeLessThan(NOW);
    expect(spanOf(view, NOW + 1000)).toEqual(span);
    for (const movedMs of [0, 1, 3_600_000, 9_999_999]) {
      const moved = { fromMs: span.fromMs + movedMs, toMs: span.toMs + movedMs };
      const reading = readingOf(moved);
      expect(reading.fromMs).toBeLessThanOrEqual(moved.fromMs - 3 * 3_600_000);
      expect(reading.toMs).toBeGreaterThanOrEqual(moved.toMs + 3 * 3_600_000);
    }
    expect(spanOf({ ...view, fromMs: 7 }, NOW)).toEqual({ fromMs: 7, toMs: 7 + 6 * 3_600_000 });
  });
});

// Where the rows and bars of the Gantt chart lie on a drawing that is as tall as all rows and shows a span of time. Pure. Cost follows what is
// in sight: rows are found by bisection, and only their bars are looked at.
import { position, type TimeSpan } from './availability.ts';
import type { GanttBar, GanttRow } from './gantt.ts';

export interface PlacedRow extends GanttRow {
  readonly y: number;
  readonly height: number;
}

/** Rows one below the other from y = 0 on. */
export interface GanttLayout {
  readonly rows: readonly PlacedRow[];
  readonly height: number;
}

/** A bar, named by its place: its row, and its position among the bars of that row. */
export interface BarPlace {
  readonly row: number;
  readonly bar: number;
}

/** The time axis: from `left` on, `width` wide. */
export interface Plot {
  readonly span: TimeSpan;
  readonly left: number;
  readonly width: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const LEAST_BAR = 2;
/** A row is as high as its CPUs ask for, but with many rows only as high as a name needs. */
const HEIGHTS = [
  { rows: 12, cpu: 14, most: 72, least: 18, gap: 8 },
  { rows: 40, cpu: 8, most: 36, least: 18, gap: 5 },
  { rows: Number.POSITIVE_INFINITY, cpu: 5, most: 20, least: 16, gap: 3 },
] as const;

export function layOut(rows: readonly GanttRow[]): GanttLayout {
  const { cpu, gap, least, most } = HEIGHTS.find((step) => rows.length <= step.rows)!;
  let y = 0;
  const placed = rows.map((row) => {
    const height = Math.max(least, Math.min(most, row.cpus * cpu));
    const here = { ...row, y, height };
    y += height + gap;
    return here;
  });
  return { rows: placed, height: y };
}

/** Positions `[from, to)` of the rows that are seen from `top` to `bottom`. */
export function rowsBetween(
  { rows }: GanttLayout,
  top: number,
  bottom: number,
): { readonly from: number; readonly to: number } {
  const from = firstRow(rows, (row) => row.y + row.height > top);
  return {
    from,
    to: Math.max(
      from,
      firstRow(rows, (row) => row.y >= bottom),
    ),
  };
}

/** The first row of which it holds; it must hold of all after that one, too. */
function firstRow(rows: readonly PlacedRow[], holds: (row: PlacedRow) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(rows[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where a bar is drawn; undefined when no part of it is within the span. */
export function boxOf(row: PlacedRow, bar: GanttBar, { span, left, width }: Plot): Box | undefined {
  const { startTimeMs, endTimeMs } = bar.entry;
  if (startTimeMs >= span.toMs || endTimeMs <= span.fromMs) return undefined;
  const perCpu = row.height / row.cpus;
  const x = left + position(startTimeMs, span, width);
  return {
    x,
    y: row.y + row.height - (bar.offset + bar.cpus) * perCpu,
    width: Math.max(LEAST_BAR, left + position(endTimeMs, span, width) - x),
    height: Math.max(LEAST_BAR, bar.cpus * perCpu - 1),
  };
}

/** The bar under a point. */
export function barAt({ rows }: GanttLayout, plot: Plot, x: number, y: number): BarPlace | undefined {
  const row = firstRow(rows, (one) => one.y + one.height > y);
  const those = rows[row];
  if (those === undefined || those.y > y) return undefined;
  // What is drawn later lies above.
  const bar = those.bars.findLastIndex((one) => {
    const box = boxOf(those, one, plot);
    return box !== undefined && x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
  });
  return bar === -1 ? undefined : { row, bar };
}

export type Step = 'next' | 'previous' | 'up' | 'down';

/**
 * The bar that an arrow key leads to, among those seen in the span: along the row and on to the next one, or to the row above or below, where
 * the bar nearest in time is taken. From nowhere to the first. Undefined where there is none.
 */
export function stepTo(
  { rows }: GanttLayout,
  span: TimeSpan,
  from: BarPlace | undefined,
  step: Step,
): BarPlace | undefined {
  const seen = (row: number) =>
    (rows[row]?.bars ?? []).flatMap(({ entry }, bar) =>
      entry.startTimeMs < span.toMs && entry.endTimeMs > span.fromMs ? [bar] : [],
    );
  const way = step === 'next' || step === 'down' ? 1 : -1;
  const beyond = (row: number) => {
    for (let other = row + way; other >= 0 && other < rows.length; other += way) {
      const bars = seen(other);
      if (bars.length > 0) return { row: other, bars };
    }
    return undefined;
  };
  if (from === undefined || rows[from.row]?.bars[from.bar] === undefined) {
    for (const row of rows.keys()) {
      const bar = seen(row)[0];
      if (bar !== undefined) return { row, bar };
    }
    return undefined;
  }
  if (step === 'next' || step === 'previous') {
    const bars = seen(from.row);
    const bar = way === 1 ? bars.find((one) => one > from.bar) : bars.findLast((one) => one < from.bar);
    if (bar !== undefined) return { row: from.row, bar };
    const there = beyond(from.row);
    return there && { row: there.row, bar: there.bars.at(way === 1 ? 0 : -1)! };
  }
  const there = beyond(from.row);
  if (there === undefined) return undefined;
  const startMs = rows[from.row]!.bars[from.bar]!.entry.startTimeMs;
  const away = (bar: number) => Math.abs(rows[there.row]!.bars[bar]!.entry.startTimeMs - startMs);
  return { row: there.row, bar: there.bars.reduce((best, bar) => (away(bar) < away(best) ? bar : best)) };
}

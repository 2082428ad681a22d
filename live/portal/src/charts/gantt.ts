// Layout of the Gantt chart: bookings of each node stacked by the CPUs they take, so that the height of a row is the node's capacity.
// Pure; in units of time and CPUs, the component scales them.
import type { CalendarEntry, ClusterNode } from '../../../wire/cluster.ts';

export interface GanttBar {
  readonly entry: CalendarEntry;
  /** CPUs below it in its row. */
  readonly offset: number;
  readonly cpus: number;
}

export interface GanttRow {
  readonly node: string;
  /** CPUs of the row: of the node, or more where bookings could not be drawn side by side within it. */
  readonly cpus: number;
  readonly bars: readonly GanttBar[];
}

export type RowNode = Pick<ClusterNode, 'node' | 'cpus'>;

/** One row a node, in the given order. Bookings on nodes that are not given get a row after them. */
export function ganttRows(nodes: readonly RowNode[], entries: readonly CalendarEntry[]): readonly GanttRow[] {
  const byNode = new Map<string, CalendarEntry[]>(nodes.map(({ node }) => [node, []]));
  for (const entry of entries) {
    const those = byNode.get(entry.node) ?? [];
    byNode.set(entry.node, those);
    those.push(entry);
  }
  const capacity = new Map(nodes.map(({ node, cpus }) => [node, cpus]));
  return [...byNode].map(([node, those]) => {
    const bars = stack(those);
    const top = Math.max(0, ...bars.map(({ offset, cpus }) => offset + cpus));
    return { node, bars, cpus: Math.max(capacity.get(node) ?? 1, top) };
  });
}

/** Lowest free place first, in order of the start. */
function stack(entries: readonly CalendarEntry[]): GanttBar[] {
  const placed: GanttBar[] = [];
  const inOrder = entries.toSorted(
    (a, b) =>
      a.startTimeMs - b.startTimeMs ||
      b.endTimeMs - a.endTimeMs ||
      a.reservationId.localeCompare(b.reservationId),
  );
  for (const entry of inOrder) {
    const beside = placed
      .filter((bar) => bar.entry.startTimeMs < entry.endTimeMs && bar.entry.endTimeMs > entry.startTimeMs)
      .toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const bar of beside) {
      if (bar.offset >= offset + entry.cpus) break;
      offset = Math.max(offset, bar.offset + bar.cpus);
    }
    placed.push({ entry, offset, cpus: entry.cpus });
  }
  return placed;
}

/** Colours are given out in the order of the names, so that they stay while the same users are shown. */
export function userColours(entries: readonly CalendarEntry[], colours: number): ReadonlyMap<string, number> {
  const names = [...new Set(entries.map(userOf))].sort();
  return new Map(names.map((name, index) => [name, index % colours]));
}

/** Whose booking it is, for people. */
export function userOf({ username }: CalendarEntry): string {
  return username ?? 'unknown';
}

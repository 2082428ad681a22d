// Layout of the Gantt chart: bookings of each node stacked by the CPUs they take, so that the height of a row is the node's capacity.
// Pure; in units of time and CPUs, gantt-layout.ts puts them on pixels.
import type { CalendarEntry, ClusterNode } from '../../../wire/cluster.ts';

/** What one reservation has of one node in one window: all its instances there. */
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
  /** In order of their starts. */
  readonly bars: readonly GanttBar[];
}

export type RowNode = Pick<ClusterNode, 'node' | 'cpus'>;

/** One row a node, in the given order. Bookings on nodes that are not given get a row after them. */
export function ganttRows(nodes: readonly RowNode[], entries: readonly CalendarEntry[]): readonly GanttRow[] {
  const byNode = new Map<string, CalendarEntry[]>(nodes.map(({ node }) => [node, []]));
  for (const entry of entries) {
    const those = byNode.get(entry.node);
    if (those === undefined) byNode.set(entry.node, [entry]);
    else those.push(entry);
  }
  const capacity = new Map(nodes.map(({ node, cpus }) => [node, cpus]));
  return [...byNode].map(([node, those]) => {
    const bars = stack(merged(those));
    const top = bars.reduce((most, { offset, cpus }) => Math.max(most, offset + cpus), 0);
    return { node, bars, cpus: Math.max(capacity.get(node) ?? 1, top) };
  });
}

/** Instances of one reservation in one window are one bar. */
function merged(entries: readonly CalendarEntry[]): CalendarEntry[] {
  const found = new Map<string, CalendarEntry>();
  for (const entry of entries) {
    const key = `${entry.reservationId} ${entry.kind} ${entry.startTimeMs} ${entry.endTimeMs}`;
    const before = found.get(key);
    found.set(key, before === undefined ? entry : together(before, entry));
  }
  return [...found.values()];
}

function together(a: CalendarEntry, b: CalendarEntry): CalendarEntry {
  const resources = { ...a.resources };
  for (const [name, amount] of Object.entries(b.resources ?? {}))
    resources[name] = (resources[name] ?? 0) + amount;
  return {
    ...a,
    cpus: a.cpus + b.cpus,
    memoryMib: a.memoryMib + b.memoryMib,
    ...(Object.keys(resources).length > 0 && { resources }),
  };
}

/** Lowest free place first, in order of the start. */
function stack(entries: CalendarEntry[]): GanttBar[] {
  const inOrder = entries.sort(
    (a, b) =>
      a.startTimeMs - b.startTimeMs ||
      b.endTimeMs - a.endTimeMs ||
      (a.reservationId < b.reservationId ? -1 : 1),
  );
  // Those that are not over at the start of the next, by their offset.
  let beside: GanttBar[] = [];
  return inOrder.map((entry) => {
    beside = beside.filter((bar) => bar.entry.endTimeMs > entry.startTimeMs);
    let offset = 0;
    let place = 0;
    for (const bar of beside) {
      if (bar.offset >= offset + entry.cpus) break;
      offset = Math.max(offset, bar.offset + bar.cpus);
      place += 1;
    }
    const bar = { entry, offset, cpus: entry.cpus };
    beside.splice(place, 0, bar);
    return bar;
  });
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

// Operators: the calendar of the cluster as a Gantt chart. What it shows stands in the address.
import { useMemo } from 'preact/hooks';
import type { CalendarEntry, ClusterNode } from '../../../wire/cluster.ts';
import {
  addressOf,
  type CalendarView,
  readingOf,
  spanOf,
  viewOf,
  ZOOMS_MS,
} from '../charts/calendar-view.ts';
import { userColours, userOf } from '../charts/gantt.ts';
import { Choice, SelectField, TextField } from '../components/field.tsx';
import { Fold } from '../components/fold.tsx';
import { GanttChart, USER_COLOURS } from '../components/gantt-chart.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { replaceRoute, useRoute } from '../router.ts';
import type { Column } from '../table/column.ts';
import { formatCount, shortId } from '../text/amounts.ts';
import { formatSpan, formatWindow, fromLocalField, HOUR_MS, toLocalField } from '../text/time.ts';

const COLUMNS: readonly Column<CalendarEntry>[] = [
  { name: 'Node', value: ({ node }) => node, cell: ({ node }) => node },
  { name: 'User', value: userOf, cell: userOf },
  {
    name: 'When',
    value: ({ startTimeMs }) => new Date(startTimeMs),
    cell: ({ startTimeMs, endTimeMs }) => formatWindow(startTimeMs, endTimeMs),
  },
  {
    name: 'Length',
    unit: 'hours',
    value: ({ startTimeMs, endTimeMs }) => (endTimeMs - startTimeMs) / HOUR_MS,
    cell: ({ startTimeMs, endTimeMs }) => formatSpan(endTimeMs - startTimeMs),
  },
  { name: 'Kind', value: kindOf, cell: kindOf },
  { name: 'CPUs', numeric: true, value: ({ cpus }) => cpus, cell: ({ cpus }) => cpus },
  {
    name: 'Reservation',
    value: ({ reservationId, reservationName }) => reservationName ?? reservationId,
    cell: ({ reservationId, reservationName }) => (
      <a href={`#/reservations/${reservationId}`}>{reservationName ?? shortId(reservationId)}</a>
    ),
  },
];

const ZOOMS = [
  ['6h', '6 h'],
  ['1d', '1 d'],
  ['1w', '1 w'],
  ['2w', '2 w'],
  ['1m', '30 d'],
] as const;
const KINDS = [
  ['all', 'Reserved and held'],
  ['reservation', 'Reserved'],
  ['hold', 'Held'],
] as const;

export function CalendarPage() {
  const { api } = usePortal();
  const now = useNow();
  const view = viewOf(useRoute().query);
  const show = (change: Partial<CalendarView>) => replaceRoute(addressOf({ ...view, ...change }));
  const span = spanOf(view, now);
  const lengthMs = ZOOMS_MS[view.zoom];
  const reading = readingOf(span);
  const nodes = useResource((signal) => api.nodes(signal), 'nodes', { changedBy: () => true });
  const calendar = useResource((signal) => api.calendar(reading.fromMs, reading.toMs, signal), 'calendar', {
    changedBy: () => true,
    again: reading.fromMs + lengthMs,
  });
  return (
    <>
      <PageHead title="Calendar" />
      <div class="toolbar">
        <Choice
          legend="Zoom"
          hideLegend
          value={view.zoom}
          onValue={(zoom) => show({ zoom })}
          options={ZOOMS}
        />
        <div class="button-group">
          <button type="button" onClick={() => show({ fromMs: span.fromMs - lengthMs / 2 })}>
            <span aria-hidden="true">←</span> Earlier
          </button>
          <button type="button" disabled={view.fromMs === null} onClick={() => show({ fromMs: null })}>
            Now
          </button>
          <button type="button" onClick={() => show({ fromMs: span.fromMs + lengthMs / 2 })}>
            Later <span aria-hidden="true">→</span>
          </button>
        </div>
      </div>
      <div class="toolbar fields">
        <TextField
          label="From day"
          type="date"
          value={toLocalField(span.fromMs).slice(0, 10)}
          onValue={(day) => {
            const fromMs = fromLocalField(`${day}T00:00`);
            if (fromMs !== null) show({ fromMs });
          }}
        />
        <TextField
          label="Nodes containing"
          type="search"
          value={view.node}
          onValue={(node) => show({ node })}
        />
        <SelectField
          label="User"
          value={view.user}
          onValue={(user) => show({ user })}
          options={[['', 'All users'], ...usersIn(calendar.value, view.user)]}
        />
        <SelectField
          label="Shown"
          value={view.kind}
          onValue={(kind) => show({ kind: kind as CalendarView['kind'] })}
          options={KINDS}
        />
      </div>
      <Loaded resource={nodes}>
        {(those) => (
          <Loaded resource={calendar}>
            {(entries) => (
              <Chart
                nodes={those}
                entries={entries}
                view={view}
                span={span}
                nowMs={now}
                onMove={(fromMs) => show({ fromMs })}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

interface ChartProps {
  readonly nodes: readonly ClusterNode[];
  readonly entries: readonly CalendarEntry[];
  readonly view: CalendarView;
  readonly span: { readonly fromMs: number; readonly toMs: number };
  readonly nowMs: number;
  readonly onMove: (fromMs: number) => void;
}

function Chart({ nodes, entries, view: { kind, node, user }, span, nowMs, onMove }: ChartProps) {
  const wanted = node.trim().toLowerCase();
  const named = (name: string) => name.toLowerCase().includes(wanted);
  // Laid out anew when what is read or asked for changes, not each second.
  const rows = useMemo(() => nodes.filter((one) => named(one.node)), [nodes, wanted]);
  const bookings = useMemo(
    () =>
      entries.filter(
        (entry) =>
          named(entry.node) &&
          (user === '' || userOf(entry) === user) &&
          (kind === 'all' || entry.kind === kind),
      ),
    [entries, wanted, user, kind],
  );
  const colours = useMemo(() => userColours(entries, USER_COLOURS), [entries]);
  const { fromMs, toMs } = span;
  const seen = useMemo(
    () => bookings.filter(({ endTimeMs, startTimeMs }) => startTimeMs < toMs && endTimeMs > fromMs),
    [bookings, fromMs, toMs],
  );
  return (
    <>
      <GanttChart
        nodes={rows}
        entries={bookings}
        colours={colours}
        span={span}
        nowMs={nowMs}
        onMove={onMove}
      />
      <Fold summary={`The same as a table (${formatCount(seen.length, 'booking')})`}>
        {() => (
          <ListTable
            caption="Bookings"
            columns={COLUMNS}
            rows={seen}
            rowKey={({ node: on, reservationId, startTimeMs }) => `${on} ${reservationId} ${startTimeMs}`}
            noun={['booking', 'bookings']}
          />
        )}
      </Fold>
    </>
  );
}

function kindOf({ kind }: CalendarEntry): string {
  return kind === 'hold' ? 'Held' : 'Reserved';
}

/** The one that is asked for is among them, even when nothing of theirs is in sight. */
function usersIn(entries: readonly CalendarEntry[] = [], asked: string): [string, string][] {
  const names = new Set(entries.map(userOf));
  if (asked !== '') names.add(asked);
  return [...names].sort().map((name) => [name, name]);
}

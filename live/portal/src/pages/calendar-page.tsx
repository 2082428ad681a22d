// Operators: the calendar of the cluster as a Gantt chart.
import { useState } from 'preact/hooks';
import type { CalendarEntry } from '../../../wire/cluster.ts';
import { userColours, userOf } from '../charts/gantt.ts';
import { type Column, DataTable } from '../components/data-table.tsx';
import { Choice } from '../components/field.tsx';
import { GanttChart, USER_COLOURS } from '../components/gantt-chart.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { formatCount, shortId } from '../text/amounts.ts';
import { DAY_MS, formatWindow, HOUR_MS } from '../text/time.ts';

const ZOOMS_MS = { '6h': 6 * HOUR_MS, '1d': DAY_MS, '1w': 7 * DAY_MS } as const;
type Zoom = keyof typeof ZOOMS_MS;

const COLUMNS: readonly Column<CalendarEntry>[] = [
  { name: 'Node', cell: ({ node }) => node },
  { name: 'User', cell: userOf },
  { name: 'When', cell: ({ startTimeMs, endTimeMs }) => formatWindow(startTimeMs, endTimeMs) },
  { name: 'Kind', cell: ({ kind }) => (kind === 'hold' ? 'Held' : 'Reserved') },
  { name: 'CPUs', numeric: true, cell: ({ cpus }) => cpus },
  {
    name: 'Reservation',
    cell: ({ reservationId }) => <a href={`#/reservations/${reservationId}`}>{shortId(reservationId)}</a>,
  },
];

export function CalendarPage() {
  const { api } = usePortal();
  const now = useNow();
  const [zoom, setZoom] = useState<Zoom>('1d');
  /** Where the view begins; null: it follows now. */
  const [chosenMs, setChosenMs] = useState<number | null>(null);
  const lengthMs = ZOOMS_MS[zoom];
  const stepMs = lengthMs / 96;
  // A little of the past, for what runs now.
  const fromMs = chosenMs ?? Math.floor((now - lengthMs / 12) / stepMs) * stepMs;
  const toMs = fromMs + lengthMs;
  const nodes = useResource((signal) => api.nodes(signal), 'nodes', { changedBy: () => true });
  const calendar = useResource((signal) => api.calendar(fromMs, toMs, signal), 'calendar', {
    changedBy: () => true,
    again: fromMs + lengthMs,
  });
  return (
    <>
      <PageHead title="Calendar" />
      <div class="toolbar">
        <Choice
          legend="Zoom"
          hideLegend
          value={zoom}
          onValue={setZoom}
          options={[
            ['6h', '6 h'],
            ['1d', '1 d'],
            ['1w', '1 w'],
          ]}
        />
        <div class="button-group">
          <button type="button" onClick={() => setChosenMs(fromMs - lengthMs / 2)}>
            <span aria-hidden="true">←</span> Earlier
          </button>
          <button type="button" disabled={chosenMs === null} onClick={() => setChosenMs(null)}>
            Now
          </button>
          <button type="button" onClick={() => setChosenMs(fromMs + lengthMs / 2)}>
            Later <span aria-hidden="true">→</span>
          </button>
        </div>
      </div>
      <Loaded resource={nodes}>
        {(those) => (
          <Loaded resource={calendar}>
            {(entries) => {
              const colours = userColours(entries, USER_COLOURS);
              const shown = entries.filter(
                ({ startTimeMs, endTimeMs }) => startTimeMs < toMs && endTimeMs > fromMs,
              );
              return (
                <>
                  <GanttChart
                    nodes={those}
                    entries={shown}
                    colours={colours}
                    span={{ fromMs, toMs }}
                    nowMs={now}
                  />
                  <details class="as-table">
                    <summary>The same as a table ({formatCount(shown.length, 'booking')})</summary>
                    <DataTable
                      caption="Bookings"
                      columns={COLUMNS}
                      rows={shown}
                      rowKey={({ node, reservationId, startTimeMs }) =>
                        `${node} ${reservationId} ${startTimeMs}`
                      }
                    />
                  </details>
                </>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

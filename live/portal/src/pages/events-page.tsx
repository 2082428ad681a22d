// Operators: the journal of the service as it grows, newest first.
import { useState } from 'preact/hooks';
import type { JournalEntry } from '../../../wire/event.ts';
import { ArchivePanel } from '../components/archive-panel.tsx';
import { Empty } from '../components/empty.tsx';
import { SelectField } from '../components/field.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { EVENT_TYPES } from '../live/event-types.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { eventText } from '../text/event-text.ts';
import { formatClockSeconds, formatDay, formatExactly } from '../text/time.ts';

const COLUMNS: readonly Column<JournalEntry>[] = [
  { name: 'No.', value: ({ seq }) => seq, cell: ({ seq }) => seq },
  {
    name: 'When',
    value: ({ timeMs }) => new Date(timeMs),
    cell: ({ timeMs }) => (
      <time dateTime={new Date(timeMs).toISOString()} title={formatExactly(timeMs)}>
        {formatDay(timeMs)}, {formatClockSeconds(timeMs)}
      </time>
    ),
  },
  { name: 'Event', value: ({ event }) => event.type, cell: ({ event }) => <code>{event.type}</code> },
  { name: 'Particulars', value: ({ event }) => JSON.stringify(event), cell: ({ event }) => eventText(event) },
  {
    name: 'Reservation',
    value: ({ event: { reservationId } }) => reservationId ?? null,
    cell: ({ event: { reservationId } }) =>
      reservationId === undefined ? (
        '–'
      ) : (
        <a href={`#/reservations/${reservationId}`}>{reservationId.slice(0, 8)}</a>
      ),
  },
];

const LIMITS = [
  ['50', 'the last 50'],
  ['200', 'the last 200'],
  ['500', 'the last 500'],
  ['2000', 'the last 2,000'],
  ['10000', 'the last 10,000'],
] as const;

export function EventsPage() {
  const { api } = usePortal();
  const [type, setType] = useState('');
  const [limit, setLimit] = useState('50');
  const journal = useResource(
    (signal) => api.journal({ limit: Number(limit), ...(type !== '' && { type }) }, signal),
    `${type} ${limit}`,
    { changedBy: (event) => type === '' || event.type === type },
  );
  return (
    <>
      <PageHead title="Events" />
      <div class="toolbar fields">
        <SelectField
          label="Type"
          value={type}
          onValue={setType}
          options={[['', 'All types'], ...EVENT_TYPES.map((one): [string, string] => [one, one])]}
        />
        <SelectField label="Among" value={limit} onValue={setLimit} options={LIMITS} />
      </div>
      <Loaded resource={journal}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty>
              <p>No such event.</p>
            </Empty>
          ) : (
            <ListTable
              caption="Events"
              columns={COLUMNS}
              rows={entries}
              rowKey={({ seq }) => seq}
              noun={['event', 'events']}
            />
          )
        }
      </Loaded>
      <ArchivePanel />
    </>
  );
}

// Operators: where what is not in the journal any more is to be found. Nothing while all of it is there.
import type { Archive } from '../../../wire/event.ts';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatMemory } from '../text/amounts.ts';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';

const BYTES_PER_MIB = 1_048_576;

const COLUMNS: readonly Column<Archive>[] = [
  {
    name: 'From',
    value: ({ startTimeMs }) => new Date(startTimeMs),
    cell: ({ startTimeMs }) => <Moment ms={startTimeMs} />,
  },
  {
    name: 'Until',
    value: ({ endTimeMs }) => new Date(endTimeMs),
    cell: ({ endTimeMs }) => <Moment ms={endTimeMs} />,
  },
  { name: 'Events', value: eventsIn, cell: eventsIn },
  { name: 'Reservations', value: reservationsIn, cell: reservationsIn },
  {
    name: 'Size',
    unit: 'bytes',
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatMemory(Math.ceil(bytes / BYTES_PER_MIB)),
  },
  {
    name: 'File',
    value: ({ file }) => file,
    cell: ({ file, sha256 }) => <code title={`SHA-256 ${sha256}`}>{file}</code>,
  },
];

function eventsIn({ rows }: Archive): number {
  return rows['journal'] ?? 0;
}

function reservationsIn({ rows }: Archive): number {
  return rows['reservations'] ?? 0;
}

export function ArchivePanel() {
  const { api } = usePortal();
  const archives = useResource((signal) => api.archives(signal), '');
  return (
    <Loaded resource={archives}>
      {(files) =>
        files.length === 0 ? null : (
          <section aria-labelledby="archives-title">
            <h2 id="archives-title">Archived</h2>
            <p>Earlier events are in these files on the machine of the service.</p>
            <ListTable
              caption="Archives"
              columns={COLUMNS}
              rows={files}
              rowKey={({ lastSeq }) => lastSeq}
              noun={['file', 'files']}
            />
          </section>
        )
      }
    </Loaded>
  );
}

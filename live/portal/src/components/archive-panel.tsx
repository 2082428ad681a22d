// Operators: where what is not in the journal any more is to be found. Nothing while all of it is there.
import type { Archive } from '../../../wire/event.ts';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { formatMemory } from '../text/amounts.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';

const BYTES_PER_MIB = 1_048_576;

const COLUMNS: readonly Column<Archive>[] = [
  { name: 'From', cell: ({ startTimeMs }) => <Moment ms={startTimeMs} /> },
  { name: 'Until', cell: ({ endTimeMs }) => <Moment ms={endTimeMs} /> },
  { name: 'Events', cell: ({ rows }) => rows['journal'] ?? 0 },
  { name: 'Reservations', cell: ({ rows }) => rows['reservations'] ?? 0 },
  { name: 'Size', cell: ({ bytes }) => formatMemory(Math.ceil(bytes / BYTES_PER_MIB)) },
  { name: 'File', cell: ({ file, sha256 }) => <code title={`SHA-256 ${sha256}`}>{file}</code> },
];

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
            <DataTable caption="Archives" columns={COLUMNS} rows={files} rowKey={({ lastSeq }) => lastSeq} />
          </section>
        )
      }
    </Loaded>
  );
}

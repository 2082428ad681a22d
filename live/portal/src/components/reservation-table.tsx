// Reservations as rows, with what can be done about each.
import { useMemo } from 'preact/hooks';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useEach } from '../live/use-each.ts';
import type { Pages } from '../live/use-pages.ts';
import type { Column } from '../table/column.ts';
import { formatCount, shortId } from '../text/amounts.ts';
import { credits, formatMoney } from '../text/money.ts';
import { reservationTitle, termsTitle } from '../text/reservation-title.ts';
import { formatMoment, formatSpan, HOUR_MS } from '../text/time.ts';
import { reservationWord } from '../text/words.ts';
import { Badge } from './badge.tsx';
import type { BulkDeed } from './bulk-bar.tsx';
import { Countdown } from './countdown.tsx';
import { canDelete, DeleteReservation } from './delete-reservation.tsx';
import { ListTable } from './list-table.tsx';
import { Moment } from './moment.tsx';

interface ReservationTableProps {
  readonly reservations: readonly Reservation[];
  /** Where they come from, if that is page by page. */
  readonly pages?: Pages<Reservation>;
  readonly showUser?: boolean;
  readonly onChanged: () => Promise<void>;
}

export function ReservationTable(props: ReservationTableProps) {
  const { reservations, pages, showUser = false, onChanged } = props;
  const deeds = useDeeds(onChanged);
  const columns = useMemo(() => columnsFor(showUser, onChanged), [showUser, onChanged]);
  return (
    <ListTable
      caption="Reservations"
      columns={columns}
      rows={reservations}
      rowKey={({ id }) => id}
      noun={['reservation', 'reservations']}
      {...(pages !== undefined && { pages })}
      {...(showUser && { group: BY_USER })}
      deeds={{ nameOf: nameOfRow, all: deeds }}
    />
  );
}

const BY_USER = {
  label: 'By user',
  of: ({ username }: Reservation) => username,
  title: ({ username }: Reservation) => username,
};

function nameOfRow(row: Reservation): string {
  return `reservation ${shortId(row.id)}`;
}

function useDeeds(onChanged: () => Promise<void>): readonly BulkDeed<Reservation>[] {
  const { api } = usePortal();
  const each = useEach();
  return [
    {
      label: 'Activate',
      isFor: isToActivate,
      async run(rows) {
        await each({
          rows,
          nameOf: nameOfRow,
          work: ({ id }) => api.activate(id),
          done: (count) => `${formatCount(count, 'reservation')} activated.`,
        });
        await onChanged();
      },
    },
    {
      label: 'Delete',
      isFor: canDelete,
      question: {
        title: (count) => `Delete ${formatCount(count, 'reservation')}?`,
        text: 'Their room becomes free for others; you may not get it back.',
        deed: 'Delete reservations',
      },
      async run(rows) {
        await each({
          rows,
          nameOf: nameOfRow,
          work: ({ id }) => api.cancel(id),
          done: (count) => `${formatCount(count, 'reservation')} deleted.`,
        });
        await onChanged();
      },
    },
  ];
}

function columnsFor(showUser: boolean, onChanged: () => Promise<void>): readonly Column<Reservation>[] {
  const columns: Column<Reservation>[] = [
    {
      name: 'Reservation',
      value: (row) => [row.name, termsTitle(row), row.id, row.note].filter((text) => text !== null).join(' '),
      cell: (row) => (
        <>
          <a href={`#/reservations/${row.id}`}>{reservationTitle(row)}</a>
          {row.name !== null && <span class="row-note">{termsTitle(row)}</span>}
          <span class="row-id">{shortId(row.id)}</span>
        </>
      ),
    },
    {
      name: 'State',
      value: (row) => reservationWord(row).label,
      cell: (row) => <State reservation={row} />,
    },
    {
      name: 'Start',
      value: ({ startTimeMs }) => (startTimeMs === null ? null : new Date(startTimeMs)),
      cell: ({ startTimeMs }) => (startTimeMs === null ? '–' : <Moment ms={startTimeMs} />),
    },
    {
      name: 'Duration',
      unit: 'hours',
      value: ({ duration }) => (duration === null ? null : duration / HOUR_MS),
      cell: ({ duration }) => (duration === null ? '–' : formatSpan(duration)),
    },
    optionalInstant('End', ({ endTimeMs }) => endTimeMs),
    optional('Type', ({ type }) => type),
    { ...optional('Instances', ({ numInstancesFixed }) => numInstancesFixed), numeric: true },
    { ...optional('Optional instances', ({ numInstancesOption }) => numInstancesOption), numeric: true },
    optional('Nodes', ({ nodes }) => (nodes.length === 0 ? null : nodes.join(' '))),
    optional('Note', ({ note }) => note),
    optionalInstant('Asked for', ({ createdTimeMs }) => createdTimeMs),
    {
      name: 'Price',
      numeric: true,
      unit: 'credits',
      value: ({ priceMicros }) => credits(priceMicros),
      cell: ({ priceMicros }) => formatMoney(priceMicros),
    },
    { name: 'Actions', cell: (row) => <RowActions reservation={row} onChanged={onChanged} /> },
  ];
  if (showUser)
    columns.splice(1, 0, {
      name: 'User',
      value: ({ username }) => username,
      cell: ({ username }) => username,
    });
  return columns;
}

function optional(name: string, of: (row: Reservation) => string | number | null): Column<Reservation> {
  return { name, optional: true, value: of, cell: (row) => of(row) ?? '–' };
}

function optionalInstant(name: string, of: (row: Reservation) => number | null): Column<Reservation> {
  return {
    name,
    optional: true,
    value: (row) => {
      const ms = of(row);
      return ms === null ? null : new Date(ms);
    },
    cell: (row) => {
      const ms = of(row);
      return ms === null ? '–' : formatMoment(ms);
    },
  };
}

function isToActivate({ startsItself, status }: Reservation): boolean {
  return status === 'CONFIRMED' && !startsItself;
}

function State({ reservation }: { reservation: Reservation }) {
  const { lastReply, holdUntilMs } = reservation;
  return (
    <>
      <Badge {...reservationWord(reservation)} />
      {lastReply !== null && holdUntilMs !== null && (
        <span class="state-detail">
          <Countdown untilMs={holdUntilMs} />
        </span>
      )}
    </>
  );
}

function RowActions({
  reservation,
  onChanged,
}: {
  reservation: Reservation;
  onChanged: () => Promise<void>;
}) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { id, lastReply } = reservation;
  return (
    <>
      {lastReply !== null && (
        <a class="button" href={`#/reservations/${id}`} aria-label={`Answer the offer of ${shortId(id)}`}>
          Answer
        </a>
      )}
      {isToActivate(reservation) && (
        <button
          type="button"
          disabled={busy}
          aria-label={`Activate reservation ${shortId(id)}`}
          onClick={async () => {
            await run(() => api.activate(id), 'Activated.');
            await onChanged();
          }}
        >
          Activate
        </button>
      )}
      {canDelete(reservation) && <DeleteReservation reservation={reservation} onDeleted={onChanged} />}
    </>
  );
}

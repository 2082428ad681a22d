// Reservations as rows, with what can be done about each.
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatInstances, shortId } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { formatSpan } from '../text/time.ts';
import { reservationWord } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { Countdown } from './countdown.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { canDelete, DeleteReservation } from './delete-reservation.tsx';
import { Moment } from './moment.tsx';

interface ReservationTableProps {
  readonly reservations: readonly Reservation[];
  readonly showUser?: boolean;
  readonly onChanged: () => Promise<void>;
}

export function ReservationTable({ reservations, showUser = false, onChanged }: ReservationTableProps) {
  const columns: Column<Reservation>[] = [
    {
      name: 'Reservation',
      cell: (row) => (
        <>
          <a href={`#/reservations/${row.id}`}>
            {row.type === null || row.numInstancesFixed === null
              ? 'Without terms'
              : formatInstances(row.numInstancesFixed, row.numInstancesOption ?? 0, row.type)}
          </a>
          <span class="row-id">{shortId(row.id)}</span>
        </>
      ),
    },
    { name: 'State', cell: (row) => <State reservation={row} /> },
    { name: 'Start', cell: ({ startTimeMs }) => (startTimeMs === null ? '–' : <Moment ms={startTimeMs} />) },
    { name: 'Duration', cell: ({ duration }) => (duration === null ? '–' : formatSpan(duration)) },
    { name: 'Price', numeric: true, cell: ({ priceMicros }) => formatMoney(priceMicros) },
    { name: 'Actions', cell: (row) => <RowActions reservation={row} onChanged={onChanged} /> },
  ];
  if (showUser) columns.splice(1, 0, { name: 'User', cell: ({ username }) => username });
  return <DataTable caption="Reservations" columns={columns} rows={reservations} rowKey={({ id }) => id} />;
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
  const { id, lastReply, startsItself, status } = reservation;
  return (
    <>
      {lastReply !== null && (
        <a class="button" href={`#/reservations/${id}`} aria-label={`Answer the offer of ${shortId(id)}`}>
          Answer
        </a>
      )}
      {status === 'CONFIRMED' && !startsItself && (
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

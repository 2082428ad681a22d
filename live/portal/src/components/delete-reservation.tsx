// Gives a reservation back, after asking once more.
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { shortId } from '../text/amounts.ts';
import { formatWindow } from '../text/time.ts';
import { ConfirmButton } from './confirm-button.tsx';

interface DeleteReservationProps {
  readonly reservation: Reservation;
  readonly onDeleted: () => Promise<void>;
}

export function DeleteReservation({ reservation, onDeleted }: DeleteReservationProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { id, startTimeMs, endTimeMs } = reservation;
  return (
    <ConfirmButton
      label="Delete"
      describedAs={`Delete reservation ${shortId(id)}`}
      title="Delete this reservation?"
      deed="Delete reservation"
      disabled={busy}
      onConfirm={async () => {
        await run(() => api.cancel(id), 'The reservation is deleted.');
        await onDeleted();
      }}
    >
      <p>
        {startTimeMs !== null && endTimeMs !== null && `${formatWindow(startTimeMs, endTimeMs)}. `}
        Its room becomes free for others; you may not get it back.
      </p>
    </ConfirmButton>
  );
}

/** Deleting is possible until it is activated, or its window opens. */
export function canDelete({ status, windowOpen }: Reservation): boolean {
  if (status === 'ACTIVATED') return !windowOpen;
  return status === 'INITIATED' || status === 'ACCEPTED' || status === 'COUNTERED' || status === 'CONFIRMED';
}

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
  const { id, startTimeMs, endTimeMs, waitlist } = reservation;
  const isWaiting = waitlist !== null;
  return (
    <ConfirmButton
      label={isWaiting ? 'Leave the waitlist' : 'Delete'}
      describedAs={isWaiting ? `Leave the waitlist with ${shortId(id)}` : `Delete reservation ${shortId(id)}`}
      title={isWaiting ? 'Leave the waitlist?' : 'Delete this reservation?'}
      deed={isWaiting ? 'Leave the waitlist' : 'Delete reservation'}
      disabled={busy}
      onConfirm={async () => {
        await run(() => api.cancel(id), isWaiting ? 'You wait no longer.' : 'The reservation is deleted.');
        await onDeleted();
      }}
    >
      <p>
        {startTimeMs !== null && endTimeMs !== null && `${formatWindow(startTimeMs, endTimeMs)}. `}
        {isWaiting
          ? 'Who asks again later waits behind those who stay.'
          : 'Its room becomes free for others; you may not get it back.'}
      </p>
    </ConfirmButton>
  );
}

const BEFORE_CONFIRMATION: readonly Reservation['status'][] = [
  'INITIATED',
  'WAITLISTED',
  'ACCEPTED',
  'COUNTERED',
];

/** Deleting is possible until it is activated, or its window opens. */
export function canDelete({ status, windowOpen }: Reservation): boolean {
  if (status === 'ACTIVATED') return !windowOpen;
  return status === 'CONFIRMED' || BEFORE_CONFIRMATION.includes(status);
}

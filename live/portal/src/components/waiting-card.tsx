// A request that waits on the waitlist: its place, until when, and leaving.
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { formatMoment, formatRelative, formatSpan } from '../text/time.ts';
import { turnWords } from '../text/turn-words.ts';
import { DeleteReservation } from './delete-reservation.tsx';

interface WaitingCardProps {
  readonly reservation: Reservation & { waitlist: NonNullable<Reservation['waitlist']> };
  readonly onChanged: () => Promise<void>;
}

export function WaitingCard({ reservation, onChanged }: WaitingCardProps) {
  const { service } = usePortal();
  const now = useNow(5000);
  const { likelyTurn, position, untilMs } = reservation.waitlist;
  return (
    <div class="offer-card">
      <h3>It is on the waitlist, in place {position}</h3>
      <p>
        When room comes free, it is offered to whoever is first on the list and fits into it. The offer is
        held for {formatSpan(service.settings.turnMs)}: look here, or keep this page open. You wait until{' '}
        {formatMoment(untilMs)} ({formatRelative(untilMs, now)}).
      </p>
      {likelyTurn !== null && <p>{turnWords(likelyTurn)}</p>}
      <div class="answers">
        <DeleteReservation reservation={reservation} onDeleted={onChanged} />
      </div>
    </div>
  );
}

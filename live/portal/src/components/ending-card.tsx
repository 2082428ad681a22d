// How a reservation ended, in plain words, and what to do next.
import type { Reservation } from '../../../wire/reservation.ts';
import { formatMoney } from '../text/money.ts';
import { endingOf } from '../text/words.ts';

export function EndingCard({ reservation }: { reservation: Reservation }) {
  const { title, why, next } = endingOf(reservation);
  const { id, type, refundMicros, penaltyMicros, endReason } = reservation;
  const wasKept = endReason === 'window-over' || endReason === 'completed';
  return (
    <div class="offer-card ending">
      <h3>{title}</h3>
      <p>{why}</p>
      {refundMicros > 0 && <p>You got {formatMoney(refundMicros)} back.</p>}
      {penaltyMicros > 0 && (
        <p>
          OpenPEX paid you {formatMoney(penaltyMicros)}{' '}
          {wasKept ? 'because instances came up late, or were out for a while.' : 'for the broken promise.'}
        </p>
      )}
      <p>
        <strong>What next?</strong> {next}
      </p>
      <div class="answers">
        <a class="button primary" href={type === null ? '#/new' : `#/new?from=${id}`}>
          Ask again with these terms
        </a>
      </div>
    </div>
  );
}

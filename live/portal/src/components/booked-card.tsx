// A reservation that is yours: what happens next, activation, other terms, optional instances, and giving it back.
import { useState } from 'preact/hooks';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useNow } from '../live/use-now.ts';
import { IN_QUEUE, OVERBOOKED } from '../negotiation/request-fields.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoment, formatRelative } from '../text/time.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { ChangeOffer } from './change-offer.tsx';
import { canDelete, DeleteReservation } from './delete-reservation.tsx';
import { Form, TextField } from './field.tsx';

interface BookedCardProps {
  readonly reservation: Reservation;
  readonly onChanged: () => Promise<void>;
}

export function BookedCard({ reservation, onChanged }: BookedCardProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [isChanging, setChanging] = useState(false);
  const { id, kind, queue, status } = reservation;
  const isToActivate = status === 'CONFIRMED' && !reservation.startsItself;
  const isBooked =
    status === 'ACTIVATED' ? 'It is activated' : isToActivate ? 'It is booked, to activate' : 'It is booked';
  return (
    <>
      <div class="offer-card">
        <h3>{queue === null ? isBooked : 'It waits for its turn'}</h3>
        <NextStep reservation={reservation} />
        <div class="answers">
          {isToActivate && (
            <button
              type="button"
              class="primary"
              disabled={busy}
              onClick={async () => {
                await run(() => api.activate(id), 'Activated.');
                await onChanged();
              }}
            >
              Activate
            </button>
          )}
          {kind !== IN_QUEUE && (
            <button type="button" onClick={() => setChanging(true)}>
              Change…
            </button>
          )}
          {queue === null && (
            <a class="button" href={`/OpenPEX/reservations/${id}/calendar.ics`} download>
              Add to calendar
            </a>
          )}
          {canDelete(reservation) && <DeleteReservation reservation={reservation} onDeleted={onChanged} />}
        </div>
        {isChanging && hasTerms(reservation) && (
          <ChangeDialog reservation={reservation} onClose={() => setChanging(false)} onAnswered={onChanged} />
        )}
        <ClaimForm reservation={reservation} onChanged={onChanged} />
      </div>
      {hasChange(reservation) && <ChangeOffer reservation={reservation} onAnswered={onChanged} />}
    </>
  );
}

function hasTerms(
  row: Reservation,
): row is Reservation & { startTimeMs: number; endTimeMs: number; numInstancesFixed: number } {
  return row.startTimeMs !== null && row.endTimeMs !== null && row.numInstancesFixed !== null;
}

function hasChange(row: Reservation): row is Reservation & { change: NonNullable<Reservation['change']> } {
  return row.change !== null;
}

function NextStep({
  reservation: { kind, nodes, queue, startsItself, status, startTimeMs, endTimeMs, windowOpen },
}: {
  reservation: Reservation;
}) {
  const { service } = usePortal();
  const now = useNow(5000);
  if (startTimeMs === null || endTimeMs === null) return null;
  if (queue !== null) {
    const { expectedStartTimeMs: ms, likelyStart, position } = queue;
    return (
      <p>
        {status === 'ACTIVATED'
          ? `It is suspended, number ${position} in the queue, and goes on by itself when there is room`
          : `It is number ${position} in the queue, and starts by itself when there is room`}
        {likelyStart === null
          ? ms !== null && `: by the present plan on ${formatMoment(ms)} (${formatRelative(ms, now)})`
          : `: likely on ${formatMoment(likelyStart.likelyMs)} (${formatRelative(likelyStart.likelyMs, now)}), nearly surely from ${formatMoment(likelyStart.fromMs)} to ${formatMoment(likelyStart.untilMs)}`}
        . Nothing is left to do.
      </p>
    );
  }
  const start = `${formatMoment(startTimeMs)} (${formatRelative(startTimeMs, now)})`;
  const end = `${formatMoment(endTimeMs)} (${formatRelative(endTimeMs, now)})`;
  const { noShowGraceMs } = service.settings;
  const lastMs = noShowGraceMs === null ? endTimeMs : Math.min(endTimeMs, startTimeMs + noShowGraceMs);
  const last = lastMs < endTimeMs ? `${formatMoment(lastMs)} (${formatRelative(lastMs, now)})` : null;
  // Until it has room it is on no node.
  if (kind === OVERBOOKED && nodes.length === 0)
    return (
      <p>
        Others have reserved this time.
        {status !== 'ACTIVATED' && !startsItself && ` Activate it by ${last ?? end} if you want it.`} It
        starts as soon as one of them has not come, on {start} at the earliest. Where all of them come you do
        not get it, and are paid back.
      </p>
    );
  if (status === 'ACTIVATED') {
    return windowOpen ? (
      <p>Your instances are below. They are shut down at the end of the window, {end}.</p>
    ) : (
      <p>Your instances start by themselves on {start}. Nothing is left to do.</p>
    );
  }
  if (startsItself && !windowOpen)
    return <p>Your instances start by themselves on {start}. Nothing is left to do.</p>;
  if (windowOpen)
    return (
      <p>
        Your window is open until {end}. Activate it{last !== null && ` by ${last}`} to start your instances
        {last !== null && '; after that its time is given to others'}.
      </p>
    );
  return (
    <p>
      Activate it whenever you like before {last ?? 'its end'}. Your instances start on {start}; activated
      later, they start at once. Without activation nothing is started
      {last !== null && ', and its time is given to others'}.
    </p>
  );
}

function ClaimForm({ reservation, onChanged }: BookedCardProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { id, status, optionsClaimed, numInstancesOption } = reservation;
  const left = (numInstancesOption ?? 0) - optionsClaimed;
  const [count, setCount] = useState('1');
  if (status !== 'ACTIVATED' || left <= 0) return null;
  const wanted = Number(count);
  const isCount = Number.isInteger(wanted) && wanted >= 1 && wanted <= left;
  return (
    <Form
      class="claim-form"
      onSubmit={async () => {
        if (!isCount) return;
        await run(() => api.claim(id, wanted), `Asked for ${formatCount(wanted, 'more instance')}.`);
        await onChanged();
      }}
    >
      <TextField
        label={`Claim optional instances (${left} left)`}
        type="number"
        min={1}
        max={left}
        value={count}
        onValue={setCount}
        error={isCount ? undefined : `From 1 to ${left}.`}
      />
      <button type="submit" disabled={busy}>
        Claim
      </button>
    </Form>
  );
}

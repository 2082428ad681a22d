// The offer of a change, beside the reservation as it is: to be taken or declined while it is held.
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment, formatSpan } from '../text/time.ts';
import { Countdown } from './countdown.tsx';

interface ChangeOfferProps {
  readonly reservation: Reservation & { change: NonNullable<Reservation['change']> };
  readonly onAnswered: () => Promise<void>;
}

export function ChangeOffer({ reservation: { change, id }, onAnswered }: ChangeOfferProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { differenceMicros, duration, holdUntilMs, numInstancesFixed, reply, startTimeMs } = change;
  const take = async () => {
    if (reply === 'COUNTER') await api.answerChange(id, 'ACCEPT');
    await api.answerChange(id, 'CONFIRM');
  };
  const answer = async (work: () => Promise<unknown>, done: string) => {
    await run(work, done);
    await onAnswered();
  };
  return (
    <section class="offer-card" aria-label="Offer of a change">
      <h3>{reply === 'ACCEPT' ? 'It can be changed as you asked' : 'OpenPEX offers this change instead'}</h3>
      <dl class="offer-terms">
        <div>
          <dt>Start</dt>
          <dd>{formatMoment(startTimeMs)}</dd>
        </div>
        <div>
          <dt>Time</dt>
          <dd>
            {formatSpan(duration)}, until {formatMoment(startTimeMs + duration)}
          </dd>
        </div>
        <div>
          <dt>Instances</dt>
          <dd>{formatCount(numInstancesFixed, 'instance')}</dd>
        </div>
        <div class="total">
          <dt>{differenceMicros < 0 ? 'You get back' : 'You pay more'}</dt>
          <dd>{formatMoney(Math.abs(differenceMicros))}</dd>
        </div>
      </dl>
      <p>
        Held for you for <Countdown untilMs={holdUntilMs} />. Until you confirm, your reservation is as it
        was.
      </p>
      <div class="answers">
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => answer(take, 'The reservation is changed.')}
        >
          Confirm the change
        </button>
        <button
          type="button"
          disabled={busy}
          onClick={() => answer(() => api.answerChange(id, 'REJECT'), 'The reservation stays as it is.')}
        >
          Leave it as it is
        </button>
      </div>
    </section>
  );
}

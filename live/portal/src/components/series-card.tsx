// What is held of a series: each of its times with what it was answered, to be picked from and booked as one.
import { useState } from 'preact/hooks';
import type { SeriesOccurrence } from '../../../wire/series.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { type HeldSeries, heldUntilMs } from '../live/use-held-series.ts';
import {
  occurrenceText,
  occurrenceWindow,
  priceOf,
  seriesText,
  standingOf,
} from '../negotiation/series-answer.ts';
import { navigate } from '../router.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { Countdown } from './countdown.tsx';

interface SeriesCardProps {
  readonly held: HeldSeries;
  /** It is booked. */
  readonly onBooked: () => void;
  /** All of it is let go. */
  readonly onDeclined: () => void;
}

export function SeriesCard({ held: { asked, name, series }, onBooked, onDeclined }: SeriesCardProps) {
  const { api, reloadAccount } = usePortal();
  const { busy, run } = useAction();
  const { occurrences } = series;
  const offered = occurrences.filter((each) => standingOf(each) !== 'no');
  const asAsked = occurrences.filter((each) => standingOf(each) === 'as-asked');
  const [picked, setPicked] = useState<ReadonlySet<number>>(() => timesOf(asAsked));
  const chosen = offered.filter(({ startTimeMs }) => picked.has(startTimeMs));
  const rest = offered.filter((each) => !chosen.includes(each));
  const untilMs = heldUntilMs(series);
  const { numInstancesOption = 0, template = '', ...terms } = asked;

  const book = async () => {
    const done = `${formatCount(chosen.length, 'reservation')} booked.`;
    if (!(await run(() => api.answerSeries(idsOf(chosen), idsOf(rest)), done))) return;
    onBooked();
    await reloadAccount();
    navigate('#/reservations');
  };
  const decline = async () => {
    // What cannot be let go of now ends with its hold.
    await run(() => api.answerSeries([], idsOf(offered)), 'Nothing is held any more.');
    onDeclined();
  };
  const pick = (startTimeMs: number, isPicked: boolean) => {
    const next = new Set(picked);
    if (isPicked) next.add(startTimeMs);
    else next.delete(startTimeMs);
    setPicked(next);
  };
  return (
    <section class="offer-card series-card" aria-labelledby="series-title">
      <div class="offer-head">
        <h2 id="series-title">
          {name === null ? '' : `${name}: `}
          {seriesText(series)}
        </h2>
        {untilMs.length > 0 && (
          <p class="held">
            Held for you: <Countdown untilMs={Math.min(...untilMs)} />
          </p>
        )}
      </div>
      <ul class="series-times">
        {occurrences.map((each) => {
          const standing = standingOf(each);
          const { startTimeMs } = each;
          return (
            <li key={startTimeMs} class={standing}>
              <label class="check">
                <input
                  type="checkbox"
                  checked={picked.has(startTimeMs)}
                  disabled={standing === 'no' || busy}
                  onChange={(event) => pick(startTimeMs, event.currentTarget.checked)}
                />
                <span>
                  <b>{occurrenceWindow(each, asked.duration)}</b>{' '}
                  <span class="series-answer">
                    {occurrenceText(each, { ...terms, numInstancesOption, template })}
                  </span>
                </span>
              </label>
              <span class="figures">
                {standing === 'no' ? '' : formatMoney(each.answer.priceMicros ?? 0)}
              </span>
            </li>
          );
        })}
      </ul>
      {offered.length > asAsked.length && (
        <div class="answers">
          {asAsked.length > 0 && (
            <button type="button" disabled={busy} onClick={() => setPicked(timesOf(asAsked))}>
              Those as asked
            </button>
          )}
          <button type="button" disabled={busy} onClick={() => setPicked(timesOf(offered))}>
            All that is offered
          </button>
        </div>
      )}
      <p class="offer-explained">
        {offered.length === 0
          ? 'There is room for none of them.'
          : 'The room is held for you, but not booked yet. What you pick is booked as a whole or not at all; the rest is let go.'}
      </p>
      <div class="answers">
        {offered.length > 0 && (
          <button type="button" class="primary" disabled={busy || chosen.length === 0} onClick={book}>
            {chosen.length === 0
              ? 'Pick what to book'
              : `Book ${chosen.length} of ${occurrences.length} for ${formatMoney(priceOf(chosen))}`}
          </button>
        )}
        <button type="button" disabled={busy} onClick={decline}>
          {offered.length === 0 ? 'Change the terms' : 'Let all go and change the terms'}
        </button>
      </div>
    </section>
  );
}

function timesOf(occurrences: readonly SeriesOccurrence[]): ReadonlySet<number> {
  return new Set(occurrences.map(({ startTimeMs }) => startTimeMs));
}

function idsOf(occurrences: readonly SeriesOccurrence[]): readonly string[] {
  return occurrences.flatMap(({ answer: { proposal } }) => proposal?.id ?? []);
}

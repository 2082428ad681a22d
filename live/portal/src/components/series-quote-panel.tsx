// What the times of a series would be answered now, each by itself. Nothing is held by looking.
import type { ProposalBody } from '../../../wire/negotiation.ts';
import type { Series, SeriesQuoteBody } from '../../../wire/series.ts';
import { usePortal } from '../live/context.ts';
import { useNewest } from '../live/use-newest.ts';
import type { SeriesReading } from '../negotiation/request-fields.ts';
import {
  occurrenceText,
  occurrenceWindow,
  priceOf,
  seriesText,
  standingOf,
} from '../negotiation/series-answer.ts';
import { formatMoney } from '../text/money.ts';
import type { HeadingTag } from './heading-tag.ts';

/** Each time of it is thought out: more seldom than one. */
const AGAIN_MS = 30_000;
/** Of those that are not as asked; all of them are told when they are held. */
const SHOWN = 6;

interface SeriesQuotePanelProps {
  readonly heading: HeadingTag;
  /** Null while the terms are not complete. */
  readonly proposal: ProposalBody | null;
  readonly series: SeriesReading | null;
  /** Whose limits and balance count; empty: one's own. */
  readonly project: string;
}

export function SeriesQuotePanel({ heading: Heading, project, proposal, series }: SeriesQuotePanelProps) {
  const { api } = usePortal();
  const asked: SeriesQuoteBody | null =
    proposal === null || series === null
      ? null
      : { ...proposal, ...series.times, startTime: proposal.startTime! };
  const { problem, value } = useNewest(
    asked,
    (terms, signal) => api.quoteSeries(terms, project, signal),
    project,
    AGAIN_MS,
  );
  return (
    <div class="quote" aria-live="polite">
      <Heading>If you ask now</Heading>
      {asked === null ? (
        <p class="muted">Complete the terms to see the price.</p>
      ) : problem !== null ? (
        <p class="muted">{problem.message}</p>
      ) : value === null ? (
        <p class="muted">Asking for the price …</p>
      ) : (
        <SeriesQuoteText series={value} asked={asked} />
      )}
    </div>
  );
}

function SeriesQuoteText({ asked, series }: { readonly asked: SeriesQuoteBody; readonly series: Series }) {
  const others = series.occurrences.filter((each) => standingOf(each) !== 'as-asked');
  const { numInstancesOption = 0, template = '', ...terms } = asked;
  const tone =
    others.length === 0 ? 'good' : others.length === series.occurrences.length ? 'bad' : 'attention';
  return (
    <>
      <p class={`quote-answer ${tone}`}>{seriesText(series)}</p>
      {others.length < series.occurrences.length && (
        <strong class="price">
          {formatMoney(priceOf(series.occurrences.filter((each) => !others.includes(each))))}
        </strong>
      )}
      {others.length > 0 && (
        <ul class="series-others">
          {others.slice(0, SHOWN).map((each) => (
            <li key={each.startTimeMs}>
              <b>{occurrenceWindow(each, asked.duration)}</b>{' '}
              {occurrenceText(each, { ...terms, numInstancesOption, template })}
            </li>
          ))}
          {others.length > SHOWN && <li class="muted">And {others.length - SHOWN} more.</li>}
        </ul>
      )}
    </>
  );
}

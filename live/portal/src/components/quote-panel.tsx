// What the terms in the form would be answered now. Nothing is held by looking.
import type { NegotiationReply, ProposalBody } from '../../../wire/negotiation.ts';
import { usePortal } from '../live/context.ts';
import { useNewest } from '../live/use-newest.ts';
import { differences, differenceText, type Terms } from '../negotiation/difference.ts';
import { counterReason } from '../negotiation/transcript.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { DAY_MS, formatMoment, formatSpan, HOUR_MS } from '../text/time.ts';
import { rejectionText } from '../text/words.ts';
import type { HeadingTag } from './heading-tag.ts';

interface QuotePanelProps {
  readonly heading: HeadingTag;
  /** Null while the terms are not complete. */
  readonly proposal: ProposalBody | null;
  /** The negotiation that it would be put to; undefined: a new one. */
  readonly reservationId: string | undefined;
  /** Whose limits and balance count; empty: one's own. */
  readonly project: string;
  /** The start that would be offered instead is taken. */
  readonly onStart: (ms: number) => void;
}

export function QuotePanel({ heading: Heading, onStart, project, proposal, reservationId }: QuotePanelProps) {
  const { api, clock } = usePortal();
  const { problem, value: quote } = useNewest(
    proposal,
    (terms, signal) => api.quote(terms, { reservation: reservationId, project }, signal),
    `${reservationId ?? ''} ${project}`,
  );
  return (
    <div class="quote" aria-live="polite">
      <Heading>If you ask now</Heading>
      {proposal === null ? (
        <p class="muted">Complete the terms to see the price.</p>
      ) : problem !== null ? (
        <p class="muted">{problem.message}</p>
      ) : quote === null ? (
        <p class="muted">Asking for the price …</p>
      ) : (
        <QuoteText
          quote={quote}
          asked={askedTerms(proposal, clock.now())}
          waits={proposal.waitUntil !== undefined}
          onStart={onStart}
        />
      )}
    </div>
  );
}

interface QuoteTextProps extends Pick<QuotePanelProps, 'onStart'> {
  readonly quote: NegotiationReply;
  readonly asked: Terms;
  readonly waits: boolean;
}

function QuoteText({ quote, asked, onStart, waits }: QuoteTextProps) {
  const { reply, proposal, priceMicros, reason } = quote;
  const other = otherStart(quote, asked);
  if (quote.refusal !== undefined && reply !== 'REJECT')
    return (
      <p class="quote-answer bad">
        {quote.refusal.code === 'PEX_QUOTA_EXCEEDED'
          ? `There is room, but not within the limits: ${quote.refusal.detail}.${withinText(quote.refusal, asked)}`
          : `There is room, but it costs more than is left${priceMicros === undefined ? '' : `: ${formatMoney(priceMicros)}`}.`}
      </p>
    );
  const price = priceMicros === undefined ? null : <strong class="price">{formatMoney(priceMicros)}</strong>;
  switch (reply) {
    case 'ACCEPT':
      return (
        <>
          <p class="quote-answer good">OpenPEX can do that.</p>
          {price}
        </>
      );
    case 'COUNTER':
      return (
        <>
          <p class="quote-answer attention">
            Not quite so.{' '}
            {proposal === null
              ? 'OpenPEX would offer other terms.'
              : `OpenPEX would offer: ${differenceText(differences(asked, proposal))} (${formatMoment(proposal.startTimeMs)})${counterReason(reason)}.`}
          </p>
          {price}
          {other !== null && (
            <button type="button" onClick={() => onStart(other)}>
              Take this start: {formatMoment(other)}
            </button>
          )}
        </>
      );
    case 'REJECT':
      return (
        <p class="quote-answer bad">
          {rejectionText(reason)}
          {waits && ' If room comes free later, you wait for it on the waitlist.'}
        </p>
      );
    default:
      return null;
  }
}

/** " Within them: 3 instances for that long, or 5 for 2 h." */
function withinText({ within }: NonNullable<NegotiationReply['refusal']>, asked: Terms): string {
  const { duration, numInstancesFixed } = within ?? {};
  // What is told in hours must not be rounded up.
  const toldMs = duration === undefined || duration < DAY_MS ? duration : duration - (duration % HOUR_MS);
  const found = [
    ...(numInstancesFixed === undefined
      ? []
      : [`${formatCount(numInstancesFixed, 'instance')} for that long`]),
    ...(toldMs === undefined ? [] : [`${asked.numInstancesFixed} for ${formatSpan(toldMs)}`]),
  ];
  return found.length === 0 ? '' : ` Within them: ${found.join(', or ')}.`;
}

/** The first of what would be offered that is as asked but for its start. */
function otherStart({ alternatives = [], proposal }: NegotiationReply, asked: Terms): number | null {
  const offered = [proposal, ...alternatives.map((alternative) => alternative.proposal)];
  const found = offered.find(
    (terms) =>
      terms !== null &&
      differences(asked, terms).every(({ term }) => term === 'start' || term === 'template'),
  );
  return found?.startTimeMs ?? null;
}

function askedTerms(proposal: ProposalBody, nowMs: number): Terms {
  const { numInstancesOption = 0, startTime, template = '', ...terms } = proposal;
  const startTimeMs = startTime === undefined ? nowMs : Date.parse(startTime);
  return { ...terms, numInstancesOption, template, startTimeMs };
}

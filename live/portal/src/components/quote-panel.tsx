// What the terms in the form would be answered now. Nothing is held by looking.
import { useEffect, useState } from 'preact/hooks';
import type { NegotiationReply, ProposalBody } from '../../../wire/negotiation.ts';
import { ApiProblem } from '../api/http.ts';
import { usePortal } from '../live/context.ts';
import { differences, differenceText, type Terms } from '../negotiation/difference.ts';
import { counterReason } from '../negotiation/transcript.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment } from '../text/time.ts';
import { rejectionText } from '../text/words.ts';
import type { HeadingTag } from './heading-tag.ts';

const PAUSE_MS = 250;
const AGAIN_MS = 10_000;

interface QuotePanelProps {
  readonly heading: HeadingTag;
  /** Null while the terms are not complete. */
  readonly proposal: ProposalBody | null;
}

export function QuotePanel({ heading: Heading, proposal }: QuotePanelProps) {
  const { clock } = usePortal();
  const { quote, problem } = useQuote(proposal);
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
        />
      )}
    </div>
  );
}

function QuoteText({
  quote: { reply, proposal, priceMicros, reason },
  asked,
  waits,
}: {
  quote: NegotiationReply;
  asked: Terms;
  waits: boolean;
}) {
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

function askedTerms(proposal: ProposalBody, nowMs: number): Terms {
  const { numInstancesOption = 0, startTime, template = '', ...terms } = proposal;
  const startTimeMs = startTime === undefined ? nowMs : Date.parse(startTime);
  return { ...terms, numInstancesOption, template, startTimeMs };
}

/** The quote of the newest terms, once typing pauses; the old one stays until then. */
function useQuote(proposal: ProposalBody | null): {
  quote: NegotiationReply | null;
  problem: ApiProblem | null;
} {
  const { api } = usePortal();
  const [state, setState] = useState<{ quote: NegotiationReply | null; problem: ApiProblem | null }>({
    quote: null,
    problem: null,
  });
  const terms = JSON.stringify(proposal);
  useEffect(() => {
    if (terms === 'null') return;
    const controller = new AbortController();
    const ask = async () => {
      try {
        const quote = await api.quote(JSON.parse(terms) as ProposalBody, controller.signal);
        setState({ quote, problem: null });
      } catch (error) {
        if (controller.signal.aborted) return;
        if (!(error instanceof ApiProblem)) throw error;
        setState({ quote: null, problem: error });
      }
    };
    const first = window.setTimeout(ask, PAUSE_MS);
    const again = window.setInterval(ask, AGAIN_MS);
    return () => {
      controller.abort();
      window.clearTimeout(first);
      window.clearInterval(again);
    };
  }, [api, terms]);
  return state;
}

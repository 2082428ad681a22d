// The offer on the table: its terms with what differs from what was asked, how long it is held, and the answers one can give.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Alternative, Offer, Proposal, UserAnswer } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { differences, differenceText, type Terms } from '../negotiation/difference.ts';
import { fieldsOf, IN_QUEUE, OVERBOOKED } from '../negotiation/request-fields.ts';
import { bottleneckText } from '../negotiation/transcript.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment, formatSpan } from '../text/time.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { Countdown } from './countdown.tsx';
import { Moment } from './moment.tsx';
import { OfferTerms } from './offer-terms.tsx';
import { RequestForm } from './request-form.tsx';

interface OfferCardProps {
  readonly reservation: Reservation;
  /** What was asked for last; null when that is not known. */
  readonly asked: Proposal | null;
  /** What the provider said with the offer; absent when that is not known. */
  readonly offered?: Offer | undefined;
  /** After each answer, and when the hold has run out. */
  readonly onAnswered: () => Promise<void>;
}

export function OfferCard({ reservation, asked, offered, onAnswered }: OfferCardProps) {
  const { api, clock, account, reloadAccount, service } = usePortal();
  const { busy, run } = useAction();
  const [isCountering, setCountering] = useState(false);
  const { id, kind, partOf, status, holdUntilMs } = reservation;
  const terms = termsOf(reservation);
  const isQueued = kind === IN_QUEUE;
  const isOverbooked = kind === OVERBOOKED;
  useHeldUntil(holdUntilMs, onAnswered);

  if (partOf !== undefined) {
    return (
      <p class="muted">
        This window is held as a part of <a href={`#/reservations/${partOf}`}>another offer</a>. Your answer
        to that is the answer to this.
      </p>
    );
  }
  if (terms === null || holdUntilMs === null) {
    return <p class="muted">Nothing is offered yet.</p>;
  }
  const answer = async (reply: UserAnswer, done: string) => {
    await run(() => api.answer(id, reply), done);
    await Promise.all([onAnswered(), reloadAccount()]);
  };
  const book = async () => {
    await run(
      async () => {
        if (isCounter) await api.answer(id, { reply: 'ACCEPT' });
        return api.answer(id, { reply: 'CONFIRM' });
      },
      reservation.startsItself ? 'Booked. It starts by itself.' : 'Booked. Activate it to have it start.',
    );
    await Promise.all([onAnswered(), reloadAccount()]);
  };
  const isCounter = status === 'COUNTERED';
  const different = asked === null ? [] : differences(asked, terms);
  const { pledgedMicros = 0 } = reservation;
  const parts = offered?.round === reservation.round ? (offered.parts ?? []) : [];
  const priceMicros = parts.reduce((sum, part) => sum + part.priceMicros, reservation.priceMicros);
  const tooDear = priceMicros - pledgedMicros > account.balanceMicros;
  return (
    <section class="offer-card" aria-labelledby="offer-title">
      <div class="offer-head">
        <h3 id="offer-title">
          {isCounter
            ? isOverbooked
              ? 'OpenPEX can promise it on a chance only'
              : 'OpenPEX offers instead'
            : different.length === 0
              ? 'OpenPEX can do exactly what you asked'
              : 'One more step: book it'}
        </h3>
        <p class="held">
          {isQueued || isOverbooked ? 'Offered for' : 'Held for you'}: <Countdown untilMs={holdUntilMs} />
        </p>
      </div>
      <OfferTerms
        terms={terms}
        differences={different}
        priceMicros={reservation.priceMicros}
        isQueued={isQueued}
      />
      {parts.length > 0 && <FurtherWindows parts={parts} priceMicros={priceMicros} />}
      {isCounter && offered?.bottleneck && (
        <p class="offer-explained">As you asked:{bottleneckText(offered.bottleneck)}</p>
      )}
      {isCounter && offered?.alternatives && asked !== null && (
        <Alternatives
          alternatives={offered.alternatives}
          asked={asked}
          disabled={busy}
          onAsk={(proposal) =>
            answer({ reply: 'COUNTER', proposal: asAsked(proposal) }, 'Asked for that instead.')
          }
        />
      )}
      <p class="offer-explained">
        {isQueued
          ? `When you book it, it joins the queue and ${formatMoney(priceMicros)} are charged. It begins by itself.`
          : isOverbooked
            ? `Others have reserved this time, and some do not come. It begins as soon as one of them has not come${latestText(terms, service.settings.noShowGraceMs)}, and ends when you asked. Where all of them come you do not get it, and are paid back. When you book it, ${formatMoney(priceMicros)} are charged.`
            : `The room is held for you, but not booked yet. When you book it, it is yours and ${formatMoney(priceMicros)} are charged.${
                reservation.startSlides && terms.startTimeMs <= clock.now()
                  ? ' Its time begins then, if there is room so long.'
                  : ''
              }`}
      </p>
      {pledgedMicros > 0 && (
        <p class="notice">
          {formatMoney(pledgedMicros)} of it are paid while it is held for you.{' '}
          {service.settings.pledge?.keptOf === 'unconfirmed'
            ? 'They are lost unless you book it, or ask for something else.'
            : 'They come back when you reject it, and are lost when you let it expire.'}
        </p>
      )}
      {tooDear && (
        <p class="notice bad">
          Your balance is {formatMoney(account.balanceMicros)}, less than the price. Ask an operator for a
          deposit.
        </p>
      )}
      <div class="answers">
        <button type="button" class="primary" disabled={busy} onClick={book}>
          {isCounter ? 'Accept and book' : 'Book'} for {formatMoney(priceMicros)}
        </button>
        {isCounter && (
          <button
            type="button"
            disabled={busy}
            aria-expanded={isCountering}
            onClick={() => setCountering(!isCountering)}
          >
            Counter …
          </button>
        )}
        {isCounter &&
          service.settings.waitlistMax > 0 &&
          asked !== null &&
          asked.startTimeMs > clock.now() && (
            <button
              type="button"
              disabled={busy}
              onClick={() =>
                answer({ reply: 'COUNTER', proposal: asWaiting(asked) }, 'You wait for what you asked for.')
              }
            >
              Rather wait
            </button>
          )}
        <ConfirmButton
          label="Reject"
          title="Reject this offer?"
          deed="Reject the offer"
          disabled={busy}
          onConfirm={() => answer({ reply: 'REJECT' }, 'Rejected. The hold is released.')}
        >
          <p>The negotiation ends and the room that is held for you becomes free for others.</p>
        </ConfirmButton>
      </div>
      {isCountering && (
        <CounterForm
          reservationId={id}
          initial={{
            ...terms,
            maxPriceMicros: reservation.maxPriceMicros,
            kind: reservation.kind,
            startsItself: reservation.startsItself,
            leeway: reservation.leeway,
            requirements: reservation.requirements,
            rank: reservation.rank,
            sites: reservation.sites,
          }}
          nowMs={clock.now()}
          onSubmit={async (proposal) => {
            await api.answer(id, { reply: 'COUNTER', proposal });
            await onAnswered();
          }}
        />
      )}
    </section>
  );
}

/** Until when it is known whether somebody stays away. */
function latestText({ startTimeMs }: Terms, noShowGraceMs: number | null): string {
  return noShowGraceMs === null ? '' : `, which is known by ${formatMoment(startTimeMs + noShowGraceMs)}`;
}

interface FurtherWindowsProps {
  readonly parts: readonly Alternative[];
  /** Of all windows, the first included. */
  readonly priceMicros: number;
}

/** What is had beside the terms above: one answer is for all of it. */
function FurtherWindows({ parts, priceMicros }: FurtherWindowsProps) {
  return (
    <div class="alternatives">
      <h4>And with it</h4>
      <ul>
        {parts.map(({ priceMicros: itsMicros, proposal }) => (
          <li key={proposal.id}>
            <span>
              {proposal.numInstancesFixed} {proposal.type}, from <Moment ms={proposal.startTimeMs} /> for{' '}
              {formatSpan(proposal.duration)}, for {formatMoney(itsMicros)}
            </span>
          </li>
        ))}
      </ul>
      <p>
        You get all of it or nothing, for {formatMoney(priceMicros)} together. Once booked, each window is a
        reservation of its own.
      </p>
    </div>
  );
}

interface AlternativesProps {
  readonly alternatives: readonly Alternative[];
  readonly asked: Proposal;
  readonly disabled: boolean;
  readonly onAsk: (proposal: Proposal) => Promise<void>;
}

/** What else there is. Asking for one of them gives up the offer and holds it instead, if there still is room. */
function Alternatives({ alternatives, asked, disabled, onAsk }: AlternativesProps) {
  return (
    <div class="alternatives">
      <h4>Or instead</h4>
      <ul>
        {alternatives.map(({ priceMicros, proposal }) => (
          <li
            key={`${proposal.type} ${proposal.numInstancesFixed} ${proposal.startTimeMs} ${proposal.duration}`}
          >
            <span>
              {differenceText(differences(asked, proposal))}, for {formatMoney(priceMicros)}
            </span>
            <button type="button" disabled={disabled} onClick={() => onAsk(proposal)}>
              Ask for this
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The terms as a client sends them. */
function asAsked(proposal: Proposal): Extract<UserAnswer, { reply: 'COUNTER' }>['proposal'] {
  const { id: _, userid: __, startTimeMs: ___, ...terms } = proposal;
  return { ...terms, startTime: new Date(proposal.startTimeMs).toISOString() };
}

/** As asked, until it can start no more, and without another offer instead. */
function asWaiting(asked: Proposal): ReturnType<typeof asAsked> {
  const waitUntil = asked.waitUntil ?? asked.latestStartTime ?? new Date(asked.startTimeMs).toISOString();
  return { ...asAsked(asked), waitUntil, waitInstead: true };
}

interface CounterFormProps {
  readonly reservationId: string;
  readonly initial: Parameters<typeof fieldsOf>[0];
  readonly nowMs: number;
  readonly onSubmit: Parameters<typeof RequestForm>[0]['onSubmit'];
}

function CounterForm({ initial, nowMs, onSubmit, reservationId }: CounterFormProps) {
  const { service } = usePortal();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="counter-form">
      <h3 ref={heading} tabIndex={-1}>
        What would you like instead?
      </h3>
      <p class="muted">
        Filled in with the terms of the offer. A new proposal replaces it: its hold is released. There are at
        most {service.settings.maxRounds} rounds.
      </p>
      <RequestForm
        heading="h4"
        reservationId={reservationId}
        initial={fieldsOf(initial, nowMs)}
        submitLabel="Send counter-proposal"
        onSubmit={onSubmit}
      />
    </div>
  );
}

/** Looks again when the hold runs out, in case the event of it does not arrive. */
function useHeldUntil(untilMs: number | null, onOver: () => Promise<void>): void {
  const { clock } = usePortal();
  const latest = useRef(onOver);
  latest.current = onOver;
  useEffect(() => {
    if (untilMs === null) return;
    const realMs = Math.max(0, (untilMs - clock.now()) / clock.speed) + 500;
    const timer = window.setTimeout(() => void latest.current(), Math.min(realMs, 2 ** 31 - 1));
    return () => window.clearTimeout(timer);
  }, [untilMs, clock]);
}

function termsOf(reservation: Reservation): Terms | null {
  const { type, template, startTimeMs, duration, numInstancesFixed, numInstancesOption } = reservation;
  if (type === null || startTimeMs === null || duration === null || numInstancesFixed === null) return null;
  return {
    type,
    template: template ?? '',
    startTimeMs,
    duration,
    numInstancesFixed,
    numInstancesOption: numInstancesOption ?? 0,
  };
}

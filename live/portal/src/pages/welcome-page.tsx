// The start page: what awaits an answer, what runs, what comes next, and where to go.
import type { Reservation } from '../../../wire/reservation.ts';
import { Badge } from '../components/badge.tsx';
import { Countdown } from '../components/countdown.tsx';
import { History } from '../components/history.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Meter } from '../components/meter.tsx';
import { Moment } from '../components/moment.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { rollingText } from '../text/amounts.ts';
import { UNASKED_TYPES } from '../text/happenings.ts';
import { formatMoney } from '../text/money.ts';
import { reservationTitle, termsTitle } from '../text/reservation-title.ts';
import { formatRelative, formatSpan } from '../text/time.ts';
import { reservationWord } from '../text/words.ts';

const SHOWN = 6;

export function WelcomePage() {
  const { api, account } = usePortal();
  const upcoming = useResource(
    (signal) =>
      api.reservations({ states: ['ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'], limit: 100 }, signal),
    'upcoming',
    { changedBy: ({ reservationId }) => reservationId !== undefined },
  );
  const lately = useResource((signal) => api.history({ types: UNASKED_TYPES }, signal), 'lately', {
    changedBy: ({ reservationId }) => reservationId !== undefined,
  });
  return (
    <>
      <PageHead title={`Welcome, ${account.fullName}`}>
        <a class="button primary" href="#/new">
          New reservation
        </a>
      </PageHead>
      <div class="welcome-layout">
        <section aria-labelledby="upcoming-title">
          <h2 id="upcoming-title">What is coming up</h2>
          <Loaded resource={upcoming}>
            {({ items }) =>
              items.length === 0 ? (
                <FirstSteps />
              ) : (
                <>
                  <ul class="upcoming">
                    {items
                      .toSorted(byUrgency)
                      .slice(0, SHOWN)
                      .map((reservation) => (
                        <Upcoming key={reservation.id} reservation={reservation} />
                      ))}
                  </ul>
                  {items.length > SHOWN && (
                    <a href="#/reservations">All {items.length} reservations under way</a>
                  )}
                </>
              )
            }
          </Loaded>
          <h2 class="lately-title">What happened lately</h2>
          <History
            resource={lately}
            shown={6}
            ofSeveral
            nothing="Nothing yet. Failures, moves, endings and what is paid back are told here."
          />
        </section>
        <section aria-labelledby="means-title">
          <h2 id="means-title">Your means</h2>
          <div class="card">
            <p class="balance">
              <span class="muted">Balance</span> <strong>{formatMoney(account.balanceMicros)}</strong>
            </p>
            <QuotaMeters />
            <a href="#/account">Account and payments</a>
          </div>
          <h2 class="links-title">Go to</h2>
          <ul class="quick-links">
            <li>
              <a href="#/reservations">View and activate reservations</a>
            </li>
            <li>
              <a href="#/instances">View, start and stop instances</a>
            </li>
            <li>
              <a href="#/account">Edit your account</a>
            </li>
          </ul>
        </section>
      </div>
    </>
  );
}

export function QuotaMeters() {
  const { account } = usePortal();
  const { quota, usage } = account;
  if (usage === undefined) return null;
  return (
    <>
      <Meter
        label="Reservations"
        share={quota.reservations === 0 ? 1 : usage.reservations / quota.reservations}
        text={`${usage.reservations} of ${quota.reservations}`}
      />
      <Meter
        label="Guaranteed CPUs"
        share={quota.vcpus === 0 ? 1 : usage.vcpus / quota.vcpus}
        text={`${usage.vcpus} of ${quota.vcpus}`}
      />
      {quota.rolling.map((rolling, i) => {
        const { hours: limit } = rolling;
        const used = usage.rolling[i]?.hours ?? 0;
        return (
          <Meter
            key={rollingText(rolling)}
            label={rollingText(rolling)}
            share={limit === 0 ? 1 : used / limit}
            text={`${Math.round(used * 10) / 10} of ${limit}`}
          />
        );
      })}
    </>
  );
}

function FirstSteps() {
  return (
    <div class="card first-steps">
      <p>Nothing yet. This is how it goes:</p>
      <ol>
        <li>
          <a href="#/new">Ask for machines</a>: how many, of which type, from when, for how long.
        </li>
        <li>OpenPEX accepts or offers something close. What it offers is held for you for a while.</li>
        <li>
          Book it, and they are yours. They start by themselves, unless you would rather start them yourself.
        </li>
      </ol>
    </div>
  );
}

function Upcoming({ reservation }: { reservation: Reservation }) {
  const { id, name, startTimeMs, duration, lastReply } = reservation;
  const { holdUntilMs } = reservation;
  return (
    <li class={lastReply === null && !isToActivate(reservation) ? 'card' : 'card urgent'}>
      <div>
        <a class="upcoming-title" href={`#/reservations/${id}`}>
          {reservationTitle(reservation)}
        </a>
        {name !== null && <p>{termsTitle(reservation)}</p>}
        <p>
          {startTimeMs !== null && <Moment ms={startTimeMs} />}
          {duration !== null && `, for ${formatSpan(duration)}`}
        </p>
        <NextWord reservation={reservation} />
      </div>
      <div class="upcoming-state">
        <Badge {...reservationWord(reservation)} />
        {lastReply !== null && holdUntilMs !== null && <Countdown untilMs={holdUntilMs} />}
      </div>
    </li>
  );
}

function isToActivate({ startsItself, status }: Reservation): boolean {
  return status === 'CONFIRMED' && !startsItself;
}

function NextWord({ reservation }: { reservation: Reservation }) {
  const { endTimeMs, windowOpen } = reservation;
  const now = useNow(5000);
  if (isToActivate(reservation)) return <p class="muted">Nothing starts until you activate it.</p>;
  if (windowOpen && endTimeMs !== null) return <p class="muted">Ends {formatRelative(endTimeMs, now)}.</p>;
  return null;
}

/** Offers first, those that expire soonest before the others; then what is to be activated, and the rest, by start. */
function byUrgency(a: Reservation, b: Reservation): number {
  const rank = (one: Reservation) => (one.lastReply !== null ? 0 : isToActivate(one) ? 1 : 2);
  const when = (one: Reservation) => (one.lastReply === null ? one.startTimeMs : one.holdUntilMs) ?? 0;
  return rank(a) - rank(b) || when(a) - when(b) || a.id.localeCompare(b.id);
}

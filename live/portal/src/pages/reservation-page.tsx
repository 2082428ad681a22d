// One reservation through all its life: the negotiation as a dialogue, then activation, instances and how it ended.
import type { Offer } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { Badge } from '../components/badge.tsx';
import { BookedCard } from '../components/booked-card.tsx';
import { EndingCard } from '../components/ending-card.tsx';
import { History } from '../components/history.tsx';
import { InstanceTable } from '../components/instance-table.tsx';
import { LabelForm } from '../components/label-form.tsx';
import { Loaded } from '../components/loaded.tsx';
import { OfferCard } from '../components/offer-card.tsx';
import { PageHead } from '../components/page-head.tsx';
import { ProgressSteps } from '../components/progress-steps.tsx';
import { ReservationFacts } from '../components/reservation-facts.tsx';
import { Transcript } from '../components/transcript.tsx';
import { UserDataForm } from '../components/user-data-form.tsx';
import { WaitingCard } from '../components/waiting-card.tsx';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { lastAsked } from '../negotiation/transcript.ts';
import { shortId } from '../text/amounts.ts';
import { TOLD_TYPES } from '../text/happenings.ts';
import { reservationTitle } from '../text/reservation-title.ts';
import { reservationWord } from '../text/words.ts';

export function ReservationPage({ id }: { id: string }) {
  const { api } = usePortal();
  const changedBy = ({ reservationId }: { reservationId?: string }) => reservationId === id;
  const reservation = useResource((signal) => api.reservation(id, signal), id, { changedBy });
  const offers = useResource((signal) => api.offers(id, signal), id, { changedBy });
  const reload = async () => {
    await Promise.all([reservation.reload(), offers.reload()]);
  };
  const { value } = reservation;
  return (
    <>
      <PageHead
        title={value === undefined ? `Reservation ${shortId(id)}` : reservationTitle(value)}
        back={{ href: '#/reservations', label: 'Reservations' }}
      >
        {value && <Badge {...reservationWord(value)} />}
      </PageHead>
      <Loaded resource={reservation}>
        {(row) => (
          <>
            <ProgressSteps reservation={row} />
            <div class="reservation-layout">
              <section class="dialogue" aria-labelledby="dialogue-title">
                <h2 id="dialogue-title">
                  {isOpen(row) || isWaiting(row) ? 'Your negotiation with OpenPEX' : 'What was agreed'}
                </h2>
                <Loaded resource={offers}>
                  {(messages) => (
                    <>
                      <Transcript offers={isOpen(row) ? beforeOffer(messages) : messages} />
                      {isOpen(row) ? (
                        <OfferCard
                          key={`${row.status} ${row.round}`}
                          reservation={row}
                          asked={lastAsked(messages)}
                          offered={messages.findLast(({ message }) => message === 'COUNTER')}
                          onAnswered={reload}
                        />
                      ) : isWaiting(row) ? (
                        <WaitingCard reservation={row} onChanged={reload} />
                      ) : row.status === 'CONFIRMED' || row.status === 'ACTIVATED' ? (
                        <BookedCard reservation={row} onChanged={reload} />
                      ) : (
                        <EndingCard reservation={row} />
                      )}
                      <UserDataForm reservation={row} />
                      <LabelForm reservation={row} onSaved={reload} />
                    </>
                  )}
                </Loaded>
              </section>
              <ReservationFacts reservation={row} />
            </div>
            {(row.activatedInstances > 0 || runsElsewhere(row)) && <InstancesOf reservation={row} />}
            {!isOpen(row) && <HistoryOf id={row.id} />}
          </>
        )}
      </Loaded>
    </>
  );
}

/** What runs at a partner is known there. */
function runsElsewhere({ partner, status }: Reservation): boolean {
  return partner !== null && status === 'ACTIVATED';
}

function InstancesOf({ reservation: { id } }: { reservation: Reservation }) {
  const { api } = usePortal();
  const instances = useResource((signal) => api.instancesOf(id, signal), id, {
    changedBy: ({ reservationId }) => reservationId === id,
    everyMs: 5000,
  });
  return (
    <section aria-labelledby="instances-title">
      <h2 id="instances-title">Instances</h2>
      <Loaded resource={instances}>
        {(rows) => <InstanceTable instances={rows} onChanged={instances.reload} />}
      </Loaded>
    </section>
  );
}

function HistoryOf({ id }: { id: string }) {
  const { api } = usePortal();
  const history = useResource((signal) => api.history({ reservation: id, types: TOLD_TYPES }, signal), id, {
    changedBy: ({ reservationId }) => reservationId === id,
  });
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">What happened</h2>
      <History resource={history} shown={12} nothing="Nothing yet." />
    </section>
  );
}

function isOpen({ status }: Reservation): boolean {
  return status === 'INITIATED' || status === 'ACCEPTED' || status === 'COUNTERED';
}

function isWaiting(
  row: Reservation,
): row is Reservation & { waitlist: NonNullable<Reservation['waitlist']> } {
  return row.waitlist !== null;
}

/** Without the offer on the table, which has a card of its own. */
function beforeOffer(offers: readonly Offer[]): readonly Offer[] {
  return offers.at(-1)?.from === 'provider' ? offers.slice(0, -1) : offers;
}

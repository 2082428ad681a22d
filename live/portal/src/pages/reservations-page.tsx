// One's reservations, those that are not over first; operators may see everybody's.
import { useState } from 'preact/hooks';
import type { Reservation, ReservationState } from '../../../wire/reservation.ts';
import { Empty } from '../components/empty.tsx';
import { Choice } from '../components/field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { ReservationTable } from '../components/reservation-table.tsx';
import { usePortal } from '../live/context.ts';
import { usePages } from '../live/use-pages.ts';
import { replaceRoute, useRoute } from '../router.ts';

const FILTERS = {
  active: ['INITIATED', 'WAITLISTED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'],
  answer: ['ACCEPTED', 'COUNTERED'],
  ended: ['EXPIRED', 'REJECTED', 'CANCELLED', 'FAILED'],
} as const satisfies Record<string, readonly ReservationState[]>;
type Filter = keyof typeof FILTERS;

const NOTHING: Record<Filter, string> = {
  active: 'You have no reservation that is under way.',
  answer: 'No offer awaits your answer.',
  ended: 'None of your reservations has ended yet.',
};

const PAGE = 25;

export function ReservationsPage() {
  const { api, account } = usePortal();
  const { query } = useRoute();
  const [all, setAll] = useState(false);
  const shown = query.get('show');
  const filter: Filter = shown === 'answer' || shown === 'ended' ? shown : 'active';
  const list = usePages<Reservation>(
    (limit, signal) => api.reservations({ states: FILTERS[filter], limit, all }, signal),
    `${filter} ${all}`,
    { changedBy: ({ reservationId }) => reservationId !== undefined, page: PAGE },
  );
  return (
    <>
      <PageHead title="Reservations">
        <a class="button primary" href="#/new">
          New reservation
        </a>
      </PageHead>
      <div class="toolbar">
        <Choice
          legend="Show"
          hideLegend
          value={filter}
          onValue={(value) => replaceRoute(`#/reservations?show=${value}`)}
          options={[
            ['active', 'Under way'],
            ['answer', 'To answer'],
            ['ended', 'Ended'],
          ]}
        />
        {account.role === 'operator' && (
          <label class="check">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            Everybody's
          </label>
        )}
      </div>
      <Loaded resource={list}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <p>{all ? 'There are none.' : NOTHING[filter]}</p>
              <a class="button" href="#/new">
                Make a reservation
              </a>
            </Empty>
          ) : (
            <ReservationTable reservations={items} pages={list} showUser={all} onChanged={list.reload} />
          )
        }
      </Loaded>
    </>
  );
}

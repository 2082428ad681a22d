// A new request. With `?from=<id>` the form begins with the terms of an earlier reservation, with `?start=…&end=…` with a window chosen on the plan.
import { useRef } from 'preact/hooks';
import type { ProposalBody } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { Empty } from '../components/empty.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { RequestForm } from '../components/request-form.tsx';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { fieldsAsked } from '../negotiation/asked-window.ts';
import { emptyFields, fieldsOf, type RequestFields } from '../negotiation/request-fields.ts';
import { navigate } from '../router.ts';

export function NewReservationPage({ query }: { query: URLSearchParams }) {
  const from = query.get('from');
  return (
    <>
      <PageHead title="New reservation" />
      {from === null ? <Blank query={query} /> : <LikeEarlier id={from} />}
    </>
  );
}

function Blank({ query }: { query?: URLSearchParams }) {
  const { types, templates } = usePortal();
  if (types[0] === undefined) return <Empty>The service offers no instance types.</Empty>;
  const empty = emptyFields(types[0].name, templates[0]?.name ?? '');
  const asked =
    query === undefined
      ? {}
      : fieldsAsked(
          query,
          types.map(({ name }) => name),
        );
  return <Ask initial={{ ...empty, ...asked }} />;
}

function LikeEarlier({ id }: { id: string }) {
  const { api, clock } = usePortal();
  const earlier = useResource((signal) => api.reservation(id, signal), id);
  return (
    <Loaded resource={earlier}>
      {(reservation) => {
        const fields = fieldsLike(reservation, clock.now());
        return fields === null ? <Blank /> : <Ask initial={fields} />;
      }}
    </Loaded>
  );
}

function Ask({ initial }: { initial: RequestFields }) {
  const { api } = usePortal();
  const key = useRef({ terms: '', value: '' });
  const ask = async (proposal: ProposalBody) => {
    // The same terms sent again after an interruption are the same request.
    const terms = JSON.stringify(proposal);
    if (key.current.terms !== terms) key.current = { terms, value: randomKey() };
    const answer = await api.request(proposal, key.current.value);
    navigate(answer.proposal === null ? '#/reservations' : `#/reservations/${answer.proposal.id}`);
  };
  return <RequestForm heading="h2" initial={initial} submitLabel="Ask OpenPEX" onSubmit={ask} />;
}

function fieldsLike(reservation: Reservation, nowMs: number): RequestFields | null {
  const { type, template, startTimeMs, duration, numInstancesFixed, numInstancesOption } = reservation;
  if (type === null || startTimeMs === null || duration === null || numInstancesFixed === null) return null;
  return fieldsOf(
    {
      type,
      template: template ?? '',
      startTimeMs,
      duration,
      numInstancesFixed,
      numInstancesOption: numInstancesOption ?? 0,
      maxPriceMicros: reservation.maxPriceMicros,
      kind: reservation.kind,
      leeway: reservation.leeway,
    },
    nowMs,
  );
}

/** 128 random bits. crypto.randomUUID is missing on pages that came over plain HTTP. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

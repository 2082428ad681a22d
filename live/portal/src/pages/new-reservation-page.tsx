// A new request. With `?from=<id>` the form begins with the terms of an earlier reservation, with `?start=…&end=…` with a window chosen on the
// plan; `&project=…` says for which of one's projects it is.
import { useRef, useState } from 'preact/hooks';
import type { ProposalBody } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { LARGEST_PAGE } from '../api/client.ts';
import { Empty } from '../components/empty.tsx';
import { SelectField } from '../components/field.tsx';
import { LabelFields, labelOf } from '../components/label-form.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { RequestForm } from '../components/request-form.tsx';
import { SeriesCard } from '../components/series-card.tsx';
import { usePortal } from '../live/context.ts';
import { useDraft } from '../live/use-draft.ts';
import { useHeldSeries } from '../live/use-held-series.ts';
import { useResource } from '../live/use-resource.ts';
import { fieldsAsked } from '../negotiation/asked-window.ts';
import {
  emptyFields,
  fieldsOf,
  type RequestFields,
  type SeriesReading,
} from '../negotiation/request-fields.ts';
import { navigate } from '../router.ts';
import { formatMoney } from '../text/money.ts';

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
  return (
    <Ask initial={{ ...empty, ...asked }} project={query?.get('project') ?? ''} like={String(query ?? '')} />
  );
}

function LikeEarlier({ id }: { id: string }) {
  const { api, clock } = usePortal();
  const earlier = useResource((signal) => api.reservation(id, signal), id);
  return (
    <Loaded resource={earlier}>
      {(reservation) => {
        const fields = fieldsLike(reservation, clock.now());
        if (fields === null) return <Blank />;
        return <Ask initial={fields} project={reservation.username} like={id} />;
      }}
    </Loaded>
  );
}

interface AskProps {
  readonly initial: RequestFields;
  /** For whom to begin with, if it is a project of one's own. */
  readonly project: string;
  /** What the form begins like: a draft of another is not one of it. */
  readonly like: string;
}

function Ask(props: AskProps) {
  const [turn, setTurn] = useState(0);
  return <AskOnce key={turn} {...props} onStartOver={() => setTurn(turn + 1)} />;
}

function AskOnce({ initial, like, onStartOver, project }: AskProps & { readonly onStartOver: () => void }) {
  const { api, account } = usePortal();
  const [held, setHeld] = useHeldSeries();
  const projects = useResource((signal) => api.projects(false, LARGEST_PAGE, signal), 'own projects');
  const draft = useDraft(`request ${like}`, { ...initial, project, name: '', note: '' });
  const { change, fields } = draft;
  const key = useRef({ terms: '', value: '' });
  const open = projects.value?.items.filter(({ disabled }) => !disabled) ?? [];
  const payer = open.some(({ name }) => name === fields.project) ? fields.project : '';
  const ask = async (proposal: ProposalBody, series: SeriesReading | null) => {
    const { name, note } = labelOf(fields);
    const request = {
      ...proposal,
      ...(payer !== '' && { project: payer }),
      ...(name !== null && { name }),
      ...(note !== null && { note }),
    };
    // The same terms sent again after an interruption are the same request.
    const terms = JSON.stringify([request, series?.times]);
    if (key.current.terms !== terms) key.current = { terms, value: randomKey() };
    if (series !== null) {
      const asked = { ...proposal, ...series.times, startTime: proposal.startTime! };
      const answer = await api.requestSeries({ ...request, ...asked }, key.current.value);
      setHeld({ asked, name, series: answer });
      return;
    }
    const answer = await api.request(request, key.current.value);
    draft.forget();
    navigate(answer.proposal === null ? '#/reservations' : `#/reservations/${answer.proposal.id}`);
  };
  const startOver = () => {
    draft.forget();
    onStartOver();
  };
  if (held !== null)
    return (
      <SeriesCard
        held={held}
        onBooked={() => {
          draft.forget();
          setHeld(null);
        }}
        onDeclined={() => {
          // The same again is asked for anew.
          key.current = { terms: '', value: '' };
          setHeld(null);
        }}
      />
    );
  return (
    <>
      {draft.isLeft && (
        <p class="notice draft-left">
          This is as you left it.{' '}
          <button type="button" onClick={startOver}>
            Start over
          </button>
        </p>
      )}
      <RequestForm
        heading="h2"
        initial={fields}
        project={payer}
        submitLabel="Ask OpenPEX"
        mayRepeat
        onFields={change}
        onSubmit={ask}
      >
        {open.length > 0 && (
          <SelectField
            label="For"
            value={payer}
            onValue={(chosen) => change({ project: chosen })}
            options={[
              ['', `Myself, with ${formatMoney(account.balanceMicros)}`],
              ...open.map(({ balanceMicros, name, title }): [string, string] => [
                name,
                `${title}, with ${formatMoney(balanceMicros)}`,
              ]),
            ]}
            hint="Who pays, and within whose limits it has to be."
          />
        )}
        <LabelFields values={fields} onValues={change} />
      </RequestForm>
    </>
  );
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
      requirements: reservation.requirements,
      rank: reservation.rank,
      sites: reservation.sites,
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

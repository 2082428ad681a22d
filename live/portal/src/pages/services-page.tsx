// Services that follow a manifest: submitted and confirmed here, and how they stand.
import { useState } from 'preact/hooks';
import type { ManagedLease, ManagedService } from '../../../wire/managed-service.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { Empty } from '../components/empty.tsx';
import { AreaField, Form } from '../components/field.tsx';
import { ListFoot } from '../components/list-foot.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Moment } from '../components/moment.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useDraft } from '../live/use-draft.ts';
import { usePages } from '../live/use-pages.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatMoney } from '../text/money.ts';

const STATES: Readonly<Record<ManagedService['status'], string>> = {
  SUBMITTED: 'on offer',
  RUNNING: 'running',
  ENDED: 'ended',
};

const LEASES: Readonly<Record<ManagedLease['state'], string>> = {
  WANTED: 'being asked for',
  HELD: 'held',
  BOOKED: 'booked',
  REFUSED: 'refused',
  RELEASING: 'being given back',
  RELEASED: 'given back',
  LOST: 'lost',
};

/** Each is read by itself. */
const AT_A_TIME = 20;

export function ServicesPage() {
  const { api, account } = usePortal();
  const [all, setAll] = useState(false);
  const [ended, setEnded] = useState(false);
  const services = usePages((limit, signal) => api.services(all, limit, signal), `services ${all}`, {
    page: AT_A_TIME,
    everyMs: 20_000,
  });
  return (
    <>
      <PageHead title="Services" />
      <p class="hint">
        A service follows its manifest: rules say how many instances of each component there are to be, and
        OpenPEX reserves them in your name as what is measured changes.
      </p>
      <div class="toolbar">
        <label class="check">
          <input
            type="checkbox"
            checked={ended}
            onChange={(event) => setEnded(event.currentTarget.checked)}
          />
          Those that have ended, too
        </label>
        {account.role === 'operator' && (
          <label class="check">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            Everybody's
          </label>
        )}
      </div>
      <Loaded resource={services}>
        {({ items, next, total }) => {
          const shown = items.filter(({ status }) => ended || status !== 'ENDED');
          return shown.length === 0 ? (
            <Empty>
              <p>No service follows a manifest. Submit one below.</p>
            </Empty>
          ) : (
            <>
              {shown.map(({ id }) => (
                <ServiceCard key={id} id={id} onChanged={services.reload} />
              ))}
              {next !== null && (
                <ListFoot text={`${items.length} of ${total} services`} onMore={services.more} />
              )}
            </>
          );
        }}
      </Loaded>
      <NewService onDone={services.reload} />
    </>
  );
}

function ServiceCard({ id, onChanged }: { id: string; onChanged: () => Promise<void> }) {
  const { api } = usePortal();
  const service = useResource((signal) => api.managedService(id, signal), `service ${id}`, {
    changedBy: ({ reservationId }) => reservationId !== undefined,
    everyMs: 10_000,
  });
  const reload = async () => {
    await Promise.all([service.reload(), onChanged()]);
  };
  return (
    <section class="card" aria-labelledby={`service-${id}`}>
      <Loaded resource={service}>
        {(found) => (
          <>
            <h2 id={`service-${id}`}>
              {found.name} <span class="row-id">{STATES[found.status]}</span>
            </h2>
            <Standing service={found} onChanged={reload} />
            <Components service={found} />
            <Metrics service={found} />
            <Leases service={found} />
            <details>
              <summary>Manifest of {found.name}</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard, too */}
              <pre tabIndex={0}>{found.manifest}</pre>
            </details>
          </>
        )}
      </Loaded>
    </section>
  );
}

interface PartProps {
  readonly service: ManagedService;
}

function Standing({ service, onChanged }: PartProps & { onChanged: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { endReason, endedTimeMs, holdUntilMs, id, name, nextLookTimeMs, priceMicros, status } = service;
  const answer = async (reply: 'CONFIRM' | 'REJECT', done: string) => {
    await run(() => api.answerService(id, reply), done);
    await onChanged();
  };
  if (status === 'ENDED')
    return (
      <p>
        Ended {endedTimeMs !== null && <Moment ms={endedTimeMs} />}: {endReason?.replaceAll('-', ' ')}
      </p>
    );
  return (
    <>
      <p>
        <strong>{formatMoney(priceMicros)}</strong>{' '}
        {status === 'SUBMITTED' ? (
          <>
            for what it begins with, held until <Moment ms={holdUntilMs} />
          </>
        ) : (
          <>
            for what is booked now; its rules are followed next{' '}
            {nextLookTimeMs !== null && <Moment ms={nextLookTimeMs} />}
          </>
        )}
      </p>
      {status === 'SUBMITTED' ? (
        <div class="toolbar">
          <button
            type="button"
            class="primary"
            disabled={busy}
            onClick={() => answer('CONFIRM', `${name} is running.`)}
          >
            Confirm {name}
          </button>
          <button type="button" disabled={busy} onClick={() => answer('REJECT', `${name} is let go.`)}>
            Decline {name}
          </button>
        </div>
      ) : (
        <div class="toolbar">
          <ConfirmButton
            label={`End ${name}`}
            title={`End ${name}?`}
            deed="End it"
            disabled={busy}
            onConfirm={async () => {
              await run(() => api.endService(id), `${name} has ended.`);
              await onChanged();
            }}
          >
            <p>Its instances are shut down, and what is booked for it is given back.</p>
          </ConfirmButton>
        </div>
      )}
    </>
  );
}

type Component = ManagedService['components'][number];

const COMPONENTS: readonly Column<Component>[] = [
  { name: 'Component', value: ({ name }) => name, cell: ({ name }) => name },
  { name: 'Wanted', numeric: true, value: ({ wanted }) => wanted, cell: ({ wanted }) => wanted },
  { name: 'Booked', numeric: true, value: ({ booked }) => booked, cell: ({ booked }) => booked },
  { name: 'Running', numeric: true, value: ({ running }) => running, cell: ({ running }) => running },
  { name: 'Fewest', numeric: true, value: ({ min }) => min, cell: ({ min }) => min },
  { name: 'Most', numeric: true, value: ({ max }) => max, cell: ({ max }) => max },
];

function Components({ service: { components, name } }: PartProps) {
  return (
    <ListTable
      caption={`Components of ${name}`}
      columns={COMPONENTS}
      rows={components}
      rowKey={(row) => row.name}
      noun={['component', 'components']}
    />
  );
}

type Metric = ManagedService['metrics'][number];

const METRICS: readonly Column<Metric>[] = [
  { name: 'Metric', value: ({ name }) => name, cell: ({ name }) => name },
  { name: 'Value', numeric: true, value: ({ value }) => value, cell: ({ value }) => value },
  {
    name: 'Last probe',
    value: ({ probed }) => probed,
    cell: ({ probed, probedTimeMs }) =>
      probed === null || probedTimeMs === null ? (
        'none'
      ) : (
        <>
          {probed} <Moment ms={probedTimeMs} />
        </>
      ),
  },
];

function Metrics({ service: { metrics, name } }: PartProps) {
  if (metrics.length === 0) return null;
  return (
    <ListTable
      caption={`What is measured of ${name}`}
      columns={METRICS}
      rows={metrics}
      rowKey={(row) => row.name}
      noun={['metric', 'metrics']}
    />
  );
}

const DONE: readonly Column<ManagedLease>[] = [
  {
    name: 'Lease',
    value: ({ id }) => id,
    cell: ({ id, reservation }) =>
      reservation === null ? id : <a href={`#/reservations/${reservation}`}>{id}</a>,
  },
  {
    name: 'What came of it',
    value: ({ reason, state }) => `${LEASES[state]}${reason === null ? '' : `: ${reason}`}`,
    cell: ({ reason, state }) => `${LEASES[state]}${reason === null ? '' : `: ${reason}`}`,
  },
  {
    name: 'From',
    value: ({ startTimeMs }) => new Date(startTimeMs),
    cell: ({ startTimeMs }) => <Moment ms={startTimeMs} relative={false} />,
  },
  {
    name: 'To',
    value: ({ endTimeMs }) => new Date(endTimeMs),
    cell: ({ endTimeMs }) => <Moment ms={endTimeMs} relative={false} />,
  },
];

function Leases({ service: { leases = [], name } }: PartProps) {
  if (leases.length === 0) return null;
  return (
    <ListTable
      caption={`What the rules of ${name} did`}
      columns={DONE}
      rows={leases}
      rowKey={(row) => row.id}
      noun={['lease', 'leases']}
    />
  );
}

function NewService({ onDone }: { onDone: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { change, fields } = useDraft('manifest', { manifest: '' });
  const { manifest } = fields;
  const submit = async () => {
    if (manifest.trim() === '') return;
    if (await run(() => api.submitService(manifest), 'Submitted: look at what is on offer, and confirm it.'))
      change({ manifest: '' });
    await onDone();
  };
  return (
    <section class="card" aria-labelledby="new-service">
      <h2 id="new-service">New service</h2>
      <Form onSubmit={submit}>
        <AreaField
          label="Manifest"
          value={manifest}
          onValue={(text) => change({ manifest: text })}
          rows={14}
          maxLength={60_000}
          hint="YAML: components, rules such as Replicas(web) = RequestPerSecond(web) / 500, and metrics."
        />
        <button type="submit" disabled={busy}>
          Submit
        </button>
      </Form>
    </section>
  );
}

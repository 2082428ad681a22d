// Operators: what would become of the instances on a node, before it is taken out of service.
import type { OutageForecast } from '../../../wire/cluster.ts';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatCount, shortId } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment } from '../text/time.ts';
import type { Word } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';

type Row = OutageForecast['instances'][number];

const FATES: Readonly<Record<Row['fate'], Word>> = {
  moves: { label: 'Moves', tone: 'neutral' },
  'stands-still': { label: 'Stands still', tone: 'attention' },
  stays: { label: 'Cannot leave', tone: 'attention' },
  'no-room': { label: 'No room yet', tone: 'attention' },
  ends: { label: 'Ends', tone: 'bad' },
};

const COLUMNS: readonly Column<Row>[] = [
  {
    name: 'Instance',
    value: ({ instance, reservationId, reservationName }) =>
      `${reservationName ?? reservationId} ${instance}`,
    cell: ({ instance, reservationId, reservationName }) => (
      <a href={`#/reservations/${reservationId}`}>
        {reservationName ?? shortId(reservationId)}, {instance}
      </a>
    ),
  },
  { name: 'User', value: ({ username }) => username, cell: ({ username }) => username ?? '–' },
  {
    name: 'What happens',
    value: ({ fate, toNode }) => `${FATES[fate].label}${toNode === null ? '' : ` to ${toNode}`}`,
    cell: ({ fate, toNode }) => (
      <>
        <Badge {...FATES[fate]} />
        {toNode !== null && ` to ${toNode}`}
      </>
    ),
  },
  {
    name: 'Until',
    value: ({ endTimeMs }) => new Date(endTimeMs),
    cell: ({ endTimeMs }) => formatMoment(endTimeMs),
  },
];

interface ForecastProps {
  readonly node: string;
  /** Absent: it is drained now. */
  readonly fromMs?: number;
  readonly until?: number | 'never';
}

export function Forecast({ node, ...outage }: ForecastProps) {
  const { api } = usePortal();
  const key = JSON.stringify([node, outage]);
  const forecast = useResource((signal) => api.forecastOutage(node, outage, signal), key, {
    changedBy: ({ reservationId }) => reservationId !== undefined,
  });
  return (
    <section class="forecast" aria-labelledby="forecast-title">
      <h3 id="forecast-title">What would happen</h3>
      <div aria-live="polite">
        <Loaded resource={forecast}>{(value) => <Found forecast={value} />}</Loaded>
      </div>
    </section>
  );
}

function Found({ forecast: { instances, penaltyMicros, refundMicros } }: { forecast: OutageForecast }) {
  if (instances.length === 0) return <p>Nothing on it is concerned.</p>;
  const rows = instances.toSorted((a, b) => weight(b) - weight(a));
  return (
    <>
      <p>{summary(instances)}</p>
      {refundMicros + penaltyMicros > 0 && (
        <p>
          {formatMoney(refundMicros)} would be paid back
          {penaltyMicros > 0 && `, and ${formatMoney(penaltyMicros)} on top as compensation`}.
        </p>
      )}
      <ListTable
        caption="What would happen"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ instance, reservationId }) => `${reservationId}/${instance}`}
        noun={['instance', 'instances']}
      />
    </>
  );
}

/** Those to worry about first. */
function weight({ fate }: Row): number {
  return ['moves', 'no-room', 'stays', 'stands-still', 'ends'].indexOf(fate);
}

const SUMMARIES: readonly (readonly [Row['fate'], string])[] = [
  ['ends', 'lost with the reservation'],
  ['stands-still', 'suspended until a node has room'],
  ['stays', 'unable to leave'],
  ['no-room', 'to begin meanwhile, without another place so far'],
  ['moves', 'moved to other nodes'],
];

/** "1 instance suspended until a node has room, 2 moved to other nodes." */
export function summary(instances: readonly Pick<Row, 'fate'>[]): string {
  const parts = SUMMARIES.flatMap(([fate, words]) => {
    const count = instances.filter((one) => one.fate === fate).length;
    return count === 0 ? [] : [`${formatCount(count, 'instance')} ${words}`];
  });
  return `${parts.join('; ')}.`;
}

// Operators: how the cluster, or one of its nodes, was loaded over a time that one picks.
import type { ClusterNode } from '../../../wire/cluster.ts';
import type { Load } from '../../../wire/load.ts';
import type { TimeSpan } from '../charts/availability.ts';
import {
  type LoadView,
  loadAddress,
  loadSpan,
  loadSteps,
  loadViewOf,
  meanShare,
} from '../charts/load-view.ts';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { replaceRoute, useRoute } from '../router.ts';
import { formatShare } from '../text/amounts.ts';
import { DAY_MS, formatMoment, fromLocalField, toLocalField } from '../text/time.ts';
import { Choice, SelectField, TextField } from './field.tsx';
import { Loaded } from './loaded.tsx';
import { UsageChart } from './usage-chart.tsx';

export function LoadHistory({ nodes }: { readonly nodes: readonly ClusterNode[] }) {
  const { api } = usePortal();
  const now = useNow(60_000);
  const view = loadViewOf(useRoute().query);
  const span = loadSpan(view, now);
  const show = (change: Partial<LoadView>) => replaceRoute(loadAddress({ ...view, ...change }));
  const { node } = view;
  const load = useResource(
    (signal) => api.load({ ...span, ...(node !== '' && { node }) }, signal),
    `load ${node} ${view.range} ${view.span?.fromMs} ${view.span?.toMs}`,
    { again: span.toMs },
  );
  return (
    <section class="load-history" aria-labelledby="history-title">
      <div class="panel-head">
        <h2 id="history-title">CPUs used</h2>
        <Choice
          legend="Time"
          hideLegend
          value={view.range}
          onValue={(range) => show({ range, span: range === 'days' ? daysOf(span) : null })}
          options={[
            ['6h', '6 h'],
            ['1d', '1 d'],
            ['1w', '1 w'],
            ['30d', '30 d'],
            ['days', 'From … to'],
          ]}
        />
      </div>
      <div class="toolbar fields">
        {view.range === 'days' && <Days span={span} onSpan={(days) => show({ span: days })} />}
        <SelectField
          label="Of"
          value={node}
          onValue={(chosen) => show({ node: chosen })}
          options={[['', 'All nodes'], ...nodes.map(({ node: name }): [string, string] => [name, name])]}
        />
      </div>
      <Loaded resource={load}>{(history) => <Chart history={history} span={span} nowMs={now} />}</Loaded>
    </section>
  );
}

interface DaysProps {
  readonly span: TimeSpan;
  readonly onSpan: (span: TimeSpan) => void;
}

function Days({ onSpan, span: { fromMs, toMs } }: DaysProps) {
  const dayOf = (ms: number) => toLocalField(ms).slice(0, 10);
  const midnight = (day: string) => fromLocalField(`${day}T00:00`);
  const nextMidnight = (day: string) => {
    const ms = midnight(day);
    // Some days have an hour more.
    return ms === null ? null : midnight(dayOf(ms + 1.2 * DAY_MS));
  };
  return (
    <>
      <TextField
        label="From day"
        type="date"
        value={dayOf(fromMs)}
        onValue={(day) => {
          const ms = midnight(day);
          if (ms !== null) onSpan({ fromMs: ms, toMs: Math.max(toMs, nextMidnight(day) ?? 0) });
        }}
      />
      <TextField
        label="To day"
        type="date"
        value={dayOf(toMs - 1)}
        onValue={(day) => {
          const ms = nextMidnight(day);
          if (ms !== null) onSpan({ fromMs: Math.min(fromMs, midnight(day) ?? fromMs), toMs: ms });
        }}
      />
    </>
  );
}

function Chart({
  history,
  nowMs,
  span,
}: {
  readonly history: Load;
  readonly nowMs: number;
  readonly span: TimeSpan;
}) {
  const { keptFromTimeMs, steps } = history;
  const isCut = keptFromTimeMs > span.fromMs;
  const since = isCut ? ` It is known from ${formatMoment(keptFromTimeMs)} on.` : '';
  if (steps.length === 0) return <p class="muted">Nothing is known of that time.{since}</p>;
  const capacity = Math.max(...steps.map(({ cpus }) => cpus));
  return (
    <>
      <UsageChart
        noun="CPUs reserved"
        layers={[
          { name: 'reserved', steps: loadSteps(history, 'reservedCpus') },
          { name: 'allocated', steps: loadSteps(history, 'allocatedCpus') },
          { name: 'busy', steps: loadSteps(history, 'busyCpus') },
        ]}
        capacity={capacity}
        span={span}
        nowMs={nowMs}
      />
      <p class="muted">
        On average {formatShare(meanShare(history, 'reservedCpus'))} of the CPUs were reserved,{' '}
        {formatShare(meanShare(history, 'allocatedCpus'))} had VMs, and{' '}
        {formatShare(meanShare(history, 'busyCpus'))} were busy.{since}
      </p>
    </>
  );
}

/** The whole days that a time touches. */
function daysOf({ fromMs, toMs }: TimeSpan): TimeSpan {
  const midnight = (ms: number) => fromLocalField(`${toLocalField(ms).slice(0, 10)}T00:00`) ?? ms;
  return { fromMs: midnight(fromMs), toMs: midnight(midnight(toMs) + 1.2 * DAY_MS) };
}

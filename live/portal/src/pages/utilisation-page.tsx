// Operators: how much of the cluster is booked and busy, and the way to the full report.
import { useState } from 'preact/hooks';
import type { ClusterNode } from '../../../wire/cluster.ts';
import type { ServiceInfo } from '../../../wire/service.ts';
import { bookedSteps, meanCpus } from '../charts/utilisation.ts';
import { Choice } from '../components/field.tsx';
import { ListTable } from '../components/list-table.tsx';
import { LoadHistory } from '../components/load-history.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { UsageChart } from '../components/usage-chart.tsx';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatAmount, formatShare } from '../text/amounts.ts';
import { DAY_MS } from '../text/time.ts';

const RANGES_MS = { '1d': DAY_MS, '1w': 7 * DAY_MS } as const;
type Range = keyof typeof RANGES_MS;

const part = (some: number, whole: number) => (whole === 0 ? 0 : some / whole);
const share = (some: number, whole: number) => formatShare(part(some, whole));

const COLUMNS: readonly Column<ClusterNode>[] = [
  { name: 'Node', value: ({ node }) => node, cell: ({ node }) => node },
  {
    name: 'CPUs booked',
    numeric: true,
    unit: 'of 1',
    value: (node) => part(node.bookedCpus, node.cpus),
    cell: (node) => share(node.bookedCpus, node.cpus),
  },
  {
    name: 'CPUs busy',
    numeric: true,
    unit: 'of 1',
    value: ({ busyPermille }) => busyPermille / 1000,
    cell: ({ busyPermille }) => formatShare(busyPermille / 1000),
  },
  {
    name: 'Memory booked',
    numeric: true,
    unit: 'of 1',
    value: (node) => part(node.bookedMemoryMib, node.memoryMib),
    cell: (node) => share(node.bookedMemoryMib, node.memoryMib),
  },
  {
    name: 'Disk booked',
    numeric: true,
    unit: 'GiB',
    value: ({ bookedDiskGib }) => bookedDiskGib,
    cell: (node) =>
      // Without a disk of its own it uses the storage that all nodes share.
      node.diskGib === 0 ? `${node.bookedDiskGib} GiB shared` : share(node.bookedDiskGib, node.diskGib),
  },
];
const VMS: Column<ClusterNode> = {
  name: 'VMs',
  numeric: true,
  value: ({ vms }) => vms,
  cell: ({ vms }) => vms,
};

/** With a column for each resource that nodes have beside those. */
function columnsFor({ resources }: ServiceInfo): readonly Column<ClusterNode>[] {
  const named = resources
    .filter(({ pool }) => pool === null)
    .map(({ name }) => ({
      name: `${name} booked`,
      numeric: true,
      cell: ({ bookedResources, resources: has }: ClusterNode) =>
        has?.[name] === undefined ? '–' : share(bookedResources?.[name] ?? 0, has[name]),
    }));
  return [...COLUMNS, ...named, VMS];
}

/** "licence: 2 of 3 booked" for each resource that all nodes share. */
function poolTexts({ resources }: ServiceInfo, nodes: readonly ClusterNode[]): readonly string[] {
  return resources.flatMap(({ name, pool }) => {
    if (pool === null) return [];
    const booked = nodes.reduce((sum, { bookedResources }) => sum + (bookedResources?.[name] ?? 0), 0);
    return [`${name}: ${formatAmount(booked)} of ${formatAmount(pool)} booked`];
  });
}

export function UtilisationPage() {
  const { api, service } = usePortal();
  const now = useNow();
  const [range, setRange] = useState<Range>('1d');
  const lengthMs = RANGES_MS[range];
  const stepMs = lengthMs / 96;
  const fromMs = Math.floor((now - lengthMs / 12) / stepMs) * stepMs;
  const toMs = fromMs + lengthMs;
  const nodes = useResource((signal) => api.nodes(signal), 'nodes', { changedBy: () => true, everyMs: 5000 });
  const calendar = useResource((signal) => api.calendar(fromMs, toMs, signal), 'calendar', {
    changedBy: () => true,
    again: fromMs + lengthMs,
  });
  return (
    <>
      <PageHead title="Utilisation">
        <a class="button" href="/OpenPEX/report" target="_blank" rel="noreferrer">
          Full report <span aria-hidden="true">↗</span>
          <span class="visually-hidden"> (opens in a new tab)</span>
        </a>
      </PageHead>
      <Loaded resource={nodes}>
        {(those) => (
          <>
            <section aria-labelledby="booked-title">
              <div class="panel-head">
                <h2 id="booked-title">CPUs booked</h2>
                <Choice
                  legend="Range"
                  hideLegend
                  value={range}
                  onValue={setRange}
                  options={[
                    ['1d', '1 d'],
                    ['1w', '1 w'],
                  ]}
                />
              </div>
              <Loaded resource={calendar}>
                {(entries) => {
                  const capacity = those.reduce((sum, { cpus }) => sum + cpus, 0);
                  const steps = bookedSteps(entries, fromMs, toMs);
                  const reserved = bookedSteps(
                    entries.filter(({ kind }) => kind === 'reservation'),
                    fromMs,
                    toMs,
                  );
                  return (
                    <>
                      <UsageChart
                        noun="CPUs booked"
                        layers={[
                          { name: 'held', steps },
                          { name: 'reserved', steps: reserved },
                        ]}
                        capacity={capacity}
                        span={{ fromMs, toMs }}
                        nowMs={now}
                      />
                      <p class="muted">
                        On average {share(meanCpus(steps), capacity)} of {capacity} CPUs, holds included.
                      </p>
                    </>
                  );
                }}
              </Loaded>
            </section>
            <LoadHistory nodes={those} />
            <section aria-labelledby="now-title">
              <h2 id="now-title">Now</h2>
              <ListTable
                caption="Nodes"
                columns={columnsFor(service)}
                rows={those}
                rowKey={({ node }) => node}
                noun={['node', 'nodes']}
              />
              {poolTexts(service, those).map((text) => (
                <p key={text} class="under-table">
                  {text}
                </p>
              ))}
            </section>
            <p class="muted">
              The full report shows the same figures and charts as the simulator's, computed from everything
              that happened since the service began.
            </p>
          </>
        )}
      </Loaded>
    </>
  );
}

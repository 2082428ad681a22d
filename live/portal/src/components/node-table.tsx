// The nodes as rows: searched, sorted, and several taken out of service at once.
import { useMemo } from 'preact/hooks';
import type { ClusterNode } from '../../../wire/cluster.ts';
import { usePortal } from '../live/context.ts';
import { useEach } from '../live/use-each.ts';
import { useNow } from '../live/use-now.ts';
import { navigate } from '../router.ts';
import type { Column } from '../table/column.ts';
import { formatCount, formatGib, formatShare } from '../text/amounts.ts';
import { outageText } from '../text/outage-text.ts';
import { formatSpan } from '../text/time.ts';
import { Badge } from './badge.tsx';
import type { BulkDeed } from './bulk-bar.tsx';
import { ListTable } from './list-table.tsx';
import { NodeActions } from './node-actions.tsx';
import { nodeWord } from './node-card.tsx';

interface NodeTableProps {
  readonly nodes: readonly ClusterNode[];
  readonly onChanged: () => Promise<void>;
}

export function NodeTable({ nodes, onChanged }: NodeTableProps) {
  const deeds = useDeeds(onChanged);
  const columns = useMemo(() => columnsFor(onChanged), [onChanged]);
  return (
    <ListTable
      caption="Nodes"
      columns={columns}
      rows={nodes}
      rowKey={({ node }) => node}
      noun={['node', 'nodes']}
      deeds={{ nameOf: ({ node }) => node, all: deeds }}
    />
  );
}

function useDeeds(onChanged: () => Promise<void>): readonly BulkDeed<ClusterNode>[] {
  const { api } = usePortal();
  const each = useEach();
  const nameOf = ({ node }: ClusterNode) => node;
  return [
    {
      label: 'What if they are drained?',
      isFor: ({ inService }) => inService,
      run: (rows) => navigate(`#/what-if?drain=${encodeURIComponent(rows.map(nameOf).join(','))}`),
    },
    {
      label: 'Drain',
      isFor: ({ inService }) => inService,
      question: {
        title: (count) => `Drain ${formatCount(count, 'node')}?`,
        text: 'Their instances move to other nodes; those that find no room stand still until one has some. They stay out until they are enabled.',
        deed: 'Drain them',
      },
      async run(rows) {
        await each({
          rows,
          nameOf,
          work: ({ node }) => api.drainNode(node, undefined),
          done: (count) => `${formatCount(count, 'node')} taken out of service.`,
        });
        await onChanged();
      },
    },
    {
      label: 'Enable',
      isFor: ({ inService }) => !inService,
      async run(rows) {
        await each({
          rows,
          nameOf,
          work: ({ node }) => api.commandNode(node, 'enable'),
          done: (count) => `${formatCount(count, 'node')} in service.`,
        });
        await onChanged();
      },
    },
  ];
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

function columnsFor(onChanged: () => Promise<void>): readonly Column<ClusterNode>[] {
  return [
    {
      name: 'Node',
      value: ({ node }) => node,
      cell: ({ node }) => <strong>{node}</strong>,
    },
    { name: 'Group', optional: true, value: ({ group }) => group || null, cell: ({ group }) => group || '–' },
    { name: 'Site', optional: true, value: ({ site }) => site ?? null, cell: ({ site }) => site ?? '–' },
    {
      name: 'State',
      value: (node) => nodeWord(node).label,
      cell: (node) => <Standing node={node} />,
    },
    {
      name: 'Lost',
      numeric: true,
      optional: true,
      unit: 'times',
      value: ({ losses }) => losses,
      cell: ({ losses, servedMs }) => `${losses} in ${formatSpan(servedMs)}`,
    },
    { name: 'VMs', numeric: true, value: ({ vms }) => vms, cell: ({ vms }) => vms },
    {
      name: 'CPUs booked',
      numeric: true,
      unit: 'of 1',
      value: ({ bookedCpus, cpus }) => share(bookedCpus, cpus),
      cell: ({ bookedCpus, cpus }) => `${bookedCpus} of ${cpus}`,
    },
    {
      name: 'Memory booked',
      numeric: true,
      unit: 'of 1',
      value: ({ bookedMemoryMib, memoryMib }) => share(bookedMemoryMib, memoryMib),
      cell: ({ bookedMemoryMib, memoryMib }) =>
        `${formatGib(bookedMemoryMib)} of ${formatGib(memoryMib)} GiB`,
    },
    {
      name: 'CPUs busy',
      numeric: true,
      unit: 'of 1',
      value: ({ busyPermille }) => busyPermille / 1000,
      cell: ({ busyPermille }) => formatShare(busyPermille / 1000),
    },
    {
      name: 'Actions',
      cell: (node) => <NodeActions node={node} onChanged={onChanged} />,
    },
  ];
}

function Standing({ node }: { node: ClusterNode }) {
  const now = useNow(60_000);
  const { notEmptied, outages } = node;
  return (
    <>
      <Badge {...nodeWord(node)} />
      {outages.map((outage) => (
        <span key={outage.id} class="row-note wait-note">
          {outageText(outage, now)}
        </span>
      ))}
      {notEmptied.length > 0 && (
        <span class="row-note">{formatCount(notEmptied.length, 'VM')} cannot leave it</span>
      )}
    </>
  );
}

// Operators: the nodes of the cluster, what is booked and busy on each, and taking them out of service.
import type { ClusterNode } from '../../../wire/cluster.ts';
import { Loaded } from '../components/loaded.tsx';
import { NodeCard } from '../components/node-card.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { formatCount } from '../text/amounts.ts';

export function NodesPage() {
  const { api } = usePortal();
  const nodes = useResource((signal) => api.nodes(signal), 'nodes', { changedBy: () => true, everyMs: 5000 });
  return (
    <>
      <PageHead title="Nodes" />
      <Loaded resource={nodes}>
        {(those) => (
          <>
            <p class="lede">{summary(those)}</p>
            <ul class="node-cards">
              {those.map((node) => (
                <NodeCard key={node.node} node={node} onChanged={nodes.reload} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </>
  );
}

function summary(nodes: readonly ClusterNode[]): string {
  const usable = nodes.filter(({ up, inService }) => up && inService);
  const sum = (of: (node: ClusterNode) => number) => nodes.reduce((total, node) => total + of(node), 0);
  const inService = usable.length === nodes.length ? 'all in service' : `${usable.length} in service`;
  return `${formatCount(nodes.length, 'node')}, ${inService}. ${sum(({ bookedCpus }) => bookedCpus)} of ${formatCount(
    sum(({ cpus }) => cpus),
    'CPU',
  )} booked now, ${formatCount(
    sum(({ vms }) => vms),
    'VM',
  )} running.`;
}

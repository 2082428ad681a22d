// Operators: the nodes of the cluster, what is booked and busy on each, and taking them out of service. How they are shown stands in the
// address: "#/nodes?view=table".
import { useState } from 'preact/hooks';
import type { ClusterNode } from '../../../wire/cluster.ts';
import { Empty } from '../components/empty.tsx';
import { Choice, SelectField, TextField } from '../components/field.tsx';
import { ImagesPanel } from '../components/images-panel.tsx';
import { ListFoot } from '../components/list-foot.tsx';
import { Loaded } from '../components/loaded.tsx';
import { NodeCard } from '../components/node-card.tsx';
import { NodeTable } from '../components/node-table.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { replaceRoute } from '../router.ts';
import { formatCount } from '../text/amounts.ts';

/** Cards are large; more than so many nobody reads at once. */
const AT_A_TIME = 30;
/** From so many nodes on one looks for some of them. */
const MANY = 12;

const STATES: Readonly<Record<string, readonly [string, (node: ClusterNode) => boolean]>> = {
  all: ['All nodes', () => true],
  out: ['Down or out of service', ({ inService, up }) => !up || !inService],
  planned: [
    'With maintenance planned',
    ({ outages }) => outages.some(({ cause }) => cause === 'maintenance'),
  ],
  stuck: ['Out of service, not emptied', ({ notEmptied }) => notEmptied.length > 0],
};

export function NodesPage({ query }: { query: URLSearchParams }) {
  const { api } = usePortal();
  const [name, setName] = useState('');
  const [state, setState] = useState('all');
  const [most, setMost] = useState(AT_A_TIME);
  const view = query.get('view') === 'table' ? 'table' : 'cards';
  const nodes = useResource((signal) => api.nodes(signal), 'nodes', { changedBy: () => true, everyMs: 5000 });
  return (
    <>
      <PageHead title="Nodes" />
      <Loaded resource={nodes}>
        {(all) => {
          const wanted = name.trim().toLowerCase();
          const isAsked = STATES[state]![1];
          const found = all.filter(
            (node) =>
              isAsked(node) &&
              (view === 'table' ||
                node.node.toLowerCase().includes(wanted) ||
                node.group.toLowerCase() === wanted),
          );
          return (
            <>
              <p class="lede">{summary(all)}</p>
              <div class="toolbar">
                <Choice
                  legend="Show as"
                  hideLegend
                  value={view}
                  onValue={(value) => replaceRoute(value === 'table' ? '#/nodes?view=table' : '#/nodes')}
                  options={[
                    ['cards', 'Cards'],
                    ['table', 'Table'],
                  ]}
                />
              </div>
              {all.length > MANY && (
                <div class="toolbar fields">
                  {/* The table has a search of its own. */}
                  {view === 'cards' && (
                    <TextField
                      label="Name containing, or group"
                      type="search"
                      value={name}
                      onValue={setName}
                    />
                  )}
                  <SelectField
                    label="State"
                    value={state}
                    onValue={setState}
                    options={Object.entries(STATES).map(([key, [label]]) => [key, label] as const)}
                  />
                </div>
              )}
              {found.length === 0 && (
                <Empty>
                  <p>No such node.</p>
                </Empty>
              )}
              {view === 'table' ? (
                <NodeTable nodes={found} onChanged={nodes.reload} />
              ) : (
                <>
                  <ul class="node-cards">
                    {found.slice(0, most).map((node) => (
                      <NodeCard key={node.node} node={node} onChanged={nodes.reload} />
                    ))}
                  </ul>
                  <ListFoot
                    text={
                      found.length > most
                        ? `${most} of ${formatCount(found.length, 'node')}`
                        : formatCount(found.length, 'node')
                    }
                    onMore={found.length > most ? () => setMost(most + AT_A_TIME) : null}
                  />
                </>
              )}
            </>
          );
        }}
      </Loaded>
      <ImagesPanel />
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

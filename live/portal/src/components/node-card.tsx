// One node: its state, its capacity and what an operator can do to it.
import type { ClusterNode } from '../../../wire/cluster.ts';
import { formatAmount, formatCount, formatGib, formatShare } from '../text/amounts.ts';
import { hindranceText, type Word } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { Meter } from './meter.tsx';
import { NodeActions } from './node-actions.tsx';
import { NodeOutages } from './node-outages.tsx';

interface NodeCardProps {
  readonly node: ClusterNode;
  readonly onChanged: () => Promise<void>;
}

export function NodeCard({ node, onChanged }: NodeCardProps) {
  const {
    node: id,
    cpus,
    memoryMib,
    diskGib,
    bookedCpus,
    bookedMemoryMib,
    bookedDiskGib,
    resources = {},
    bookedResources = {},
    vms,
    notEmptied,
    busyPermille,
  } = node;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return (
    <li class="card node-card">
      <div class="node-head">
        <h2>{id}</h2>
        <Badge {...nodeWord(node)} />
      </div>
      <p class="muted">
        {node.group === '' ? '' : `${node.group}, `}
        {formatCount(vms, 'VM')}
      </p>
      {notEmptied.length > 0 && (
        <ul class="node-stuck">
          {notEmptied.map(({ operation, reason, vmID }) => (
            <li key={vmID}>
              Not emptied: {vmID.slice(0, 8)} cannot {operation === 'suspend' ? 'be suspended' : 'move'},
              because {hindranceText(reason)}.
            </li>
          ))}
        </ul>
      )}
      <Meter label="CPUs booked" share={share(bookedCpus, cpus)} text={`${bookedCpus} of ${cpus}`} />
      <Meter
        label="Memory booked"
        share={share(bookedMemoryMib, memoryMib)}
        text={`${formatGib(bookedMemoryMib)} of ${formatGib(memoryMib)} GiB`}
      />
      {/* Without a disk of its own it uses the storage that all nodes share. */}
      {diskGib > 0 && (
        <Meter
          label="Disk booked"
          share={share(bookedDiskGib, diskGib)}
          text={`${bookedDiskGib} of ${diskGib} GiB`}
        />
      )}
      {Object.entries(resources).map(([name, amount]) => (
        <Meter
          key={name}
          label={`${name} booked`}
          share={share(bookedResources[name] ?? 0, amount)}
          text={`${formatAmount(bookedResources[name] ?? 0)} of ${formatAmount(amount)}`}
        />
      ))}
      <Meter
        label="CPUs busy"
        kind="busy"
        share={busyPermille / 1000}
        text={formatShare(busyPermille / 1000)}
      />
      <NodeOutages outages={node.outages} onChanged={onChanged} />
      <div class="node-actions">
        <NodeActions node={node} onChanged={onChanged} />
      </div>
    </li>
  );
}

export function nodeWord({ up, inService, outages }: ClusterNode): Word {
  if (!up) return { label: 'Down', tone: 'bad' };
  if (inService) return { label: 'In service', tone: 'good' };
  const isDrained = outages.some(({ cause }) => cause === 'drained');
  return { label: isDrained ? 'Drained' : 'In maintenance', tone: 'attention' };
}

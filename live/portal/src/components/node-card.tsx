// One node: its state, its capacity and what an operator can do to it.
import { useState } from 'preact/hooks';
import type { ClusterNode, NodeCommand } from '../../../wire/cluster.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatAmount, formatCount, formatGib, formatShare } from '../text/amounts.ts';
import { hindranceText, type Word } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { DrainDialog } from './drain-dialog.tsx';
import { MaintenanceDialog } from './maintenance-dialog.tsx';
import { Meter } from './meter.tsx';
import { NodeOutages } from './node-outages.tsx';

interface NodeCardProps {
  readonly node: ClusterNode;
  readonly onChanged: () => Promise<void>;
}

type PlainCommand = Exclude<NodeCommand, 'drain'>;

const SAID: Record<PlainCommand, string> = {
  enable: 'is in service.',
  fail: 'has failed.',
  return: 'has returned.',
};

export function NodeCard({ node, onChanged }: NodeCardProps) {
  const { api, service } = usePortal();
  const { busy, run } = useAction();
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
  const [dialog, setDialog] = useState<'drain' | 'maintenance' | null>(null);
  const drained = node.outages.find(({ cause }) => cause === 'drained');
  const command = async (what: PlainCommand) => {
    await run(() => api.commandNode(id, what), `${id} ${SAID[what]}`);
    await onChanged();
  };
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
        {!node.inService && (
          <button type="button" disabled={busy} aria-label={`Enable ${id}`} onClick={() => command('enable')}>
            Enable
          </button>
        )}
        {drained === undefined ? (
          <button type="button" disabled={busy} aria-label={`Drain ${id}`} onClick={() => setDialog('drain')}>
            Drain …
          </button>
        ) : (
          <button
            type="button"
            disabled={busy}
            aria-label={`When is ${id} back?`}
            onClick={() => setDialog('drain')}
          >
            Back when?
          </button>
        )}
        <button
          type="button"
          disabled={busy}
          aria-label={`Plan maintenance of ${id}`}
          onClick={() => setDialog('maintenance')}
        >
          Maintenance …
        </button>
        {service.simulated &&
          (node.up ? (
            <ConfirmButton
              label="Fail"
              describedAs={`Fail ${id}`}
              title={`Let ${id} fail?`}
              deed="Let it fail"
              disabled={busy}
              onConfirm={() => command('fail')}
            >
              <p>The simulated node dies with everything that runs on it, as if its power was cut.</p>
            </ConfirmButton>
          ) : (
            <button
              type="button"
              disabled={busy}
              aria-label={`Return ${id}`}
              onClick={() => command('return')}
            >
              Return
            </button>
          ))}
      </div>
      {dialog === 'drain' && (
        <DrainDialog
          node={id}
          {...(drained === undefined ? {} : { expectedMs: drained.endTimeMs })}
          onClose={() => setDialog(null)}
          onDone={onChanged}
        />
      )}
      {dialog === 'maintenance' && (
        <MaintenanceDialog node={id} onClose={() => setDialog(null)} onDone={onChanged} />
      )}
    </li>
  );
}

function nodeWord({ up, inService, outages }: ClusterNode): Word {
  if (!up) return { label: 'Down', tone: 'bad' };
  if (inService) return { label: 'In service', tone: 'good' };
  const isDrained = outages.some(({ cause }) => cause === 'drained');
  return { label: isDrained ? 'Drained' : 'In maintenance', tone: 'attention' };
}

// What an operator can do to one node.
import { useState } from 'preact/hooks';
import type { ClusterNode, NodeCommand } from '../../../wire/cluster.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { DrainDialog } from './drain-dialog.tsx';
import { MaintenanceDialog } from './maintenance-dialog.tsx';

interface NodeActionsProps {
  readonly node: ClusterNode;
  readonly onChanged: () => Promise<void>;
}

type PlainCommand = Exclude<NodeCommand, 'drain'>;

const SAID: Record<PlainCommand, string> = {
  enable: 'is in service.',
  fail: 'has failed.',
  return: 'has returned.',
};

export function NodeActions({ node, onChanged }: NodeActionsProps) {
  const { api, service } = usePortal();
  const { busy, run } = useAction();
  const { node: id } = node;
  const [dialog, setDialog] = useState<'drain' | 'maintenance' | null>(null);
  const drained = node.outages.find(({ cause }) => cause === 'drained');
  const command = async (what: PlainCommand) => {
    await run(() => api.commandNode(id, what), `${id} ${SAID[what]}`);
    await onChanged();
  };
  return (
    <>
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
          aria-label={`Back when? ${id}`}
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
          <button type="button" disabled={busy} aria-label={`Return ${id}`} onClick={() => command('return')}>
            Return
          </button>
        ))}
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
    </>
  );
}

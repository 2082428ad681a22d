// When a node is out: what is the case now and until when, and the maintenance that is planned.
import type { Outage } from '../../../wire/cluster.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useNow } from '../live/use-now.ts';
import { outageText } from '../text/outage-text.ts';
import { ConfirmButton } from './confirm-button.tsx';

interface NodeOutagesProps {
  readonly outages: readonly Outage[];
  readonly onChanged: () => Promise<void>;
}

export function NodeOutages({ outages, onChanged }: NodeOutagesProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const now = useNow(60_000);
  if (outages.length === 0) return null;
  const end = async ({ id, node }: Outage) => {
    await run(() => api.endMaintenance(id), `The maintenance of ${node} is called off.`);
    await onChanged();
  };
  return (
    <ul class="node-outages">
      {outages.map((outage) => (
        <li key={outage.id}>
          <span>{outageText(outage, now)}</span>
          {outage.cause === 'maintenance' && (
            <ConfirmButton
              label={outage.startTimeMs > now ? 'Call off' : 'End'}
              describedAs={`End the maintenance of ${outage.node}`}
              title={outage.startTimeMs > now ? 'Call this maintenance off?' : 'End this maintenance now?'}
              deed={outage.startTimeMs > now ? 'Call it off' : 'End it'}
              disabled={busy}
              onConfirm={() => end(outage)}
            >
              <p>{outageText(outage, now)}. The node is free for that time again.</p>
            </ConfirmButton>
          )}
        </li>
      ))}
    </ul>
  );
}

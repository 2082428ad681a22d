// Operators: takes a node out of service, and says until when as far as that is known.
import { useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatMoment, fromLocalField, toLocalField } from '../text/time.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';
import { Forecast } from './forecast.tsx';

interface DrainDialogProps {
  readonly node: string;
  /** When it is expected back, of one that is drained already; undefined: it is in service. */
  readonly expectedMs?: number | null;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function DrainDialog({ node, expectedMs, onClose, onDone }: DrainDialogProps) {
  const { api, clock } = usePortal();
  const { busy, run } = useAction();
  const [until, setUntil] = useState(typeof expectedMs === 'number' ? toLocalField(expectedMs) : '');
  const [isNever, setNever] = useState(expectedMs === null);
  const [tried, setTried] = useState(false);
  const isDrained = expectedMs !== undefined;
  const untilMs = isNever ? null : fromLocalField(until);
  const isWrong = !isNever && until !== '' && (untilMs === null || untilMs <= clock.now());
  const submit = async () => {
    setTried(true);
    if (isWrong) return;
    const back = untilMs === null ? '' : ` It is expected back ${formatMoment(untilMs)}.`;
    const done = isDrained
      ? `${node} stays out of service.${back}`
      : `${node} is taken out of service; its instances leave it.${back}`;
    if (!(await run(() => api.drainNode(node, isNever ? 'never' : (untilMs ?? undefined)), done))) return;
    onClose();
    await onDone();
  };
  return (
    <Dialog title={isDrained ? `When is ${node} back?` : `Drain ${node}?`} onClose={onClose}>
      {!isDrained && (
        <p>Its instances move to other nodes; those that find no room stand still until one has some.</p>
      )}
      <Form onSubmit={submit}>
        <TextField
          label="Expected back"
          type="datetime-local"
          value={until}
          onValue={setUntil}
          disabled={isNever}
          hint="Reservations that begin later keep their place, and new ones are taken. Left empty: after the assumed repair time. It stays out until you enable it."
          error={tried && isWrong ? 'A time that lies ahead, or nothing.' : undefined}
        />
        <label class="check">
          <input type="checkbox" checked={isNever} onChange={() => setNever(!isNever)} />
          <span>Not known: keep it out of every reservation until it is enabled</span>
        </label>
        {!isDrained && !isWrong && (
          <Forecast
            node={node}
            {...(isNever ? { until: 'never' } : untilMs === null ? {} : { until: untilMs })}
          />
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {isDrained ? 'Save' : 'Drain it'}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

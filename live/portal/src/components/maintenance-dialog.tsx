// Operators: books a node out for a time.
import { useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatWindow, fromLocalField } from '../text/time.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';
import { Forecast } from './forecast.tsx';

interface MaintenanceDialogProps {
  readonly node: string;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function MaintenanceDialog({ node, onClose, onDone }: MaintenanceDialogProps) {
  const { api, clock } = usePortal();
  const { busy, run } = useAction();
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [tried, setTried] = useState(false);
  const nowMs = clock.now();
  const fromMs = fromLocalField(from);
  const untilMs = fromLocalField(until);
  const isFromWrong = from !== '' && (fromMs === null || fromMs < nowMs);
  const isUntilWrong = untilMs === null || untilMs <= (fromMs ?? nowMs);
  const submit = async () => {
    setTried(true);
    if (isFromWrong || isUntilWrong) return;
    const isDone = await run(
      () => api.planMaintenance(node, fromMs, untilMs),
      `Maintenance of ${node} is planned: ${formatWindow(fromMs ?? nowMs, untilMs)}.`,
    );
    if (!isDone) return;
    onClose();
    await onDone();
  };
  return (
    <Dialog title={`Plan maintenance of ${node}`} onClose={onClose}>
      <p>
        Nothing new is booked there for that time. What is booked already moves where there is room; the rest
        stands still while the maintenance lasts. It begins and ends by itself.
      </p>
      <Form onSubmit={submit}>
        <TextField
          label="From"
          type="datetime-local"
          value={from}
          onValue={setFrom}
          hint="Left empty: now."
          error={tried && isFromWrong ? 'A time that lies ahead, or nothing.' : undefined}
        />
        <TextField
          label="Until"
          type="datetime-local"
          value={until}
          onValue={setUntil}
          error={tried && isUntilWrong ? 'A time after the beginning.' : undefined}
        />
        {!isFromWrong && !isUntilWrong && untilMs !== null && (
          <Forecast node={node} until={untilMs} {...(fromMs === null ? {} : { fromMs })} />
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Plan it
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

// Other terms for a reservation that is yours: a form, then the answer of OpenPEX, which is held until it is confirmed. The reservation
// stands as it did until then.
import { useState } from 'preact/hooks';
import type { ChangeBody } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { changeAsked } from '../negotiation/change-asked.ts';
import { fromLocalField, toLocalField } from '../text/time.ts';
import { unchangedText } from '../text/words.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';

interface ChangeDialogProps {
  readonly reservation: Reservation & { startTimeMs: number; endTimeMs: number; numInstancesFixed: number };
  readonly onClose: () => void;
  readonly onAnswered: () => Promise<void>;
}

export function ChangeDialog({ reservation, onClose, onAnswered }: ChangeDialogProps) {
  const { api, clock } = usePortal();
  const { busy, run } = useAction();
  const { endTimeMs, id, numInstancesFixed, startTimeMs, windowOpen } = reservation;
  const [start, setStart] = useState(toLocalField(startTimeMs));
  const [end, setEnd] = useState(toLocalField(endTimeMs));
  const [instances, setInstances] = useState(String(numInstancesFixed));
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string>();
  const { body, wrong } = changeAsked(
    reservation,
    { startMs: fromLocalField(start), endMs: fromLocalField(end), instances },
    clock.now(),
  );
  const submit = async () => {
    setTried(true);
    setRefused(undefined);
    if (body === undefined) return;
    await run(async () => {
      const answer = await api.change(id, body satisfies ChangeBody);
      if (answer.reply === 'REJECT') {
        setRefused(unchangedText(answer.reason));
        return;
      }
      onClose();
      await onAnswered();
    });
  };
  const error = (field: keyof typeof wrong) => (tried ? wrong[field] : undefined);
  return (
    <Dialog title="Change this reservation" onClose={onClose}>
      <p>
        OpenPEX answers with an offer. Your reservation stays as it is until you confirm that, and nothing is
        charged before.
      </p>
      <Form onSubmit={submit}>
        <TextField
          label="Start"
          type="datetime-local"
          value={start}
          onValue={setStart}
          disabled={windowOpen}
          error={error('start')}
          {...(windowOpen ? { hint: 'It has begun.' } : {})}
        />
        <TextField label="End" type="datetime-local" value={end} onValue={setEnd} error={error('end')} />
        <TextField
          label="Instances"
          inputMode="numeric"
          value={instances}
          onValue={setInstances}
          error={error('instances')}
          {...(windowOpen ? { hint: 'Of fewer, the last ones are removed at once.' } : {})}
        />
        {tried && wrong.nothing !== undefined && <p class="hint">{wrong.nothing}</p>}
        {refused !== undefined && (
          <p role="alert" class="error">
            {refused} Your reservation stays as it is.
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Ask for it
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

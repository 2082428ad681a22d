// What one calls a reservation, and notes about it: at any time, also when it is over.
import { useState } from 'preact/hooks';
import type { Label } from '../../../wire/label.ts';
import { LABEL_NAME_MAX, LABEL_NOTE_MAX } from '../../../wire/limits.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { AreaField, Form, TextField } from './field.tsx';

interface LabelFormProps {
  readonly reservation: Reservation;
  readonly onSaved: () => Promise<void>;
}

export function LabelForm({ reservation, onSaved }: LabelFormProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { id } = reservation;
  const [fields, setFields] = useState<LabelFieldValues>({
    name: reservation.name ?? '',
    note: reservation.note ?? '',
  });
  const submit = async () => {
    if (await run(() => api.label(id, labelOf(fields)), 'Saved.')) await onSaved();
  };
  return (
    <details class="more-terms">
      <summary>Name and note</summary>
      <Form onSubmit={submit}>
        <LabelFields values={fields} onValues={setFields} />
        <button type="submit" disabled={busy}>
          Save name and note
        </button>
      </Form>
    </details>
  );
}

export interface LabelFieldValues {
  readonly name: string;
  readonly note: string;
}

export function LabelFields({
  onValues,
  values,
}: {
  readonly values: LabelFieldValues;
  readonly onValues: (values: LabelFieldValues) => void;
}) {
  const { name, note } = values;
  return (
    <>
      <TextField
        label="Name"
        value={name}
        maxLength={LABEL_NAME_MAX}
        onValue={(text) => onValues({ name: text, note })}
        hint="What you call it, in lists and calendars. Empty: it goes by its instances."
      />
      <AreaField
        label="Note"
        rows={3}
        isProse
        value={note}
        maxLength={LABEL_NOTE_MAX}
        onValue={(text) => onValues({ name, note: text })}
        hint="For whoever may see the reservation."
      />
    </>
  );
}

export function labelOf({ name, note }: LabelFieldValues): Label {
  return { name: name.trim() || null, note: note.trim() || null };
}

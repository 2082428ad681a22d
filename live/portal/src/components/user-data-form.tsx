// What cloud-init does in the VMs of a reservation at their first boot; to be changed until they are made.
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useDraft } from '../live/use-draft.ts';
import { useResource } from '../live/use-resource.ts';
import { AreaField, Form } from './field.tsx';
import { Loaded } from './loaded.tsx';

const MOST = 16_384;

/** Nothing where templates do not take it. */
export function UserDataForm({ reservation }: { reservation: Reservation }) {
  const { api, templates } = usePortal();
  const { activatedInstances, endedTime, id, template } = reservation;
  const login = templates.find(({ name }) => name === template)?.login;
  const data = useResource((signal) => api.userData(id, signal), id, {});
  if (login === undefined || endedTime !== null || activatedInstances > 0) return null;
  return (
    <details class="more-terms">
      <summary>Set-up of the instances (user-data)</summary>
      <Loaded resource={data}>
        {({ userData }) => <DataForm id={id} userData={userData ?? ''} onSaved={data.reload} />}
      </Loaded>
    </details>
  );
}

function DataForm({ id, onSaved, userData }: { id: string; userData: string; onSaved: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const draft = useDraft(`user-data ${id}`, { text: userData });
  const { text } = draft.fields;
  const isTooLong = text.length > MOST;
  const submit = async () => {
    if (isTooLong) return;
    if (!(await run(() => api.setUserData(id, text === '' ? null : text), 'Saved.'))) return;
    draft.forget();
    await onSaved();
  };
  return (
    <Form onSubmit={submit}>
      <AreaField
        label="User-data"
        rows={6}
        value={text}
        onValue={(changed) => draft.change({ text: changed })}
        hint="For cloud-init at the first boot: a script that begins with #!, or #cloud-config. It can be changed until the instances are made."
        error={isTooLong ? `At most ${MOST} characters.` : undefined}
      />
      <button type="submit" disabled={busy}>
        Save user-data
      </button>
    </Form>
  );
}

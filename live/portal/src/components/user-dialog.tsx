// Operators: role, access and limits of an account.
import { useState } from 'preact/hooks';
import type { Account, Role } from '../../../wire/account.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { rollingText } from '../text/amounts.ts';
import { Dialog } from './dialog.tsx';
import { Choice, Form, TextField } from './field.tsx';

interface UserDialogProps {
  readonly account: Account;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

export function UserDialog({ account, onClose, onSaved }: UserDialogProps) {
  const { api, account: own } = usePortal();
  const { busy, run } = useAction();
  const [role, setRole] = useState<Role>(account.role);
  const [disabled, setDisabled] = useState(account.disabled);
  const [reservations, setReservations] = useState(String(account.quota.reservations));
  const [vcpus, setVcpus] = useState(String(account.quota.vcpus));
  const [heldCpuHours, setHeldCpuHours] = useState(String(account.quota.heldCpuHours));
  const [rolling, setRolling] = useState(account.quota.rolling.map(({ hours }) => String(hours)));
  const isOwn = account.userid === own.userid;
  const wrong = (text: string) => (/^\d{1,9}$/.test(text) ? undefined : 'A whole number, 0 or more.');
  const wrongHours = (text: string) =>
    /^\d{1,9}(\.\d{1,3})?$/.test(text) ? undefined : 'A number, 0 or more, such as 12.5.';
  const submit = async () => {
    if ([reservations, vcpus, heldCpuHours].some((text) => wrong(text) !== undefined)) return;
    if (rolling.some((text) => wrongHours(text) !== undefined)) return;
    const quota = {
      reservations: Number(reservations),
      vcpus: Number(vcpus),
      heldCpuHours: Number(heldCpuHours),
      rolling: account.quota.rolling.map((limit, i) => ({ ...limit, hours: Number(rolling[i]) })),
    };
    const { quota: before } = account;
    const isQuotaChanged =
      quota.reservations !== before.reservations ||
      quota.vcpus !== before.vcpus ||
      quota.heldCpuHours !== before.heldCpuHours ||
      quota.rolling.some(({ hours }, i) => hours !== before.rolling[i]?.hours);
    const changes = {
      ...(role !== account.role && { role }),
      ...(disabled !== account.disabled && { disabled }),
      ...(isQuotaChanged && { quota }),
    };
    if (Object.keys(changes).length > 0) {
      const isSaved = await run(
        () => api.administer(account.userid, changes),
        `${account.username} is saved.`,
      );
      if (!isSaved) return;
      await onSaved();
    }
    onClose();
  };
  return (
    <Dialog title={account.username} onClose={onClose}>
      <Form onSubmit={submit}>
        {isOwn ? (
          <p class="hint">Your own role and access only another operator can change.</p>
        ) : (
          <>
            <Choice
              legend="Role"
              value={role}
              onValue={setRole}
              options={[
                ['user', 'User'],
                ['operator', 'Operator'],
              ]}
            />
            <label class="check">
              <input
                type="checkbox"
                checked={disabled}
                onChange={(event) => setDisabled(event.currentTarget.checked)}
              />
              Disabled: cannot log in; reservations go on
            </label>
          </>
        )}
        <TextField
          label="Reservations at a time"
          inputMode="numeric"
          value={reservations}
          onValue={setReservations}
          error={wrong(reservations)}
        />
        <TextField
          label="CPUs at a time"
          inputMode="numeric"
          value={vcpus}
          onValue={setVcpus}
          error={wrong(vcpus)}
        />
        <TextField
          label="CPU-hours that offers may hold"
          inputMode="numeric"
          value={heldCpuHours}
          onValue={setHeldCpuHours}
          error={wrong(heldCpuHours)}
        />
        {account.quota.rolling.map((limit, i) => (
          <TextField
            key={rollingText(limit)}
            label={rollingText(limit)}
            inputMode="decimal"
            value={rolling[i] ?? ''}
            onValue={(text) => setRolling(rolling.map((before, at) => (at === i ? text : before)))}
            error={wrongHours(rolling[i] ?? '')}
          />
        ))}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Save
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

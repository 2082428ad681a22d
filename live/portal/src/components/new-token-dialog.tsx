// A new token: what it is for and may do; then the token itself, this once.
import { useState } from 'preact/hooks';
import type { NewToken, TokenScope } from '../../../wire/token.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { Dialog } from './dialog.tsx';
import { ExpiryField, expiryOf } from './expiry-field.tsx';
import { Form, SelectField, TextField } from './field.tsx';

export const SCOPES: Readonly<Record<TokenScope, string>> = {
  calendar: 'only show my reservations in a calendar program',
  probe: 'only tell what is measured of my services',
  read: 'read only',
  use: 'reserve and use VMs',
  operate: 'all that operators do',
};

interface NewTokenDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function NewTokenDialog({ onClose, onDone }: NewTokenDialogProps) {
  const { api, account } = usePortal();
  const { busy, run } = useAction();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<TokenScope>('use');
  const [days, setDays] = useState('90');
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<NewToken>();
  const submit = async () => {
    setTried(true);
    if (name.trim() === '') return;
    await run(async () => {
      setMade(await api.createToken({ name: name.trim(), scope, ...expiryOf(days) }));
    });
    await onDone();
  };
  if (made !== undefined) {
    return (
      <Dialog title={`${made.scope === 'calendar' ? 'Calendar' : 'Token'} “${made.name}”`} onClose={onClose}>
        <p>Copy it now. It is not kept, and cannot be shown again.</p>
        <p>
          <code class="secret">{made.scope === 'calendar' ? calendarAddress(made.token) : made.token}</code>
        </p>
        {made.scope === 'calendar' ? (
          <p class="hint">
            Add it to your calendar program as a calendar from the internet (“subscribe”, “from URL”). Whoever
            has the address sees your reservations.
          </p>
        ) : (
          <p class="hint">
            A program sends it as <code>Authorization: Bearer …</code>
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" class="primary" onClick={onClose}>
            I have it
          </button>
        </div>
      </Dialog>
    );
  }
  const scopes = (Object.entries(SCOPES) as [TokenScope, string][]).filter(
    ([value]) => value !== 'operate' || account.role === 'operator',
  );
  return (
    <Dialog title="New token" onClose={onClose}>
      <Form onSubmit={submit}>
        <TextField
          label="Name"
          autoComplete="off"
          value={name}
          onValue={setName}
          hint="What it is for, such as “nightly runs”."
          error={tried && name.trim() === '' ? 'Say what it is for.' : undefined}
        />
        <SelectField
          label="May"
          value={scope}
          onValue={(value) => setScope(value as TokenScope)}
          options={scopes}
        />
        <ExpiryField value={days} onValue={setDays} />
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Make token
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

/** Where the service is may have a path of its own in front, behind a proxy. */
function calendarAddress(token: string): string {
  return new URL(`OpenPEX/calendar.ics?token=${encodeURIComponent(token)}`, window.location.href).href;
}

// Operators: a new password for somebody who forgot theirs.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { PASSWORD_LENGTH_MIN } from '../../../wire/password.ts';
import { passwordErrors } from '../../../wire/registration.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';

interface SetPasswordDialogProps {
  readonly account: Account;
  readonly onClose: () => void;
}

export function SetPasswordDialog({ account, onClose }: SetPasswordDialogProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const { username, fullName, email } = account;
  const wrong = passwordErrors(password, password, [username, fullName, email]).password;
  const submit = async () => {
    setTried(true);
    if (wrong !== undefined) return;
    const isSet = await run(
      () => api.resetPassword(account.userid, password),
      `${username} has a new password.`,
    );
    if (isSet) onClose();
  };
  return (
    <Dialog title={`New password for ${username}`} onClose={onClose}>
      <p>All sessions of {username} end with it. Hand it over in a safe way; the user can change it.</p>
      <Form onSubmit={submit}>
        <TextField
          label="New password"
          autoComplete="off"
          value={password}
          onValue={setPassword}
          hint={`At least ${PASSWORD_LENGTH_MIN} characters.`}
          error={tried ? wrong : undefined}
        />
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Set password
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

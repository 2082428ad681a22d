// Operators: an account for somebody else, with a first password to hand over.
import { useState } from 'preact/hooks';
import { PASSWORD_LENGTH_MIN } from '../../../wire/password.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';
import { type RegistrationErrors, registrationErrors } from './registration-check.ts';

interface NewUserDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function NewUserDialog({ onClose, onDone }: NewUserDialogProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [fields, setFields] = useState({ username: '', fullName: '', email: '', password: '' });
  const [tried, setTried] = useState(false);
  const found = registrationErrors({ ...fields, repeated: fields.password });
  const errors: RegistrationErrors = tried ? found : {};
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const submit = async () => {
    setTried(true);
    if (Object.keys(found).length > 0) return;
    const { username, fullName, email, password } = fields;
    const isDone = await run(
      () => api.register({ username, password, fullName: fullName.trim(), email: email.trim() }),
      `${username} has an account.`,
    );
    if (!isDone) return;
    onClose();
    await onDone();
  };
  return (
    <Dialog title="New user" onClose={onClose}>
      <Form onSubmit={submit}>
        <TextField
          label="User name"
          autoComplete="off"
          value={fields.username}
          onValue={set('username')}
          error={errors.username}
        />
        <TextField
          label="Full name"
          autoComplete="off"
          value={fields.fullName}
          onValue={set('fullName')}
          error={errors.fullName}
        />
        <TextField
          label="E-mail"
          type="email"
          autoComplete="off"
          value={fields.email}
          onValue={set('email')}
          error={errors.email}
        />
        <TextField
          label="First password"
          autoComplete="off"
          value={fields.password}
          onValue={set('password')}
          hint={`At least ${PASSWORD_LENGTH_MIN} characters. The user can change it under Account.`}
          error={errors.password}
        />
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Make account
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

// Changes one's password. Other sessions of the account end with it.
import { useState } from 'preact/hooks';
import { PASSWORD_LENGTH_MIN } from '../../../wire/password.ts';
import { passwordErrors } from '../../../wire/registration.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { Form, TextField } from './field.tsx';

const EMPTY = { current: '', password: '', repeated: '' };

export function PasswordForm() {
  const { account, api } = usePortal();
  const { busy, run } = useAction();
  const [fields, setFields] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const found = passwordErrors(fields.password, fields.repeated, [
    account.username,
    account.fullName,
    account.email,
  ]);
  const errors = tried ? found : {};
  const set = (name: keyof typeof EMPTY) => (value: string) => setFields({ ...fields, [name]: value });
  const submit = async () => {
    setTried(true);
    const { current, password } = fields;
    if (current === '' || Object.keys(found).length > 0) return;
    const isChanged = await run(() => api.changePassword(current, password), 'Your password is changed.');
    if (!isChanged) return;
    setFields(EMPTY);
    setTried(false);
  };
  return (
    <Form onSubmit={submit}>
      <TextField
        label="Present password"
        type="password"
        autoComplete="current-password"
        value={fields.current}
        onValue={set('current')}
        error={tried && fields.current === '' ? 'Please enter your present password.' : undefined}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        value={fields.password}
        onValue={set('password')}
        hint={`At least ${PASSWORD_LENGTH_MIN} characters.`}
        error={errors.password}
      />
      <TextField
        label="New password again"
        type="password"
        autoComplete="new-password"
        value={fields.repeated}
        onValue={set('repeated')}
        error={errors.repeated}
      />
      <button type="submit" disabled={busy}>
        Change password
      </button>
    </Form>
  );
}

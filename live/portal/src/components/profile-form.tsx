// One's name and e-mail address.
import { useState } from 'preact/hooks';
import { isEmail } from '../../../wire/registration.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { Form, TextField } from './field.tsx';

export function ProfileForm() {
  const { api, account, reloadAccount } = usePortal();
  const { busy, run } = useAction();
  const [fullName, setFullName] = useState(account.fullName);
  const [email, setEmail] = useState(account.email);
  const nameError = fullName.trim() === '' ? 'Please enter your name.' : undefined;
  // What an account was opened with is not at fault before it is touched.
  const emailError =
    isEmail(email) || email === account.email ? undefined : 'Please enter an e-mail address.';
  const submit = async () => {
    if (nameError !== undefined || emailError !== undefined) return;
    const isSaved = await run(
      () => api.changeAccount({ fullName: fullName.trim(), email: email.trim() }),
      'Saved.',
    );
    if (isSaved) await reloadAccount();
  };
  return (
    <Form onSubmit={submit}>
      <dl class="facts">
        <div>
          <dt>User name</dt>
          <dd>{account.username}</dd>
        </div>
      </dl>
      <TextField
        label="Full name"
        autoComplete="name"
        value={fullName}
        onValue={setFullName}
        error={nameError}
      />
      <TextField
        label="E-mail"
        type="email"
        autoComplete="email"
        value={email}
        onValue={setEmail}
        error={emailError}
      />
      <button type="submit" disabled={busy}>
        Save
      </button>
    </Form>
  );
}

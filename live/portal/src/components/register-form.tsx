// A new account. Who has made one is logged in.
import { useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../../client/problem.ts';
import type { Account } from '../../../wire/account.ts';
import { PASSWORD_LENGTH_MIN } from '../../../wire/password.ts';
import type { PortalApi } from '../api/client.ts';
import { Form, TextField } from './field.tsx';
import { type RegistrationErrors, registrationErrors } from './registration-check.ts';

interface RegisterFormProps {
  readonly api: PortalApi;
  readonly onLogIn: (account: Account) => void;
}

export function RegisterForm({ api, onLogIn }: RegisterFormProps) {
  const [fields, setFields] = useState({ username: '', fullName: '', email: '', password: '', repeated: '' });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<RegistrationErrors>({});
  const [failure, setFailure] = useState<string | null>(null);
  const found = registrationErrors(fields);
  const errors: RegistrationErrors = tried ? { ...refused, ...found } : refused;
  const set = (name: keyof typeof fields) => (value: string) => {
    setFields({ ...fields, [name]: value });
    setRefused({});
  };

  const submit = async () => {
    setTried(true);
    setFailure(null);
    if (Object.keys(found).length > 0 || busy) return;
    setBusy(true);
    const { username, password, fullName, email } = fields;
    try {
      await api.register({ username, password, fullName: fullName.trim(), email: email.trim() });
      onLogIn(await api.logIn(username, password));
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      setBusy(false);
      if (error.code !== 'PEX_CONFLICT') setFailure(error.message);
      else if (/mail/i.test(error.message))
        setRefused({ email: 'There is an account with this address already.' });
      else setRefused({ username: 'This name is taken. Please choose another.' });
    }
  };
  return (
    <Form onSubmit={submit}>
      <TextField
        label="User name"
        autoComplete="username"
        value={fields.username}
        onValue={set('username')}
        error={errors.username}
      />
      <TextField
        label="Full name"
        autoComplete="name"
        value={fields.fullName}
        onValue={set('fullName')}
        error={errors.fullName}
      />
      <TextField
        label="E-mail"
        type="email"
        autoComplete="email"
        value={fields.email}
        onValue={set('email')}
        error={errors.email}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        value={fields.password}
        onValue={set('password')}
        hint={`At least ${PASSWORD_LENGTH_MIN} characters.`}
        error={errors.password}
      />
      <TextField
        label="Password again"
        type="password"
        autoComplete="new-password"
        value={fields.repeated}
        onValue={set('repeated')}
        error={errors.repeated}
      />
      <div role="alert">{failure !== null && <p class="error">{failure}</p>}</div>
      <button type="submit" class="primary wide" disabled={busy}>
        {busy ? 'Making your account …' : 'Make account'}
      </button>
    </Form>
  );
}

// User name and password.
import { useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { Account } from '../../../wire/account.ts';
import type { PortalApi } from '../api/client.ts';
import { Form, TextField } from './field.tsx';

interface LogInFormProps {
  readonly api: PortalApi;
  readonly onLogIn: (account: Account) => void;
}

export function LogInForm({ api, onLogIn }: LogInFormProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const submit = async () => {
    setTried(true);
    setFailure(null);
    if (username === '' || password === '' || busy) return;
    setBusy(true);
    try {
      onLogIn(await api.logIn(username, password));
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      setFailure(error.status === 401 ? 'User name and password do not match.' : error.message);
      setBusy(false);
    }
  };
  return (
    <Form onSubmit={submit}>
      <TextField
        label="User name"
        autoComplete="username"
        value={username}
        onValue={setUsername}
        error={tried && username === '' ? 'Please enter your user name.' : undefined}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        value={password}
        onValue={setPassword}
        error={tried && password === '' ? 'Please enter your password.' : undefined}
      />
      <div role="alert">{failure !== null && <p class="error">{failure}</p>}</div>
      <button type="submit" class="primary wide" disabled={busy}>
        {busy ? 'Logging in …' : 'Log in'}
      </button>
    </Form>
  );
}

// The fields of a new account: one's own, or one that an operator makes for somebody else. What is refused is told at its field.
import { useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { RegistrationBody } from '../../../wire/account.ts';
import { PASSWORD_LENGTH_MIN } from '../../../wire/password.ts';
import {
  type RegistrationErrors,
  type RegistrationFields,
  registrationErrors,
} from '../../../wire/registration.ts';
import { Form, TextField } from './field.tsx';

interface RegistrationFormProps {
  /** The password is its owner's: hidden, and typed twice. */
  readonly isOwn: boolean;
  /** Absent: there is nothing to go back to. */
  readonly onCancel?: () => void;
  /** Rejects with an OpenPexProblem, which the form shows. */
  readonly onRegister: (registration: RegistrationBody) => Promise<void>;
}

export function RegistrationForm({ isOwn, onCancel, onRegister }: RegistrationFormProps) {
  const [fields, setFields] = useState({ username: '', fullName: '', email: '', password: '', repeated: '' });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<RegistrationErrors>({});
  const [failure, setFailure] = useState<string | null>(null);
  const found = registrationErrors(isOwn ? fields : { ...fields, repeated: fields.password });
  const errors: RegistrationErrors = tried ? { ...refused, ...found } : refused;

  const submit = async () => {
    setTried(true);
    setFailure(null);
    if (Object.keys(found).length > 0 || busy) return;
    setBusy(true);
    const { username, password, fullName, email } = fields;
    try {
      await onRegister({ username, password, fullName: fullName.trim(), email: email.trim() });
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      setBusy(false);
      if (error.code !== 'PEX_CONFLICT') setFailure(error.message);
      else if (/mail/i.test(error.message))
        setRefused({ email: 'There is an account with this address already.' });
      else setRefused({ username: 'This name is taken. Please choose another.' });
    }
  };

  const field = (
    name: keyof RegistrationFields,
    label: string,
    more: Partial<Parameters<typeof TextField>[0]> = {},
  ) => (
    <TextField
      label={label}
      value={fields[name]}
      onValue={(value) => {
        setFields({ ...fields, [name]: value });
        setRefused({});
      }}
      error={errors[name]}
      {...more}
    />
  );
  /** What a browser fills in is of whoever sits there. */
  const filledBy = (autoComplete: string) => ({ autoComplete: isOwn ? autoComplete : 'off' });
  const secret = { ...filledBy('new-password'), type: isOwn ? 'password' : 'text' } as const;
  const least = `At least ${PASSWORD_LENGTH_MIN} characters.`;
  const deed = busy ? 'Making the account …' : 'Make account';
  return (
    <Form onSubmit={submit}>
      {field('username', 'User name', filledBy('username'))}
      {field('fullName', 'Full name', filledBy('name'))}
      {field('email', 'E-mail', { type: 'email', ...filledBy('email') })}
      {isOwn
        ? field('password', 'Password', { ...secret, hint: least })
        : field('password', 'First password', {
            ...secret,
            hint: `${least} The user can change it under Account.`,
          })}
      {isOwn && field('repeated', 'Password again', secret)}
      <div role="alert">{failure !== null && <p class="error">{failure}</p>}</div>
      {onCancel === undefined ? (
        <button type="submit" class="primary wide" disabled={busy}>
          {deed}
        </button>
      ) : (
        <div class="dialog-actions">
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {deed}
          </button>
        </div>
      )}
    </Form>
  );
}

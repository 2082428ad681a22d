// A new account. Who has made one is logged in.
import type { Account } from '../../../wire/account.ts';
import type { PortalApi } from '../api/client.ts';
import { RegistrationForm } from './registration-form.tsx';

interface RegisterFormProps {
  readonly api: PortalApi;
  readonly onLogIn: (account: Account) => void;
}

export function RegisterForm({ api, onLogIn }: RegisterFormProps) {
  return (
    <RegistrationForm
      isOwn
      onRegister={async (registration) => {
        await api.register(registration);
        onLogIn(await api.logIn(registration.username, registration.password));
      }}
    />
  );
}

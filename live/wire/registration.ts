// What the service would refuse about a registration, found before it is asked. Pure.
import { passwordWeakness } from './password.ts';

export interface RegistrationFields {
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
  readonly password: string;
  readonly repeated: string;
}

export type RegistrationErrors = Partial<Record<keyof RegistrationFields, string>>;

/** One message a field; empty when all is well. */
export function registrationErrors(fields: RegistrationFields): RegistrationErrors {
  const { username, fullName, email, password, repeated } = fields;
  return {
    ...(!/^[A-Za-z0-9._-]{3,32}$/.test(username) && {
      username: '3 to 32 letters, digits, dots, hyphens or underscores.',
    }),
    ...(fullName.trim() === '' && { fullName: 'Please enter your name.' }),
    ...(!isEmail(email) && { email: 'Please enter an e-mail address, such as ada@example.org.' }),
    ...passwordErrors(password, repeated, [username, fullName, email]),
  };
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
}

/** Of a password that is chosen anew for an account of these names. */
export function passwordErrors(
  password: string,
  repeated: string,
  own: readonly string[],
): Pick<RegistrationErrors, 'password' | 'repeated'> {
  const weakness = passwordWeakness(password, own);
  return {
    ...(weakness !== undefined && { password: `This is ${weakness}. A few words are easy to remember.` }),
    ...(repeated !== password && { repeated: 'The two passwords differ.' }),
  };
}

// The first operator: a database without one gets it at the start, because nobody else could make it.
import { InputError } from '../../written/input-error.ts';
import type { AccountStore } from '../database/account-store.ts';
import { randomPassword } from '../database/password.ts';

export interface FirstOperator {
  readonly username: string;
  readonly password: string;
  /** For the terminal; the only place in which the password is ever shown. */
  readonly announcement: string;
}

/**
 * Makes the account "operator" (or OPENPEX_OPERATOR) with the password OPENPEX_OPERATOR_PASSWORD, or a random one, unless somebody is
 * operator already.
 * @throws InputError PEX_NO_OPERATOR when there are accounts, none of an operator, and somebody has that name
 */
export async function ensureOperator(
  accounts: Pick<AccountStore, 'hasOperator' | 'byUsername' | 'register'>,
  env: Readonly<Record<string, string | undefined>>,
  { balanceMicros, nowMs }: { balanceMicros: number; nowMs: number },
): Promise<FirstOperator | undefined> {
  if (await accounts.hasOperator()) return undefined;
  const username = env['OPENPEX_OPERATOR'] || 'operator';
  if ((await accounts.byUsername(username)) !== undefined) {
    throw new InputError(
      'PEX_NO_OPERATOR',
      `no account that can log in is that of an operator, and "${username}" is not one: make it one with "openpex account change DATABASE ` +
        `${username} --role operator --enabled", or give OPENPEX_OPERATOR another name`,
    );
  }
  const given = env['OPENPEX_OPERATOR_PASSWORD'];
  const password = given || randomPassword();
  await accounts.register({
    username,
    password,
    fullName: 'Operator',
    email: `${username}@localhost`,
    role: 'operator',
    createdMs: nowMs,
    balanceMicros,
  });
  const shown = given ? 'with the password of OPENPEX_OPERATOR_PASSWORD' : `with the password ${password}`;
  const advice = given ? '' : ' It is shown only this once: change it in the portal.';
  return { username, password, announcement: `First operator: ${username}, ${shown}.${advice}\n` };
}

// The first operator: a database without one gets it at the start, because nobody else could make it.
import { randomBytes } from 'node:crypto';
import type { AccountStore } from '../database/account-store.ts';

export interface FirstOperator {
  readonly username: string;
  readonly password: string;
  /** For the terminal; the only place in which the password is ever shown. */
  readonly announcement: string;
}

/**
 * Makes the account "operator" (or OPENPEX_OPERATOR) with the password OPENPEX_OPERATOR_PASSWORD, or a random one, unless there are
 * accounts already.
 */
export async function ensureOperator(
  accounts: Pick<AccountStore, 'count' | 'register'>,
  env: Readonly<Record<string, string | undefined>>,
  { balanceMicros, nowMs }: { balanceMicros: number; nowMs: number },
): Promise<FirstOperator | undefined> {
  if ((await accounts.count()) > 0) return undefined;
  const username = env['OPENPEX_OPERATOR'] || 'operator';
  const given = env['OPENPEX_OPERATOR_PASSWORD'];
  const password = given || randomBytes(12).toString('base64url');
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

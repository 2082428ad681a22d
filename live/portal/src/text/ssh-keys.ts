// Public keys as people paste them. Pure.
import { SSH_KEY } from '../../../wire/ssh-key.ts';

/** Without empty lines and comments. */
export function keysIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What is wrong with the first line that is no public key; undefined when all are. */
export function wrongKey(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text))
    return 'This is a private key. It is nobody’s business; paste the public one (.pub).';
  const keys = keysIn(text);
  const wrong = keys.find((line) => !SSH_KEY.test(line));
  return wrong === undefined
    ? undefined
    : `“${wrong.slice(0, 24)}…” is no public key, such as ssh-ed25519 AAAA… you@example.org.`;
}

/** How one gets into an instance; undefined when it is not known how. */
export function logInLine(address: string | null, login: string | undefined): string | undefined {
  return address === null || login === undefined ? undefined : `ssh ${login}@${address}`;
}

export interface KeyParts {
  readonly kind: string;
  /** Enough of the key to tell it from others. */
  readonly end: string;
  /** Who made it gave it a name, as a rule. */
  readonly comment: string;
}

export function partsOfKey(key: string): KeyParts {
  const [kind = '', body = '', ...comment] = key.split(/\s+/);
  return { kind, end: body.slice(-8), comment: comment.join(' ') || 'Without a name' };
}

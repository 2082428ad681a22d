// How users get into their VMs: keys and user-data.
import { type Static, Type } from 'typebox';
import { closed, formed, nullable } from './field.ts';
import { SSH_KEY_PATTERN } from './ssh-key.ts';

const MAX_KEYS = 20;
/** As much as the EC2 API takes. */
const MAX_USER_DATA = 16_384;
export const SshKeys = Type.Object(
  {
    sshKeys: Type.Array(
      formed(SSH_KEY_PATTERN, 'a public key as a .pub file has it: ssh-ed25519 AAAA… and perhaps a comment', {
        maxLength: 4096,
      }),
      {
        maxItems: MAX_KEYS,
        description: 'Public keys, as lines of an authorized_keys file',
      },
    ),
  },
  closed,
);
export type SshKeys = Static<typeof SshKeys>;

export const UserData = Type.Object(
  {
    userData: nullable(
      Type.String({ maxLength: MAX_USER_DATA, description: 'For cloud-init: a script, or #cloud-config' }),
    ),
  },
  closed,
);
export type UserData = Static<typeof UserData>;

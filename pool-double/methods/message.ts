// Message messages: what administrators were told.
import { XapiFailure } from '../errors.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Verbs, verb } from '../verbs.ts';

export function messageMethods({ messages, store }: Toolstack): Verbs {
  return {
    'message.get': verb(
      { role: 'read-only', params: ['enum cls', 'string', 'datetime'], result: 'map record message' },
      (_call, cls, obj_uuid, since) => messages.about({ cls, obj_uuid, since }),
    ),
    'message.get_since': verb(
      { role: 'read-only', params: ['datetime'], result: 'map record message' },
      (_call, since) => messages.since(since),
    ),
    'message.create': verb(
      {
        role: 'pool-operator',
        params: ['string', 'int', 'enum cls', 'string', 'string'],
        result: 'ref message',
      },
      (_call, name, priority, cls, obj_uuid, body) => {
        const className = { VM: 'VM', Host: 'host', SR: 'SR', Pool: 'pool', VDI: 'VDI' } as const;
        const known = cls in className ? className[cls as keyof typeof className] : undefined;
        const isThere = known !== undefined && store.all(known).some(([, { uuid }]) => uuid === obj_uuid);
        if (!isThere) throw new XapiFailure('UUID_INVALID', cls, obj_uuid);
        return messages.create({ name, priority, cls, obj_uuid, body });
      },
    ),
    'message.destroy': verb(
      { role: 'pool-operator', params: ['ref message'], result: 'void' },
      (_call, ref) => {
        store.remove('message', ref);
        return '';
      },
    ),
  };
}

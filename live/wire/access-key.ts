// Access keys, with which programs sign what they ask for as those of EC2 do.
import { type Static, Type } from 'typebox';
import { closed, component, HttpDate, nullable } from './field.ts';

/** Not of the service's clock, which may run faster. */
const RealMs = Type.Integer({ description: 'Real time, in milliseconds since 1970' });

export const AccessKeyBody = Type.Object(
  {
    expiresInDays: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3650, description: 'Left out: until it is revoked' }),
    ),
  },
  closed,
);
export type AccessKeyBody = Static<typeof AccessKeyBody>;

export const AccessKey = component(
  'AccessKey',
  Type.Object({
    accessKeyId: Type.String({ examples: ['PEX2K7QJ4ZC5M3TRV6AB'] }),
    createdTime: HttpDate,
    createdTimeMs: RealMs,
    expiresTime: nullable(HttpDate),
    expiresTimeMs: nullable(RealMs),
    usedTime: nullable(HttpDate),
    usedTimeMs: nullable(RealMs),
  }),
);
export type AccessKey = Static<typeof AccessKey>;

export const NewAccessKey = component(
  'NewAccessKey',
  Type.Object({
    ...AccessKey.properties,
    secretAccessKey: Type.String({ description: 'The secret, which is not shown again' }),
  }),
);
export type NewAccessKey = Static<typeof NewAccessKey>;

// Who did what, in whose name, and who was refused.
import { type Static, Type } from 'typebox';
import { choice, closed, component, HttpDate, nullable, pageFields } from './field.ts';

export const CAME_BY = ['password', 'session', 'token', 'access-key', 'nothing'] as const;
export type CameBy = (typeof CAME_BY)[number];

export const AuditQuery = Type.Object(
  {
    ...pageFields,
    userid: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Who did it, or in whose name' }),
    ),
    username: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The same by name; also of log-ins that were refused',
      }),
    ),
    action: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Method and route, as in the entries',
        examples: ['POST /OpenPEX/accounts/:userid/deposits'],
      }),
    ),
    refused: Type.Optional(Type.Boolean({ description: 'Refused attempts only' })),
  },
  closed,
);

export const AuditEntry = component(
  'AuditEntry',
  Type.Object({
    entryId: Type.Integer(),
    time: HttpDate,
    timeMs: Type.Integer({ description: 'Real time, in milliseconds since 1970' }),
    userid: nullable(Type.Integer({ description: 'Who did it; null: nobody was let in' })),
    username: nullable(Type.String({ description: 'As the request said' })),
    forUserid: nullable(Type.Integer({ description: 'The user or project in whose name' })),
    forUsername: nullable(Type.String({ description: 'Their name, as it is now' })),
    cameBy: choice(CAME_BY),
    address: Type.String(),
    action: Type.String({ examples: ['POST /OpenPEX/accounts/:userid/deposits'] }),
    target: Type.String({ examples: ['/OpenPEX/accounts/2/deposits'] }),
    status: Type.Integer(),
    code: nullable(Type.String({ description: 'Of a refusal' })),
    times: Type.Integer({ description: 'Refusals that are alike are counted, a minute at a time' }),
  }),
);
export type AuditEntry = Static<typeof AuditEntry>;

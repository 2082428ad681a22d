// Tokens with which programs call the API.
import { type Static, Type } from 'typebox';
import { choice, closed, component, HttpDate, lineOfText, nullable } from './field.ts';

/** Not of the service's clock, which may run faster. */
const RealMs = Type.Integer({ description: 'Real time, in milliseconds since 1970' });

export const TOKEN_SCOPES = ['calendar', 'probe', 'read', 'use', 'operate'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export const TokenBody = Type.Object(
  {
    name: lineOfText({
      minLength: 1,
      maxLength: 100,
      description: 'What it is for',
      examples: ['nightly runs'],
    }),
    scope: Type.Optional(
      choice(TOKEN_SCOPES, {
        description:
          'calendar: nothing but the calendar feed, in whose address it stands; probe: nothing but tell what is measured of own services; read: look at what the account may see, and ask for quotes; use (default): what users do; operate: what operators do, too',
      }),
    ),
    expiresInDays: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3650, description: 'Left out: until it is revoked' }),
    ),
  },
  closed,
);
export type TokenBody = Static<typeof TokenBody>;

export const CalendarFeedQuery = Type.Object(
  { token: Type.String({ maxLength: 200, description: 'Of the scope "calendar"' }) },
  closed,
);

export const Token = component(
  'Token',
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    scope: choice(TOKEN_SCOPES),
    createdTime: HttpDate,
    createdTimeMs: RealMs,
    expiresTime: nullable(HttpDate),
    expiresTimeMs: nullable(RealMs),
    usedTime: nullable(HttpDate),
    usedTimeMs: nullable(RealMs),
  }),
);
export type Token = Static<typeof Token>;

export const NewToken = component(
  'NewToken',
  Type.Object({
    ...Token.properties,
    token: Type.String({
      description: 'The token itself, which cannot be shown again',
      examples: ['openpex_2mUQ…'],
    }),
  }),
);
export type NewToken = Static<typeof NewToken>;

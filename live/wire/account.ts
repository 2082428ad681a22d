// Accounts, their balances, and the sessions of the portal.
import { type Static, Type } from 'typebox';
import {
  accountName,
  choice,
  closed,
  component,
  formed,
  HttpDate,
  InstantMs,
  lineOfText,
  MAX_MICROS,
  Micros,
  nullable,
  ref,
} from './field.ts';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './password.ts';

const ROLES = ['user', 'operator'] as const;

const Password = Type.String({ minLength: 1, maxLength: 200 });
const NewPassword = Type.String({ minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX });
const FullName = lineOfText({ minLength: 1, maxLength: 200 });
const Email = formed(
  '^[^\\s@\\x00-\\x1f]+@[^\\s@\\x00-\\x1f]+$',
  'an e-mail address, such as ada@example.org',
  {
    maxLength: 254,
  },
);

export const RegistrationBody = Type.Object(
  {
    username: accountName({ examples: ['alice'] }),
    password: NewPassword,
    fullName: FullName,
    email: Email,
  },
  closed,
);
export type RegistrationBody = Static<typeof RegistrationBody>;

export const ResetPasswordBody = Type.Object({ new: NewPassword }, closed);

export const ProfileBody = Type.Object(
  { fullName: Type.Optional(FullName), email: Type.Optional(Email) },
  { ...closed, minProperties: 1 },
);
export type ProfileBody = Static<typeof ProfileBody>;

export const PasswordBody = Type.Object({ current: Password, new: NewPassword }, closed);

export const LoginBody = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 100 }), password: Password },
  closed,
);

const Limit = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

const ROLLING_OF = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'cpu, or a resource that the provider names',
});
const PeriodMs = Type.Integer({ minimum: 1, maximum: 366 * 86_400_000, description: 'Length of the period' });

const OwnRollingLimit = Type.Object(
  { of: ROLLING_OF, periodMs: PeriodMs, hours: Type.Number({ minimum: 0, maximum: 1_000_000_000 }) },
  closed,
);

export const AccountChangesBody = Type.Object(
  {
    role: Type.Optional(choice(ROLES)),
    disabled: Type.Optional(Type.Boolean()),
    quota: Type.Optional(
      Type.Unsafe<{
        reservations?: number;
        vcpus?: number;
        heldCpuHours?: number;
        rolling?: Static<typeof OwnRollingLimit>[];
      } | null>({
        ...Type.Object(
          {
            reservations: Type.Optional(Limit),
            vcpus: Type.Optional(Limit),
            heldCpuHours: Type.Optional(Limit),
            rolling: Type.Optional(
              Type.Array(OwnRollingLimit, {
                maxItems: 10,
                description:
                  'Instead of all those of the configuration; each of a resource and length that it has',
              }),
            ),
          },
          closed,
        ),
        type: ['object', 'null'],
        description: 'null: the limits of the configuration',
      }),
    ),
  },
  { ...closed, minProperties: 1 },
);
export type AccountChangesBody = Static<typeof AccountChangesBody>;

export const DepositBody = Type.Object(
  {
    amountMicros: Type.Integer({
      minimum: -MAX_MICROS,
      maximum: MAX_MICROS,
      description: 'Below 0: taken away',
    }),
    note: Type.Optional(lineOfText({ maxLength: 200 })),
  },
  closed,
);
export type DepositBody = Static<typeof DepositBody>;

export const UserIdParams = Type.Object({ userid: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

export const Quota = Type.Object({
  reservations: Type.Integer({ description: 'At one instant, offers included' }),
  vcpus: Type.Number({ description: 'At one instant, guaranteed and claimed' }),
  heldCpuHours: Type.Number({ description: 'Of offers that are not confirmed' }),
  rolling: Type.Array(
    Type.Object({
      of: ROLLING_OF,
      periodMs: PeriodMs,
      hours: Type.Number({ description: 'So many for so many hours' }),
    }),
    { description: 'In any period of the length, be it the past, offers included' },
  ),
});

export const Account = component(
  'Account',
  Type.Object({
    userid: Type.Integer(),
    username: Type.String(),
    fullName: Type.String(),
    email: Type.String(),
    role: choice(ROLES),
    disabled: Type.Boolean(),
    balanceMicros: Micros,
    quota: Quota,
    usage: Type.Optional(Quota),
    createdTime: HttpDate,
  }),
);
/** `usage`, at its busiest instant, is what counts against the quota; it comes with one's own account only. */
export type Account = Static<typeof Account>;
export type Role = Account['role'];

export const LedgerEntry = component(
  'LedgerEntry',
  Type.Object({
    entryId: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    kind: choice(['deposit', 'charge', 'refund', 'penalty', 'transfer', 'carried-forward']),
    amountMicros: Type.Integer({ description: 'As the balance changes' }),
    reservationId: nullable(Type.String()),
    note: Type.String(),
  }),
);
export type LedgerEntry = Static<typeof LedgerEntry>;

export const Session = component(
  'Session',
  Type.Object({
    account: ref(Account),
    csrfToken: Type.String({
      description: 'For the header X-OpenPEX-CSRF of requests that change something',
    }),
  }),
);
export type Session = Static<typeof Session>;

export const LogInWays = Type.Object({
  oidc: Type.Unsafe<{ readonly name: string; readonly path: string } | null>({
    type: ['object', 'null'],
    required: ['name', 'path'],
    properties: { name: { type: 'string' }, path: { type: 'string' } },
    description: 'A server where one can log in; null: none',
  }),
  registration: choice(['open', 'closed'], { description: 'closed: operators make accounts' }),
});
export type LogInWays = Static<typeof LogInWays>;

export const PasswordChanged = Type.Object({
  csrfToken: nullable(Type.String({ description: 'Of the new session; null without one' })),
});
export type PasswordChanged = Static<typeof PasswordChanged>;

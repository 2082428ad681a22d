// Projects: users who share a balance and a quota.
import { type Static, Type } from 'typebox';
import { Quota } from './account.ts';
import {
  accountName,
  choice,
  closed,
  component,
  HttpDate,
  lineOfText,
  Micros,
  nullableChoice,
  pageFields,
} from './field.ts';

export const PROJECT_ROLES = ['member', 'manager'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

const Name = accountName({
  description: 'Like that of a user, and no user has it',
  examples: ['astro'],
});

export const ProjectBody = Type.Object(
  {
    name: Name,
    title: lineOfText({ minLength: 1, maxLength: 200 }),
    manager: Type.Optional(Type.String({ maxLength: 32, description: 'The first member: a user name' })),
  },
  closed,
);
export type ProjectBody = Static<typeof ProjectBody>;

export const ProjectQuery = Type.Object(
  { ...pageFields, all: Type.Optional(Type.Boolean({ description: 'Operators: all there are' })) },
  closed,
);

export const MemberParams = Type.Object({
  userid: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  username: Type.String({ maxLength: 32 }),
});
export const MemberBody = Type.Object(
  { role: choice(PROJECT_ROLES, { description: 'manager: chooses the members, too' }) },
  closed,
);

export const TransferBody = Type.Object(
  { to: Type.String({ minLength: 1, maxLength: 32, description: 'The name of a user or a project' }) },
  closed,
);
export type TransferBody = Static<typeof TransferBody>;

export const Project = component(
  'Project',
  Type.Object({
    userid: Type.Integer({ description: 'As in reservations: a project is an account' }),
    name: Type.String(),
    title: Type.String(),
    role: nullableChoice(PROJECT_ROLES, 'Of who asks; null: an operator who is no member'),
    disabled: Type.Boolean(),
    balanceMicros: Micros,
    quota: Quota,
    usage: Type.Optional(Quota),
    members: Type.Optional(
      Type.Array(
        Type.Object({ userid: Type.Integer(), username: Type.String(), role: choice(PROJECT_ROLES) }),
      ),
    ),
    createdTime: HttpDate,
  }),
);
/** `usage` and `members` come with one project only. */
export type Project = Static<typeof Project>;

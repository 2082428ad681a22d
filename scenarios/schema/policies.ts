// Which policies decide: by name, by name with options, or from a user's own file.
import { type Static, Type } from 'typebox';
import { KINDS, POLICY_KINDS, type PolicyKey, type PolicyKind } from '../../engine/index.ts';
import { CATALOGUE, defaultPolicyName } from '../../policies/catalogue.ts';

const Options = Type.Record(Type.String(), Type.Unknown(), {
  default: {},
  description: 'Options of the policy; `openpex policies NAME` lists them.',
});

const Named = Type.Object(
  { name: Type.String({ minLength: 1, description: 'Name of a policy that ships.' }), options: Options },
  { additionalProperties: false },
);

const FromFile = Type.Object(
  {
    file: Type.String({
      minLength: 1,
      description: 'A .js, .mjs or .ts file with a policy of your own, relative to the file that names it.',
    }),
    options: Options,
  },
  { additionalProperties: false },
);

function choiceField(kind: PolicyKind, purpose: string = KINDS[kind].question) {
  const names = CATALOGUE[kind].map((policy) => policy.name);
  return Type.Union([Type.String({ minLength: 1, examples: names }), Named, FromFile], {
    default: defaultPolicyName(kind),
    expected: 'the name of a policy, or {name, options}, or {file, options}',
    description: `${purpose} Ships: ${names.join(', ')}.`,
  });
}

export type PolicyChoice = string | Static<typeof Named> | Static<typeof FromFile>;

/** One field for each of some kinds of policy. */
function choices<K extends PolicyKey>(kinds: readonly PolicyKind[]) {
  return Object.fromEntries(kinds.map((kind) => [KINDS[kind].key, choiceField(kind)])) as Record<
    K,
    ReturnType<typeof choiceField>
  >;
}

/** Kinds that decide for users; all others decide for a provider. */
export const USER_KINDS = ['buyer', 'broker'] as const satisfies readonly PolicyKind[];
export type UserKind = (typeof USER_KINDS)[number];
export type ProviderKind = Exclude<PolicyKind, UserKind>;

export function isUserKind(kind: PolicyKind): kind is UserKind {
  return USER_KINDS.some((each) => each === kind);
}

const OF_PROVIDERS = choices<PolicyKey<ProviderKind>>(POLICY_KINDS.filter((kind) => !isUserKind(kind)));
const OF_USERS = choices<UserKind>(USER_KINDS);

const AS_A_GROUP = {
  additionalProperties: false,
  default: {},
  description: 'The decisions that can be replaced: a name, or {name, options}, or {file, options}.',
} as const;

/** Of one provider among several. */
export const ProviderPoliciesField = Type.Object(OF_PROVIDERS, AS_A_GROUP);
export type ProviderPoliciesField = Static<typeof ProviderPoliciesField>;

/** Of the users of several providers. */
export const UserPoliciesField = Type.Object(OF_USERS, AS_A_GROUP);
export type UserPoliciesField = Static<typeof UserPoliciesField>;

/** Of a provider that is a service: its users are people, but for those of a what-if on its recording. */
export const ServedPoliciesField = Type.Object({ ...OF_PROVIDERS, buyer: OF_USERS.buyer }, AS_A_GROUP);

/** Of the only provider and its users. */
export const PoliciesField = Type.Object({ ...OF_PROVIDERS, ...OF_USERS }, AS_A_GROUP);
export type PoliciesField = Static<typeof PoliciesField>;

export const BuyersField = Type.Record(Type.String(), choiceField('buyer', 'A buyer policy.'), {
  default: {},
  description:
    'Buyer policies by the name that rows of a workload ask for them (column `buyer`). The names of those that ship are always known.',
});
export type BuyersField = Static<typeof BuyersField>;

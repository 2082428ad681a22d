// From a policy and the options that somebody wrote to a policy at work: options checked and completed, then the policy made.
import type { PolicyDefinition, PolicyKind, PolicyPorts, Rng } from '../engine/index.ts';
import { type ErrorPlace, InputError } from '../written/input-error.ts';
import { complete, findProblems, formatPath } from '../written/written-value.ts';

/** A policy with all of its options: everything that is needed to make it, as often as there are runs. */
export interface ResolvedPolicy<K extends PolicyKind = PolicyKind> {
  readonly definition: PolicyDefinition<K>;
  /** Matches the definition's schema; defaults are filled in. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What each kind must be able to do. */
const METHODS: { readonly [K in PolicyKind]: readonly (keyof PolicyPorts[K] & string)[] } = {
  allocation: ['choose'],
  'counter-offer': ['alternative'],
  pricing: ['price', 'compensation'],
  buyer: ['respond'],
};

/**
 * Checks the options and fills in the defaults.
 * @throws InputError PEX_POLICY_OPTIONS that lists every wrong option
 */
export function resolvePolicy<K extends PolicyKind>(
  definition: PolicyDefinition<K>,
  options: Readonly<Record<string, unknown>> = {},
  place: ErrorPlace = {},
): ResolvedPolicy<K> {
  const completed = complete(definition.options, options) as Readonly<Record<string, unknown>>;
  const problems = findProblems(definition.options, completed);
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('; ');
    throw new InputError(
      'PEX_POLICY_OPTIONS',
      `options of the ${definition.kind} policy "${definition.name}": ${list}`,
      place,
    );
  }
  return { definition, options: completed };
}

/**
 * Makes the policy for one run.
 * @param rng the policy's own stream
 * @throws InputError PEX_POLICY_FILE when `create` of a user's policy throws or makes something of another kind
 */
export function makePolicy<K extends PolicyKind>(
  { definition, options }: ResolvedPolicy<K>,
  rng: Rng,
): PolicyPorts[K] {
  const who = `the ${definition.kind} policy "${definition.name}"`;
  let policy: PolicyPorts[K];
  try {
    policy = definition.create(options, { rng });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('PEX_POLICY_FILE', `create() of ${who} failed: ${reason}`, {}, { cause });
  }
  for (const method of METHODS[definition.kind]) {
    if (typeof policy?.[method] !== 'function') {
      throw new InputError('PEX_POLICY_FILE', `create() of ${who} returned something without ${method}()`);
    }
  }
  return policy;
}

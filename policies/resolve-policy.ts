// From a policy and the options that somebody wrote to a policy at work: options checked and completed, then the policy made.
import {
  framesOf,
  frozen,
  functionsOf,
  type Named,
  type PolicyDefinition,
  type PolicyKind,
  type PolicyPorts,
} from '../engine/for-policies.ts';
import { type ErrorPlace, InputError } from '../written/input-error.ts';
import { complete, findProblems, formatPath } from '../written/written-value.ts';
import { isOneAlternative, respondBy } from './counter-offer/one-alternative.ts';

/** A policy with all of its options: everything that is needed to make it, as often as there are runs. */
export interface ResolvedPolicy<K extends PolicyKind = PolicyKind> {
  readonly definition: PolicyDefinition<K>;
  /** Matches the definition's schema; defaults are filled in. */
  readonly options: Readonly<Record<string, unknown>>;
}

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
 * @throws InputError PEX_POLICY_FILE when `create` of a user's policy throws or makes something of another kind
 */
export function makePolicy<K extends PolicyKind>({
  definition,
  options,
}: ResolvedPolicy<K>): Named<PolicyPorts[K]> {
  const { kind, memory, name, source } = definition;
  const wrong = (
    problem: string,
    place: ErrorPlace = source === undefined ? {} : { file: source.file },
    cause?: unknown,
  ) =>
    new InputError('PEX_POLICY_FILE', `create() of the ${kind} policy "${name}" ${problem}`, place, {
      cause,
    });
  let made: unknown;
  try {
    made = definition.create(frozen(options));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw wrong(`failed: ${reason}`, framesOf(cause, source)[0]?.place, cause);
  }
  const policy = kind === 'counter-offer' && isOneAlternative(made) ? respondBy(made) : made;
  for (const [method, { optional }] of Object.entries(functionsOf(kind))) {
    if (optional && (policy as object | null | undefined)?.[method as never] === undefined) continue;
    if (typeof (policy as Readonly<Record<string, unknown>> | undefined | null)?.[method] !== 'function') {
      throw wrong(`returned something without ${method}()`);
    }
  }
  return {
    name,
    policy: policy as PolicyPorts[K],
    ...(memory === undefined ? {} : { memory: () => memory() }),
    ...(definition.starvesNobody?.(frozen(options)) === true && { starvesNobody: true }),
    ...(source === undefined ? {} : { source }),
  };
}

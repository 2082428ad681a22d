// The policies that a fuzzer is asked to try, looked at before it begins: what is wrong with a file is no finding.
import type { PolicyKind } from '../../engine/index.ts';
import { findPolicy } from '../../policies/catalogue.ts';
import { loadPolicyFile } from '../../policies/load-policy-file.ts';
import { makePolicy, resolvePolicy } from '../../policies/resolve-policy.ts';
import { parsePolicyChoice } from '../../scenarios/load/settings.ts';
import type { FuzzPolicies } from './fuzz-case.ts';

export interface TriedPolicies {
  readonly policies: FuzzPolicies;
  /** Their names, by kind. */
  readonly names: ReadonlyMap<PolicyKind, string>;
}

/**
 * @param choices `KIND=NAME` or `KIND=FILE`; of a kind that comes twice the last counts
 * @throws InputError PEX_USAGE, PEX_POLICY_UNKNOWN, PEX_POLICY_FILE, PEX_POLICY_OPTIONS
 */
export async function triedPolicies(choices: readonly string[]): Promise<TriedPolicies> {
  const policies: Record<string, FuzzPolicies[PolicyKind]> = {};
  const names = new Map<PolicyKind, string>();
  for (const choice of choices) {
    const { kind, value } = parsePolicyChoice(choice);
    const definition =
      'file' in value ? await loadPolicyFile(kind, value.file) : findPolicy(kind, value.name);
    makePolicy(resolvePolicy(definition));
    policies[kind] = value;
    names.set(kind, definition.name);
  }
  return { policies, names };
}

// The policies of a scenario: found in the catalogue or loaded from a user's file, their options completed, made anew for each run.
import {
  type BuyerPolicy,
  type ErrorPlace,
  InputError,
  KINDS,
  type Named,
  type PolicyDefinition,
  type PolicyKind,
  type RunPolicies,
  suggestion,
} from '../../engine/index.ts';
import { CATALOGUE, findPolicy } from '../../policies/catalogue.ts';
import { loadPolicyFile } from '../../policies/load-policy-file.ts';
import { makePolicy, type ResolvedPolicy, resolvePolicy } from '../../policies/resolve-policy.ts';
import type { WrittenDocument } from '../../written/document.ts';
import type { PolicyChoice } from '../schema/policies.ts';
import type { ScenarioFile } from '../schema/scenario.ts';
import type { ScenarioPaths } from './paths.ts';

/** A policy of a scenario, and the way in which the resolved scenario writes it. */
export interface ChosenPolicy<K extends PolicyKind> extends ResolvedPolicy<K> {
  readonly written: Exclude<PolicyChoice, string>;
}

export interface ChosenPolicies {
  readonly allocation: ChosenPolicy<'allocation'>;
  readonly counterOffer: ChosenPolicy<'counter-offer'>;
  readonly pricing: ChosenPolicy<'pricing'>;
  readonly buyer: ChosenPolicy<'buyer'>;
  /** By the name that rows of a workload use. */
  readonly buyers: ReadonlyMap<string, ChosenPolicy<'buyer'>>;
}

/**
 * @param locate where the file of a policy lies
 * @param place of the choice, for messages
 * @throws InputError PEX_POLICY_UNKNOWN, PEX_POLICY_OPTIONS, PEX_POLICY_FILE
 */
export async function choosePolicy<K extends PolicyKind>(
  kind: K,
  choice: PolicyChoice,
  locate: (file: string) => string,
  place: ErrorPlace,
): Promise<ChosenPolicy<K>> {
  if (typeof choice === 'string') return choosePolicy(kind, { name: choice, options: {} }, locate, place);
  const definition: PolicyDefinition<K> =
    'file' in choice ? await loadPolicyFile(kind, locate(choice.file)) : findPolicy(kind, choice.name, place);
  const resolved = resolvePolicy(definition, choice.options, place);
  return { ...resolved, written: { ...choice, options: { ...resolved.options } } };
}

/** All policies that a scenario names, each at its own place in the document. */
export async function choosePolicies(
  { policies, buyers }: Pick<ScenarioFile, 'policies' | 'buyers'>,
  document: WrittenDocument,
  paths: ScenarioPaths,
): Promise<ChosenPolicies> {
  const choose = <K extends PolicyKind>(kind: K) => {
    const { key } = KINDS[kind];
    const at = ['policies', key];
    const locate = (file: string) => paths.locate(file, at);
    return choosePolicy(kind, policies[key], locate, document.placeOf(at));
  };
  const named = new Map<string, ChosenPolicies['buyer']>();
  for (const [name, choice] of Object.entries(buyers)) {
    const at = ['buyers', name];
    const locate = (file: string) => paths.locate(file, at);
    named.set(name, await choosePolicy('buyer', choice, locate, document.placeOf(at)));
  }
  return {
    allocation: await choose('allocation'),
    counterOffer: await choose('counter-offer'),
    pricing: await choose('pricing'),
    buyer: await choose('buyer'),
    buyers: named,
  };
}

/**
 * Policies for one run.
 * @param seed of what they draw
 * @throws InputError PEX_POLICY_FILE when a user's policy cannot be made
 */
export function makePolicies(chosen: ChosenPolicies, seed: number): RunPolicies {
  const buyers = buyersByName(chosen);
  const usualBuyer = makePolicy(chosen.buyer);
  const namedBuyers = new Map<string, Named<BuyerPolicy>>();
  return {
    seed,
    allocation: makePolicy(chosen.allocation),
    counterOffer: makePolicy(chosen.counterOffer),
    pricing: makePolicy(chosen.pricing),
    buyer(name) {
      if (name === undefined) return usualBuyer;
      let buyer = namedBuyers.get(name);
      if (buyer === undefined) {
        const resolved = buyers.get(name);
        if (resolved === undefined) throw unknownBuyer(name, [...buyers.keys()]);
        buyer = { ...makePolicy(resolved), name };
        namedBuyers.set(name, buyer);
      }
      return buyer;
    },
  };
}

/** The buyer policies that a row may ask for: the catalogue's, and the scenario's own, which come first. */
export function buyersByName(chosen: ChosenPolicies): ReadonlyMap<string, ResolvedPolicy<'buyer'>> {
  const buyers = new Map<string, ResolvedPolicy<'buyer'>>(
    CATALOGUE.buyer.map((definition) => [definition.name, resolvePolicy(definition)]),
  );
  for (const [name, buyer] of chosen.buyers) buyers.set(name, buyer);
  return buyers;
}

function unknownBuyer(name: string, known: readonly string[]): InputError {
  return new InputError(
    'PEX_POLICY_UNKNOWN',
    `a request asks for the buyer policy "${name}"${suggestion(name, known)}`,
  );
}

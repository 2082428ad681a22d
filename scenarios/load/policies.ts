// The policies of a scenario: found in the catalogue or loaded from a user's file, their options completed, made anew for each run.
import {
  type BuyerPolicy,
  KINDS,
  type Named,
  type PolicyDefinition,
  type PolicyKind,
  type ProviderPolicies,
  type UserSettings,
} from '../../engine/index.ts';
import { CATALOGUE, findPolicy } from '../../policies/catalogue.ts';
import { makePolicy, type ResolvedPolicy, resolvePolicy } from '../../policies/resolve-policy.ts';
import type { WrittenDocument } from '../../written/document.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { PathPart } from '../../written/written-value.ts';
import type {
  BuyersField,
  PolicyChoice,
  ProviderKind,
  ProviderPoliciesField,
  UserPoliciesField,
} from '../schema/policies.ts';
import type { NamedFiles } from './named-files.ts';

/** A policy of a scenario, and the way in which the resolved scenario writes it. */
export interface ChosenPolicy<K extends PolicyKind> extends ResolvedPolicy<K> {
  readonly written: Exclude<PolicyChoice, string>;
}

export interface ChosenPolicies {
  readonly allocation: ChosenPolicy<'allocation'>;
  readonly counterOffer: ChosenPolicy<'counter-offer'>;
  readonly pricing: ChosenPolicy<'pricing'>;
  readonly migration: ChosenPolicy<'migration'>;
  readonly preemption: ChosenPolicy<'preemption'>;
  readonly waitlist: ChosenPolicy<'waitlist'>;
  readonly recovery: ChosenPolicy<'recovery'>;
  readonly provisioning: ChosenPolicy<'provisioning'>;
}

export interface ChosenBuyers {
  /** Of requests that name none. */
  readonly usual: ChosenPolicy<'buyer'>;
  /** By the name that rows of a workload use. */
  readonly named: ReadonlyMap<string, ChosenPolicy<'buyer'>>;
}

/**
 * @param locate where the file of a policy lies
 * @param place of the choice, for messages
 * @throws InputError PEX_POLICY_UNKNOWN, PEX_POLICY_OPTIONS, PEX_POLICY_FILE
 */
async function choosePolicy<K extends PolicyKind>(
  kind: K,
  choice: PolicyChoice,
  locate: (file: string) => string,
  place: ErrorPlace,
): Promise<ChosenPolicy<K>> {
  if (typeof choice === 'string') return choosePolicy(kind, { name: choice, options: {} }, locate, place);
  const definition: PolicyDefinition<K> =
    'file' in choice ? await loadUserPolicy(kind, locate(choice.file)) : findPolicy(kind, choice.name, place);
  const resolved = resolvePolicy(definition, choice.options, place);
  return { ...resolved, written: { ...choice, options: { ...resolved.options } } };
}

/** What compiles a user's file is loaded when there is one. */
async function loadUserPolicy<K extends PolicyKind>(kind: K, file: string): Promise<PolicyDefinition<K>> {
  const { loadPolicyFile } = await import('../../policies/load-policy-file.ts');
  return loadPolicyFile(kind, file);
}

/** The policies of a provider, each at its own place in the document. @param at where the provider's settings stand */
export async function choosePolicies(
  policies: ProviderPoliciesField,
  at: readonly PathPart[],
  document: WrittenDocument,
  files: NamedFiles,
): Promise<ChosenPolicies> {
  const choose = <K extends ProviderKind>(kind: K) =>
    chooseAt(kind, policies[KINDS[kind].key], [...at, 'policies', KINDS[kind].key], document, files);
  return {
    allocation: await choose('allocation'),
    counterOffer: await choose('counter-offer'),
    pricing: await choose('pricing'),
    migration: await choose('migration'),
    preemption: await choose('preemption'),
    waitlist: await choose('waitlist'),
    recovery: await choose('recovery'),
    provisioning: await choose('provisioning'),
  };
}

/** Those of the users. */
export async function chooseBuyers(
  { policies, buyers }: { readonly policies: Pick<UserPoliciesField, 'buyer'>; readonly buyers: BuyersField },
  document: WrittenDocument,
  files: NamedFiles,
): Promise<ChosenBuyers> {
  const named = new Map<string, ChosenPolicy<'buyer'>>();
  for (const [name, choice] of Object.entries(buyers)) {
    named.set(name, await chooseAt('buyer', choice, ['buyers', name], document, files));
  }
  return {
    usual: await chooseAt('buyer', policies.buyer, ['policies', KINDS.buyer.key], document, files),
    named,
  };
}

/** Which provider they are led to. */
export function chooseBroker(
  policies: Pick<UserPoliciesField, 'broker'>,
  document: WrittenDocument,
  files: NamedFiles,
): Promise<ChosenPolicy<'broker'>> {
  return chooseAt('broker', policies.broker, ['policies', KINDS.broker.key], document, files);
}

async function chooseAt<K extends PolicyKind>(
  kind: K,
  choice: PolicyChoice,
  at: readonly PathPart[],
  document: WrittenDocument,
  files: NamedFiles,
): Promise<ChosenPolicy<K>> {
  const chosen = await choosePolicy(kind, choice, (file) => files.locate(file, at), document.placeOf(at));
  const { written } = chosen;
  if (!('file' in written)) return chosen;
  return { ...chosen, written: { ...written, file: files.portable(written.file, at) } };
}

/**
 * Policies for one run.
 * @param seed of what they draw
 * @throws InputError PEX_POLICY_FILE when a user's policy cannot be made
 */
export function makePolicies(chosen: ChosenPolicies, seed: number | string): ProviderPolicies {
  return {
    seed,
    allocation: makePolicy(chosen.allocation),
    counterOffer: makePolicy(chosen.counterOffer),
    pricing: makePolicy(chosen.pricing),
    migration: makePolicy(chosen.migration),
    preemption: makePolicy(chosen.preemption),
    waitlist: makePolicy(chosen.waitlist),
    recovery: makePolicy(chosen.recovery),
    provisioning: makePolicy(chosen.provisioning),
  };
}

/** The same for buyers; those with a name when they are first asked for. */
export function makeBuyers(chosen: ChosenBuyers): UserSettings['buyer'] {
  const buyers = buyersByName(chosen);
  const usualBuyer = makePolicy(chosen.usual);
  const namedBuyers = new Map<string, Named<BuyerPolicy>>();
  return (name) => {
    if (name === undefined) return usualBuyer;
    let buyer = namedBuyers.get(name);
    if (buyer === undefined) {
      const resolved = buyers.get(name);
      if (resolved === undefined) throw unknownBuyer(name, [...buyers.keys()]);
      buyer = { ...makePolicy(resolved), name };
      namedBuyers.set(name, buyer);
    }
    return buyer;
  };
}

/** The buyer policies that a row may ask for: the catalogue's, and the scenario's own, which come first. */
export function buyersByName(chosen: ChosenBuyers): ReadonlyMap<string, ResolvedPolicy<'buyer'>> {
  const buyers = new Map<string, ResolvedPolicy<'buyer'>>(
    CATALOGUE.buyer.map((definition) => [definition.name, resolvePolicy(definition)]),
  );
  for (const [name, buyer] of chosen.named) buyers.set(name, buyer);
  return buyers;
}

function unknownBuyer(name: string, known: readonly string[]): InputError {
  return new InputError(
    'PEX_POLICY_UNKNOWN',
    `a request asks for the buyer policy "${name}"${suggestion(name, known)}`,
  );
}

// Every policy that ships, by kind and name. A new policy is one file and one line here.
import type { PolicyDefinition, PolicyKind } from '../engine/index.ts';
import { type ErrorPlace, InputError } from '../written/input-error.ts';
import { suggestion } from '../written/suggestion.ts';
import { bestFit } from './allocation/best-fit.ts';
import { firstFit } from './allocation/first-fit.ts';
import { leastLoaded } from './allocation/least-loaded.ts';
import { mostLoaded } from './allocation/most-loaded.ts';
import { random } from './allocation/random.ts';
import { roundRobin } from './allocation/round-robin.ts';
import { worstFit } from './allocation/worst-fit.ts';
import { earliestSlot } from './buyer/earliest-slot.ts';
import { exactOrNothing } from './buyer/exact-or-nothing.ts';
import { earliestStart } from './counter-offer/earliest-start.ts';
import { none } from './counter-offer/none.ts';
import { cheapestSuspension } from './preemption/cheapest-suspension.ts';
import { noPreemption } from './preemption/none.ts';
import { oldest } from './preemption/oldest.ts';
import { youngest } from './preemption/youngest.ts';
import { flat } from './pricing/flat.ts';

/** The first of each kind is the default: together they are the provider of the papers. */
export const CATALOGUE: {
  readonly [K in PolicyKind]: readonly [PolicyDefinition<K>, ...PolicyDefinition<K>[]];
} = {
  allocation: [mostLoaded, leastLoaded, firstFit, bestFit, worstFit, roundRobin, random],
  'counter-offer': [earliestStart, none],
  pricing: [flat],
  preemption: [noPreemption, youngest, oldest, cheapestSuspension],
  buyer: [earliestSlot, exactOrNothing],
};

/** Name of the policy of that kind that is used when none is named. */
export function defaultPolicyName(kind: PolicyKind): string {
  return CATALOGUE[kind][0].name;
}

/** @throws InputError PEX_POLICY_UNKNOWN with the nearest name, or all of them */
export function findPolicy<K extends PolicyKind>(
  kind: K,
  name: string,
  place: ErrorPlace = {},
): PolicyDefinition<K> {
  const ofKind: readonly PolicyDefinition<K>[] = CATALOGUE[kind];
  const found = ofKind.find((policy) => policy.name === name);
  if (found !== undefined) return found;
  const names = ofKind.map((policy) => policy.name);
  throw new InputError(
    'PEX_POLICY_UNKNOWN',
    `there is no ${kind} policy "${name}"${suggestion(name, names)}`,
    place,
  );
}

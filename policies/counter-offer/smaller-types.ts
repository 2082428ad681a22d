// Which instance types are smaller than what was asked.
import {
  amountOf,
  type InstanceType,
  isWithin,
  type NegotiationView,
  namesIn,
  type Proposal,
  type Resources,
  sameResources,
} from '../../engine/for-policies.ts';

/** The provider's types that need no more of anything, and less of something: the largest first. */
export function smallerTypes(
  { demand }: Proposal,
  { instanceTypes }: NegotiationView,
): readonly InstanceType[] {
  return instanceTypes
    .filter((type) => isWithin(type.demand, demand) && !sameResources(type.demand, demand))
    .sort((a, b) => bySize(b.demand, a.demand) || (a.name < b.name ? -1 : 1));
}

/** By CPU, then memory, then disk, then what the provider names. */
function bySize(a: Resources, b: Resources): number {
  for (const name of new Set([...namesIn(a), ...namesIn(b)])) {
    const difference = amountOf(a, name) - amountOf(b, name);
    if (difference !== 0) return difference;
  }
  return 0;
}

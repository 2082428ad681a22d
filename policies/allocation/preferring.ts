// Conditions that narrow the candidates, one after the other, as far as that leaves any.
import type { AllocationPolicy, NodeView } from '../../engine/for-policies.ts';
import type { Placing } from '../expression/node-figures.ts';

/** @param conditions each a number, of which 0 means no; one that holds for nobody who is left is passed over */
export function preferring(
  conditions: readonly ((placing: Placing) => number)[],
  policy: AllocationPolicy,
): AllocationPolicy {
  return {
    choose(request, candidates, cluster, decision) {
      let left: readonly NodeView[] = [...candidates];
      for (const holds of conditions) {
        const meeting = left.filter((node) => holds({ node, request }) !== 0);
        if (meeting.length > 0) left = meeting;
      }
      return policy.choose(request, left, cluster, decision);
    },
  };
}

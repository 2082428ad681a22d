// Spreading: the node on which most stays free. See engine/domain/ranking.ts for what "free" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/for-policies.ts';
import { countedResource, rankedResource } from './counted-resource.ts';

/** The candidate with the largest residual share of its scarcest resource. */
export const worstFit = allocationPolicy({
  name: 'worst-fit',
  summary: 'The node on which the instance leaves the most of the scarcest resource free.',
  guide: {
    rule: 'argmax over nodes of min over resources r of (free - demand) / capacity of r, free at the tightest instant of the window.',
    origin: 'Worst fit of bin packing.',
    use: 'To leave each node room to grow, for optional instances that will be claimed.',
  },
  options: Type.Object({ resource: countedResource }),
  create: ({ resource }) => ranked({ by: 'residual-share', first: 'most', of: rankedResource(resource) }),
});

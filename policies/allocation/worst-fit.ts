// Spreading: the node on which most stays free. See engine/domain/ranking.ts for what "free" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/index.ts';
import { countedResource, rankedResource } from './counted-resource.ts';

/** The candidate with the largest residual share of its scarcest resource. */
export const worstFit = allocationPolicy({
  name: 'worst-fit',
  summary: 'The node on which the instance leaves the most of the scarcest resource free.',
  options: Type.Object({ resource: countedResource }),
  create: ({ resource }) => ranked({ by: 'residual-share', first: 'most', of: rankedResource(resource) }),
});

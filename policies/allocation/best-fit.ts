// Packing: the node that the instance fills most. See engine/domain/ranking.ts for what "fills" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/index.ts';
import { countedResource, rankedResource } from './counted-resource.ts';

/** The candidate with the least residual share of its scarcest resource. */
export const bestFit = allocationPolicy({
  name: 'best-fit',
  summary: 'The node on which the instance leaves the least of the scarcest resource free.',
  options: Type.Object({ resource: countedResource }),
  create: ({ resource }) => ranked({ by: 'residual-share', first: 'least', of: rankedResource(resource) }),
});

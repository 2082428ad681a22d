// Packing: the node that the instance fills most. See engine/domain/ranking.ts for what "fills" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/for-policies.ts';
import { countedResource, rankedResource } from './counted-resource.ts';

/** The candidate with the least residual share of its scarcest resource. */
export const bestFit = allocationPolicy({
  name: 'best-fit',
  summary: 'The node on which the instance leaves the least of the scarcest resource free.',
  guide: {
    rule: 'Of the candidates, argmin over nodes of min over resources r of (free - demand) / capacity of r, free at the tightest instant of the window.',
    origin: 'Best fit of bin packing (Panigrahy et al. 2011, "Heuristics for vector bin packing").',
    use: 'To keep whole nodes free for large requests when memory or disk, not only CPUs, run out.',
  },
  options: Type.Object({ resource: countedResource }),
  create: ({ resource }) => ranked({ by: 'residual-share', first: 'least', of: rankedResource(resource) }),
});

// Packing: the node that the instance fills most. See residual-share.ts for what "fills" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/index.ts';
import { residualShare } from './residual-share.ts';

/** The candidate with the least residual share of its scarcest resource. */
export const bestFit = allocationPolicy({
  name: 'best-fit',
  summary: 'The node on which the instance leaves the least of the scarcest resource free.',
  options: Type.Object({}),
  create: () => highestScore((node, request) => -residualShare(node, request)),
});

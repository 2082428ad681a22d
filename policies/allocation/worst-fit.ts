// Spreading: the node on which most stays free. See residual-share.ts for what "free" means with several resources.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/index.ts';
import { residualShare } from './residual-share.ts';

/** The candidate with the largest residual share of its scarcest resource. */
export const worstFit = allocationPolicy({
  name: 'worst-fit',
  summary: 'The node on which the instance leaves the most of the scarcest resource free.',
  options: Type.Object({}),
  create: () => highestScore((node, request) => residualShare(node, request)),
});

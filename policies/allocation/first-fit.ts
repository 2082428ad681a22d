// The cheapest decision: the first node that has room. No other node is looked at.

import { Type } from 'typebox';
import { allocationPolicy } from '../../engine/index.ts';

/** The candidate with the lowest index. */
export const firstFit = allocationPolicy({
  name: 'first-fit',
  summary: 'The first node of the cluster that has room.',
  options: Type.Object({}),
  create: () => ({
    choose(_request, candidates) {
      for (const node of candidates) return node;
      throw new RangeError('an allocation policy was called without candidates');
    },
  }),
});

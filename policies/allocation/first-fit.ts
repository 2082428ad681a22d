// The cheapest decision: the first node that has room. No other node is looked at.

import { Type } from 'typebox';
import { allocationPolicy } from '../../engine/for-policies.ts';

/** The candidate with the lowest index. */
export const firstFit = allocationPolicy({
  name: 'first-fit',
  summary: 'The first node of the cluster that has room.',
  guide: {
    rule: 'The candidate with the lowest index.',
    origin: 'First fit of bin packing.',
    use: 'As the cheapest baseline, and where the order of nodes is the order in which they should be filled.',
  },
  options: Type.Object({}),
  create: () => ({
    choose(_request, candidates) {
      for (const node of candidates) return node;
      throw new RangeError('an allocation policy was called without candidates');
    },
  }),
});

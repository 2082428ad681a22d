// Affinity: the instances of one request on as few nodes as they fit on.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';

/** Begins on the node that takes the most of the request, and stays there. */
export const pack = allocationPolicy({
  name: 'pack',
  summary:
    'The node that has instances of this request already, else the one that can take the most of them.',
  guide: {
    rule: 'Lexicographic argmax of (instances of this request on the node, how many more of the request fit there up to what is left to place, booked share of CPU time in the window).',
    origin: 'Affinity of Kubernetes and OpenStack, preferred rather than required.',
    use: 'When the instances of one user talk to each other much.',
  },
  options: Type.Object({}),
  create: () =>
    highestScore((node, { count }) => {
      const fits = Math.min(node.freeCount, count);
      return node.placedHere > 0 ? 1_000_000 + node.placedHere : fits + Math.min(1, node.load) / 2;
    }),
});

// Anti-affinity: the instances of one request on as many nodes as there are.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';

/** Each round of the nodes puts one instance on each; within a round the emptiest node comes first. */
export const spread = allocationPolicy({
  name: 'spread',
  summary: 'The node with the fewest instances of this request, among those the least loaded: anti-affinity.',
  guide: {
    rule: 'Lexicographic argmin of (instances of this request on the node, booked share of CPU time in the window).',
    origin: 'Anti-affinity of Kubernetes and OpenStack, preferred rather than required.',
    use: 'When the loss of a node must not take several instances of one user.',
  },
  options: Type.Object({}),
  create: () =>
    // What is booked is at most all of the node, so that the load does not outweigh an instance.
    highestScore((node) => -2 * (node.placedHere + node.load / 4)),
});

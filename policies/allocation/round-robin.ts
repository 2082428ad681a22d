// Taking turns: each instance goes to the next node after the one that was used last.

import { Type } from 'typebox';
import { allocationPolicy, type NodeView } from '../../engine/for-policies.ts';

/** The first candidate after the node that was chosen last, around the end of the cluster. */
export const roundRobin = allocationPolicy({
  name: 'round-robin',
  summary: 'The next node with room after the one that was chosen last.',
  guide: {
    rule: 'The first candidate after the node that was chosen last, around the end of the cluster.',
    origin: 'OpenPEX tech report, future work; Eucalyptus ROUNDROBIN.',
    use: 'As a baseline that spreads without looking at load.',
  },
  options: Type.Object({}),
  memory: () => ({ lastIndex: -1 }),
  create: () => ({
    choose(_request, candidates, _cluster, { memory }) {
      const node = next(candidates, memory.lastIndex);
      memory.lastIndex = node.index;
      return node;
    },
  }),
});

function next(candidates: Iterable<NodeView>, lastIndex: number): NodeView {
  let first: NodeView | undefined;
  for (const node of candidates) {
    if (node.index > lastIndex) return node;
    first ??= node;
  }
  if (first === undefined) throw new RangeError('an allocation policy was called without candidates');
  return first;
}

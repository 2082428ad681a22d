// Fills one node and goes on to the next, as first fit that does not look back.

import { Type } from 'typebox';
import { allocationPolicy } from '../../engine/for-policies.ts';

/** The node that was used last, as long as it has room; then the next that has, around the end of the cluster. */
export const nextFit = allocationPolicy({
  name: 'next-fit',
  summary: 'The node that was chosen last as long as it has room, then the next one that has.',
  guide: {
    rule: 'The first candidate at or after the node that was chosen last, around the end of the cluster.',
    origin: 'Next fit of bin packing (Johnson 1974).',
    use: 'As a baseline that packs, and wears nodes evenly over time.',
  },
  options: Type.Object({}),
  memory: () => ({ lastIndex: 0 }),
  create: () => ({
    choose(_request, candidates, _cluster, { memory }) {
      const { value: first } = candidates[Symbol.iterator]().next();
      let chosen = first;
      for (const node of candidates) {
        if (node.index < memory.lastIndex) continue;
        chosen = node;
        break;
      }
      memory.lastIndex = chosen.index;
      return chosen;
    },
  }),
});

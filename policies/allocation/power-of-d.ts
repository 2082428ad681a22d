// The better of a few: nearly as even as looking at all nodes.

import { Type } from 'typebox';
import { allocationPolicy } from '../../engine/for-policies.ts';

/** Draws d different candidates for the very instance and takes the least loaded of them, the one with the lowest index among equals. */
export const powerOfD = allocationPolicy({
  name: 'power-of-d',
  summary: 'The least loaded of a few nodes that are drawn at random.',
  guide: {
    rule: 'argmin of the booked share of CPU time in the window over d candidates drawn without replacement.',
    origin: 'Mitzenmacher 2001, "The power of two choices in randomized load balancing".',
    use: 'To study what little knowledge of the cluster is worth: d = 1 is random, d = all is least-loaded.',
  },
  options: Type.Object({
    choices: Type.Integer({ minimum: 1, maximum: 1000, default: 2, description: 'Nodes that are drawn.' }),
  }),
  create: ({ choices }) => ({
    choose(_request, candidates, _cluster, { rng }) {
      const left = [...candidates];
      const drawn = Array.from({ length: Math.min(choices, left.length) }, () => {
        const [node] = left.splice(rng.integer(0, left.length - 1), 1);
        return node!;
      });
      return drawn.reduce((best, node) =>
        node.load < best.load || (node.load === best.load && node.index < best.index) ? node : best,
      );
    },
  }),
});

// Packing in all dimensions: the least is left, by the length of what is left.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';
import { sharesOf, sum } from './vectors.ts';

export const l2Norm = allocationPolicy({
  name: 'l2-norm',
  summary: 'The node on which the instance leaves the shortest vector of free resources.',
  guide: {
    rule: 'argmin of the sum over resources of ((free - demand) / capacity) squared, free at the tightest instant of the window.',
    origin: 'Norm-based greedy of Panigrahy et al. 2011, "Heuristics for vector bin packing".',
    use: 'As best-fit, where no single resource should decide.',
  },
  options: Type.Object({}),
  create: () =>
    highestScore(
      (node, request) => -sum(sharesOf(node, request), ({ demand, free }) => (free - demand) ** 2),
    ),
});

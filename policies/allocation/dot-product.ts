// Packing by direction and amount: what a node has much of is what the instance needs much of.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';
import { sharesOf, sum } from './vectors.ts';

export const dotProduct = allocationPolicy({
  name: 'dot-product',
  summary: 'The node whose free resources are most of the kind that the instance needs.',
  guide: {
    rule: 'argmax of the sum over resources of (demand / capacity) x (free / capacity), free at the tightest instant of the window.',
    origin: 'Panigrahy et al. 2011, "Heuristics for vector bin packing"; Tetris (Grandl et al. 2014).',
    use: 'When instances differ in shape, some of much memory, some of many CPUs.',
  },
  options: Type.Object({}),
  create: () =>
    highestScore((node, request) => sum(sharesOf(node, request), ({ demand, free }) => demand * free)),
});

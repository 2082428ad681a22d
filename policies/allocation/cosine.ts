// Packing by shape alone: the angle between what is needed and what is free.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';
import { sharesOf, sum } from './vectors.ts';

export const cosine = allocationPolicy({
  name: 'cosine',
  summary: 'The node whose free resources have most nearly the shape of the instance.',
  guide: {
    rule: 'argmax of the cosine of the angle between demand / capacity and free / capacity, free at the tightest instant of the window.',
    origin: 'Dot product of normalised vectors, as compared by Panigrahy et al. 2011.',
    use: 'To keep nodes in balance: what remains has the shape of what is asked for.',
  },
  options: Type.Object({}),
  create: () =>
    highestScore((node, request) => {
      const shares = sharesOf(node, request);
      const lengths = Math.sqrt(
        sum(shares, ({ demand }) => demand ** 2) * sum(shares, ({ free }) => free ** 2),
      );
      return lengths === 0 ? 0 : sum(shares, ({ demand, free }) => demand * free) / lengths;
    }),
});

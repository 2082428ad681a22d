// A policy put together in the scenario: filters that narrow the choice, and scores that are weighed against each other.

import { Type } from 'typebox';
import { type AllocationPolicy, allocationPolicy, type NodeView } from '../../engine/for-policies.ts';
import { FIGURES_GUIDE, nodeExpression, type Placing } from '../expression/node-figures.ts';
import { preferring } from './preferring.ts';

interface Score {
  readonly weight: number;
  readonly of: (placing: Placing) => number;
}

export const filtersAndScores = allocationPolicy({
  name: 'filters-and-scores',
  summary: 'Filters that narrow the choice one after the other, then the highest sum of weighted scores.',
  guide: {
    rule: `Each filter leaves the candidates for which it holds, unless it holds for none. Of those left argmax of the sum of weight x (s - least s) / (most s - least s), least and most over those left; a score that is the same for all counts nothing. Operators: + - * /, = != > < >= <=, & | !, texts in quotes with * for anything. ${FIGURES_GUIDE}`,
    origin:
      'Filter, score and normalise, as in the scheduling framework of Kubernetes and the filter scheduler of OpenStack.',
    use: 'To try a mixture without writing code: of packing, peaks, affinity and kinds of node.',
  },
  options: Type.Object({
    filters: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Conditions, the most important first.',
    }),
    scores: Type.Array(
      Type.Object({
        score: Type.String({ minLength: 1, description: 'The higher the better.' }),
        weight: Type.Number({ default: 1, description: 'Less than 0: the lower the better.' }),
      }),
      {
        default: [{ score: '-LEFT', weight: 1 }],
        description: 'Expressions and their weights: [{score: LOAD, weight: 2}].',
      },
    ),
  }),
  create: ({ filters, scores }) => {
    const weighed = scores.map(({ score, weight = 1 }): Score => ({ weight, of: nodeExpression(score) }));
    return preferring(filters.map(nodeExpression), highestSum(weighed));
  },
});

function highestSum(scores: readonly Score[]): AllocationPolicy {
  return {
    choose(request, candidates) {
      const nodes: readonly NodeView[] = [...candidates];
      const totals = nodes.map(() => 0);
      for (const { of, weight } of scores) {
        const values = nodes.map((node) => of({ node, request }));
        const least = Math.min(...values);
        const span = Math.max(...values) - least;
        if (span > 0)
          for (const [i, value] of values.entries()) totals[i]! += weight * ((value - least) / span);
      }
      let best = 0;
      for (const [i, total] of totals.entries()) if (total > totals[best]!) best = i;
      return nodes[best]!;
    },
  };
}

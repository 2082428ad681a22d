// The match-making scheduler of OpenNebula: who meets the requirements, in the order of a rank.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/index.ts';
import { FIGURES_GUIDE, nodeExpression } from '../expression/node-figures.ts';
import { preferring } from './preferring.ts';

export const opennebula = allocationPolicy({
  name: 'opennebula',
  summary:
    'The node that meets an expression of requirements and ranks highest by another, as in OpenNebula.',
  guide: {
    rule: `Of the candidates for which requirements holds, or of all when it holds for none, argmax of rank. Operators: + - * /, = != > < >= <=, & | !, texts in quotes with * for anything. ${FIGURES_GUIDE}`,
    origin:
      'OpenNebula, scheduler mm_sched: RUNNING_VMS packs, -RUNNING_VMS stripes, FREE_CPU is load-aware. There a VM of which no host meets the requirements waits; here they are preferred, as what is accepted must be placed.',
    use: 'To compare with an installation of OpenNebula, by the very expressions of its templates.',
  },
  options: Type.Object({
    rank: Type.String({ minLength: 1, default: 'FREE_CPU', description: 'The higher the better.' }),
    requirements: Type.String({ default: '', description: 'What a node should meet; empty: nothing.' }),
  }),
  create: ({ rank, requirements }) => {
    const byRank = nodeExpression(rank);
    const ranked = highestScore((node, request) => byRank({ node, request }));
    return requirements.trim() === '' ? ranked : preferring([nodeExpression(requirements)], ranked);
  },
});

// A cloud of one's own, and others for what may leave it.
import { Type } from 'typebox';
import { brokerPolicy, REQUEST_KINDS } from '../../engine/for-policies.ts';

export const privateFirst = brokerPolicy({
  name: 'private-first',
  summary: 'What is critical asks the first provider and no other; the rest asks all, in order.',
  guide: {
    rule: 'Requests of the kinds `critical`: the first provider of the world alone. Others: the order of the world.',
    origin:
      'Rule-based hybrid manager (Imteyaz et al.; the dissertation, chapter 2): what is critical never leaves the private cloud.',
    use: 'In a hybrid cloud, with the private provider named first.',
  },
  options: Type.Object({
    critical: Type.Array(Type.Enum([...REQUEST_KINDS]), {
      default: ['advance', 'immediate', 'deadline', 'flexible'],
      description: 'The kinds of request that never leave the first provider.',
    }),
  }),
  create: ({ critical }) => ({
    order: ({ kind }, markets) => (critical.includes(kind) ? markets.slice(0, 1) : markets),
  }),
});

// Users who know of all providers, and nothing about them.

import { Type } from 'typebox';
import { brokerPolicy } from '../../engine/for-policies.ts';
import { drawn } from './drawn.ts';

export const anyOrder = brokerPolicy({
  name: 'random',
  summary: 'Each user asks the providers in an order of their own, all orders equally likely.',
  guide: {
    rule: 'A permutation drawn for each request.',
    origin: 'Random matching, as in search models of markets.',
    use: 'As the market in which nobody compares: what cheapest and soonest gain, they gain over this.',
  },
  options: Type.Object({}),
  create: () => ({ order: (_, markets, { rng }) => drawn(markets, markets.length, rng) }),
});

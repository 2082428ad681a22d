// A uniformly random node: the baseline that any other policy has to beat, and what the 2009 implementation did.

import { Type } from 'typebox';
import { allocationPolicy } from '../../engine/for-policies.ts';

/** Each candidate is equally likely; drawn for the very instance, so a seed repeats its choices. */
export const random = allocationPolicy({
  name: 'random',
  summary: 'Any node that has room, each equally likely.',
  guide: {
    rule: 'Each candidate with the same probability.',
    origin: 'What the OpenPEX implementation of 2009 did. Split at random, k nodes are k independent queues.',
    use: 'As the baseline that any other policy has to beat.',
  },
  options: Type.Object({}),
  create: () => ({
    choose: (_request, candidates, _cluster, { rng }) => rng.pick([...candidates]),
  }),
});

// By lot: nothing is gained by asking early, or for much.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';

export const lottery = waitlistPolicy({
  name: 'lottery',
  summary: 'By lot: each draws one when it begins to wait, and keeps it.',
  guide: {
    rule: 'argmin of a number in [0, 1) that each draws once; the same seed and the same request draw the same one.',
    origin: 'Lottery scheduling (Waldspurger and Weihl, OSDI 1994), with one ticket each.',
    use: 'When asking first shall be no advantage, for instance where scripts ask faster than people.',
  },
  options: Type.Object({}),
  create: () => ({ rank: (_, { rng }) => rng.next() }),
});

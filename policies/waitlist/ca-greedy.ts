// The same with bids compared by the square root of what they ask for.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';
import { reserveOption, rivalOf, sealedBidAuction } from './sealed-bids.ts';

export const caGreedy = waitlistPolicy({
  name: 'ca-greedy',
  summary:
    'By auction, to the highest bids by the square root of the CPU-hours: large ones have more of a chance.',
  guide: {
    rule: 'As ca-provision, with d = bid / sqrt(s); a winner j pays max(reserve x s_j, d* x sqrt(s_j)).',
    origin:
      "CA-GREEDY of Zaman and Grosu, after the greedy mechanism of Lehmann, O'Callaghan, Shoham 2002, within sqrt(units) of the most that could be gained.",
    use: 'When many small bids keep out a large one that is worth more than all of them.',
  },
  options: Type.Object({ reserve: reserveOption }),
  create: ({ reserve }) => sealedBidAuction({ reserve, exponent: 0.5, pays: rivalOf }),
});

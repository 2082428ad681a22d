// A combinatorial auction in which each winner pays what they had to beat.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';
import { reserveOption, rivalOf, sealedBidAuction } from './sealed-bids.ts';

export const caProvision = waitlistPolicy({
  name: 'ca-provision',
  summary: 'By auction, to the highest bids for a CPU-hour; each pays the densest bid that it keeps out.',
  guide: {
    rule: 's = CPU-hours, d = bid / s; in descending d, whoever has room beside those before wins, if bid >= reserve x s. A winner j pays s_j x max(reserve, d*), d* the highest density of those that lose and would win if j were not there. With bids for one unit each that is the (M + 1)st price, with one unit that of Vickrey.',
    origin:
      'CA-PROVISION of Zaman and Grosu (combinatorial auction-based dynamic VM provisioning), with critical payments: density times size read literally is pay as bid, and bidding honestly would not pay.',
    use: 'When users say what it is worth to them only if that costs them nothing: with users who wait and name a highest price.',
  },
  options: Type.Object({ reserve: reserveOption }),
  create: ({ reserve }) => sealedBidAuction({ reserve, exponent: 1, pays: rivalOf }),
});

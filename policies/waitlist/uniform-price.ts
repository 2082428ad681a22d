// A spot market: one price for a CPU-hour for all who win, that of the best bid that loses.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';
import { bestLoserBelow, reserveOption, sealedBidAuction } from './sealed-bids.ts';

export const uniformPrice = waitlistPolicy({
  name: 'uniform-price',
  summary: 'By auction, to the highest bids for a CPU-hour, all at the price of the best bid that loses.',
  guide: {
    rule: 'd = bid / CPU-hours; in descending d, whoever has room beside those before wins, if d >= reserve. All pay max(reserve, highest d that loses) for a CPU-hour; a loser that is denser than a winner, because its window is full, does not count for that winner. With K equal units that is the (K + 1)st bid.',
    origin: 'Spot instances of EC2 (2009): the price at which demand meets what is free.',
    use: 'As a spot market: simple and the same for all, and bidding less than one would pay can be worth it for who bids for much.',
  },
  options: Type.Object({ reserve: reserveOption }),
  create: ({ reserve }) => sealedBidAuction({ reserve, exponent: 1, pays: bestLoserBelow }),
});

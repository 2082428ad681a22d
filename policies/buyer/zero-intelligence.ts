// The user of a market without minds: any bid up to what it is worth.

import { Type } from 'typebox';
import { buyerPolicy } from '../../engine/for-policies.ts';
import { isTooLate, wholePriceMicros, withTerms } from './objection.ts';

export const zeroIntelligence = buyerPolicy({
  name: 'zero-intelligence',
  summary: 'Bids at random between nothing and the most that it would pay, in every round anew.',
  guide: {
    rule: 'bid uniform on [0, maximum], drawn for each round. ACCEPT when price <= bid; REJECT a start later than the latest, and everything after the last round; else COUNTER with the bid.',
    origin:
      'Gode, Sunder 1993, "Allocative efficiency of markets with zero-intelligence traders" (with a budget constraint).',
    use: 'To see what of a result is due to the rules of the market, and what to its traders.',
  },
  options: Type.Object({
    rounds: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 4,
      description: 'Leaves after so many offers.',
    }),
  }),
  create: ({ rounds }) => ({
    open({ proposal }, { rng }) {
      const { maxPriceMicros } = proposal;
      return maxPriceMicros === undefined
        ? proposal
        : { ...proposal, maxPriceMicros: rng.integer(0, maxPriceMicros) };
    },
    respond(offer, request, round, { rng }) {
      if (isTooLate(offer, request)) return { reply: 'REJECT', reason: 'too-late' };
      const { maxPriceMicros } = request.proposal;
      if (maxPriceMicros === undefined || offer.reply === 'ACCEPT') return { reply: 'ACCEPT' };
      const bidMicros = rng.integer(0, maxPriceMicros);
      if (wholePriceMicros(offer) <= bidMicros) return { reply: 'ACCEPT' };
      if (round >= rounds) return { reply: 'REJECT', reason: 'price-too-high' };
      return { reply: 'COUNTER', proposal: { ...withTerms(offer, request), maxPriceMicros: bidMicros } };
    },
  }),
});

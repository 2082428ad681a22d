// A sealed bid against the price of the list: both sides share what lies between.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

/** Micro-credits, not rounded. @param k weight of the bid */
export function kPrice(k: number, { ask, bid }: { readonly ask: number; readonly bid: number }): number {
  return k * bid + (1 - k) * ask;
}

/** A bid below what is asked meets what is asked, and so the counter-offer policy. */
export const kDouble = pricingPolicy({
  name: 'k-double',
  summary: 'Between what is asked and what the user bids, at a share k of the way: a double auction of two.',
  guide: {
    rule: 'ask = the price of flat; price = k x bid + (1 - k) x ask when the user names a highest price of at least ask, else ask.',
    origin:
      'k-double auction (Chatterjee and Samuelson 1983; Satterthwaite and Williams 1989): k = 0 is a take-it-or-leave-it offer of the provider, k = 1 pay as bid.',
    use: 'With users who bid less than they would pay: what bidding honestly costs them grows with k.',
  },
  options: Type.Object({
    ...rateOptions,
    k: Type.Number({ minimum: 0, maximum: 1, default: 0.5, description: 'Weight of the bid.' }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    return {
      price(proposal, view) {
        const ask = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        const { maxPriceMicros: bid } = proposal;
        return Math.round(bid === undefined || bid < ask ? ask : kPrice(options.k, { ask, bid }));
      },
      compensation: rates.compensation,
    };
  },
});

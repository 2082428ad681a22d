// Cheaper for those who ask early.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/index.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

export const advancePurchase = pricingPolicy({
  name: 'advance-purchase',
  summary: 'The flat price, less a discount that grows with the time between asking and starting.',
  guide: {
    rule: 'price = flat price x (1 - discount x min(lead / fullLead, 1)), lead from now to the start.',
    origin: 'Advance-purchase discounts of airlines; revenue management.',
    use: 'To have users tell early what they need.',
  },
  options: Type.Object({
    ...rateOptions,
    discount: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'The largest discount, as a share of the price.',
    }),
    fullLead: finiteDurationOption({
      default: '14d',
      description: 'Whoever asks so long ahead, or longer, gets all of it.',
    }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    const fullLeadMs = Math.max(1, durationMs(options.fullLead));
    return {
      price(proposal, view) {
        const share = Math.min(1, Math.max(0, proposal.startMs - view.nowMs) / fullLeadMs);
        const flat = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        return Math.round(flat * (1 - options.discount * share));
      },
      compensation: rates.compensation,
    };
  },
});

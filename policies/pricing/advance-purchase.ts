// Cheaper for those who ask early.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

export const advancePurchase = pricingPolicy({
  name: 'advance-purchase',
  summary:
    'The flat price, less a discount that grows with the time between asking and starting; deleting it may cost a fee.',
  guide: {
    rule: 'price = flat price x (1 - discount x min(lead / fullLead, 1)), lead from now to the start. Deleted less than feeWithin before its start, a reservation gets back price x (1 - cancellationFee), earlier all of it.',
    origin: 'Advance-purchase discounts and cancellation fees of airlines; revenue management.',
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
    cancellationFee: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the price that is kept when its user deletes a confirmed reservation.',
    }),
    feeWithin: finiteDurationOption({
      default: '365d',
      description: 'Whoever deletes it so long before its start, or longer, pays no fee.',
    }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    const feeWithinMs = durationMs(options.feeWithin);
    const fullLeadMs = Math.max(1, durationMs(options.fullLead));
    return {
      price(proposal, view) {
        const share = Math.min(1, Math.max(0, proposal.startMs - view.nowMs) / fullLeadMs);
        const flat = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        return Math.round(flat * (1 - options.discount * share));
      },
      compensation: rates.compensation,
      cancellation: ({ leadMs, priceMicros }) =>
        leadMs >= feeWithinMs ? priceMicros : Math.round(priceMicros * (1 - options.cancellationFee)),
    };
  },
});

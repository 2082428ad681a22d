// Dearer when the cluster is fuller in the window asked for.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

const FORMULAS = ['linear', 'congestion', 'libra'] as const;

export interface LoadFormula {
  readonly formula: (typeof FORMULAS)[number];
  readonly slope: number;
  readonly alpha: number;
  readonly beta: number;
  readonly most: number;
}

/** By what the rate is multiplied at a booked share of the cluster in [0, 1]. */
export function loadFactor(share: number, { alpha, beta, formula, most, slope }: LoadFormula): number {
  switch (formula) {
    case 'linear':
      return Math.min(most, 1 + slope * share);
    case 'congestion':
      return share >= 1 ? most : Math.min(most, 1 / (1 - share));
    case 'libra':
      return share >= 1 ? most : Math.min(most, alpha + beta / (1 - share));
  }
}

export const loadDependent = pricingPolicy({
  name: 'load-dependent',
  summary: 'The flat price, times what the booked share of the cluster in the window makes of it.',
  guide: {
    rule: 'price = flat price x f(u), u the share of CPU time in the window that is booked. linear: 1 + slope x u; congestion: 1 / (1 - u); libra: alpha + beta x capacity / free = alpha + beta / (1 - u). At most `most`.',
    origin: 'Linear and M/M/1 congestion pricing; Libra+$ (Yeo, Buyya 2007) with alpha 1 and beta 0.3.',
    use: 'To have a price push demand out of full hours.',
  },
  options: Type.Object({
    ...rateOptions,
    formula: Type.Enum([...FORMULAS], {
      default: 'linear',
      expected: FORMULAS.join(', '),
      description: 'How the price follows the load.',
    }),
    slope: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 1,
      description: 'Of linear: the rise from an idle to a full cluster.',
    }),
    alpha: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 1,
      description: 'Of libra: the part that does not follow the load.',
    }),
    beta: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 0.3,
      description: 'Of libra: the part that does.',
    }),
    most: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      default: 10,
      description: 'The rate is multiplied by no more than this.',
    }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    return {
      price(proposal, view) {
        const { durationMs, startMs } = proposal;
        const share = view.bookedShare(startMs, startMs + durationMs);
        const flat = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        return Math.round(flat * loadFactor(share, options));
      },
      compensation: rates.compensation,
    };
  },
});

// Flexible advance reservation: optional instances cost something before they are claimed.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

/** A claim is priced as a reservation of what is claimed, so that its price is that of use; the option is paid for beside it. */
export const far = pricingPolicy({
  name: 'far',
  summary:
    'The guaranteed instances at the full rate, the optional ones at a part of it; claims are paid when they are made.',
  guide: {
    rule: 'price = rate x billed hours x (fixed + optionShare x optional); a claim of n instances then costs rate x n x hours left. Cheaper than reserving the maximum as long as optionShare + share claimed < 1.',
    origin:
      'Flexible advance reservations (Lucas, Carrion, Caminero 2011): minimum, option and use priced apart.',
    use: 'With optional instances, where flat gives the option away for nothing.',
  },
  options: Type.Object({
    ...rateOptions,
    optionShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'Part of the rate for an instance that may be claimed.',
    }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    return {
      price(proposal, view) {
        const { numInstancesFixed, numInstancesOption } = proposal;
        const perInstance = rates.perHour({ ...proposal, numInstancesFixed: 1 }, view);
        const counted = numInstancesFixed + options.optionShare * numInstancesOption;
        return Math.round(perInstance * counted * (rates.billedMs(proposal) / HOUR_MS));
      },
      compensation: rates.compensation,
    };
  },
});

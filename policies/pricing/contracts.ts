// On demand, or a fee at the beginning and a lower rate from then on: whichever is cheaper for the time reserved.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

/** Hours from which on the fee pays: fee / (rate on demand - reserved rate). Infinity: never. */
export function breakEvenHours(upfront: number, onDemand: number, reserved: number): number {
  return onDemand > reserved ? upfront / (onDemand - reserved) : Number.POSITIVE_INFINITY;
}

export const contracts = pricingPolicy({
  name: 'contracts',
  summary: 'By the hour on demand, or with a fee at the beginning and a lower rate, whichever is cheaper.',
  guide: {
    rule: 'price = fixed instances x CPUs x min(rate x h, fee + reservedShare x rate x h), h the billed hours; memory, disk and named resources alike. Break-even at fee / (rate x (1 - reservedShare)) hours: 3,250 with the defaults.',
    origin:
      'Amazon EC2 of 20 August 2009: a small instance at 0.10 an hour, or for 227.50 a year and 0.03 an hour.',
    use: 'To study long reservations, for which a provider wants part of the price at once.',
  },
  options: Type.Object({
    ...rateOptions,
    feeHours: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      default: 2275,
      description: 'The fee, as so many hours on demand: 227.50 at 0.10 an hour.',
    }),
    reservedShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'The rate after the fee, as a share of that on demand.',
    }),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    return {
      price(proposal, view) {
        const hours = rates.billedMs(proposal) / HOUR_MS;
        const billed = Math.min(hours, options.feeHours + options.reservedShare * hours);
        return Math.round(rates.perHour(proposal, view) * billed);
      },
      compensation: rates.compensation,
    };
  },
});

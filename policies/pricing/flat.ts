// One price for everybody at any time: so much for each unit of capacity and hour.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

/**
 * Price = guaranteed instances x billed time x the sum over resources of amount x rate, rounded once, to the micro-credit. The billed time is
 * the duration rounded up to whole increments. Optional instances are not part of the price: nobody knows yet whether they will be claimed.
 *
 * A reservation that fails gets back the share of its price that was not delivered, and a penalty on top.
 */
export const flat = pricingPolicy({
  name: 'flat',
  summary: 'A fixed price for each vCPU, GiB of memory and GiB of disk, by the hour.',
  guide: {
    rule: 'price = fixed instances x ceil(duration / increment) x increment x sum over resources of amount x rate.',
    origin: 'OpenPEX (the price unit of the implementation); with increment 1h the bill of EC2 in 2009.',
    use: 'The default: what is asked is what counts, whatever the time and the load.',
  },
  options: Type.Object(rateOptions),
  create: (options) => {
    const rates = ratesOf(options);
    return {
      price: (proposal, view) =>
        Math.round(rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS)),
      compensation: rates.compensation,
    };
  },
});

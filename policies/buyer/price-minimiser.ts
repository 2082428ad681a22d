// A user who wants it cheap, and when is second.

import { Type } from 'typebox';
import { buyerPolicy } from '../../engine/for-policies.ts';
import { chooseBest } from './choosing.ts';
import { changesMoreThanStart, isSecondChoice } from './objection.ts';

export const priceMinimiser = buyerPolicy({
  name: 'price-minimiser',
  summary: 'Takes the cheapest of all that is offered, as long as it is what was asked for, and in time.',
  guide: {
    rule: 'argmin of price over the offer and its alternatives, of those with the terms asked for but for the start, earliest <= start <= latest and price <= maximum; by COUNTER if it is an alternative; else REJECT.',
    origin: 'Cost optimisation of grid brokers (Buyya, Abramson, Giddy 2000).',
    use: 'With prices that depend on time or load.',
  },
  options: Type.Object({}),
  create: () => ({
    respond: (offer, request) =>
      chooseBest(offer, request, {
        refusal: 'other-terms',
        value: (terms, { latestStartMs, proposal: asked }) => {
          const { startMs } = terms.proposal;
          const isInTime = startMs >= (asked.earliestStartMs ?? asked.startMs) && startMs <= latestStartMs;
          const isOfUse = isInTime && !changesMoreThanStart(terms, request);
          return isOfUse || isSecondChoice(terms, request) ? -terms.priceMicros : undefined;
        },
      }),
  }),
});

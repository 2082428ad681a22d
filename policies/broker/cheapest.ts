// Price comparison.

import { Type } from 'typebox';
import { brokerPolicy } from '../../engine/for-policies.ts';
import { byQuotes, QUOTES, THE_OTHERS } from './by-quotes.ts';

export const cheapest = brokerPolicy({
  name: 'cheapest',
  summary: 'Asks for quotes, and leads each user to the cheapest provider that has room in time.',
  guide: {
    rule: `Ascending by the price quoted, of quotes for the terms asked for but for the start, earliest <= start <= latest; ${THE_OTHERS}. Quotes are list prices: what the user would pay is not said, so that a provider that bargains (counter-offer=price) is compared by what it asks for at first.`,
    origin:
      'Cost optimisation of grid brokers (Buyya, Abramson, Giddy 2000); search costs by the number of quotes (Stigler 1961).',
    use: 'To see what competition does to prices, and with `quotes` how many comparisons it takes.',
  },
  options: Type.Object(QUOTES),
  create: ({ quotes }) => byQuotes(quotes, ({ priceMicros }) => [priceMicros]),
});

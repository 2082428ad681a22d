// Whoever can keep the time that was asked for comes first.

import { Type } from 'typebox';
import { brokerPolicy } from '../../engine/for-policies.ts';
import { byQuotes, QUOTES, THE_OTHERS } from './by-quotes.ts';

export const soonest = brokerPolicy({
  name: 'soonest',
  summary:
    'Asks for quotes, and leads each user to the provider whose start is nearest to the one asked for.',
  guide: {
    rule: `Ascending by |start quoted - start asked for|, among equals by price, of quotes for the terms asked for but for the start, earliest <= start <= latest; ${THE_OTHERS}.`,
    origin: 'Time optimisation of grid brokers (Buyya, Abramson, Giddy 2000).',
    use: 'When a counter-offer of one provider shall not be taken while another has room at the time asked for.',
  },
  options: Type.Object(QUOTES),
  create: ({ quotes }) =>
    byQuotes(quotes, ({ priceMicros, proposal: { startMs } }, { proposal: asked }) => [
      Math.abs(startMs - asked.startMs),
      priceMicros,
    ]),
});

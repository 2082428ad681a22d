// To whoever pays most.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';

export const priceFirst = waitlistPolicy({
  name: 'price-first',
  summary: 'Whoever pays most for the whole reservation, at the price that it has now.',
  guide: {
    rule: 'argmax of the price of the reservation as the pricing policy has it when the room comes free.',
    origin: 'Revenue management of waiting lists.',
    use: 'When time that came free is to earn the most. Whoever set a lower maxPrice goes on waiting.',
  },
  options: Type.Object({}),
  create: () => ({ rank: ({ priceMicros }) => -priceMicros }),
});

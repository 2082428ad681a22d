// No negotiation: a request that cannot be accepted as asked is rejected, as in Haizea.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/index.ts';

/** Never offers anything else. */
export const none = counterOfferPolicy({
  name: 'none',
  summary: 'No counter-offers: what cannot be accepted as asked is rejected.',
  options: Type.Object({}),
  create: () => ({ respond: () => [] }),
});

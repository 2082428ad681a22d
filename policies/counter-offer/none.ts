// No negotiation: a request that cannot be accepted as asked is rejected, as in Haizea.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';

/** Never offers anything else. */
export const none = counterOfferPolicy({
  name: 'none',
  summary: 'No counter-offers: what cannot be accepted as asked is rejected.',
  guide: {
    rule: 'No offers.',
    origin: 'Haizea, which rejects an infeasible advance reservation (Sotomayor et al. 2008).',
    use: 'To see what negotiation is worth.',
  },
  options: Type.Object({}),
  create: () => ({ respond: () => [] }),
});

// The OpenPEX default: fill the busiest node that still has room, so that the others stay free for large requests.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/for-policies.ts';

/** OpenPEX tech report section 3.2: of the nodes that can host the request, the most loaded one in its window. */
export const mostLoaded = allocationPolicy({
  name: 'most-loaded',
  summary: 'The node with the largest booked share of CPU time in the window, as in the OpenPEX papers.',
  guide: {
    rule: 'argmax of booked CPU time in the window / (CPUs x window).',
    origin: 'OpenPEX tech report, section 3.2.',
    use: 'The default: the provider of the papers.',
  },
  options: Type.Object({}),
  create: () => ranked({ by: 'load', first: 'most' }),
});

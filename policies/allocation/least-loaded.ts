// Load balancing: the opposite of most-loaded.

import { Type } from 'typebox';
import { allocationPolicy, ranked } from '../../engine/for-policies.ts';

/** Of the nodes that can host the request, the one with the smallest booked share of CPU time in its window. */
export const leastLoaded = allocationPolicy({
  name: 'least-loaded',
  summary: 'The node with the smallest booked share of CPU time in the window.',
  guide: {
    rule: 'argmin of booked CPU time in the window / (CPUs x window).',
    origin: 'The opposite of the OpenPEX rule; worst fit by time.',
    use: 'To spread work, so that the loss of a node hurts few.',
  },
  options: Type.Object({}),
  create: () => ranked({ by: 'load', first: 'least' }),
});

// Dominant resource fairness: to whoever has least of what they have most of.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';

export const drf = waitlistPolicy({
  name: 'drf',
  summary:
    'Whoever has the smallest share of the cluster in that time, of the resource of which they have most.',
  guide: {
    rule: 'argmin of max over resources r of (r x time that the user holds or has booked in the window) / (r of all nodes x time of the window); among equals whoever has waited longest.',
    origin:
      'Dominant resource fairness (Ghodsi et al., NSDI 2011): the next goes to the least dominant share.',
    use: 'When users differ in what they need, CPUs or memory or GPUs, and none is to be crowded out by those who ask more often.',
  },
  options: Type.Object({}),
  create: () => ({ rank: ({ dominantShare }) => dominantShare }),
});

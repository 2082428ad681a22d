// The largest that fits: it leaves the least of what came free unused.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';

export const bestFitFirst = waitlistPolicy({
  name: 'best-fit-first',
  summary: 'Whoever takes most CPU time of what came free.',
  guide: {
    rule: 'argmax of vCPUs x guaranteed instances x duration, among those that fit into the room that came free.',
    origin: 'Best fit of bin packing, seen from the hole: the item that leaves the least of it.',
    use: 'When the hours that are sold count, and small requests find room without waiting.',
  },
  options: Type.Object({}),
  create: () => ({
    rank: ({ proposal: { demand, durationMs, numInstancesFixed } }) =>
      -(demand.milliCpus * numInstancesFixed * durationMs),
  }),
});

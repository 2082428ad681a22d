// The host selection of Haizea: few leases, and nothing that changes soon.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';

/** Its term for nodes that need not be preempted is 1 for each: nothing is preempted here. */
export const haizeaGreedy = allocationPolicy({
  name: 'haizea-greedy',
  summary: 'The node with few leases whose free capacity does not change for long, scored as in Haizea.',
  guide: {
    rule: 'argmax of 0.5 x (4 - min(leases, 4)) / 4 + 0.25 + 0.25 x min(1, time until free capacity changes / duration); leases are the instances booked in the window.',
    origin: 'Haizea, host selection policy "greedy" (Sotomayor et al.).',
    use: 'To compare with schedules of Haizea.',
  },
  options: Type.Object({}),
  create: () =>
    highestScore((node, { endMs, startMs }) => {
      const leases = Math.min(node.instancesBooked, 4);
      const calm = Math.min(1, (node.nextChangeMs - startMs) / (endMs - startMs));
      return 0.5 * ((4 - leases) / 4) + 0.25 + 0.25 * calm;
    }),
});

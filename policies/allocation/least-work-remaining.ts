// The node that would be done first with what is booked on it.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';

/** Work is counted for each CPU of the node, so that a large node may have more of it. */
export const leastWorkRemaining = allocationPolicy({
  name: 'least-work-remaining',
  summary: 'The node with the least CPU time booked from now on, for each of its CPUs.',
  guide: {
    rule: 'argmin of the sum over bookings of remaining time x CPUs, from now on, / CPUs of the node.',
    origin: 'OpenPEX tech report, future work; least work left (Harchol-Balter, Crovella, Murta 1999).',
    use: 'To even out work when durations differ much; least-loaded looks at the window alone.',
  },
  options: Type.Object({}),
  create: () => highestScore((node) => -node.milliCpuMsAhead / Math.max(1, node.capacity.milliCpus)),
});

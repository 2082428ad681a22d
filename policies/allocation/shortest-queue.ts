// The node with the fewest instances.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';

export const shortestQueue = allocationPolicy({
  name: 'shortest-queue',
  summary: 'The node with the fewest instances booked in the window, whatever their size.',
  guide: {
    rule: 'argmin of the number of instances that are booked on the node at some instant of the window.',
    origin: 'OpenPEX tech report, future work (Least-Loaded-First); join the shortest queue.',
    use: 'When instances weigh alike, or what hurts is how many share a node.',
  },
  options: Type.Object({}),
  create: () => highestScore((node) => -node.instancesBooked),
});

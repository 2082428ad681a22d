// A few empty nodes are always ready.
import { Type } from 'typebox';
import { provisioningPolicy } from '../../engine/for-policies.ts';
import { byReadiness, isEmpty } from './switching.ts';

export const spare = provisioningPolicy({
  name: 'spare',
  summary: 'Beside the nodes with VMs a fixed number of empty ones is on.',
  guide: {
    rule: 'Of the nodes without a VM the first `nodes` that are on or boot, then those that are off, in the order of the cluster, in which allocation policies take nodes that are equal.',
    origin: 'Warm pools of the auto-scaling groups of clouds.',
    use: 'The plain rule that those that watch or foresee the load are to beat.',
  },
  options: Type.Object({
    nodes: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 1,
      description: 'Empty nodes that are on.',
    }),
  }),
  create: ({ nodes: count }) => ({
    keepOn: ({ nodes }) => byReadiness(nodes.filter(isEmpty)).slice(0, count),
  }),
});

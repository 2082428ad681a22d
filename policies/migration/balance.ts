// Load balancing: the busiest node gives to the idlest until they are about alike.
import { Type } from 'typebox';
import { type HostView, migrationPolicy } from '../../engine/for-policies.ts';
import { busyShareOf, byLeast, PlannedLoad, shareOf } from './planned-load.ts';

export const balance = migrationPolicy({
  name: 'balance',
  summary: 'Moves VMs from the busiest node to the idlest as long as they differ much.',
  guide: {
    rule: 'While the largest share of a node exceeds the smallest by more than `imbalance`: of the VMs of the first the one that brings the two closest together goes to the other; at most `moves` at one look. A share is of the CPUs that guests keep busy, or that VMs have.',
    origin:
      'Mishra, Das, Kulkarni, Sahoo 2012, "Dynamic resource management using virtual machine migrations" (load balancing).',
    use: 'To spread what guests do, so that each has the caches and the links of a node that others leave alone.',
  },
  options: Type.Object({
    by: Type.Enum(['busy', 'allocated'], {
      default: 'busy',
      expected: '"busy" or "allocated"',
      description: 'What is balanced: CPUs that guests keep busy, or CPUs that VMs have.',
    }),
    imbalance: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.25,
      description: 'A larger difference between two nodes is evened out.',
    }),
    moves: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'VMs that are moved at one look, at most.',
    }),
  }),
  create: ({ by, imbalance, moves }) => ({
    rebalance(view) {
      const planned = new PlannedLoad(view);
      const levelOf = (node: HostView) => (by === 'busy' ? planned.busyOf(node) : planned.allocatedOf(node));
      const partOf = by === 'busy' ? busyShareOf : shareOf;
      while (planned.moves.length < moves) {
        const nodes = byLeast(
          view.nodes.filter(({ isUsable }) => isUsable),
          levelOf,
        );
        const [to, from] = [nodes[0], nodes.at(-1)];
        if (to === undefined || from === undefined || levelOf(from) - levelOf(to) <= imbalance) break;
        const gapAfter = (vm: (typeof from.vms)[number]) =>
          Math.abs(levelOf(from) - partOf(vm, from) - (levelOf(to) + partOf(vm, to)));
        const movable = from.vms.filter(
          (vm) => !planned.hasMoved(vm) && gapAfter(vm) < levelOf(from) - levelOf(to),
        );
        if (!byLeast(movable, gapAfter).some((vm) => planned.take({ vm, from, to }))) break;
      }
      return planned.moves;
    },
  }),
});

// Load balancing without anybody who sees all nodes: each meets another by chance, and the two even out what they have.
import { Type } from 'typebox';
import { type HostView, migrationPolicy } from '../../engine/for-policies.ts';
import { busyShareOf, byLeast, PlannedLoad, shareOf } from './planned-load.ts';

export const gossip = migrationPolicy({
  name: 'gossip',
  summary: 'Each node meets another by chance, and the busier of the two gives VMs to the idler.',
  guide: {
    rule: 'In the order of the cluster each node in service draws another. While the shares of the two differ by more than `gap`: of the VMs of the busier the one that brings them closest together goes to the idler. A VM moves once a look; at most `moves` do. With VMs that are small beside the differences the variance of the shares falls to 1 / (2 sqrt(e)) = 0.303 of what it was at each look.',
    origin:
      'Wuhib, Stadler, Spreitzer 2012, "A gossip protocol for dynamic resource management in large cloud environments" (P*, whose nodes equalise relative demand in pairs); the factor is of Jelasity, Montresor, Babaoglu 2005, section 3.',
    use: 'To study what pairs reach that know nothing of the rest, beside `balance`, which always finds the busiest and the idlest.',
  },
  options: Type.Object({
    by: Type.Enum(['busy', 'allocated'], {
      default: 'busy',
      expected: '"busy" or "allocated"',
      description: 'What is evened out: CPUs that guests keep busy, or CPUs that VMs have.',
    }),
    gap: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      description: 'Two nodes that differ by no more leave each other alone.',
    }),
    moves: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 20,
      description: 'VMs that are moved at one look, at most.',
    }),
  }),
  create: ({ by, gap, moves }) => ({
    rebalance(view, { rng }) {
      const planned = new PlannedLoad(view);
      const levelOf = (node: HostView) => (by === 'busy' ? planned.busyOf(node) : planned.allocatedOf(node));
      const partOf = by === 'busy' ? busyShareOf : shareOf;
      const nodes = view.nodes.filter(({ isUsable }) => isUsable);
      if (nodes.length < 2) return [];
      for (const [at, node] of nodes.entries()) {
        const drawn = rng.integer(0, nodes.length - 2);
        const met = nodes[drawn < at ? drawn : drawn + 1]!;
        const [to, from] = byLeast([node, met], levelOf) as [HostView, HostView];
        while (planned.moves.length < moves && levelOf(from) - levelOf(to) > gap) {
          const difference = levelOf(from) - levelOf(to);
          const differenceAfter = (vm: (typeof from.vms)[number]) =>
            Math.abs(difference - partOf(vm, from) - partOf(vm, to));
          const movable = from.vms.filter((vm) => !planned.hasMoved(vm) && differenceAfter(vm) < difference);
          if (!byLeast(movable, differenceAfter).some((vm) => planned.take({ vm, from, to }))) break;
        }
      }
      return planned.moves;
    },
  }),
});

// Planned evacuation: what runs on a node that will be in maintenance, and had no room elsewhere when that was planned, goes as soon as it has.
import { Type } from 'typebox';
import { migrationPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { byLeast, PlannedLoad } from './planned-load.ts';

export const evacuate = migrationPolicy({
  name: 'evacuate',
  summary: 'Empties nodes ahead of their planned maintenance, as room comes free elsewhere.',
  guide: {
    rule: 'Of the nodes with a maintenance within `ahead`, the soonest first: each VM whose window goes on into it goes to the node with the least on it that has room to the end of that window. Each by itself: what cannot go stays, and is tried again.',
    origin:
      "OpenPEX's own; what has room elsewhere when the maintenance is planned goes then, whatever the policy.",
    use: 'Where maintenance is planned while the cluster is full, so that little is left to be suspended when it begins.',
  },
  options: Type.Object({
    ahead: finiteDurationOption({
      default: '12h',
      description: 'How long before a maintenance its node is begun to be emptied.',
    }),
    moves: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 4,
      description: 'VMs that are moved at one look, at most.',
    }),
  }),
  create: ({ ahead, moves }) => ({
    rebalance(view) {
      const planned = new PlannedLoad(view);
      const soon = view.nodes.filter(({ outFromMs }) => outFromMs <= view.nowMs + durationMs(ahead));
      for (const from of byLeast(soon, ({ outFromMs }) => outFromMs)) {
        for (const vm of from.vms) {
          if (vm.endMs <= from.outFromMs || planned.moves.length >= moves) continue;
          const others = view.nodes.filter((node) => node.isUsable && node !== from);
          byLeast(others, (node) => planned.allocatedOf(node)).some((to) => planned.take({ vm, from, to }));
        }
      }
      return planned.moves;
    },
  }),
});

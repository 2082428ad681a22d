// Nodes that are too busy shed the VMs whose migration costs least. Liu et al. 2011.
import { Type } from 'typebox';
import { migrationPolicy, type RunningView } from '../../engine/for-policies.ts';
import { type Estimate, estimateOf, estimateOptions } from './estimate.ts';
import { busyShareOf, byLeast, PlannedLoad } from './planned-load.ts';

interface Weights {
  readonly downtime: number;
  readonly time: number;
  readonly traffic: number;
  readonly energy: number;
}

type Measured = Pick<Estimate, 'downtimeS' | 'seconds' | 'bytes' | 'joules'>;

const weightOption = (of: string) =>
  Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.25,
    description: `Weight of ${of}; the four are taken as shares of their sum.`,
  });

export const liuCostPolicy = migrationPolicy({
  name: 'liu-cost',
  summary:
    'Moves from nodes that are too busy the VMs whose migration costs least in downtime, time, traffic and energy.',
  guide: {
    rule: 'From each node that is busier than `threshold`, argmin over its VMs of C = a Tdown / Tdown* + b Tmig / Tmig* + c V / V* + d E / E*, where * is the largest of the VMs to choose from, until the node is no busier; each to the least busy node that stays below the threshold. E = 0.512 V + 20.165 J; times and V by Akoush et al. 2010, model AVG.',
    origin:
      'Liu, Xu, Jin, Gong, Liao 2011, "Performance and energy modeling for live migration of virtual machines"; the references are our own: seconds, bytes and joules cannot be added.',
    use: 'When the price of a migration counts for more than how soon the node is relieved.',
  },
  options: Type.Object({
    threshold: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.75,
      description: 'A node that is busier than this share of its CPUs is too busy.',
    }),
    downtime: weightOption('the downtime (a)'),
    time: weightOption('the time that the migration takes (b)'),
    traffic: weightOption('the bytes that are sent (c)'),
    energy: weightOption('the energy of both nodes (d)'),
    moves: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'VMs that are moved at one look, at most.',
    }),
    ...estimateOptions,
  }),
  create: (options) => ({
    rebalance(view) {
      const { moves, threshold } = options;
      const planned = new PlannedLoad(view);
      const others = (from: { readonly nodeId: string }) =>
        byLeast(
          view.nodes.filter((node) => node.isUsable && node.nodeId !== from.nodeId),
          (node) => planned.busyOf(node),
        );
      for (const from of byLeast(view.nodes, ({ busy }) => -busy)) {
        const costs = costsOf(from.vms, (vm) => estimateOf(vm, options), options);
        for (const { vm } of costs) {
          if (planned.busyOf(from) <= threshold || planned.moves.length >= moves) break;
          others(from).some(
            (to) => planned.busyOf(to) + busyShareOf(vm, to) <= threshold && planned.take({ vm, from, to }),
          );
        }
      }
      return planned.moves;
    },
  }),
});

/** Each VM with its cost among these, the cheapest first. */
function costsOf(
  vms: readonly RunningView[],
  estimate: (vm: RunningView) => Estimate,
  weights: Weights,
): { readonly vm: RunningView; readonly cost: number }[] {
  const estimates = vms.map(estimate);
  const most = (of: keyof Measured) => Math.max(...estimates.map((one) => one[of]));
  const reference = {
    downtimeS: most('downtimeS'),
    seconds: most('seconds'),
    bytes: most('bytes'),
    joules: most('joules'),
  };
  const costs = vms.map((vm, i) => ({ vm, cost: liuCost(estimates[i]!, reference, weights) }));
  return byLeast(costs, ({ cost }) => cost);
}

/** Liu et al. 2011, equation 14, each part in shares of a reference. */
export function liuCost(measured: Measured, reference: Measured, weights: Weights): number {
  const { downtime, energy, time, traffic } = weights;
  const sum = downtime + time + traffic + energy;
  const part = (of: keyof Measured) => (reference[of] === 0 ? 0 : measured[of] / reference[of]);
  const weighed =
    downtime * part('downtimeS') + time * part('seconds') + traffic * part('bytes') + energy * part('joules');
  return sum === 0 ? 0 : weighed / sum;
}

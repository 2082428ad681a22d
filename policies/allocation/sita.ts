// Size-based partitioning: each class of durations has nodes of its own, so that short leases do not wait behind long ones.

import { Type } from 'typebox';
import { allocationPolicy, type NodeView } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';

/**
 * The cluster is cut by index into as many equal parts as there are classes. SITA-E: without cutoffs of its user's own, cutoffs make the load of
 * all classes equal under a bounded Pareto distribution of durations.
 */
export const sita = allocationPolicy({
  name: 'sita',
  summary:
    'Nodes for short and nodes for long leases: each class of durations has its own part of the cluster.',
  guide: {
    rule: 'A lease of duration x in (c(i-1), c(i)] goes to the least loaded candidate of part i; if that has no room, to the nearest part that has. SITA-E: c(i) such that the integral of x f(x) is equal over all classes, f a bounded Pareto density of exponent alpha on [shortest, longest].',
    origin:
      'Harchol-Balter, Crovella, Murta 1999, "On choosing a task assignment policy for a distributed server system" (SITA-E).',
    use: 'With heavy-tailed durations, for the slowdown of the many short leases.',
  },
  options: Type.Object({
    cutoffs: Type.Array(finiteDurationOption({ description: 'The longest duration of a class.' }), {
      default: [],
      description: 'Longest duration of each class but the last, ascending. Empty: as SITA-E has them.',
    }),
    classes: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'Classes of SITA-E; given cutoffs make one class more than there are cutoffs.',
    }),
    alpha: Type.Number({
      exclusiveMinimum: 0,
      maximum: 10,
      default: 1.1,
      description: 'Exponent of the bounded Pareto distribution of SITA-E.',
    }),
    shortest: finiteDurationOption({
      default: '1m',
      description: 'The shortest duration of that distribution.',
    }),
    longest: finiteDurationOption({
      default: '7d',
      description: 'The longest duration of that distribution.',
    }),
  }),
  create: ({ alpha, classes, cutoffs, longest, shortest }) => {
    const given = cutoffs.map((text) => durationMs(text));
    if (given.some((ms, i) => i > 0 && ms <= given[i - 1]!)) throw new RangeError('cutoffs must ascend');
    const [least, most] = [Math.max(1, durationMs(shortest)), durationMs(longest)];
    if (given.length === 0 && most <= least) throw new RangeError('longest must be longer than shortest');
    const limits = given.length > 0 ? given : equalLoadCutoffs({ alpha, classes, least, most });
    const parts = limits.length + 1;
    return {
      choose({ endMs, startMs }, candidates, { nodeCount }) {
        const over = limits.findIndex((ms) => endMs - startMs <= ms);
        const wanted = over === -1 ? limits.length : over;
        const distance = (node: NodeView) => Math.abs(Math.floor((node.index * parts) / nodeCount) - wanted);
        let best: NodeView | undefined;
        for (const node of candidates) if (best === undefined || isBetter(node, best, distance)) best = node;
        return best!;
      },
    };
  },
});

function isBetter(node: NodeView, best: NodeView, distance: (node: NodeView) => number): boolean {
  const farther = distance(node) - distance(best);
  return farther < 0 || (farther === 0 && node.load < best.load);
}

/** c(i) with an equal integral of x f(x) between them, for a bounded Pareto density on [least, most]. */
export function equalLoadCutoffs({
  alpha,
  classes,
  least,
  most,
}: {
  readonly alpha: number;
  readonly classes: number;
  readonly least: number;
  readonly most: number;
}): readonly number[] {
  const power = 1 - alpha;
  return Array.from({ length: classes - 1 }, (_, i) => {
    const share = (i + 1) / classes;
    // The integral of x^-alpha is a logarithm for alpha = 1.
    if (Math.abs(power) < 1e-9) return least * (most / least) ** share;
    return (least ** power + share * (most ** power - least ** power)) ** (1 / power);
  });
}

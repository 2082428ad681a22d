// Nodes that are likely to be there to the end: of volunteers, or of a testbed of which some machines are worse than others.

import { Type } from 'typebox';
import { allocationPolicy, type NodeHistory, type NodeView } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';

/** What is believed of a node before anything is known of it: as if it had been lost once in so long. */
export interface Prior {
  readonly priorMs: number;
}

/** Losses per ms to be expected: the mean of a gamma distribution after so many losses in the time served (Gelman et al., Bayesian Data Analysis, 2.6). */
export function lossRate({ losses, servedMs }: NodeHistory, { priorMs }: Prior): number {
  return (losses + 1) / (servedMs + priorMs);
}

/** Chance that a node is up until the window ends, 0..1: losses come by chance at that rate, and it is up now. */
export function chanceToStay(history: NodeHistory, aheadMs: number, prior: Prior): number {
  return Math.exp(-lossRate(history, prior) * aheadMs);
}

export const mostReliable = allocationPolicy({
  name: 'most-reliable',
  summary:
    'The most loaded of the nodes that are likely to be there to the end, by how often each was lost so far.',
  guide: {
    rule: 'chance = exp(-rate x window), rate = (losses + 1) / (time served + prior), of the time since the node is watched. Of the nodes whose chance is within `margin` of the best argmax of the booked share of CPU time in the window.',
    origin:
      'Cloud@Home (Cuomo et al. 2012) ranks the nodes of volunteers by how reliable they were; the rate is the mean of a gamma distribution after what was seen, and the margin is our own.',
    use: 'When some nodes are lost far more often than others, and nobody says which. Where all are alike it is `most-loaded`, but for chance: a wider margin makes it so sooner.',
  },
  options: Type.Object({
    prior: finiteDurationOption({
      default: '24h',
      description: 'A node of which nothing is known is taken to be lost once in this time. More than 0.',
    }),
    margin: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      description: 'Nodes whose chance is less than the best by no more than this are equals.',
    }),
  }),
  create: ({ margin, prior }) => {
    const priorMs = durationMs(prior);
    if (priorMs <= 0) throw new RangeError('prior must be longer than 0');
    return {
      choose({ endMs, startMs }, candidates) {
        const nodes: readonly NodeView[] = [...candidates];
        const chances = nodes.map((node) => chanceToStay(node, endMs - startMs, { priorMs }));
        const least = Math.max(...chances) - margin;
        let best: NodeView | undefined;
        for (const [i, node] of nodes.entries())
          if (chances[i]! >= least && (best === undefined || node.load > best.load)) best = node;
        return best!;
      },
    };
  },
});

// Allocation policies that order nodes by something that the calendar can measure by itself: it finds the first of the order by numbers
// alone, without a view of any node.
import { type Ranking, residualShareOf } from '../domain/ranking.ts';
import type { Decision } from './decision.ts';
import { highestScore } from './definition.ts';
import type { AllocationPolicy } from './ports.ts';
import type { ClusterView, NodeView, PlacementRequest } from './views.ts';

/** The first candidate of a ranking; the lowest index among equals. What is asked instead of `choose` must answer as it does. */
export function ranked(ranking: Ranking): AllocationPolicy {
  return new RankedPolicy(ranking);
}

/** Frozen, so that it chooses by its ranking and nothing else. */
export class RankedPolicy implements AllocationPolicy {
  readonly ranking: Ranking;
  readonly #byScore: AllocationPolicy;

  constructor(ranking: Ranking) {
    const { by, first, of } = ranking;
    const sign = first === 'most' ? 1 : -1;
    this.ranking = Object.freeze({ by, first, of });
    this.#byScore = highestScore((node, request) => sign * MEASURES[by](node, request, of));
    Object.freeze(this);
  }

  choose(
    request: PlacementRequest,
    candidates: Iterable<NodeView>,
    cluster: ClusterView,
    decision: Decision,
  ): NodeView {
    return this.#byScore.choose(request, candidates, cluster, decision);
  }
}

const MEASURES: Readonly<
  Record<Ranking['by'], (node: NodeView, request: PlacementRequest, of: string | undefined) => number>
> = {
  load: ({ load }) => load,
  'residual-share': ({ capacity, minFree }, { demand }, of) => residualShareOf(minFree, demand, capacity, of),
};

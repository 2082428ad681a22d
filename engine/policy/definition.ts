// How a policy presents itself: name, one-line summary, options with their schema, and how to make one. Every policy, shipped or a
// user's own, is the result of one of the four helpers below.
import type { Static, TObject } from 'typebox';
import type { Rng } from '../random/rng.ts';
import type { AllocationPolicy, PolicyKind, PolicyPorts } from './ports.ts';
import type { ClusterView, NodeView, PlacementRequest } from './views.ts';

/** Handed to a policy when a run begins. */
export interface PolicyContext {
  /** A random stream of this policy's own; the same seed gives the same draws whatever else the run does. */
  readonly rng: Rng;
}

export interface PolicyDefinition<K extends PolicyKind = PolicyKind, O extends TObject = TObject> {
  readonly kind: K;
  /** Lower case with hyphens; unique within its kind. */
  readonly name: string;
  /** One line, shown by `openpex policies`. */
  readonly summary: string;
  /** A TypeBox object schema; each option carries a default and a description. */
  readonly options: O;
  /** Makes the policy for one run. State that a policy keeps belongs to what is returned here, never to the module. */
  create(options: Static<O>, context: PolicyContext): PolicyPorts[K];
}

type DefinitionOf<K extends PolicyKind, O extends TObject> = Omit<PolicyDefinition<K, O>, 'kind'>;

export function allocationPolicy<O extends TObject>(
  definition: DefinitionOf<'allocation', O>,
): PolicyDefinition<'allocation', O> {
  return { kind: 'allocation', ...definition };
}

export function counterOfferPolicy<O extends TObject>(
  definition: DefinitionOf<'counter-offer', O>,
): PolicyDefinition<'counter-offer', O> {
  return { kind: 'counter-offer', ...definition };
}

export function pricingPolicy<O extends TObject>(
  definition: DefinitionOf<'pricing', O>,
): PolicyDefinition<'pricing', O> {
  return { kind: 'pricing', ...definition };
}

export function buyerPolicy<O extends TObject>(
  definition: DefinitionOf<'buyer', O>,
): PolicyDefinition<'buyer', O> {
  return { kind: 'buyer', ...definition };
}

/**
 * The usual form of an allocation policy: the node with the highest score wins, the lowest index among equals.
 * @param score finite; called once per candidate and instance
 */
export function highestScore(
  score: (node: NodeView, request: PlacementRequest, cluster: ClusterView) => number,
): AllocationPolicy {
  return {
    choose(request, candidates, cluster) {
      let best: NodeView | undefined;
      let bestScore = Number.NEGATIVE_INFINITY;
      for (const node of candidates) {
        const value = score(node, request, cluster);
        if (best === undefined || value > bestScore) {
          best = node;
          bestScore = value;
        }
      }
      if (best === undefined) throw new RangeError('an allocation policy was called without candidates');
      return best;
    },
  };
}

// How a policy presents itself: name, one-line summary, options with their schema, what it remembers, and how to make one. Every policy,
// shipped or a user's own, is the result of one of the helpers below, one for each kind.
import type { Static, TObject } from 'typebox';
import type { PolicySource } from './blame.ts';
import type { Decision } from './decision.ts';
import type { AllocationPolicy, PolicyKind, PolicyPorts } from './ports.ts';
import type { ClusterView, NodeView, PlacementRequest } from './views.ts';

/** What people read of a policy beside its summary and its options: in docs/policies.md, and from `openpex policies NAME`. */
export interface PolicyGuide {
  /** How it decides, with the formula if there is one. */
  readonly rule: string;
  /** Where it comes from: paper and section, system, or OpenPEX itself. */
  readonly origin: string;
  /** When to choose it. */
  readonly use: string;
}

export interface PolicyDefinition<
  K extends PolicyKind = PolicyKind,
  O extends TObject = TObject,
  M extends object = object,
> {
  readonly kind: K;
  /** Lower case with hyphens; unique within its kind. */
  readonly name: string;
  /** One line, shown by `openpex policies`. */
  readonly summary: string;
  /** Of those that ship: what their user should know. */
  readonly guide?: PolicyGuide;
  /** A TypeBox object schema; each option carries a default and a description. */
  readonly options: O;
  /** What the policy remembers at first: plain JSON, a group or a list. Absent: it remembers nothing. */
  memory?(): M;
  /**
   * Makes the policy for one run, or for one life of a service. What is kept in its closure is lost at a restart and not undone when a
   * decision is not applied: what decisions depend on belongs in the memory.
   * @param options frozen
   */
  create(options: Static<O>): PolicyPorts<M>[K];
  /**
   * Of a counter-offer policy, a claim to which `openpex fuzz` holds it: with these options, whoever fits the cluster is offered some
   * start, as long as the booking horizon leaves one. Absent: it claims nothing.
   */
  starvesNobody?(options: Static<O>): boolean;
  /** Where its code lies: put in by whoever loads it from a user's file. */
  readonly source?: PolicySource;
}

/** A policy at work, with what its manager must know of it. */
export interface Named<P> {
  readonly name: string;
  readonly policy: P;
  /** What it remembers at first; absent: nothing. */
  readonly memory?: () => object;
  /** It claims so: see {@link PolicyDefinition}. */
  readonly starvesNobody?: boolean;
  /** Where its code lies; absent for those that ship. */
  readonly source?: PolicySource;
}

function helper<K extends PolicyKind>(kind: K) {
  return <O extends TObject, M extends object = object>(
    definition: Omit<PolicyDefinition<K, O, M>, 'kind' | 'source'>,
  ): PolicyDefinition<K, O, M> => ({ kind, ...definition });
}

export const allocationPolicy = helper('allocation');
export const counterOfferPolicy = helper('counter-offer');
export const pricingPolicy = helper('pricing');
export const migrationPolicy = helper('migration');
export const preemptionPolicy = helper('preemption');
export const waitlistPolicy = helper('waitlist');
export const buyerPolicy = helper('buyer');
export const brokerPolicy = helper('broker');
export const recoveryPolicy = helper('recovery');
export const provisioningPolicy = helper('provisioning');

/**
 * The usual form of an allocation policy: the node with the highest score wins, the lowest index among equals.
 * @param score finite; called once per candidate and instance
 */
export function highestScore<M>(
  score: (node: NodeView, request: PlacementRequest, cluster: ClusterView, decision: Decision<M>) => number,
): AllocationPolicy<M> {
  return {
    choose(request, candidates, cluster, decision) {
      let best: NodeView | undefined;
      let bestScore = Number.NEGATIVE_INFINITY;
      for (const node of candidates) {
        const value = score(node, request, cluster, decision);
        if (!Number.isFinite(value))
          throw new RangeError(`the score of node "${node.nodeId}" is ${String(value)}`);
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

// The form in which version 0.1 wrote counter-offer policies: `alternative(proposal, view)` gives other terms, or nothing. Read as the port
// of today: the offer is what those terms change.
import {
  type CounterOfferPolicy,
  type DraftOffer,
  isWellFormed,
  type NegotiationView,
  type Proposal,
} from '../../engine/for-policies.ts';

interface OneAlternative {
  alternative(proposal: Proposal, view: NegotiationView): Proposal | undefined;
}

export function isOneAlternative(policy: unknown): policy is OneAlternative {
  if (typeof policy !== 'object' || policy === null || 'respond' in policy) return false;
  return 'alternative' in policy && typeof policy.alternative === 'function';
}

/** @throws TypeError when what comes back is no proposal */
export function respondBy(policy: OneAlternative): CounterOfferPolicy {
  return {
    respond({ proposal }, view) {
      const terms = policy.alternative(proposal, view);
      if (terms === undefined) return [];
      if (!isWellFormed(terms)) throw new TypeError('alternative() did not return a proposal or undefined');
      return [changesBy(terms)];
    },
  };
}

function changesBy(terms: Proposal): DraftOffer {
  const { demand, durationMs, numInstancesFixed, numInstancesOption, startMs, type } = terms;
  return { demand, durationMs, numInstancesFixed, numInstancesOption, startMs, type };
}

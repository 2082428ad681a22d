import type { Proposal } from '../../domain/proposal.ts';
import type { PlacementRequest } from '../../policy/views.ts';

/** The guaranteed instances of a proposal, as the calendar is asked for them. */
export function placementOf(proposal: Proposal): PlacementRequest {
  const { demand, durationMs, numInstancesFixed: count, preference, startMs } = proposal;
  const endMs = startMs + durationMs;
  // Asked for with every look: what most have not is no part of it.
  return preference === undefined
    ? { demand, count, startMs, endMs }
    : { demand, count, startMs, endMs, preference };
}

/** What one instance needs of a node, and which one its user would have. */
export function needOf({ demand, preference }: Proposal): Pick<PlacementRequest, 'demand' | 'preference'> {
  return preference === undefined ? { demand } : { demand, preference };
}

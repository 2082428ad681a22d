import type { Proposal } from '../../domain/proposal.ts';
import type { PlacementRequest } from '../../policy/views.ts';

/** The guaranteed instances of a proposal, as the calendar is asked for them. */
export function placementOf(proposal: Proposal): PlacementRequest {
  const { durationMs, numInstancesFixed, startMs } = proposal;
  return { ...needOf(proposal), count: numInstancesFixed, startMs, endMs: startMs + durationMs };
}

/** What one instance needs of a node, and which one its user would have. */
export function needOf({ demand, preference }: Proposal): Pick<PlacementRequest, 'demand' | 'preference'> {
  return preference === undefined ? { demand } : { demand, preference };
}

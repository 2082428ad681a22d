import type { Proposal } from '../../domain/proposal.ts';
import type { PlacementRequest } from '../../policy/views.ts';

/** The guaranteed instances of a proposal, as the calendar is asked for them. */
export function placementOf({ demand, durationMs, numInstancesFixed, startMs }: Proposal): PlacementRequest {
  return { demand, count: numInstancesFixed, startMs, endMs: startMs + durationMs };
}

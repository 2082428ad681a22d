// What a user has of a cluster for a while: the largest of the shares of its resources (Ghodsi et al., NSDI 2011).
import type { Proposal } from '../../domain/proposal.ts';
import { amountOf, namesIn, type Resources } from '../../domain/resources.ts';
import type { Reservation } from '../state/reservation.ts';

/**
 * Of what is held or booked in a window, over the time of the window.
 * @param capacity what all nodes have; a resource of which there is none does not count
 */
export function dominantShareOf(
  reservations: Iterable<Reservation>,
  { durationMs, startMs }: Pick<Proposal, 'durationMs' | 'startMs'>,
  capacity: Resources,
): number {
  const endMs = startMs + durationMs;
  const names = namesIn(capacity).filter((name) => amountOf(capacity, name) > 0);
  const taken = names.map(() => 0);
  for (const reservation of reservations) {
    let instanceMs = 0;
    for (const { pieces } of reservation.present) {
      for (const piece of pieces)
        instanceMs += Math.max(0, Math.min(endMs, piece.endMs) - Math.max(startMs, piece.startMs));
    }
    if (instanceMs === 0) continue;
    const { demand } = reservation.terms;
    for (const [i, name] of names.entries()) taken[i]! += amountOf(demand, name) * instanceMs;
  }
  const shares = names.map((name, i) => taken[i]! / (amountOf(capacity, name) * durationMs));
  return Math.max(0, ...shares);
}

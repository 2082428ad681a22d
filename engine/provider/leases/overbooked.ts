// A window that others have reserved, sold on the chance that one of them stays away: it has no capacity of its own, but the first that comes free for
// all of it, at the latest when the grace time of who was to come is over. Not asked for: the provider offers it for a window ahead of time that has no
// room (negotiation/overbooking.ts says when). Whoever came for it and has no room by then is bumped, and compensated as for any promise that is broken.
import { endOf } from '../../domain/proposal.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { Improvement, Lease, LeaseDraft, LeaseKind } from './lease-kind.ts';
import { windowDues } from './window-dues.ts';

export const overbooked: LeaseKind = {
  name: 'overbooked',
  summary:
    'a window that others have reserved: it begins when one of them does not come, within their grace time',
  // An option is promised beside what is guaranteed, and this is not.
  accepts: ({ numInstancesOption }) => (numInstancesOption > 0 ? 'claim-risk' : undefined),
  latestStartMs: ({ startMs }) => startMs,
  precedesWaitlist: true,
  plan(ask, desk) {
    const { proposal: terms, reservationId } = ask;
    if (desk.canPlace(terms))
      return { kind: 'planned', terms, edits: desk.place(reservationId, placementOf(terms), terms.template) };
    return desk.overbooks(ask) ? { kind: 'queued', terms } : { kind: 'refused', reason: 'no-room' };
  },
  due(lease, desk) {
    const { isWaiting, reservationId, terms } = lease;
    if (!isWaiting) return windowDues(lease, desk);
    const atMs = Math.min(terms.startMs + desk.noShowGraceMs + 1, endOf(terms));
    // A millisecond after the last instant at which who was to come is given up, whatever the order in which that falls due.
    const bump = { kind: 'bump', reservationId, atMs } as const;
    return terms.startMs > desk.nowMs
      ? [{ kind: 'start', reservationId, atMs: terms.startMs }, bump]
      : [bump];
  },
  onRoom(queue, desk) {
    const draft = desk.draft();
    return queue
      .filter(({ isWaiting }) => isWaiting)
      .sort((a, b) => a.terms.startMs - b.terms.startMs)
      .flatMap((lease) => begun(lease, draft) ?? []);
  },
};

/** What is left of the window, once there is room for it; it ends when it was to end. */
function begun({ reservationId, terms: agreed }: Lease, draft: LeaseDraft): Improvement | undefined {
  const startMs = Math.max(agreed.startMs, draft.nowMs);
  const durationMs = endOf(agreed) - startMs;
  if (durationMs <= 0) return undefined;
  const terms = startMs === agreed.startMs ? agreed : { ...agreed, startMs, durationMs };
  if (!draft.canPlace(terms)) return undefined;
  const edits = draft.place(reservationId, placementOf(terms), terms.template);
  draft.take(edits, terms.template);
  return { reservationId, terms, edits };
}

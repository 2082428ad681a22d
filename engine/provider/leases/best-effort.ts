// A lease that waits in a queue until there is room. The queue is worked off in the order in which its sessions began. How many leases at
// its head have their start reserved is a setting: none (first come, first served, nobody overtakes), the first (EASY), N, or all
// (conservative); whoever is behind them is put in before (backfilled) where it delays none of these. Reservations of the queue are thought
// out anew at each change and exist in a draft only: the calendar has what runs and what is promised, so the queue is in nobody's way.
// Lifka, "The ANL/IBM SP scheduling system", JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 12(6), 2001; Sotomayor et al., HPDC 2008.
import { placementOf } from '../placement/placement-of.ts';
import type { ExpectedStart, Improvement, Lease, LeaseDraft, LeaseKind } from './lease-kind.ts';
import { windowDues } from './window-dues.ts';

export const bestEffort: LeaseKind = {
  name: 'best-effort',
  summary: 'a window as soon as its turn comes: it waits in a queue, and begins by itself',
  activatesItself: true,
  // An option is promised for a time, and this has none yet.
  accepts: ({ numInstancesOption }) => (numInstancesOption > 0 ? 'claim-risk' : undefined),
  latestStartMs: () => Number.POSITIVE_INFINITY,
  plan: ({ proposal }) => ({ kind: 'queued', terms: proposal }),
  due(lease, desk) {
    const { reservationId, state, terms } = lease;
    const isWaiting = (state === 'CONFIRMED' || state === 'ACTIVATED') && lease.pieces.length === 0;
    if (!isWaiting) return windowDues(lease, desk);
    // Its turn comes with room, not at a time; unless it was not to start before one.
    return terms.startMs > desk.nowMs ? [{ kind: 'start', reservationId, atMs: terms.startMs }] : [];
  },
  onRoom(queue, desk) {
    const { nowMs } = desk;
    const draft = desk.draft();
    const started: Improvement[] = [];
    let reserved = 0;
    for (const lease of waitingOf(queue, nowMs)) {
      const { reservationId } = lease;
      const terms = { ...lease.terms, startMs: nowMs };
      if (draft.canPlace(terms)) {
        const edits = draft.place(reservationId, placementOf(terms));
        draft.take(edits);
        started.push({ reservationId, terms, edits });
        continue;
      }
      if (desk.backfillReservations === 0) break;
      if (reserved < desk.backfillReservations) {
        reserved += 1;
        reserveEarliest(lease, draft, nowMs);
      }
    }
    return started;
  },
  expect(queue, desk) {
    const draft = desk.draft();
    let notBeforeMs = desk.nowMs;
    return queue
      .filter(({ pieces }) => pieces.length === 0)
      .map((lease): ExpectedStart => {
        const startMs = reserveEarliest(lease, draft, notBeforeMs);
        if (desk.backfillReservations === 0) notBeforeMs = startMs ?? notBeforeMs;
        return { reservationId: lease.reservationId, startMs };
      });
  },
};

/** Those whose turn may have come: without capacity, and not to start later. */
function waitingOf(queue: readonly Lease[], nowMs: number): readonly Lease[] {
  return queue.filter(({ pieces, terms }) => pieces.length === 0 && terms.startMs <= nowMs);
}

/** Keeps the first window free that a lease fits in. @returns its start; undefined when there is none up to the booking horizon */
function reserveEarliest(
  { reservationId, terms }: Lease,
  draft: LeaseDraft,
  notBeforeMs: number,
): number | undefined {
  const { demand, durationMs, numInstancesFixed: count } = terms;
  const startMs = draft.earliestStart({
    demand,
    count,
    durationMs,
    notBeforeMs: Math.max(notBeforeMs, terms.startMs),
  });
  if (startMs !== undefined) draft.reserve(reservationId, placementOf({ ...terms, startMs }));
  return startMs;
}

// A lease that waits in a queue until there is room. The queue is worked off in the order in which its sessions began. How many leases at
// its head have their start reserved is a setting: none (first come, first served, nobody overtakes), the first (EASY), N, or all
// (conservative); whoever is behind them is put in before (backfilled) where it delays none of these. Reservations of the queue are thought
// out anew at each change and exist in a draft only: the calendar has what runs and what is promised, so the queue is in nobody's way.
// Of the kind that gives way (preemptible.ts), where leases can be suspended, one begins also where it has room for a while only: it is
// suspended before that is over, and resumed at its turn.
// Lifka, "The ANL/IBM SP scheduling system", JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 12(6), 2001; Sotomayor et al., HPDC 2008.

import type { PlacementRequest } from '../../policy/views.ts';
import type { Due } from '../input.ts';
import { placementOf } from '../placement/placement-of.ts';
import { KnownRefusals, type QueuedSize } from './known-refusals.ts';
import type {
  ExpectedStart,
  Image,
  Improvement,
  Lease,
  LeaseDesk,
  LeaseDraft,
  LeaseKind,
  QueueSight,
  SuspensionTimes,
} from './lease-kind.ts';
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
    const { reservationId, terms } = lease;
    // Its turn comes with room, not at a time; unless it was not to start before one.
    if (lease.isWaiting)
      return terms.startMs > desk.nowMs ? [{ kind: 'start', reservationId, atMs: terms.startMs }] : [];
    // What gives way before it begins does not begin.
    if (lease.wayOut !== undefined && lease.wayOut.atMs <= terms.startMs) return wayOutDues(lease);
    if (lease.openedMs === undefined && lease.pieces.length > 0) {
      const atMs = lease.pieces.reduce((first, { startMs }) => Math.min(first, startMs), terms.startMs);
      return [{ kind: 'start', reservationId, atMs }];
    }
    return lease.wayOut === undefined ? windowDues(lease, desk) : wayOutDues(lease);
  },
  onRoom(queue, desk, sight) {
    const { backfillReservations, nowMs } = desk;
    if (backfillReservations === 0) return inOrder(queue, desk, sight);
    const first = sight.next(0, sight.refusals);
    if (first >= queue.length) return [];
    const draft = desk.draft();
    const started = new Map<Lease, Improvement>();
    let { refusals } = sight;
    let reserved = 0;
    /** Of those before it each has begun, or its start is reserved. */
    let ahead = 0;
    for (let i = first; i < queue.length; i = sight.next(i + 1, refusals)) {
      const lease = queue[i]!;
      if (!isInTurn(lease, nowMs)) continue;
      const size = sight.sizeOf(i);
      let start = startNow(lease, size, draft, refusals);
      if (start === undefined) continue;
      // Starts are reserved when that can make a difference: before somebody behind them who has room begins.
      const reservedBefore = reserved;
      for (; reserved < backfillReservations && ahead < i; ahead += 1) {
        const before = queue[ahead]!;
        if (!isInTurn(before, nowMs) || started.has(before)) continue;
        reserveEarliest(before, draft, nowMs);
        reserved += 1;
      }
      if (reserved > reservedBefore) {
        // What is refused from here on is refused in this draft alone.
        if (refusals === sight.refusals) refusals = new KnownRefusals(refusals);
        start = startNow(lease, size, draft, refusals);
        if (start === undefined) continue;
      }
      draft.take(start.edits, imageOf(lease));
      started.set(lease, start);
    }
    return [...started.values()];
  },
  leastMs(lease, desk) {
    return mustStay(lease, desk) ? 0 : leastStretchMs(lease, suspensionOf(lease, desk));
  },
  expect(queue, desk, leftMsOf = ({ leftMs }) => leftMs) {
    const draft = desk.draft();
    let notBeforeMs = desk.nowMs;
    return queue
      .filter(({ isWaiting }) => isWaiting)
      .map((lease): ExpectedStart => {
        const startMs = reserveEarliest(lease, draft, notBeforeMs, leftMsOf(lease));
        if (desk.backfillReservations === 0) notBeforeMs = startMs ?? notBeforeMs;
        return { reservationId: lease.reservationId, startMs };
      });
  },
};

/** One after the other, up to the first that has no room: nobody overtakes. */
function inOrder(queue: readonly Lease[], desk: LeaseDesk, sight: QueueSight): readonly Improvement[] {
  const draft = desk.draft();
  const started: Improvement[] = [];
  for (const [i, lease] of queue.entries()) {
    if (!isInTurn(lease, desk.nowMs)) continue;
    const start = startNow(lease, sight.sizeOf(i), draft, sight.refusals);
    if (start === undefined) break;
    draft.take(start.edits, imageOf(lease));
    started.push(start);
  }
  return started;
}

/** Its turn may have come: it has no capacity, and is not to start later. */
function isInTurn({ isWaiting, terms }: Lease, nowMs: number): boolean {
  return isWaiting && terms.startMs <= nowMs;
}

/** It runs until it gives way; then it is suspended for as long as that was given. */
function wayOutDues({ pieces, reservationId, wayOut }: Lease): readonly Due[] {
  const { atMs, hasBegun } = wayOut!;
  if (!hasBegun) return [{ kind: 'give-way', reservationId, atMs }];
  const untilMs = pieces.reduce((last, { endMs }) => Math.max(last, endMs), atMs);
  return [{ kind: 'suspended', reservationId, atMs: untilMs }];
}

/**
 * Capacity from now on, or from when its image can be there, to the end of the lease, or for as long as there is some; undefined when there is
 * none.
 */
function startNow(
  lease: Lease,
  size: QueuedSize,
  draft: LeaseDraft,
  refusals: KnownRefusals,
): Improvement | undefined {
  const atOnce = startAt(lease, draft, draft.nowMs, { size, refusals });
  const readyMs = imageReadyMs(lease, draft);
  if (atOnce !== undefined || readyMs <= draft.nowMs) return atOnce;
  // What is refused from the one instant on may have room from the other.
  return startAt(lease, draft, readyMs, { size, refusals: new KnownRefusals() });
}

interface Known {
  readonly size: QueuedSize;
  /** From the instant that is asked about. */
  readonly refusals: KnownRefusals;
}

function startAt(lease: Lease, draft: LeaseDraft, fromMs: number, known: Known): Improvement | undefined {
  const { leftMs, reservationId, terms } = lease;
  const times = suspensionOf(lease, draft);
  const runFromMs = fromMs + (lease.isSuspended ? times!.resumeMs : 0);
  const begun = { ...terms, startMs: runFromMs };
  const wholeMs = runFromMs + leftMs;
  const hasRoom = (endMs: number) => hasRoomFor(lease, draft, { startMs: fromMs, endMs }, known);
  const edits = hasRoom(wholeMs) ? placeFor(lease, draft, { startMs: fromMs, endMs: wholeMs }) : undefined;
  if (edits !== undefined) {
    const cut = { runFromMs, runUntilMs: wholeMs };
    return { reservationId, terms: begun, edits, ...(lease.isSuspended && { cut }) };
  }
  if (times === undefined || !lease.givesWay) return undefined;
  const leastMs = runFromMs + times.shortestRunMs + times.suspendMs;
  if (leastMs >= wholeMs || !hasRoom(leastMs)) return undefined;
  const untilMs = lastEnd(leastMs, wholeMs, hasRoom);
  return {
    reservationId,
    terms: begun,
    edits: placeFor(lease, draft, { startMs: fromMs, endMs: untilMs })!,
    cut: { runFromMs, runUntilMs: untilMs - times.suspendMs },
  };
}

/** What was suspended has its disks. */
function imageOf({ isSuspended, terms }: Lease): Image {
  return isSuspended ? null : terms.template;
}

function imageReadyMs(lease: Lease, desk: LeaseDesk): number {
  return desk.imageReadyMs(imageOf(lease), lease.terms.numInstancesFixed);
}

/** The last end up to which there is room; there is up to `fitsMs`, and not up to `failsMs`. What fits for longer fits for shorter. */
function lastEnd(fitsMs: number, failsMs: number, fits: (endMs: number) => boolean): number {
  let [low, high] = [fitsMs, failsMs];
  while (low + 1 < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

type Stretch = Pick<PlacementRequest, 'startMs' | 'endMs'>;

function hasRoomFor(lease: Lease, draft: LeaseDraft, stretch: Stretch, { refusals, size }: Known): boolean {
  const { endMs, startMs } = stretch;
  const { terms } = lease;
  if (mustStay(lease, draft)) return draft.canStay(lease, stretch);
  if (refusals.cover(size, endMs - startMs)) return false;
  const window = { ...terms, startMs, durationMs: endMs - startMs };
  const hasRoom = draft.canPlace(window, imageOf(lease));
  // For want of an image: others of that size may have theirs.
  const isForImage = !hasRoom && imageReadyMs(lease, draft) > startMs;
  if (!hasRoom && (!isForImage || !draft.canPlace(window, null))) refusals.add(size, endMs - startMs);
  return hasRoom;
}

function placeFor(lease: Lease, draft: LeaseDraft, stretch: Stretch) {
  const { endMs, startMs } = stretch;
  return mustStay(lease, draft)
    ? draft.stay(lease, stretch)
    : draft.place(
        lease.reservationId,
        placementOf({ ...lease.terms, startMs, durationMs: endMs - startMs }),
        imageOf(lease),
      );
}

function mustStay(
  { isSuspended }: Lease,
  { canResumeElsewhere }: Pick<LeaseDesk, 'canResumeElsewhere'>,
): boolean {
  return isSuspended && !canResumeElsewhere;
}

/** What was suspended is resumed whatever the settings are now. */
function suspensionOf(lease: Lease, desk: Pick<LeaseDesk, 'suspension'>): SuspensionTimes | undefined {
  const times = desk.suspension(lease.terms);
  return times ?? (lease.isSuspended ? { suspendMs: 0, resumeMs: 0, shortestRunMs: 1 } : undefined);
}

/** It begins in no shorter stretch, wherever that is. */
function leastStretchMs(lease: Lease, times: SuspensionTimes | undefined, leftMs = lease.leftMs): number {
  const resumeMs = lease.isSuspended ? times!.resumeMs : 0;
  const wholeMs = resumeMs + leftMs;
  return lease.givesWay && times !== undefined
    ? Math.min(wholeMs, resumeMs + times.shortestRunMs + times.suspendMs)
    : wholeMs;
}

/**
 * Keeps the first window free that a lease can begin in; one that may be suspended, in as much of it as there is.
 * @returns its start; undefined when there is none up to the booking horizon
 */
function reserveEarliest(
  lease: Lease,
  draft: LeaseDraft,
  notBeforeMs: number,
  leftMs = lease.leftMs,
): number | undefined {
  const { isSuspended, reservationId, terms } = lease;
  const { demand, numInstancesFixed: count } = terms;
  const times = suspensionOf(lease, draft);
  const wholeMs = (isSuspended ? times!.resumeMs : 0) + leftMs;
  const leastMs = mustStay(lease, draft) ? wholeMs : leastStretchMs(lease, times, leftMs);
  const startMs = draft.earliestStart({
    demand,
    count,
    durationMs: leastMs,
    notBeforeMs: Math.max(notBeforeMs, terms.startMs, imageReadyMs(lease, draft)),
  });
  if (startMs === undefined) return undefined;
  const windowOf = (durationMs: number) => ({ ...terms, startMs, durationMs });
  const fits = (durationMs: number) => draft.canPlace(windowOf(durationMs), imageOf(lease));
  const durationMs = fits(wholeMs) ? wholeMs : lastEnd(leastMs, wholeMs, fits);
  draft.reserve(reservationId, placementOf(windowOf(durationMs)), imageOf(lease));
  return startMs;
}

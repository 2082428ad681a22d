// A lease whose user leaves the provider some room: a start within a range, a shorter duration, fewer instances. It gets as many instances
// as there can be, for as long as they can be had, as early as that can be. The range of instances is that of Lucas, Carrion and Caminero,
// "Flexible advance reservation (FAR) for clouds", CLOSER 2011; theirs gives the rest when it is free, here more may be asked for later.
import { latestStartWithin, type Proposal } from '../../domain/proposal.ts';
import { placementOf } from '../placement/placement-of.ts';
import { advance } from './advance.ts';
import type { LeaseDesk, LeaseKind } from './lease-kind.ts';

export const flexible: LeaseKind = {
  ...advance,
  name: 'flexible',
  summary:
    'a window within the limits that the user sets: the latest start, the shortest duration, the fewest instances',
  accepts: (proposal, _, shortestDurationMs) => {
    const { durationMs, startMs } = leastOf(proposal, shortestDurationMs);
    return startMs > latestStartOf(proposal, durationMs) ? 'misses-deadline' : undefined;
  },
  latestStartMs: (proposal, _, shortestDurationMs) =>
    latestStartOf(proposal, leastOf(proposal, shortestDurationMs).durationMs),
  least: leastOf,
  plan({ proposal, reservationId }, desk) {
    const terms = bestTerms(proposal, desk);
    return terms === undefined
      ? { kind: 'refused', reason: 'no-room' }
      : { kind: 'planned', terms, edits: desk.place(reservationId, placementOf(terms), terms.template) };
  },
};

/** The proposal itself where it fits as asked. */
function bestTerms(proposal: Proposal, desk: LeaseDesk): Proposal | undefined {
  const least = leastOf(proposal, desk.shortestDurationMs);
  const longestMs = Math.min(proposal.durationMs, desk.longestDurationMs);
  const shortestMs = Math.min(longestMs, least.durationMs);
  const startOf = (numInstancesFixed: number, durationMs: number): number | undefined => {
    const { demand, startMs } = proposal;
    const window = {
      demand,
      count: numInstancesFixed,
      durationMs,
      notBeforeMs: startMs,
      latestStartMs: latestStartOf(proposal, durationMs),
    };
    return desk.earliestStart(window, { ...proposal, numInstancesFixed, durationMs });
  };
  // What fits at all fits with fewer instances, and for less long: from the same start.
  const instances = most(
    least.numInstancesFixed,
    proposal.numInstancesFixed,
    (count) => startOf(count, shortestMs) !== undefined,
  );
  if (instances === undefined) return undefined;
  const durationMs = most(shortestMs, longestMs, (duration) => startOf(instances, duration) !== undefined)!;
  const startMs = startOf(instances, durationMs)!;
  const isAsAsked =
    instances === proposal.numInstancesFixed &&
    durationMs === proposal.durationMs &&
    startMs === proposal.startMs;
  return isAsAsked ? proposal : { ...proposal, numInstancesFixed: instances, durationMs, startMs };
}

function leastOf(proposal: Proposal, shortestDurationMs: number): Proposal {
  const { durationMs, leeway, numInstancesFixed } = proposal;
  if (leeway === undefined) return proposal;
  const { minDurationMs = durationMs, minInstances = numInstancesFixed } = leeway;
  return {
    ...proposal,
    durationMs: Math.min(durationMs, Math.max(minDurationMs, shortestDurationMs)),
    numInstancesFixed: Math.min(numInstancesFixed, minInstances),
  };
}

/** Without any leeway it is that start or none: that is what changed terms are. */
function latestStartOf({ leeway, startMs }: Proposal, durationMs: number): number {
  return leeway === undefined ? startMs : latestStartWithin(leeway, durationMs);
}

/** The largest whole number of the range that fits, where every smaller one does too; undefined: none. The largest is tried first. */
function most(from: number, to: number, fits: (value: number) => boolean): number | undefined {
  if (fits(to)) return to;
  if (from >= to || !fits(from)) return undefined;
  let good = from;
  let bad = to;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

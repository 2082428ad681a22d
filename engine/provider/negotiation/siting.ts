// On which of the sites that a user names an instance is to be, where there are several: all instances of a reservation are on one.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { onSite } from '../../domain/resources.ts';

/**
 * The terms on the first of their sites that has room for the window; else on the one that has room for its guaranteed instances first. Anew for
 * each round: room comes and goes.
 * @param nowMs nothing starts before
 */
export function sited(proposal: Proposal, calendar: CapacityCalendar, nowMs: number): Proposal {
  const { durationMs, numInstancesFixed: count, sites, startMs } = proposal;
  if (sites === undefined || sites.length === 0) return proposal;
  let best: string | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  if (sites.length > 1) {
    const notBeforeMs = Math.max(startMs, nowMs);
    for (const site of sites) {
      const demand = onSite(proposal.demand, site);
      if (!calendar.couldEverFit(demand, count)) continue;
      const freeMs = calendar.earliestStart({ demand, count, durationMs, notBeforeMs });
      if (freeMs === undefined || freeMs >= bestMs) continue;
      best = site;
      bestMs = freeMs;
    }
  }
  return { ...proposal, demand: onSite(proposal.demand, best ?? sites[0]) };
}

// The start with room that is nearest to the one asked for.
import type { NegotiationView, SlotQuery } from '../../engine/for-policies.ts';

export interface NearestQuery extends Pick<SlotQuery, 'demand' | 'count' | 'durationMs'> {
  readonly askedMs: number;
  /** No earlier than this; nothing before the start asked for: that start. */
  readonly earliestMs: number;
  /** No later than this; Infinity: as late as bookings are taken. */
  readonly latestMs: number;
}

/** Of an earlier and a later start at the same distance, the earlier: the work is done sooner. */
export function nearestStart(
  { askedMs, count, demand, durationMs, earliestMs, latestMs }: NearestQuery,
  view: NegotiationView,
): number | undefined {
  const notBeforeMs = Math.max(earliestMs, view.nowMs);
  const earlierMs =
    notBeforeMs < askedMs
      ? view.latestStart({ demand, count, durationMs, notBeforeMs, latestStartMs: askedMs })
      : undefined;
  // A later start has to be closer than the earlier one to win, so the search ends there.
  const lastMs = earlierMs === undefined ? latestMs : Math.min(latestMs, askedMs + (askedMs - earlierMs) - 1);
  if (lastMs < askedMs) return earlierMs;
  const laterMs = view.earliestStart({
    demand,
    count,
    durationMs,
    notBeforeMs: Math.max(askedMs, view.nowMs),
    ...(Number.isFinite(lastMs) && { latestStartMs: lastMs }),
  });
  return laterMs ?? earlierMs;
}

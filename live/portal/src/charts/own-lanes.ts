// One's own reservations below the plan, in as few lanes as keep them apart. Pure.
import type { TimeSpan } from './availability.ts';

export interface OwnWindow extends TimeSpan {
  readonly id: string;
  readonly label: string;
  /** On offer, not booked. */
  readonly isHeld: boolean;
}

/** Those that are seen, each in the first lane that is free then, in order of their starts. */
export function ownLanes(windows: readonly OwnWindow[], span: TimeSpan): readonly (readonly OwnWindow[])[] {
  const lanes: OwnWindow[][] = [];
  const seen = windows
    .filter(({ fromMs, toMs }) => fromMs < span.toMs && toMs > span.fromMs)
    .sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1));
  for (const window of seen) {
    const lane = lanes.find((one) => one.at(-1)!.toMs <= window.fromMs);
    if (lane === undefined) lanes.push([window]);
    else lane.push(window);
  }
  return lanes;
}

// What of the cluster is booked over time, from the bookings of its calendar. Pure.
import type { CalendarEntry } from '../../../wire/cluster.ts';

export interface LoadStep {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpus: number;
}

/** Steps without gaps over `[fromMs, toMs)`. */
export function bookedSteps(
  entries: readonly CalendarEntry[],
  fromMs: number,
  toMs: number,
): readonly LoadStep[] {
  const changes = new Map<number, number>([[fromMs, 0]]);
  const change = (ms: number, cpus: number) => changes.set(ms, (changes.get(ms) ?? 0) + cpus);
  for (const { startTimeMs, endTimeMs, cpus } of entries) {
    if (endTimeMs <= fromMs || startTimeMs >= toMs) continue;
    change(Math.max(startTimeMs, fromMs), cpus);
    if (endTimeMs < toMs) change(endTimeMs, -cpus);
  }
  const instants = [...changes.keys()].sort((a, b) => a - b);
  let cpus = 0;
  return instants.map((ms, index) => {
    cpus += changes.get(ms)!;
    return { fromMs: ms, toMs: instants[index + 1] ?? toMs, cpus };
  });
}

/** Mean over the steps; 0 for an empty time. */
export function meanCpus(steps: readonly LoadStep[]): number {
  const time = steps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  if (time === 0) return 0;
  return steps.reduce((sum, { fromMs, toMs, cpus }) => sum + cpus * (toMs - fromMs), 0) / time;
}

// How many instances of a size fit when: the step function behind the portal's availability strip.
import type { CapacityCalendar } from '../../engine/index.ts';
import type { AvailabilityQuery, AvailabilityStep } from './service.ts';

const MOST_STEPS = 400;

/**
 * Steps from `fromMs` to `toMs`; in each, `count` instances fit throughout. Where more changes than a strip can show, steps are of equal
 * length and say what fits for the whole of them.
 */
export function availabilityOf(
  calendar: CapacityCalendar,
  { demand, fromMs, toMs }: AvailabilityQuery,
): AvailabilityStep[] {
  const steps: AvailabilityStep[] = [];
  const bounds = boundsOf(calendar, fromMs, toMs);
  for (const [i, startMs] of bounds.entries()) {
    const window = { startMs, endMs: bounds[i + 1] ?? toMs, demand };
    let count = 0;
    for (let node = 0; node < calendar.nodeCount; node++) count += calendar.freeCount(node, window);
    if (steps.at(-1)?.count !== count) steps.push({ fromMs: startMs, count });
  }
  return steps;
}

/** The calendar as it would be without what a reservation has on it. Good until the provider changes. */
export function withoutHolds(
  calendar: CapacityCalendar,
  {
    instances,
  }: { readonly instances: readonly { readonly pieces: readonly { readonly booking: number }[] }[] },
): CapacityCalendar {
  const draft = calendar.fork();
  // One by one: of those that are given back already there is nothing left to release.
  for (const { pieces } of instances)
    for (const { booking: id } of pieces) draft.apply([{ edit: 'release', id }]);
  return draft;
}

function boundsOf(calendar: CapacityCalendar, fromMs: number, toMs: number): number[] {
  const changes = new Set([fromMs]);
  const note = (startMs: number, endMs: number) => {
    for (const ms of [startMs, endMs]) if (ms > fromMs && ms < toMs) changes.add(ms);
  };
  for (let node = 0; node < calendar.nodeCount; node++) {
    for (const { startMs, endMs } of calendar.bookingsOn(node, fromMs, toMs)) note(startMs, endMs);
    for (const { fromMs: startMs, untilMs } of calendar.outagesOf(node)) note(startMs, untilMs);
  }
  if (changes.size <= MOST_STEPS) return [...changes].sort((a, b) => a - b);
  const lengthMs = (toMs - fromMs) / MOST_STEPS;
  return [...new Set(Array.from({ length: MOST_STEPS }, (_, i) => Math.floor(fromMs + i * lengthMs)))];
}

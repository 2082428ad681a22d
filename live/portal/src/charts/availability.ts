// Geometry of the availability strip: the steps of GET /availability as bars on a time axis. Pure.
import type { AvailabilityStep } from '../../../wire/service.ts';

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StripBar {
  readonly x: number;
  readonly width: number;
  /** From the bottom, 0 when nothing fits. */
  readonly height: number;
  readonly count: number;
  /** As many as asked for fit. */
  readonly enough: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StripOptions extends TimeSpan {
  readonly steps: readonly AvailabilityStep[];
  readonly width: number;
  readonly height: number;
  /** Instances asked for; at least 1. */
  readonly needed: number;
  /** Instances of a bar as high as the strip; absent: the most there are, or are asked for. */
  readonly highest?: number;
}

/** What fits and is within own limits as well. */
export function atMost(
  steps: readonly AvailabilityStep[],
  limits: readonly AvailabilityStep[],
): readonly AvailabilityStep[] {
  const both: AvailabilityStep[] = [];
  const bounds = [...new Set([...steps, ...limits].map(({ fromMs }) => fromMs))].sort((a, b) => a - b);
  for (const fromMs of bounds) {
    const at = (those: readonly AvailabilityStep[]) =>
      those.findLast((step) => step.fromMs <= fromMs)?.count ?? Number.POSITIVE_INFINITY;
    const count = Math.min(at(steps), at(limits));
    if (both.at(-1)?.count !== count) both.push({ fromMs, count });
  }
  return both;
}

/** As many as limits leave to what begins at an instant; null where nothing is told of starts. */
export function countOfStart(starts: readonly AvailabilityStep[] | undefined, ms: number): number | null {
  if (starts === undefined) return null;
  const step = starts.findLast(({ fromMs }) => fromMs <= ms) ?? starts[0];
  return step?.count ?? null;
}

/** Where a window may not begin, for want of what limits leave to it. */
export function barredStarts(
  starts: readonly AvailabilityStep[] | undefined,
  { fromMs, toMs }: TimeSpan,
  needed: number,
): readonly TimeSpan[] {
  const barred: { fromMs: number; toMs: number }[] = [];
  for (const span of spans(starts ?? [], fromMs, toMs)) {
    if (span.count >= needed) continue;
    const last = barred.at(-1);
    if (last?.toMs === span.fromMs) last.toMs = span.toMs;
    else barred.push({ fromMs: span.fromMs, toMs: span.toMs });
  }
  return barred;
}

/** The tallest bar is as high as the strip, and so is what would be taller. */
export function stripBars(options: StripOptions): readonly StripBar[] {
  const { fromMs, height, needed, steps, toMs, width } = options;
  const { highest = Math.max(needed, ...steps.map(({ count }) => count)) } = options;
  return spans(steps, fromMs, toMs).map(({ fromMs: from, toMs: to, count }) => {
    const x = position(from, { fromMs, toMs }, width);
    return {
      x,
      width: position(to, { fromMs, toMs }, width) - x,
      height: Math.min(1, count / highest) * height,
      count,
      enough: count >= needed,
      fromMs: from,
      toMs: to,
    };
  });
}

/** Where an instant lies on an axis of `width`; kept within it. */
export function position(ms: number, { fromMs, toMs }: TimeSpan, width: number): number {
  return Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs))) * width;
}

/** The instant at `x`, moved back to a multiple of `snapMs`, but never before the axis begins. */
export function instantAt(x: number, { fromMs, toMs }: TimeSpan, width: number, snapMs: number): number {
  const ms = fromMs + (x / width) * (toMs - fromMs);
  return Math.max(fromMs, Math.floor(ms / snapMs) * snapMs);
}

/** The least that fits at any instant of a window; null when the window is not wholly on the strip. */
export function leastWithin(
  steps: readonly AvailabilityStep[],
  strip: TimeSpan,
  window: TimeSpan,
): number | null {
  if (window.fromMs < strip.fromMs || window.toMs > strip.toMs) return null;
  const touched = spans(steps, strip.fromMs, strip.toMs).filter(
    ({ fromMs, toMs }) => fromMs < window.toMs && toMs > window.fromMs,
  );
  return touched.length === 0 ? null : Math.min(...touched.map(({ count }) => count));
}

interface Span extends TimeSpan {
  readonly count: number;
}

function spans(steps: readonly AvailabilityStep[], fromMs: number, toMs: number): Span[] {
  return steps
    .map((step, index) => ({
      fromMs: Math.max(step.fromMs, fromMs),
      toMs: Math.min(steps[index + 1]?.fromMs ?? toMs, toMs),
      count: step.count,
    }))
    .filter((span) => span.toMs > span.fromMs);
}

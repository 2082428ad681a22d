// Durations that are not the same each time.
import type { Rng } from './rng.ts';

/** A duration in milliseconds that is the same each time, spread evenly between two values, or distributed as something that was measured. */
export interface Spread {
  readonly minMs: number;
  readonly maxMs: number;
  /**
   * At least two, ascending, from `minMs` to `maxMs`: quantiles at even steps of probability, 0 and 1 included. Between two of them it is spread evenly.
   * Absent: from the shortest to the longest.
   */
  readonly quantilesMs?: readonly number[];
}

/** Whole milliseconds. Draws only where there is a choice. */
export function drawSpread(rng: Rng, { maxMs, minMs, quantilesMs }: Spread): number {
  if (minMs === maxMs) return minMs;
  if (quantilesMs === undefined) return rng.integer(minMs, maxMs);
  const at = rng.next() * (quantilesMs.length - 1);
  const below = Math.floor(at);
  const fromMs = quantilesMs[below]!;
  return Math.round(fromMs + (quantilesMs[below + 1]! - fromMs) * (at - below));
}

/** So much longer each time. */
export function longerBy(spread: Spread, ms: number): Spread {
  const { maxMs, minMs, quantilesMs } = spread;
  if (ms === 0) return spread;
  return {
    minMs: minMs + ms,
    maxMs: maxMs + ms,
    ...(quantilesMs && { quantilesMs: quantilesMs.map((quantileMs) => quantileMs + ms) }),
  };
}

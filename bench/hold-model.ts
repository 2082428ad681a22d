// The workload of the event benchmarks, the hold model of Jones (1986): N events are pending, and each
// dispatch schedules one at now + exp(1) times a mean. Both sides read the same precomputed delays, so
// drawing random numbers costs nothing.
import { Rng } from '../engine/random/rng.ts';

/**
 * Integer milliseconds; at a million pending events, some seventeen fall on each, so the order of ties
 * matters.
 */
export const meanMs = 60_000;
const count = 2 ** 16;

const rng = Rng.fromSeed(20261122).stream('hold-model');

/** Cyclic: index it with {@link delayMask}. */
export const delaysMs: Float64Array = Float64Array.from({ length: count }, () =>
  Math.round(rng.exponential(meanMs)),
);
export const delayMask = count - 1;

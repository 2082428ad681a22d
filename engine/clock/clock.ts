// The port through which everything in the engine sees time. Two implementations: VirtualClock (as fast as it can) and
// WallClock (real time with a speed factor). Nothing else in the engine knows which one it runs on.
import type { SchedulerLike } from 'rxjs';

/**
 * What happens first when several things fall on one instant. Lower runs first; within a phase, the order of scheduling decides.
 * An action may schedule another one for the current instant in an earlier phase: it runs next.
 */
export const Phase = {
  /** Somebody looks at how things are, before anything of the instant happens. */
  Look: 0,
  /** Capacity comes back: reservations end, holds expire. Half-open intervals [start, end) need this before anything starts. */
  Release: 1,
  /** The world changes: nodes fail and return, guests crash. */
  Fault: 2,
  /** Hypervisor operations complete and observations arrive. RxJS operators that use the clock as scheduler run here. */
  Operation: 3,
  /** Reservations start. */
  Start: 4,
  /** Users act: requests, replies, activations. */
  Arrival: 5,
  /** Sampling and progress: sees the instant as all others left it. */
  Report: 6,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Names a pending timer. Handles are never reused within the life of a clock. */
export type TimerHandle = number;

/**
 * Time and timers, in integer milliseconds since the Unix epoch (live) or since whatever origin a simulation chose.
 * Being a `SchedulerLike`, a clock can be given to any RxJS time operator.
 */
export interface Clock extends SchedulerLike {
  /** The current instant, in milliseconds; never goes back. */
  now(): number;

  /**
   * Runs `action` at `timeMs` in `phase`. A time in the past means now (never before anything that already ran).
   * @throws RangeError when `timeMs` is not a finite number
   */
  at(timeMs: number, phase: Phase, action: () => void): TimerHandle;

  /** Timers that will run. */
  readonly pending: number;

  /** Forgets a pending timer. Returns false when it already ran or was already cancelled; never throws. O(1). */
  cancel(timer: TimerHandle): boolean;
}

// Time that jumps from timer to timer as fast as the machine can: the clock of every simulation. The queue is
// in timer-heap.ts, the RxJS face in clock-action.ts; wall-clock.ts is the same thing in real time.
import type { Subscription } from 'rxjs';
import { invariant } from '../invariant.ts';
import type { Clock, Phase, TimerHandle } from './clock.ts';
import { ClockAction, type ScheduledWork } from './clock-action.ts';
import { requireFiniteTime } from './finite-time.ts';
import { TimerHeap } from './timer-heap.ts';

/**
 * A deterministic clock: actions run one at a time, in the order (time, phase, sequence of scheduling), and
 * `now()` is the time of the action that runs. Nothing happens between the calls of `step`, `run` and
 * `runUntil`.
 *
 * When an action throws, the error leaves `step`, `run` or `runUntil`; the clock stays at the time of that
 * action, the action is gone, all other timers are still pending, and the clock may go on. Beware of RxJS:
 * what a callback of `subscribe` throws never gets here, because RxJS reports it later, on a timer of the
 * host. Work whose failure must stop a simulation is an action given to `at`.
 *
 * `at` is O(log n) in the number of pending timers, so is running an action, and `cancel` is O(1), amortised.
 * At most 2^24 timers may be pending; `at` throws a RangeError beyond.
 */
export class VirtualClock implements Clock {
  private readonly timers = new TimerHeap();
  private instantMs: number;
  private dispatchedCount = 0;
  private running = false;
  private stopRequested = false;

  /** @throws RangeError when `startMs` is not a finite number */
  constructor(startMs = 0) {
    requireFiniteTime(startMs);
    this.instantMs = startMs;
  }

  /** Timers that will run. */
  get pending(): number {
    return this.timers.pending;
  }

  /** Actions run so far, those that threw included. */
  get dispatched(): number {
    return this.dispatchedCount;
  }

  /** When the next action is due; Infinity when none is pending. */
  get nextTimeMs(): number {
    return this.timers.nextTimeMs();
  }

  /**
   * Timers for which memory is held: a small multiple of the largest `pending` so far, however many were
   * cancelled.
   */
  get capacity(): number {
    return this.timers.capacity;
  }

  now(): number {
    return this.instantMs;
  }

  at(timeMs: number, phase: Phase, action: () => void): TimerHandle {
    requireFiniteTime(timeMs);
    return this.timers.add(Math.max(timeMs, this.instantMs), phase, action);
  }

  cancel(timer: TimerHandle): boolean {
    return this.timers.cancel(timer);
  }

  /** For RxJS operators (`timer(1000, clock)`); work runs in Phase.Operation. See {@link ClockAction}. */
  schedule<T>(work: ScheduledWork<T>, delayMs = 0, state?: T): Subscription {
    return new ClockAction(this, work).schedule(state, delayMs);
  }

  /** Runs the next action. Returns false when none is pending. */
  step(): boolean {
    if (this.timers.nextTimeMs() === Number.POSITIVE_INFINITY) return false;
    this.begin();
    try {
      this.dispatch();
    } finally {
      this.running = false;
    }
    return true;
  }

  /**
   * Runs actions until none is pending. Where each schedules the next that is never: there use `runUntil` or
   * `stop`. Returns false when `stop` ended it early.
   */
  run(): boolean {
    return this.dispatchThrough(Number.MAX_VALUE);
  }

  /**
   * Runs every action due at or before `timeMs`, those scheduled meanwhile included; then `now()` is
   * `timeMs`, unless it was later already. Returns false when `stop` ended it early; then `now()` is the time
   * of the last action.
   * @throws RangeError when `timeMs` is not a finite number
   */
  runUntil(timeMs: number): boolean {
    requireFiniteTime(timeMs);
    if (!this.dispatchThrough(timeMs)) return false;
    if (timeMs > this.instantMs) this.instantMs = timeMs;
    return true;
  }

  /**
   * For an action to call: the `run` or `runUntil` in progress returns as soon as that action has returned.
   * What is pending stays pending, and the next call goes on from there. Does nothing when the clock is not
   * running.
   */
  stop(): void {
    this.stopRequested = true;
  }

  private dispatchThrough(limitMs: number): boolean {
    this.begin();
    try {
      while (this.timers.nextTimeMs() <= limitMs) {
        this.dispatch();
        if (this.stopRequested) return false;
      }
      return true;
    } finally {
      this.running = false;
    }
  }

  private begin(): void {
    invariant(!this.running, 'an action does not run the clock that runs it', { nowMs: this.instantMs });
    this.running = true;
    this.stopRequested = false;
  }

  private dispatch(): void {
    this.instantMs = this.timers.nextTimeMs();
    this.dispatchedCount++;
    this.timers.take()?.();
  }
}

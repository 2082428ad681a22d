// Real time, at any speed: the clock of the live daemon. It runs the same timers in the same order as
// virtual-clock.ts, from one timer of the host at a time; the host itself (Date.now, setTimeout) is handed
// in, so that the engine stays free of it.
import type { Subscription } from 'rxjs';
import type { Clock, Phase, TimerHandle } from './clock.ts';
import { ClockAction, type ScheduledWork } from './clock-action.ts';
import { requireFiniteTime } from './finite-time.ts';
import { TimerHeap } from './timer-heap.ts';

/** What a wall clock needs of the machine it runs on. */
export interface HostTimers {
  /** The time of day in milliseconds. May jump, forwards and backwards, when somebody sets it. */
  now(): number;
  /** Milliseconds since some instant, which nobody can set. Absent: the host has no such clock. */
  monotonic?(): number;
  /**
   * Calls `wake` once, some `delayMs` of real time later and never before it returned. `delayMs` is an
   * integer below 2^31.
   */
  setTimer(wake: () => void, delayMs: number): unknown;
  /** Forgets the timer; never throws, not even for one that has fired. */
  clearTimer(timer: unknown): void;
}

export interface WallClockOptions {
  /** What `now()` is at the beginning. Default: the host's time. */
  readonly startMs?: number;
  /**
   * The latest instant that was seen in an earlier life of the clock, at most `startMs`. During {@link setUp} `now()` says
   * this; after it time catches up, running what fell due on the way. Default: `startMs`.
   */
  readonly resumeMs?: number;
  /** Milliseconds of this clock per millisecond of the host: 60 runs an hour a minute. Default 1. */
  readonly speed?: number;
  /**
   * The host is asked for no longer wait than this, in its own milliseconds; a longer one is a chain of
   * several. Default 2^31 - 1, the limit of setTimeout. A lower one notices sooner that the host's time was
   * set forwards.
   */
  readonly longestWaitMs?: number;
  /**
   * Gets what an action throws; the timers behind it run on. Default: it is thrown out of the timer of the
   * host.
   */
  readonly onError?: (error: unknown) => void;
}

const longestHostWaitMs = 2 ** 31 - 1;
/** A timer of the host that is later than this, in real milliseconds, is not late: the host's time was set. */
const jumpMs = 1000;

/**
 * Follows the host's time: `now()` is startMs + speed * (host time elapsed), rounded down to a millisecond,
 * with two exceptions that make every history of it one that a {@link VirtualClock} can repeat to the
 * millisecond:
 *
 * - Time does not pass a timer that has not run. However late the host wakes us, an action runs at exactly its
 *   own time (`now()` says so for as long as it runs), before anything later is stamped; periodic work does not
 *   drift.
 * - Time never goes back. When the host's does, this clock stands still until the host has caught up. When the
 *   host's jumps forwards, everything that fell due runs in order, each at its own time.
 *
 * So a command from outside belongs into the same order: `clock.at(clock.now(), Phase.Arrival, …)` runs it
 * after the timers that are due before it.
 *
 * When an action throws, the timers behind it are kept and run. Beware of RxJS: what a callback of
 * `subscribe` throws never gets to `onError`, because RxJS reports it on a timer of its own.
 */
export class WallClock implements Clock {
  private readonly host: HostTimers;
  private readonly startMs: number;
  private readonly speed: number;
  private readonly longestWaitMs: number;
  private readonly onError: ((error: unknown) => void) | undefined;
  private readonly hostStartMs: number;

  private readonly timers = new TimerHeap();
  /** The latest time that was seen, or the time of the action that runs. */
  private instantMs: number;
  private running = false;
  private closed = false;
  private hostTimer: unknown;
  /** The time for which the timer of the host is set; Infinity when none is. */
  private armedForMs = Number.POSITIVE_INFINITY;
  /** That timer is due now. */
  private armedAtOnce = false;

  /** @throws RangeError when an option is out of its range */
  constructor(host: HostTimers, options: WallClockOptions = {}) {
    this.host = host;
    this.hostStartMs = host.now();
    this.startMs = options.startMs ?? this.hostStartMs;
    this.speed = options.speed ?? 1;
    this.longestWaitMs = options.longestWaitMs ?? longestHostWaitMs;
    this.onError = options.onError;
    this.instantMs = options.resumeMs ?? this.startMs;
    requireFiniteTime(this.startMs);
    if (!(this.instantMs <= this.startMs)) {
      throw new RangeError(`a clock that starts at ${this.startMs} cannot resume at ${this.instantMs}`);
    }
    if (!(this.speed > 0 && Number.isFinite(this.speed))) {
      throw new RangeError(`the speed of a clock is a positive number, not ${this.speed}`);
    }
    if (!(this.longestWaitMs >= 1 && this.longestWaitMs <= longestHostWaitMs)) {
      throw new RangeError(`the longest wait is 1 to ${longestHostWaitMs} ms, not ${this.longestWaitMs}`);
    }
  }

  /** Timers that will run. */
  get pending(): number {
    return this.timers.pending;
  }

  now(): number {
    if (!this.running) {
      const passableMs = this.closed ? Number.POSITIVE_INFINITY : this.timers.nextTimeMs();
      this.instantMs = Math.max(this.instantMs, Math.min(this.hostInstantMs(), passableMs));
    }
    return this.instantMs;
  }

  /** Runs `action` at once, while time stands still: for setting up what runs on this clock. */
  setUp<R>(action: () => R): R {
    this.running = true;
    try {
      return action();
    } finally {
      this.running = false;
      this.arm();
    }
  }

  /** On a closed clock: a timer that never runs. */
  at(timeMs: number, phase: Phase, action: () => void): TimerHandle {
    requireFiniteTime(timeMs);
    const timer = this.timers.add(Math.max(timeMs, this.now()), phase, action);
    this.arm();
    return timer;
  }

  cancel(timer: TimerHandle): boolean {
    const cancelled = this.timers.cancel(timer);
    if (cancelled) this.arm();
    return cancelled;
  }

  /**
   * For RxJS operators (`timer(1000, clock)`); work runs in Phase.Operation. Delays are in this clock's
   * milliseconds.
   */
  schedule<T>(work: ScheduledWork<T>, delayMs = 0, state?: T): Subscription {
    return new ClockAction(this, work).schedule(state, delayMs);
  }

  /** Lets go of the host: no action runs any more, not even the rest of a batch that is running. For good. */
  close(): void {
    this.closed = true;
    this.disarm();
  }

  /** What the time would be if nothing held it up. */
  private hostInstantMs(): number {
    return Math.floor(this.startMs + (this.host.now() - this.hostStartMs) * this.speed);
  }

  /**
   * Sees to it that the host wakes us for the earliest timer. While a batch runs that can wait for its end.
   */
  private arm(): void {
    if (this.running || this.closed) return;
    const dueMs = this.timers.nextTimeMs();
    // When the host's time has jumped, what its timer was set for is overdue long before it wakes us.
    const lateMs = (this.hostInstantMs() - dueMs) / this.speed;
    if (dueMs === this.armedForMs && (this.armedAtOnce || lateMs < jumpMs)) return;
    this.disarm();
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const hostWaitMs = this.hostStartMs + (Math.ceil(dueMs) - this.startMs) / this.speed - this.host.now();
    const waitMs = dueMs <= this.instantMs ? 0 : Math.max(0, Math.ceil(hostWaitMs));
    this.armedForMs = dueMs;
    this.armedAtOnce = waitMs === 0;
    this.hostTimer = this.host.setTimer(() => this.wake(), Math.min(waitMs, this.longestWaitMs));
  }

  private disarm(): void {
    if (this.armedForMs === Number.POSITIVE_INFINITY) return;
    this.armedForMs = Number.POSITIVE_INFINITY;
    this.host.clearTimer(this.hostTimer);
    this.hostTimer = undefined;
  }

  /**
   * Runs all that is due by now, what the actions add included; what falls due meanwhile is for the next
   * time.
   */
  private wake(): void {
    this.disarm();
    const untilMs = Math.max(this.instantMs, this.hostInstantMs());
    this.running = true;
    try {
      while (!this.closed && this.timers.nextTimeMs() <= untilMs) this.dispatch();
    } finally {
      this.running = false;
      this.arm();
    }
  }

  private dispatch(): void {
    this.instantMs = this.timers.nextTimeMs();
    const action = this.timers.take();
    if (this.onError === undefined) {
      action?.();
      return;
    }
    try {
      action?.();
    } catch (error) {
      this.onError(error);
    }
  }
}

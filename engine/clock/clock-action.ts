// The RxJS face of a clock: one unit of work given to `schedule`, with the semantics of RxJS's own
// AsyncAction on top of `at` and `cancel`. Shared by both clocks, so an operator behaves the same in virtual
// and in real time.
import { type SchedulerAction, Subscription } from 'rxjs';
import { type Clock, Phase, type TimerHandle } from './clock.ts';

/** What RxJS calls back: `this` is the action, so that periodic work can re-schedule itself. */
export type ScheduledWork<T> = (this: SchedulerAction<T>, state?: T) => void;

/**
 * Runs `work` in Phase.Operation, once for each `schedule`. Scheduling again, during a run or later, re-uses
 * the object, and replaces a run that is still pending. Unsubscribing cancels. Work that throws ends the
 * action.
 */
export class ClockAction<T> extends Subscription implements SchedulerAction<T> {
  private readonly clock: Clock;
  private readonly run: () => void;
  private work: ScheduledWork<T> | undefined;
  private state: T | undefined;
  private timer: TimerHandle | undefined;

  constructor(clock: Clock, work: ScheduledWork<T>) {
    super();
    this.clock = clock;
    this.work = work;
    this.run = () => this.execute();
  }

  /**
   * @param delayMs from now on; a negative delay means now, Infinity means never (as in RxJS's
   * VirtualTimeScheduler)
   */
  schedule(state?: T, delayMs = 0): Subscription {
    if (this.closed) return this;
    this.state = state;
    this.cancelTimer();
    if (delayMs !== Number.POSITIVE_INFINITY) {
      this.timer = this.clock.at(this.clock.now() + delayMs, Phase.Operation, this.run);
    }
    return this;
  }

  override unsubscribe(): void {
    if (this.closed) return;
    this.cancelTimer();
    this.work = undefined;
    this.state = undefined;
    super.unsubscribe();
  }

  private execute(): void {
    this.timer = undefined;
    try {
      this.work?.(this.state);
    } catch (error) {
      this.unsubscribe();
      throw error;
    }
  }

  private cancelTimer(): void {
    if (this.timer === undefined) return;
    this.clock.cancel(this.timer);
    this.timer = undefined;
  }
}

// The time in which whoever speaks to a pool waits: for answers, for tasks, for the next look. The host's clock and timers are handed in; what
// the time of day is set to meanwhile neither ends a wait nor prolongs it, where the host can tell.
import type { HostTimers } from '../../../engine/index.ts';

/** The host's timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

export class WaitingTime {
  readonly #host: HostTimers;

  constructor(host: HostTimers) {
    this.#host = host;
  }

  /** Milliseconds since some instant: for deadlines and differences. */
  now(): number {
    return this.#host.monotonic?.() ?? this.#host.now();
  }

  /** Milliseconds since 1970, as the host is set. */
  timeOfDay(): number {
    return this.#host.now();
  }

  /** Calls `act` once, unless the function returned is called before. */
  after(ms: number, act: () => void): () => void {
    const timer = this.#host.setTimer(act, Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms))));
    return () => this.#host.clearTimer(timer);
  }

  /** Calls `act` again and again, until the function returned is called. */
  every(ms: number, act: () => void): () => void {
    let cancel = () => {};
    const wait = () => {
      cancel = this.after(ms, () => {
        wait();
        act();
      });
    };
    wait();
    return () => cancel();
  }

  /** Ends early, and without an error, when the signal is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const end = () => {
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.after(ms, end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}

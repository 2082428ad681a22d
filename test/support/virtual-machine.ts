// A machine whose time only goes on when a test says so.
import { type HostTimers, Phase, VirtualClock } from '../../engine/index.ts';

export class VirtualMachine implements HostTimers {
  readonly clock: VirtualClock;
  #offMs = 0;

  constructor(startMs: number) {
    this.clock = new VirtualClock(startMs);
  }

  now(): number {
    return this.clock.now() + this.#offMs;
  }

  monotonic(): number {
    return this.clock.now();
  }

  /** Somebody sets its time of day. */
  setBy(ms: number): void {
    this.#offMs += ms;
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    return this.clock.at(this.clock.now() + delayMs, Phase.Operation, wake);
  }

  clearTimer(timer: unknown): void {
    this.clock.cancel(timer as Parameters<VirtualClock['cancel']>[0]);
  }

  pass(ms: number): void {
    this.clock.runUntil(this.clock.now() + ms);
  }
}

// Is the clock of the machine to be believed? It is compared with the monotonic one, which nobody can set: where the two part, somebody set
// the clock, and for a wrong minute every booking ahead could end.
import type { HostTimers } from '../../engine/index.ts';

/** A jump is noticed within this (real) time, when nothing asks for the time sooner. */
const CHECK_EVERY_MS = 1_000;

export interface ClockGuardParts {
  readonly host: HostTimers;
  /** Jumps as far as this are nothing. */
  readonly toleranceMs: number;
  /** Called at once, before anybody is told a time after the jump. Positive: forwards. */
  readonly onJump: (offMs: number) => void;
}

/**
 * The timers and the time of a host. After a jump the time goes on as if there had been none, until the host's is back there, within the
 * tolerance, or is trusted. A host without a monotonic clock is always believed.
 */
export class ClockGuard implements HostTimers {
  readonly #parts: ClockGuardParts;
  /** When both clocks were last read and believed. */
  #seen: { readonly wallMs: number; readonly monotonicMs: number };
  #hasJumped = false;
  #watch: unknown;

  constructor(parts: ClockGuardParts) {
    this.#parts = parts;
    this.#seen = this.#read();
  }

  /** How far the host's clock is from where it should be; 0 while it is believed. */
  get offMs(): number {
    this.now();
    return this.#hasJumped ? Math.round(this.#off()) : 0;
  }

  now(): number {
    const offMs = this.#off();
    if (Math.abs(offMs) <= this.#parts.toleranceMs) {
      this.#hasJumped = false;
      // Only what jumps between two looks counts: clocks that drift apart for months do not.
      this.#seen = this.#read();
      return this.#seen.wallMs;
    }
    const expectedMs = this.#expected();
    if (!this.#hasJumped) {
      this.#hasJumped = true;
      this.#parts.onJump(Math.round(offMs));
    }
    return expectedMs;
  }

  /** Somebody who knows says that the host's clock is right as it is. */
  trust(): void {
    this.#seen = this.#read();
    this.#hasJumped = false;
  }

  /** Looks from time to time, until `end`. */
  watch(): void {
    if (this.#parts.host.monotonic === undefined) return;
    this.#watch = this.#parts.host.setTimer(() => {
      this.now();
      this.watch();
    }, CHECK_EVERY_MS);
  }

  end(): void {
    if (this.#watch !== undefined) this.#parts.host.clearTimer(this.#watch);
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    return this.#parts.host.setTimer(wake, delayMs);
  }

  clearTimer(timer: unknown): void {
    this.#parts.host.clearTimer(timer);
  }

  #read() {
    const { host } = this.#parts;
    const wallMs = host.now();
    return { wallMs, monotonicMs: host.monotonic?.() ?? wallMs };
  }

  #expected(): number {
    return Math.floor(this.#seen.wallMs + this.#read().monotonicMs - this.#seen.monotonicMs);
  }

  #off(): number {
    const { monotonicMs, wallMs } = this.#read();
    return wallMs - this.#seen.wallMs - (monotonicMs - this.#seen.monotonicMs);
  }
}

// Service time in the browser. It runs `speed` times as fast as real time, so it is carried on from the last time the service told.

export interface ClockReading {
  readonly timeMs: number;
  readonly speed: number;
}

export class ServiceClock {
  #readingMs: number;
  #speed: number;
  #takenMs: number;
  readonly #monotonicMs: () => number;

  /** @param monotonicMs real milliseconds that never go back, such as performance.now */
  constructor(reading: ClockReading, monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#readingMs = reading.timeMs;
    this.#speed = reading.speed;
    this.#takenMs = monotonicMs();
  }

  get speed(): number {
    return this.#speed;
  }

  now(): number {
    return this.#readingMs + (this.#monotonicMs() - this.#takenMs) * this.#speed;
  }

  /** @param askedMs when the reading was asked for, on the monotonic clock: it was taken about halfway between then and now */
  set(reading: ClockReading, askedMs: number): void {
    const now = this.#monotonicMs();
    this.#readingMs = reading.timeMs;
    this.#speed = reading.speed;
    this.#takenMs = (askedMs + now) / 2;
  }
}

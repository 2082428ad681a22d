// Time in the simulator of the service: it jumps from timer to timer, and goes on only when everything that the last one set off has come to
// rest. What the machine does by itself meanwhile (the event loop, the threads of SQLite) takes no time and changes no order.
import { type HostTimers, Phase, VirtualClock } from '../../engine/index.ts';

/** Turns of the event loop without a sign of life after which nothing is under way any more. */
const QUIET_TURNS = 4;

export class WorldTime {
  readonly clock: VirtualClock;
  readonly startMs: number;
  #signs = 0;
  #underWay = 0;
  #onIdle = () => {};

  constructor(startMs: number) {
    this.clock = new VirtualClock(startMs);
    this.startMs = startMs;
  }

  now(): number {
    return this.clock.now();
  }

  after(delayMs: number, act: () => void): void {
    this.clock.at(this.clock.now() + delayMs, Phase.Operation, act);
  }

  /** As {@link after}, to be forgotten with `clear`. */
  timer(delayMs: number, act: () => void): unknown {
    return this.clock.at(this.clock.now() + delayMs, Phase.Operation, act);
  }

  clear(timer: unknown): void {
    this.clock.cancel(timer as Parameters<VirtualClock['cancel']>[0]);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Work that the machine does on its own threads: time waits for it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    this.#signs += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#signs += 1;
      if (this.#underWay === 0) this.#onIdle();
    }
  }

  /** Something happened that may lead to more. */
  stir(): void {
    this.#signs += 1;
  }

  /** Resolves when nothing is under way. */
  async settle(): Promise<void> {
    let signs = this.#signs;
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      // Turning round and round would keep the others from their work.
      if (this.#underWay > 0)
        await new Promise<void>((resolve) => {
          this.#onIdle = resolve;
        });
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay === 0 && signs === this.#signs) {
        quiet += 1;
      } else {
        quiet = 0;
        signs = this.#signs;
      }
    }
  }
}

/** A machine whose time of day can be set; its timers do not mind. */
export class Machine {
  readonly #time: WorldTime;
  readonly #isWatched: boolean;
  #offMs = 0;
  /** Of what it is set right to. */
  #rightMs = 0;

  /** @param isWatched it has a monotonic clock to compare with */
  constructor(time: WorldTime, isWatched: boolean) {
    this.#time = time;
    this.#isWatched = isWatched;
  }

  setBy(ms: number): void {
    this.#offMs += ms;
  }

  setRight(): void {
    this.#offMs = this.#rightMs;
  }

  /** As it is set, it is right from now on. */
  keep(): void {
    this.#rightMs = this.#offMs;
  }

  /** The time of day, as everybody but this machine has it. */
  rightNow(): number {
    return this.#time.now() + this.#rightMs;
  }

  /** For one process: when that is dead nobody is woken. */
  timers(isDead: () => boolean): HostTimers {
    const { clock } = this.#time;
    return {
      now: () => clock.now() + this.#offMs,
      ...(this.#isWatched ? { monotonic: () => clock.now() } : {}),
      setTimer: (wake, delayMs) =>
        clock.at(clock.now() + delayMs, Phase.Operation, () => {
          if (!isDead()) wake();
        }),
      clearTimer: (timer) => this.#time.clear(timer),
    };
  }
}

// How long things take, the time of day, and the only timers of the pool: everything that waits does it here, so that closing the pool ends it,
// and whoever hands in a machine of their own has the pool live in their time.

/** Whose clock and timers the pool has. */
export interface Machine {
  /** The time of day in milliseconds since 1970. */
  now(): number;
  /** Calls `wake` once, `delayMs` later and never before it returned. `delayMs` is an integer below 2^31. */
  setTimer(wake: () => void, delayMs: number): unknown;
  /** Forgets the timer; never throws, not even for one that has fired. */
  clearTimer(timer: unknown): void;
}

/** The one that this process runs on. */
export const THIS_MACHINE: Machine = {
  now: () => Date.now(),
  setTimer: (wake, delayMs) => setTimeout(wake, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Milliseconds, before the time scale. */
export interface Durations {
  readonly start: number;
  readonly resume: number;
  readonly suspend: number;
  readonly pause: number;
  readonly clone: number;
  /** For each GiB of disk. */
  readonly copyGib: number;
  readonly provision: number;
  readonly destroy: number;
  readonly hardShutdown: number;
  /** From the request until an obedient guest is down. */
  readonly cleanShutdown: number;
  /** How long a guest that does not answer is waited for. XenServer: 1200 s. */
  readonly cleanShutdownTimeout: number;
  readonly migrate: number;
  /** From the start of a domain until its guest agent speaks. */
  readonly guestBoot: number;
  /** From then until the guest has an IPv4 address. */
  readonly guestAddress: number;
  readonly disk: number;
  /** Before a wrong password is refused. XenServer: 5 s. */
  readonly failedLogin: number;
  /** Without a heartbeat for so long, a host counts as dead. XenServer: 600 s. */
  readonly heartbeatTimeout: number;
  /** How long a host that does not answer, but is not known to be dead, keeps an operation waiting. */
  readonly contactTimeout: number;
  /** How long a toolstack takes to come back after a restart. */
  readonly toolstackRestart: number;
  /** How long an operation waits for another one on the same VM. XenServer: 2 h. */
  readonly conflictWait: number;
  /** Changes of so much time go into one batch of events. XenServer: 50 ms; not scaled. */
  readonly eventBatch: number;
}

export const USUAL_DURATIONS: Durations = {
  start: 200,
  resume: 200,
  suspend: 250,
  pause: 50,
  clone: 100,
  copyGib: 40,
  provision: 50,
  destroy: 50,
  hardShutdown: 100,
  cleanShutdown: 300,
  cleanShutdownTimeout: 6000,
  migrate: 300,
  guestBoot: 200,
  guestAddress: 100,
  disk: 20,
  failedLogin: 250,
  heartbeatTimeout: 3000,
  contactTimeout: 1000,
  toolstackRestart: 500,
  conflictWait: 7_200_000,
  eventBatch: 50,
};

interface Sleep {
  /** Of an operation under way: what `hurry` brings to its end. */
  readonly working: boolean;
  wake(): void;
}

export class Pace {
  readonly #durations: Durations;
  readonly #timeScale: number;
  readonly #slowness = new Map<string, number>();
  readonly #machine: Machine;
  readonly #timers = new Set<unknown>();
  readonly #sleeps = new Set<Sleep>();

  constructor(durations: Partial<Durations>, timeScale: number, machine: Machine) {
    this.#durations = { ...USUAL_DURATIONS, ...durations };
    this.#timeScale = timeScale;
    this.#machine = machine;
  }

  /** The time of day in milliseconds since 1970. */
  now(): number {
    return this.#machine.now();
  }

  /** The time of day as records have it. */
  stamp(): string {
    return xapiTime(this.now());
  }

  /** Milliseconds of the machine. */
  ms(what: keyof Durations): number {
    return what === 'eventBatch' ? this.#durations.eventBatch : this.#durations[what] * this.#timeScale;
  }

  /** Makes the work of `method` take `factor` times as long; 1 ends it. */
  slow(method: string, factor: number): void {
    this.#slowness.set(method, factor);
  }

  clearSlowness(): void {
    this.#slowness.clear();
  }

  /** The time of an operation, as slow as `method` is at present. Rejects with the signal's reason. */
  async work(method: string, ms: number, signal: AbortSignal): Promise<void> {
    const factor = this.#slowness.get(method) ?? this.#slowness.get('*') ?? 1;
    await this.#sleep(ms * factor, signal, true);
  }

  /** Rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#sleep(ms, signal, false);
  }

  /** Brings what is under way to its end at once. */
  hurry(): void {
    for (const sleep of [...this.#sleeps]) if (sleep.working) sleep.wake();
  }

  /** Calls `then` after milliseconds of the machine, unless the returned function is called before. */
  after(ms: number, then: () => void): () => void {
    const timer = this.#machine.setTimer(() => {
      this.#timers.delete(timer);
      then();
    }, Math.ceil(ms));
    this.#timers.add(timer);
    return () => {
      this.#machine.clearTimer(timer);
      this.#timers.delete(timer);
    };
  }

  /** No timer of the pool goes off after this. */
  stop(): void {
    for (const timer of this.#timers) this.#machine.clearTimer(timer);
    this.#timers.clear();
  }

  #sleep(ms: number, signal: AbortSignal, working: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const end = (settle: () => void) => {
        cancel();
        this.#sleeps.delete(sleep);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      const sleep: Sleep = { working, wake: () => end(resolve) };
      const cancel = this.after(ms, sleep.wake);
      this.#sleeps.add(sleep);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** The API's form of a moment: 20240101T12:00:00Z. */
export function xapiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll('-', '')}Z`;
}

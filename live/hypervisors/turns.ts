// Who may go on: one operation at a time on each VM, and so many at a time on each host. First come, first served.

/** Lets up to `width` holders of a key in at a time. */
export class Turns {
  readonly #width: number;
  readonly #lanes = new Map<string, { holders: number; readonly waiting: (() => void)[] }>();

  constructor(width: number) {
    this.#width = width;
  }

  /** Runs `work` when it is its turn. @throws the signal's reason when that comes first */
  async take<R>(key: string, signal: AbortSignal | undefined, work: () => Promise<R>): Promise<R> {
    await this.#enter(key, signal);
    try {
      return await work();
    } finally {
      this.#leave(key);
    }
  }

  isTaken(key: string): boolean {
    return this.#lanes.has(key);
  }

  #enter(key: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    signal?.throwIfAborted();
    const lane = this.#lanes.get(key) ?? { holders: 0, waiting: [] };
    this.#lanes.set(key, lane);
    if (lane.holders < this.#width) {
      lane.holders += 1;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        lane.waiting.splice(lane.waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      lane.waiting.push(enter);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    // Whoever waited longest takes over the place.
    const next = lane.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    lane.holders -= 1;
    if (lane.holders === 0) this.#lanes.delete(key);
  }
}

// What a part of the service does beside what it is asked: later, on the timers of the machine, one thing after the other where they concern the same,
// and no more once it is over.
import type { HostTimers } from '../engine/index.ts';
import { Turns } from './turns.ts';

export class Chores {
  readonly #host: HostTimers;
  readonly #turns = new Turns<string>();
  readonly #timers = new Map<string, unknown>();
  readonly #underWay = new Set<Promise<unknown>>();
  #isOver = false;

  constructor(host: HostTimers) {
    this.#host = host;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** When whatever is done about the same is over. */
  inTurn<T>(about: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(about, work);
  }

  /** {@link settled} waits for it, however it ends. @returns the same */
  track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const over = () => this.#underWay.delete(work);
    work.then(over, over);
    return work;
  }

  /** In place of what was to be done about it later. */
  later(about: string, delayMs: number, act: () => void): void {
    if (this.#isOver) return;
    const before = this.#timers.get(about);
    if (before !== undefined) this.#host.clearTimer(before);
    const timer = this.#host.setTimer(() => {
      this.#timers.delete(about);
      act();
    }, delayMs);
    this.#timers.set(about, timer);
  }

  /** Begins with nothing any more. Resolves when what was begun is over. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers.values()) this.#host.clearTimer(timer);
    this.#timers.clear();
    await this.settled();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }
}

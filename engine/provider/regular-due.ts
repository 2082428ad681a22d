// What is due again and again while somebody wants it: at whole multiples of an interval, so that nobody need remember when it last was, but for
// what is due at the instant of a snapshot: only the snapshot knows whether it has come.
import type { Due } from './input.ts';
import type { Outbox } from './outbox.ts';

export class RegularDue<D extends Due> {
  readonly #outbox: Outbox;
  readonly #intervalMs: number;
  readonly #isWanted: () => boolean;
  readonly #at: (atMs: number) => D;
  #next: D | undefined;

  /** @param at what is due at that instant */
  constructor(outbox: Outbox, intervalMs: number, isWanted: () => boolean, at: (atMs: number) => D) {
    this.#outbox = outbox;
    this.#intervalMs = intervalMs;
    this.#isWanted = isWanted;
    this.#at = at;
  }

  /** undefined: nobody wants it. */
  get next(): D | undefined {
    return this.#next;
  }

  /** After every input. */
  expect(): void {
    const isWanted = this.#isWanted();
    if (isWanted === (this.#next !== undefined)) return;
    if (isWanted) {
      this.#next = this.#after(this.#outbox.nowMs);
      this.#outbox.arm(this.#next);
    } else {
      this.#outbox.disarm(this.#next!);
      this.#next = undefined;
    }
  }

  /** It should have come by now: something else was handled first at its instant. */
  get isOverdue(): boolean {
    return this.#next !== undefined && this.#next.atMs <= this.#outbox.nowMs;
  }

  /** Takes over what was expected at that instant, without telling anybody. */
  restore(nowMs: number, { isOverdue }: { readonly isOverdue: boolean }): void {
    if (!this.#isWanted()) this.#next = undefined;
    else this.#next = isOverdue ? this.#at(this.#lastMultiple(nowMs)) : this.#after(nowMs);
  }

  /** @returns whether it is that which was expected, and it is not any more */
  comes({ atMs }: D): boolean {
    if (this.#next?.atMs !== atMs) return false;
    this.#next = undefined;
    return true;
  }

  #after(nowMs: number): D {
    return this.#at(this.#lastMultiple(nowMs) + this.#intervalMs);
  }

  #lastMultiple(nowMs: number): number {
    return Math.floor(nowMs / this.#intervalMs) * this.#intervalMs;
  }
}
